from __future__ import annotations

import json
from time import process_time

import pytest

from testferry.reports.detect import detect, report_in
from testferry.reports.kinds import JSON_KEYS, LINE_KEYS


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<testsuites/>", "junit"),
        (b"\xef\xbb\xbf  <testsuite>", "junit"),
        ("<testsuite>".encode("utf-16"), "junit"),
        ("<testsuite>".encode("utf-16-be"), "junit"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite>", "junit"),
        (b"npm\n<x:testsuites xmlns:x='u'>", "junit"),
        (b"<testsuites xmlns='http://check.sourceforge.net/ns'>", "check"),
        (b"TAP version 13\n", "tap"),
        (b"1..4\nok 1", "tap"),
        (b"not ok 1 - x", "tap"),
        (b"<HTML>", "html"),
        (b"<unknown>", "xml"),
        (b"a < b", "text"),
        (b"[]", "cucumber"),
        (b"{}", "json"),
    ],
)
def test_formats_are_told_by_content(head: bytes, name: str) -> None:
    assert detect(head).name == name


def test_refusals_name_what_it_seems_to_be() -> None:
    assert (
        "check's own XML, not JUnit"
        in detect(b"<testsuites xmlns='http://check.sourceforge.net/ns'>").refusal
    )
    assert "root element is <pom>" in detect(b"<pom>").refusal


def test_a_string_that_ends_in_a_backslash_takes_no_more_time() -> None:
    text = b'{"a": "' + b'\\"' * 30_000 + b"\\"
    begin = process_time()
    assert detect(text).name == "cut"
    assert process_time() - begin < 0.3


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<suite name='x'><case result='failed'/></suite>", "xml"),
        ("<suite name='x'><test name='t'><classes/></test></suite>", "companion"),
        ("<!DOCTYPE suite SYSTEM 'https://testng.org/testng-1.0.dtd'><suite/>", "companion"),
        ("<events><event result='failed'/></events>", "xml"),
        (
            "<e:events xmlns:e='https://schemas.opentest4j.org/reporting/events/0.1.0'/>",
            "companion",
        ),
        ("<report><test failed='1'/></report>", "xml"),
        ("<report name='x'><counter type='LINE'/></report>", "coverage"),
    ],
)
def test_a_root_that_others_may_have_too_is_a_companions_only_by_its_marks(
    text: str, name: str
) -> None:
    assert detect(text.encode()).name == name


@pytest.mark.parametrize(("keys", "name"), [one[:2] for one in (*JSON_KEYS, *LINE_KEYS)])
def test_a_report_of_every_set_of_keys_is_one_within_a_text_too(
    keys: frozenset[str], name: str
) -> None:
    document: dict[str, dict[str, int]] = {}
    for key in sorted(keys):
        top, _, inner = key.partition("/")
        document.setdefault(top, {})[inner] = 1
    assert report_in(f"{json.dumps(document)}\n") == name
    assert not report_in('{"level": 30, "msg": "done", "res": {"code": 200}}\n')
