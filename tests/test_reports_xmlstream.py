from __future__ import annotations

import gc
import io
import weakref
from pathlib import Path
from typing import Any

import pytest

from fakes import of, parse
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports import junit, xmlstream
from testferry.reports.testcase import LONGEST_NAME
from testferry.reports.xmldocument import Document


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            b"<testsuite><testcase name='a'/><testcase name='b'",
            "is cut off at line 1; its first 1 complete test is kept",
        ),
        (
            b"<testsuite>\n<testcase name='a'/>\n<testcase name='<'/>",
            "broken XML at line 3, column",
        ),
        (b"<testsuite><testcase name='a'/></other>", "mismatched tag"),
        (b"<testsuite>", "is cut off"),
        (b"hello", "is no XML"),
        (b"", "is no XML"),
        (
            b"<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite><testcase name='&a;'/></testsuite>",
            "entities, which are refused",
        ),
        (
            b"<testsuites><suite><test/></suite></testsuites>",
            "is not JUnit XML: no <testcase>, but <suite>",
        ),
        (b"<coverage/>", "is not JUnit XML"),
        (b"<a>" * 1500, "nested more than"),
    ],
)
def test_what_is_broken_is_named(data: bytes, problem: str) -> None:
    with pytest.raises(ReportProblem, match=problem):
        parse(data)


def test_a_cut_test_never_becomes_a_pass() -> None:
    stream = junit.read(
        io.BytesIO(b"<testsuite><testcase name='a'/><testcase name='b'>"), ReportSummary("x")
    )
    assert next(stream).name == "a"
    with pytest.raises(ReportProblem, match="cut off"):
        next(stream)


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    text = f"<!DOCTYPE t [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]><testsuite><testcase name='a'><failure>&x;</failure></testcase></testsuite>"
    with pytest.raises(ReportProblem, match="entities"):
        parse(text)
    found, _ = parse(
        "<!DOCTYPE testsuite SYSTEM 'http://127.0.0.1:1/x.dtd'><testsuite><testcase name='a'/></testsuite>"
    )
    assert found[0].name == "a"


def test_text_around_and_several_documents() -> None:
    found, summary = parse(
        "> npm test\n\n<?xml version='1.0'?><testsuite><testcase name='a'/></testsuite>\nlog line\n"
        "<?xml version='1.0'?>\n<testsuite><testcase name='b'/></testsuite>\n<report/>\n\0\0"
    )
    assert [one.name for one in found] == ["a", "b"]
    assert [problem.message.split(",")[0] for problem in summary.problems] == [
        "there is text before the XML document",
        "there is text after the XML document",
        "2 characters that XML does not allow are replaced by U+FFFD",
    ]
    assert summary.problems[1].line == 3


def test_a_giant_text_is_kept_as_head_and_tail() -> None:
    text = (
        "<testsuite><testcase name='a'><system-out>HEAD"
        + "x" * 3_000_000
        + "TAIL</system-out></testcase></testsuite>"
    )
    result = parse(text)[0][0]
    assert len(result.stdout) < 300_000
    assert result.stdout.startswith("HEAD")
    assert result.stdout.endswith("TAIL")
    assert len(parse(f"<testcase name='{'n' * 100_000}'/>")[0][0].name) == LONGEST_NAME


def test_memory_does_not_grow_with_the_file() -> None:
    """Ten times the tests, the same peak of what Python holds."""
    import tracemalloc

    def peak(count: int) -> int:
        data = (
            b"<testsuite>"
            + b"<testcase name='abc' classname='def' time='0.1'><failure>trace</failure></testcase>"
            * count
            + b"</testsuite>"
        )
        stream = io.BytesIO(data)
        tracemalloc.start()
        for _ in junit.read(stream, ReportSummary("x")):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(20_000) < 1.3 * peak(5_000) + 100_000


def test_memory_does_not_grow_with_one_giant_text() -> None:
    import tracemalloc

    stream = io.BytesIO(
        b"<testsuite><testcase name='a'><system-out>"
        + b"line of output\n" * 4_000_000
        + b"</system-out></testcase></testsuite>"
    )
    tracemalloc.start()
    found = list(junit.read(stream, ReportSummary("x")))
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) == 1
    assert top < 40_000_000, "of sixty million bytes"


def test_what_was_read_leaves_no_circle_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser has a buffer of 64 KB, and there may be a hundred thousand reports."""
    made = []

    class Watched(Document):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(weakref.ref(self))

    monkeypatch.setattr(xmlstream, "Document", Watched)
    gc.collect()
    gc.disable()
    try:
        one = "<testsuite><testcase name='a'/></testsuite>"
        for data in (one, one + one, one[:-5], "<testsuite><testcase></testsuite>"):
            of(data)
        assert len(made) > 4
        assert not any(document() for document in made)
    finally:
        gc.enable()
