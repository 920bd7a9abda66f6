"""CTRF, the Common Test Report Format (ctrf.io, schema 1.0): ``results.tests[]``."""

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
    joined,
    mapping,
    seconds,
    strings,
    text,
    walk,
    whole,
)
from testferry.reports.words import detail_kind, status_of

_STATUS = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "skipped": Status.SKIPPED,
    "pending": Status.SKIPPED,
    "other": Status.SKIPPED,
}
_RAW = {
    "passed": "",
    "failed": "",
    "skipped": "",
}
_USUAL = frozenset(
    {
        "name",
        "status",
        "duration",
        "suite",
        "message",
        "trace",
        "start",
        "stop",
    }
)
_OPENED = {(), ("results",), ("results", "tests")}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test.

    ``other`` is neither passed nor failed: skipped, with the word kept, unless the tool's own is
    one of failure. A word that is not CTRF's
    is an error.
    """
    for path, value in walk(file, _OPENED, summary):
        if path == ("results", "tests", "*") and isinstance(value, dict):
            yield _result(value, summary)
        elif path == ("results", "tests", "*"):
            summary.fault("broken", "an entry of its tests is no object and is left out")
        elif path == ("results", "summary"):
            summary.claim(whole(mapping(value).get("failed")))


def _result(test: dict[str, object], summary: ReportSummary) -> Result:
    word = text(test.get("status"))
    status = _STATUS.get(word) or _STATUS.get(word.lower())
    if status is None:
        status = summary.unknown_word("status", test.get("status"))
    result = Result(
        text(test.get("name")) or "(unnamed)",
        status,
        _suite(test.get("suite")),
        "",
        "",
        None,
        seconds(test.get("duration"), unit=0.001),
        _RAW.get(word, word),
    )
    message, trace = test.get("message"), test.get("trace")
    if not _USUAL.issuperset(test):
        _add_the_rest(result, test, summary)
    if message or trace or result.status.is_red:
        result.details = (
            Detail(
                detail_kind(result.status),
                joined(message),
                "",
                joined(trace),
            ),
        )
    return result


def _suite(suite: object) -> tuple[str, ...]:
    if isinstance(suite, str) and suite:
        return tuple(part.strip() for part in suite.split(" > "))
    return strings(suite)


def _add_the_rest(
    result: Result,
    test: dict[str, object],
    summary: ReportSummary,
) -> None:
    """Add what few tests have."""
    extra = mapping(test.get("extra"))
    # testferry's own word, beside the tool's
    is_error = extra.get("status") == "error" or test.get("rawStatus") == "error"
    if result.status is Status.FAILED and is_error:
        result.status = Status.ERROR
    if test.get("status") == "other":
        # what CTRF has no word for may still be a failure in the tool's own: timedOut, crashed
        own = status_of(text(test.get("rawStatus")))
        if own is not None and own.is_red:
            result.status, result.raw_status = own, text(test.get("rawStatus"))
    if extra.get("status") == "error":
        result.raw_status = text(test.get("rawStatus"))
    result.classname = text(extra.get("classname"))
    result.file, result.line = text(test.get("filePath")), whole(test.get("line"))
    properties = [
        (key, text(test[key])) for key in ("browser", "device", "type") if text(test.get(key))
    ]
    properties += [("tag", tag) for tag in strings(test.get("tags"))]
    result.properties = tuple(properties)
    result.stdout = "\n".join(strings(test.get("stdout")))
    result.stderr = "\n".join(strings(test.get("stderr")))
    paths = (text(entry.get("path")) for entry in items(test.get("attachments")))
    result.attachments = tuple(filter(None, paths))
    summary.extras.attached["attachments"] += len(result.attachments)
    tries = len(items(test.get("retryAttempts")))
    result.attempts = max(tries, 1 + (whole(test.get("retries")) or 0))
    result.flaky = test.get("flaky") is True
