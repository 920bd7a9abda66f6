"""Jest's and Vitest's JSON (``--json``, ``--reporter=json``):
``testResults[].assertionResults[]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonstream import (
    items,
    mapping,
    seconds,
    strings,
    text,
    walk,
    whole,
)
from testferry.reports.words import status_of

_FOCUSED = {"focused": Status.SKIPPED}
_PLAIN = ("passed", "failed", "skipped")
_OPENED = {(), ("testResults",)}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every assertion result; a file that did not load has none and becomes a failing result
    of its own.
    """
    successful = True
    for path, value in walk(file, _OPENED, summary):
        if path == ("numFailedTests",):
            summary.claim(whole(value))
        elif path == ("success",):
            successful = successful and value is not False
        elif path == ("wasInterrupted",) and value is True:
            summary.fault("unfinished", "the run was interrupted")
        elif path == ("testResults", "*") and isinstance(value, dict):
            yield from _file(value, summary)
    if not successful and not summary.red and not summary.extras.claimed:
        words = "the run was not successful although no test failed: a snapshot, or the coverage?"
        yield summary.stand_in(
            "the run [jest]",
            words,
            Detail("failure", words),
            status=Status.FAILED,
            code="claims-more",
        )


def _file(value: dict[str, object], summary: ReportSummary) -> Iterator[Result]:
    # the second names are those of its own results, as reporters of one's own write them
    name = text(value.get("name")) or text(value.get("testFilePath"))
    tests = items(value.get("assertionResults")) or items(value.get("testResults"))
    listed = [test for test in tests if "title" in test or "fullName" in test]
    red = False
    for test in listed:
        result = _result(test, name, summary)
        red = red or result.status.is_red
        yield result
    failed = value.get("status") == "failed" or value.get("testExecError")
    if failed and not red:
        message = text(value.get("message")) or text(value.get("failureMessage"))
        yield summary.stand_in(
            f"{name} [file]",
            f"{name} failed without a failed test",
            Detail(
                "error",
                message.strip().split("\n")[0],
                "",
                message,
            ),
            file=name,
        )


def _result(test: dict[str, object], file: str, summary: ReportSummary) -> Result:
    word = text(test.get("status"))
    status = _FOCUSED.get(word) or status_of(word)
    if status is None:
        status = summary.unknown_word("status", test.get("status"))
    details = [
        Detail(
            "failure",
            message.split("\n")[0],
            "",
            message,
        )
        for message in strings(test.get("failureMessages"))
    ]
    if status is Status.FAILED and not details:
        details = [Detail("failure")]
    raw = word
    if word in _PLAIN:
        raw = ""
    return Result(
        name=text(test.get("title")) or text(test.get("fullName")) or "(unnamed)",
        status=status,
        suite=strings(test.get("ancestorTitles")),
        file=file,
        line=whole(mapping(test.get("location")).get("line")),
        elapsed=seconds(test.get("duration"), unit=0.001),
        raw_status=raw,
        details=tuple(details),
        attempts=max(1, whole(test.get("invocations")) or 1),
        flaky=status is Status.PASSED and bool(test.get("retryReasons")),
    )
