from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from fakes import of
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports import Source, close, digest, find, read

GOOD = "<testsuite><testcase name='a'/></testsuite>"


def test_the_same_reports_have_the_same_digest_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("a.xml", "copy.xml"):
        (tmp_path / name).write_text(GOOD)
    assert (
        digest([Source("a.xml")])
        == digest([Source("copy.xml")])
        != digest([Source("a.xml"), Source("copy.xml")])
    )
    assert digest([Source("gone.xml")]) == digest([Source("gone.xml")]) != digest([Source("a.xml")])


@pytest.mark.parametrize(
    "kind", ["gone", "directory", "fifo", "empty", "html", "binary", "text", "json", "boost"]
)
def test_what_cannot_be_read_is_a_problem_of_its_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "r.xml"
    contents = {
        "empty": b"",
        "html": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        "binary": bytes(range(256)) * 10,
        "text": b"no tests today",
        "json": b'{"hello": 1}',
        "boost": b"<?xml version='1.0'?><!-- c --><TestLog><TestCase/></TestLog>",
    }
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind != "gone":
        path.write_bytes(contents[kind])
    summary = ReportSummary(str(path))
    assert list(read(Source(str(path)), summary)) == []
    assert summary.problems[0].is_error
    expected = {
        "html": "an HTML page",
        "boost": "a Boost.Test log",
        "empty": "is empty",
        "json": "its keys are hello",
        "gone": "No such file",
    }
    assert expected.get(kind, "") in summary.problems[0].message


def test_a_report_without_a_test_is_warned_of() -> None:
    summary = ReportSummary("-")
    found = find(["-"], io.BytesIO(b"<testsuites/>"))
    assert list(read(found.sources[0], summary)) == []
    assert summary.problems[0].message == "holds no test at all"
    close(found.sources)


def test_a_wanted_format_is_not_guessed() -> None:
    summary = ReportSummary("-")
    found = find(["-"], io.BytesIO(b"<odd><testcase name='a'/></odd>"))
    assert len(list(read(found.sources[0], summary, "junit"))) == 1
    summary = ReportSummary("-")
    assert list(read(found.sources[0], summary)) == []
    close(found.sources)


def test_a_source_says_why_it_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ReportProblem, match="No such file"), Source(str(tmp_path / "x")).open():
        pass


LONG = "word " * 300_000
GO = """{{"Action":"run","Package":"p","Test":"A"}}
{{"Action":"output","Package":"p","Test":"A","Output":"{}"}}
{{"Action":"output","Package":"p","Test":"A","Output":"{}"}}
{{"Action":"fail","Package":"p","Test":"A"}}
{{"Action":"fail","Package":"p"}}
"""


@pytest.mark.parametrize(
    "data",
    [
        f"<testsuite><testcase name='a'><failure>{LONG}</failure></testcase></testsuite>",
        f"<testsuite><testcase name='a'><failure>{LONG[:200_000]}</failure></testcase></testsuite>",
        f"<testsuite><testcase name='{LONG[:5000]}' classname='c'/></testsuite>",
        f"<testsuite><testcase odd='{LONG}' name='a' classname='c'/></testsuite>",
        f'{{"numTotalTests": 1, "numTotalTestSuites": 1, "testResults": [{{"name": "f", "assertionResults": [{{"title": "a", "status": "failed", "failureMessages": ["{LONG}"]}}]}}]}}',
        GO.format(LONG * 4, ""),
        GO.format(LONG[:90_000], LONG[:90_000]),
        "1..1\nnot ok 1 - a\n" + "# word word word\n" * 10_000,
    ],
)  # fmt: skip
def test_a_value_that_is_cut_is_told(data: str) -> None:
    found, summary = of(data)
    assert len(found) == 1
    assert [(one.severity, one.code) for one in summary.problems] == [("warning", "value-cut")]


def test_long_values_that_are_kept_whole_are_not_told() -> None:
    _, summary = of(
        f"<testsuite><testcase name='a'><failure>{LONG[:100_000]}</failure></testcase></testsuite>"
    )
    assert not summary.problems
