"""GoogleTest's JSON: ``--gtest_output=json``, ``testsuites[].testsuite[]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonstream import (
    items,
    seconds,
    text,
    walk,
    whole,
)
from testferry.reports.words import status_of


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test of every suite."""
    for path, suite in walk(file, {(), ("testsuites",)}, summary):
        if path in (("failures",), ("errors",)):
            summary.claim(whole(suite))
        if path != ("testsuites", "*") or not isinstance(suite, dict):
            continue
        if "testsuite" not in suite:
            words = "is not GoogleTest's JSON: it holds suites without a list `testsuite`"
            raise ReportProblem(words, code="unknown-format")
        for test in items(suite.get("testsuite")):
            yield _test(
                test,
                text(suite.get("name")),
                summary,
            )


def _status(test: dict[str, object], summary: ReportSummary) -> Status:
    if items(test.get("failures")):
        return Status.FAILED
    for key in ("status", "result"):
        word = text(test.get(key))
        if not word:
            continue
        status = status_of(word)
        if status is None:
            return summary.unknown_word(key, word)
        if status is not Status.PASSED:
            return status
    return Status.PASSED


def _test(test: dict[str, object], suite: str, summary: ReportSummary) -> Result:
    details = []
    for failure in items(test.get("failures")):
        said = text(failure.get("failure"))
        details.append(
            Detail(
                "failure",
                said.split("\n")[0],
                text(failure.get("type")),
                said,
            )
        )
    details += [Detail("skipped", text(skip.get("message"))) for skip in items(test.get("skipped"))]
    raw = ""
    if text(test.get("status")).upper() == "NOTRUN":
        raw = "notrun"
    properties: tuple[tuple[str, str], ...] = ()
    if parameter := text(test.get("value_param")) or text(test.get("type_param")):
        properties = (("parameter", parameter),)
    return Result(
        name=text(test.get("name")) or "(unnamed)",
        status=_status(test, summary),
        suite=tuple(filter(None, (suite,))),
        classname=text(test.get("classname")) or suite,
        file=text(test.get("file")),
        line=whole(test.get("line")),
        elapsed=seconds(test.get("time")),
        raw_status=raw,
        details=tuple(details),
        properties=properties,
    )
