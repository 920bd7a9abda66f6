"""Rust's libtest: ``cargo test -- --format json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import seconds, text, whole
from testferry.reports.words import detail_kind, status_of
from testferry.text import count

_EVENTS = {
    "ok": Status.PASSED,
    "failed": Status.FAILED,
    "ignored": Status.SKIPPED,
}
# How many suites are open behind the event of one.
_SUITE = {"started": 1, "ok": -1, "failed": -1}
_TYPES = ("suite", "test", "report", "bench")
_NEVER = "started and never ended"


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test: one event for each end; one that was started and never ended is an
    error.
    """
    started: dict[str, None] = {}
    suites = 0  # that are open
    for event in lines(
        file,
        summary,
        lambda event: event.get("type") in _TYPES,
    ):
        name, what = text(event.get("name")), text(event.get("event"))
        if event.get("type") == "suite":
            suites += _SUITE.get(what, 0)
        if event.get("type") == "suite" and what == "failed":
            summary.claim(whole(event.get("failed")) or 1)
        if event.get("type") != "test":
            continue
        # a timeout is a warning: the test goes on
        if what in ("started", "timeout"):
            started[name] = None
            continue
        started.pop(name, None)
        status = _EVENTS.get(what) or status_of(what) or summary.unknown_word("event", what)
        yield _result(event, name, status)
    if suites > 0:
        summary.fault("unfinished", f"{count(suites, 'suite')} {_NEVER}: the run did not finish")
    for name in started:
        summary.fault(
            "unfinished",
            f"{name} was {_NEVER}",
            tests=1,
        )
        yield Result(
            name,
            Status.ERROR,
            details=(Detail("error", _NEVER),),
        )


def _result(event: dict[str, object], name: str, status: Status) -> Result:
    module, _, short = name.rpartition("::")
    said = text(event.get("stdout"))
    result = Result(
        short or name,
        status,
        classname=module,
        elapsed=seconds(event.get("exec_time")),
    )
    if status is Status.PASSED:
        result.stdout = said
        return result
    last = next(reversed(said.strip().splitlines()), "")
    result.details = (
        Detail(
            detail_kind(status),
            text(event.get("message")) or last,
            "",
            said,
        ),
    )
    return result
