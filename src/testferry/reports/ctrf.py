"""CTRF, the Common Test Report Format (ctrf.io, schema 1.0): ``results.tests[]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import items, mapping, seconds, strings, text, walk, whole

_STATUS = {"passed": Status.PASSED, "failed": Status.FAILED, "skipped": Status.SKIPPED, "pending": Status.SKIPPED}
_OPENED = {(), ("results",), ("results", "tests")}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every test. ``other`` is neither passed nor failed: skipped, with the word kept."""
    shown = claimed = 0
    for path, value in walk(file, _OPENED):
        if path == ("results", "tests", "*") and isinstance(value, dict):
            result = _result(value)
            shown += result.status is Status.FAILED
            yield result
        elif path == ("results", "summary"):
            claimed = whole(mapping(value).get("failed")) or 0
    if claimed > shown:
        summary.warn(f"its summary says {claimed} failed, its tests show {shown}: the tests count")


def _result(test: dict[str, Any]) -> Result:
    word = text(test.get("status"))
    status = _STATUS.get(word, Status.SKIPPED)
    details: list[Detail] = []
    if test.get("message") or test.get("trace") or status is Status.FAILED:
        details.append(
            Detail("skipped" if status is Status.SKIPPED else "failure", text(test.get("message")), "", text(test.get("trace")))
        )
    tries = items(test.get("retryAttempts"))
    suite = test.get("suite")
    path = tuple(part.strip() for part in suite.split(" > ")) if isinstance(suite, str) and suite else strings(suite)
    return Result(
        name=text(test.get("name")) or "(unnamed)",
        status=status,
        suite=path,
        file=text(test.get("filePath")),
        line=whole(test.get("line")),
        elapsed=seconds(test.get("duration"), unit=0.001),
        raw_status="" if word in ("passed", "failed", "skipped") else word,
        details=tuple(details),
        properties=tuple((key, text(test[key])) for key in ("browser", "device", "type") if text(test.get(key))),
        stdout="\n".join(strings(test.get("stdout"))),
        stderr="\n".join(strings(test.get("stderr"))),
        attachments=tuple(text(one.get("path")) for one in items(test.get("attachments")) if text(one.get("path"))),
        attempts=max(len(tries), 1 + (whole(test.get("retries")) or 0)),
        flaky=test.get("flaky") is True,
    )
