"""CTRF, the Common Test Report Format (ctrf.io, schema 1.0): ``results.tests[]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import (
    items,
    mapping,
    seconds,
    strings,
    text,
    unknown,
    walk,
    whole,
)

_STATUS = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "skipped": Status.SKIPPED,
    "pending": Status.SKIPPED,
    "other": Status.SKIPPED,
}
_RAW = {"passed": "", "failed": "", "skipped": ""}
_USUAL = frozenset({"name", "status", "duration", "suite", "message", "trace", "start", "stop"})
_OPENED = {(), ("results",), ("results", "tests")}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every test. ``other`` is neither passed nor failed: skipped, with the word kept. A word that
    is not CTRF's is an error.
    """
    for path, value in walk(file, _OPENED):
        if path == ("results", "tests", "*") and isinstance(value, dict):
            yield _result(value, summary)
        elif path == ("results", "tests", "*"):
            summary.fault("an entry of its tests is no object and is left out")
        elif path == ("results", "summary"):
            summary.claim(whole(mapping(value).get("failed")))


def _result(test: dict[str, Any], summary: ReportSummary) -> Result:
    word = text(test.get("status"))
    status = _STATUS.get(word)
    if status is None:
        status = unknown(summary, test.get("name"), test.get("status"))
    if status is Status.FAILED and test.get("rawStatus") == "error":
        status = Status.ERROR
    suite = test.get("suite")
    path: tuple[str, ...] = ()
    if suite:
        path = (
            tuple(part.strip() for part in suite.split(" > "))
            if isinstance(suite, str)
            else strings(suite)
        )
    result = Result(
        text(test.get("name")) or "(unnamed)",
        status,
        path,
        "",
        "",
        None,
        seconds(test.get("duration"), unit=0.001),
        _RAW.get(word, word),
    )
    message, trace = test.get("message"), test.get("trace")
    if message or trace or status is Status.FAILED:
        result.details = (
            Detail(
                "skipped" if status is Status.SKIPPED else "failure", text(message), "", text(trace)
            ),
        )
    if not _USUAL.issuperset(test):
        _add_the_rest(result, test)
    return result


def _add_the_rest(result: Result, test: dict[str, Any]) -> None:
    """What few tests have."""
    extra = mapping(test.get("extra"))
    result.classname = text(extra.get("classname"))
    result.file, result.line = text(test.get("filePath")), whole(test.get("line"))
    result.properties = tuple(
        (key, text(test[key])) for key in ("browser", "device", "type") if text(test.get(key))
    )
    result.stdout, result.stderr = (
        "\n".join(strings(test.get(name))) for name in ("stdout", "stderr")
    )
    result.attachments = tuple(
        text(one.get("path")) for one in items(test.get("attachments")) if text(one.get("path"))
    )
    result.attempts = max(
        len(items(test.get("retryAttempts"))), 1 + (whole(test.get("retries")) or 0)
    )
    result.flaky = test.get("flaky") is True
