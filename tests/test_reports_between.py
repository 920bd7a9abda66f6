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
