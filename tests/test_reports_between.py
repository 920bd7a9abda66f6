"""Behind a root only a declaration or a root element begins another document."""

from __future__ import annotations

import pytest

from fakes import codes, of, parse
from testferry.reports import decode as decode_module

ONE = "<testsuite name='s'><testcase name='a' classname='c'/></testsuite>"
TWO = "<testsuite name='t'><testcase name='b' classname='c'/></testsuite>"


@pytest.mark.parametrize(
    "tail",
    [
        " <!-- s -->",
        "\n<?xml-stylesheet href='x'?>\n",
        "<?php <testsuite ?>",
        "<!-- <testsuite> <?xml version='1.0'?> -->\n\n",
        "\0\0\n",
    ],
)
def test_what_may_follow_a_root_is_no_problem(tail: str) -> None:
    found, summary = of(ONE + tail)
    assert [one.name for one in found] == ["a"]
    assert [code for code in codes(summary) if code != "illegal-characters"] == []


@pytest.mark.parametrize(
    "between",
    [
        "",
        " <!-- s -->\n",
        "\n<?xml version='1.0'?>\n<!-- by x -->\n",
        "<?x y?>",
        "<!DOCTYPE testsuite>",
    ],
)
def test_several_documents_with_anything_between_them(between: str) -> None:
    found, summary = of(ONE + between + TWO + " <!-- end -->")
    assert [one.name for one in found] == ["a", "b"]
    assert codes(summary) == []


def test_a_declaration_without_a_document_is_none() -> None:
    found, summary = of(f"{ONE}\n<?xml version='1.0'?>\n<!-- nothing -->")
    assert len(found) == 1
    assert codes(summary) == []


def test_two_files_of_nunit_in_one() -> None:
    nunit = "<test-run><test-suite name='A' result='Passed'><test-case name='{}' result='Passed'/></test-suite></test-run>"
    found, _ = of(nunit.format("a") + "<!-- x -->" + nunit.format("b"))
    assert [one.name for one in found] == ["a", "b"]


def test_wherever_the_chunks_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"<?xml version='1.0'?>{ONE} <!-- a --> <?b c?> <?xml version='1.0'?>{TWO}<!-- d -->"
    for size in range(16, 64):
        monkeypatch.setattr(decode_module, "HEAD", size)
        monkeypatch.setattr(decode_module, "FIRST_CHUNK", size)
        found, summary = parse(text)
        assert [one.name for one in found] == ["a", "b"], size
        assert summary.problems == []


def test_a_comment_in_a_document_without_a_declaration_begins_nothing() -> None:
    found, _ = of(
        "<test-run><test-case name='a' result='Passed'/><!-- c --><test-case name='b' result='Passed'/></test-run>"
    )
    assert [one.name for one in found] == ["a", "b"]


TRX = "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'><Results><UnitTestResult testName='r' outcome='Failed'/></Results></TestRun>"
CTRF = '{"reportFormat": "CTRF", "results": {"tests": [{"name": "r", "status": "failed"}]}}'
JEST = '{"numTotalTests": 1, "numTotalTestSuites": 1, "testResults": []}'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ONE, TRX),
        (ONE, f"<?xml version='1.0'?>{TRX}"),
        (ONE, CTRF),
        (ONE, f"\nlog\n{CTRF}"),
        (ONE, "not ok 1 - r\n1..1\n"),
        (JEST, CTRF),
        (JEST, TRX),
        (JEST, ONE),
        (JEST, "TAP version 13\nnot ok 1 - r\n1..1\n"),
    ],
)
def test_a_report_of_another_format_behind_the_first_is_told(first: str, second: str) -> None:
    for between in ("", "\n", "\n\n"):
        _, summary = of(f"{first}{between}{second}")
        faults = [one for one in summary.problems if one.is_error]
        assert [one.code for one in faults] == ["unknown-format"]
        assert "another report" in faults[0].message


def test_what_is_no_report_behind_one_is_a_warning() -> None:
    for more in ("<report><x/></report>", "<?xml version='1.0'?><coverage/>", '{"level": "info"}'):
        _, summary = of(f"{ONE}\n{more}")
        assert not any(one.is_error for one in summary.problems)
