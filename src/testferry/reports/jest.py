"""Jest's and Vitest's JSON (``--json``, ``--reporter=json``):
``testResults[].assertionResults[]``.
"""

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
    **dict.fromkeys(("skipped", "pending", "todo", "disabled", "focused"), Status.SKIPPED),
}
_OPENED = {(), ("testResults",)}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every assertion result; a file that did not load has none and becomes a failing result of its
    own.
    """
    successful = True
    for path, value in walk(file, _OPENED):
        if path == ("numFailedTests",):
            summary.claim(whole(value))
        elif path == ("success",):
            successful = value is not False
        elif path == ("wasInterrupted",) and value is True:
            summary.fault("the run was interrupted")
        if path != ("testResults", "*") or not isinstance(value, dict):
            continue
        name = text(value.get("name"))
        listed = [
            one
            for one in items(value.get("assertionResults"))
            if "title" in one or "fullName" in one
        ]
        for test in listed:
            yield _result(test, name, summary)
        if value.get("status") == "failed" and not any(
            test.get("status") == "failed" for test in listed
        ):
            message = text(value.get("message"))
            summary.fault(f"{name} failed without a failed test: a failing result stands for it")
            detail = Detail("error", message.strip().split("\n")[0], "", message)
            yield Result(
                name=f"{name} [file]",
                status=Status.ERROR,
                file=name,
                details=(detail,),
                synthetic=True,
            )
    if not successful and not summary.red and not summary.claimed:
        summary.warn(
            "the run was not successful although every test passed: a snapshot, or the coverage?"
        )


def _result(test: dict[str, Any], file: str, summary: ReportSummary) -> Result:
    word = text(test.get("status"))
    status = _STATUS.get(word) or unknown(summary, test.get("title"), test.get("status"))
    messages = strings(test.get("failureMessages"))
    return Result(
        name=text(test.get("title")) or text(test.get("fullName")) or "(unnamed)",
        status=status,
        suite=strings(test.get("ancestorTitles")),
        file=file,
        line=whole(mapping(test.get("location")).get("line")),
        elapsed=seconds(test.get("duration"), unit=0.001),
        raw_status=word if word not in ("passed", "failed", "skipped") else "",
        details=tuple(Detail("failure", one.split("\n")[0], "", one) for one in messages)
        or ((Detail("failure"),) if status is Status.FAILED else ()),
        attempts=max(1, whole(test.get("invocations")) or 1),
        flaky=status is Status.PASSED and bool(test.get("retryReasons")),
    )
