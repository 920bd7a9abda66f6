"""Cucumber Messages: NDJSON, one envelope a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
    worst,
)
from testferry.reports.cucumber import NANOSECONDS, step_status
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import items, mapping, number, text, whole

_NAMES = """
    meta source gherkinDocument pickle testCase testRunStarted testCaseStarted testStepStarted
    testStepFinished testCaseFinished testRunFinished attachment externalAttachment hook
    stepDefinition parameterType undefinedParameterType parseError suggestion testRunHookStarted
    testRunHookFinished
"""
_MESSAGES = frozenset(_NAMES.split())

_Message = dict[str, Any]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test case that is not retried any more; its earlier attempts are attempts of the
    one result.
    """
    reader = _Reader(summary)
    for line in lines(
        file,
        summary,
        lambda line: bool(_MESSAGES & line.keys()),
    ):
        yield from reader.message(line)
    yield from reader.end()


class _Reader:
    """What has to be remembered from one message to the next."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self._pickles: dict[str, _Message] = {}
        self._features: dict[str, str] = {}
        self._cases: dict[str, str] = {}
        self._started: dict[str, _Message] = {}
        self._finished = False

    def message(self, line: _Message) -> Iterator[Result]:
        """Take one envelope: the name of its only key is its kind."""
        for kind, value in line.items():
            if not isinstance(value, dict):
                continue
            self._remember(kind, value)
            if kind == "testCaseFinished":
                yield from self._case_finished(value)
            elif kind == "parseError":
                yield self._unparsed(value)
            elif kind == "testRunHookFinished":
                yield from self._hook(value)
            elif kind == "testRunFinished":
                self._finished = True
                yield from self._run_finished(value)

    def _run_finished(self, value: _Message) -> Iterator[Result]:
        """A run that ended with an exception failed outside of its scenarios."""
        if value.get("success") is not False:
            return
        exception = mapping(value.get("exception"))
        words = text(exception.get("message")) or text(value.get("message"))
        if exception and words:
            yield self._outside(
                "the run [run]",
                "the run failed",
                words,
                text(exception.get("type")),
                text(exception.get("stackTrace")),
            )
        self._summary.claim(1)

    def _remember(self, kind: str, value: _Message) -> None:
        number_of = text(value.get("id"))
        if kind == "pickle":
            self._pickles[number_of] = value
        elif kind == "gherkinDocument":
            feature = mapping(value.get("feature"))
            self._features[text(value.get("uri"))] = text(feature.get("name"))
        elif kind == "testCase":
            self._cases[number_of] = text(value.get("pickleId"))
        elif kind == "testCaseStarted":
            self._started[number_of] = {**value, "steps": []}
        elif kind == "testStepFinished":
            start = self._started.get(text(value.get("testCaseStartedId")), {})
            start.get("steps", []).append(mapping(value.get("testStepResult")))

    def _case_finished(self, value: _Message) -> Iterator[Result]:
        start = self._started.pop(text(value.get("testCaseStartedId")), None)
        if start is not None and value.get("willBeRetried") is not True:
            yield self._case(start)

    def _pickle(self, start: _Message) -> _Message:
        return self._pickles.get(self._cases.get(text(start.get("testCaseId")), ""), {})

    def _unparsed(self, value: _Message) -> Result:
        words = text(value.get("message"))
        uri = text(mapping(value.get("source")).get("uri"))
        return self._summary.stand_in(
            f"{uri} [feature]",
            f"a feature cannot be parsed: {words[:200]}",
            Detail("error", words),
            file=uri,
        )

    def _hook(self, value: _Message) -> Iterator[Result]:
        """A hook of the whole run that failed is a failure of its own, whatever else failed."""
        result = mapping(value.get("result"))
        status = step_status(result.get("status"))
        if status is not None and not status.is_red:
            return
        words = text(result.get("message")) or text(result.get("status"))
        yield self._outside("the run [hook]", "a hook of the run failed", words)

    def _outside(
        self,
        name: str,
        why: str,
        words: str,
        kind: str = "",
        trace: str = "",
    ) -> Result:
        """Return a failing result for what failed outside of the scenarios."""
        return self._summary.stand_in(
            name,
            f"{why}: {words[:200]}",
            Detail(
                "error",
                words.partition("\n")[0],
                kind,
                trace or words,
            ),
        )

    def _case(self, start: _Message) -> Result:
        pickle = self._pickle(start)
        steps = items(start.get("steps"))
        status = self._status(steps)
        uri = text(pickle.get("uri"))
        attempt = whole(start.get("attempt")) or 0
        return Result(
            name=text(pickle.get("name")) or "(unnamed)",
            status=status,
            suite=tuple(filter(None, (self._features.get(uri),))),
            file=uri,
            line=whole(mapping(pickle.get("location")).get("line")),
            elapsed=sum(_seconds(step) for step in steps),
            details=tuple(_failures(steps)),
            properties=tuple(("tag", text(tag.get("name"))) for tag in items(pickle.get("tags"))),
            attempts=1 + attempt,
            flaky=status is Status.PASSED and attempt > 0,
        )

    def _status(self, steps: list[_Message]) -> Status:
        found = []
        for step in steps:
            word = text(step.get("status"))
            status = step_status(word)
            if status is None:
                return self._summary.unknown_word("status", word)
            found.append(status)
        return worst(found)

    def end(self) -> Iterator[Result]:
        """End the file."""
        if not self._finished:
            self._summary.fault("unfinished", "the run did not finish: there is no testRunFinished")
        for start in self._started.values():
            name = text(self._pickle(start).get("name"))
            self._summary.fault(
                "unfinished",
                f"the scenario {name} never finished",
                tests=1,
            )
            never = {"status": "FAILED", "message": "it never finished"}
            yield self._case({**start, "steps": [never]})


def _seconds(step: _Message) -> float:
    took = mapping(step.get("duration"))
    return (number(took.get("seconds")) or 0) + (number(took.get("nanos")) or 0) * NANOSECONDS


def _failures(steps: list[_Message]) -> Iterator[Detail]:
    for step in steps:
        status = step_status(step.get("status"))
        if status is None or status.is_red:
            message = text(step.get("message"))
            first = (message or text(step.get("status"))).split("\n")[0]
            yield Detail(
                "failure",
                first,
                "",
                message,
            )
