"""Dart and Flutter: ``dart test --reporter json``, ``flutter test --machine``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import mapping, seconds, text, whole
from testferry.reports.words import status_of

_RESULTS = {
    "success": Status.PASSED,
    "failure": Status.FAILED,
    "error": Status.ERROR,
}
_NEVER = "started and never ended"

_Event = dict[str, object]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test; hidden ones (loading a file) count only if they fail."""
    reader = _Reader(summary)
    for event in lines(file, summary, _is_event):
        reader.event(event)
    yield from reader.end()


def _is_event(event: _Event) -> bool:
    return isinstance(event.get("type"), str) or isinstance(event.get("event"), str)


class _Reader:
    """Everything until the end: a test can still fail after it was done."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self._suites: dict[str, str] = {}
        self._tests: dict[str, _Event] = {}
        self._errors: dict[str, list[Detail]] = {}
        self._began: dict[str, float | None] = {}
        self._finished: dict[str, Result] = {}
        self._done: _Event | None = None

    def event(self, event: _Event) -> None:
        """Take one event."""
        kind, at = text(event.get("type")), text(event.get("testID"))
        if kind == "suite":
            suite = mapping(event.get("suite"))
            self._suites[text(suite.get("id"))] = text(suite.get("path"))
        elif kind == "testStart":
            test = mapping(event.get("test"))
            self._tests[text(test.get("id"))] = test
            self._began[text(test.get("id"))] = seconds(event.get("time"), unit=0.001)
        elif kind == "error":
            self._failed(event, at)
        elif kind == "testDone":
            self._test_done(event, at)
        elif kind == "done":
            self._done = event

    def _failed(self, event: _Event, at: str) -> None:
        kind = "error"
        if event.get("isFailure") is True:
            kind = "failure"
        detail = Detail(
            kind,
            text(event.get("error")),
            "",
            text(event.get("stackTrace")),
        )
        if late := self._finished.get(at):
            details = (*late.details, detail)
            self._finished[at] = replace(
                late,
                status=Status.ERROR,
                details=details,
            )
        self._errors.setdefault(at, []).append(detail)

    def _test_done(self, event: _Event, at: str) -> None:
        test, began = self._tests.pop(at, {}), self._began.pop(at, None)
        if event.get("hidden") is True and not self._errors.get(at):
            return
        ended = seconds(event.get("time"), unit=0.001)
        elapsed = None
        if ended is not None and began is not None and ended >= began:
            elapsed = ended - began
        self._finished[at] = self._result(
            test,
            event,
            self._errors.pop(at, []),
            elapsed,
        )

    def _result(
        self,
        test: _Event,
        done: _Event,
        errors: list[Detail],
        elapsed: float | None,
    ) -> Result:
        path = self._suites.get(text(test.get("suiteID")), "")
        details = tuple(errors)
        if done.get("skipped") is True:
            status = Status.SKIPPED
            details = (Detail("skipped", text(mapping(test.get("metadata")).get("skipReason"))),)
        else:
            word = text(done.get("result"))
            known = _RESULTS.get(word) or status_of(word)
            status = known or self._summary.unknown_word("result", word)
        return Result(
            name=text(test.get("name")) or "(unnamed)",
            status=status,
            suite=tuple(filter(None, (path,))),
            file=path,
            line=whole(test.get("root_line")) or whole(test.get("line")),
            elapsed=elapsed,
            details=details,
        )

    def end(self) -> Iterator[Result]:
        """End the file."""
        yield from self._finished.values()
        if self._done is None or self._done.get("success") is None:
            self._summary.fault("unfinished", "the run did not finish")
        elif self._done["success"] is False:
            self._summary.claim(1)
        for test in self._tests.values():
            name = text(test.get("name"))
            self._summary.fault(
                "unfinished",
                f"{name} was {_NEVER}",
                tests=1,
            )
            yield self._result(
                test,
                {"result": "error"},
                [Detail("error", _NEVER)],
                None,
            )
