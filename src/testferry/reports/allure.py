"""An Allure results directory: ``*-result.json`` for attempts, ``*-container.json`` for fixtures.

Attempts of one test share a ``historyId`` and their parameters (those that are not excluded): two
results of one history with other parameters are two tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.formats import ALLURE_CONTAINER, ALLURE_RESULT
from testferry.reports.jsonstream import (
    items,
    mapping,
    number,
    strings,
    text,
    walk,
)
from testferry.reports.source import Watch, unwatched
from testferry.reports.words import status_of

_STATUS = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "broken": Status.ERROR,
    "skipped": Status.SKIPPED,
}
_SUITES = ("parentSuite", "suite", "subSuite")
_KEPT_LABELS = ("tag", "severity", "feature", "story", "epic", "testrail", "AS_ID")
_KINDS = {
    Status.SKIPPED: "skipped",
    Status.ERROR: "error",
}

_Value = dict[str, object]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield the one result of a file."""
    for path, value in walk(file, set(), summary):
        if path == () and isinstance(value, dict):
            yield _result(value, summary)


def _result(value: _Value, summary: ReportSummary) -> Result:
    word = text(value.get("status"))
    status = _STATUS.get(word) or status_of(word)
    if status is None:
        name = text(value.get("name"))
        status = summary.unknown_word(
            "status",
            word or "none",
            red=bool(word),
        )
        summary.fault(
            "unfinished",
            f"{name} has no status that is known: {word!r}",
            tests=1,
        )
    told = mapping(value.get("statusDetails"))
    labels = [
        (text(label.get("name")), text(label.get("value"))) for label in items(value.get("labels"))
    ]
    raw = ""
    if word in ("broken", "unknown"):
        raw = word
    details: tuple[Detail, ...] = ()
    if status is not Status.PASSED:
        kind = _KINDS.get(status, "failure")
        details = (
            Detail(
                kind,
                text(told.get("message")),
                "",
                text(told.get("trace")),
            ),
        )
    sources = (text(entry.get("source")) for entry in items(value.get("attachments")))
    attachments = tuple(filter(None, sources))
    summary.extras.attached["attachments"] += len(attachments)
    return Result(
        name=_name(value),
        status=status,
        suite=tuple(found for wanted in _SUITES for name, found in labels if name == wanted),
        classname=next((found for wanted, found in labels if wanted == "testClass"), ""),
        elapsed=_elapsed(value),
        raw_status=raw,
        details=details,
        properties=tuple(_properties(value, labels)),
        attachments=attachments,
        flaky=told.get("flaky") is True,
    )


def _name(value: _Value) -> str:
    name = text(value.get("name")) or "(unnamed)"
    parameters = [
        f"{text(parameter.get('name'))}={text(parameter.get('value'))}"
        for parameter in items(value.get("parameters"))
    ]
    if parameters and "[" not in name:
        return f"{name} [{', '.join(parameters)}]"
    return name


def _elapsed(value: _Value) -> float | None:
    start, stop = number(value.get("start")), number(value.get("stop"))
    if start is None or stop is None:
        return None
    return (stop - start) / 1000


def _properties(value: _Value, labels: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, found in labels:
        if name in _KEPT_LABELS:
            yield f"label:{name}", found
    for link in items(value.get("links")):
        if text(link.get("type")) == "tms":
            yield "tag", text(link.get("name"))


@dataclass(slots=True)
class _Test:
    """The tries of one test."""

    stop: float
    last: Result
    statuses: list[Status] = field(default_factory=list)


def read_folder(
    folder: str,
    summary: ReportSummary,
    watch: Watch = unwatched,
) -> Iterator[Result]:
    """Yield every test of a results directory; the latest attempt counts, the earlier ones are its
    attempts.
    """
    tests: dict[object, _Test] = {}
    red: dict[str, str] = {}
    containers = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith((ALLURE_RESULT, ALLURE_CONTAINER)):
            continue
        watch()
        value = _value(folder, name, summary)
        if value is None:
            continue
        if name.endswith(ALLURE_CONTAINER):
            containers.append(value)
            continue
        result = _result(value, summary)
        if result.status.is_red:
            red[text(value.get("uuid"))] = _message(value)
        stop = number(value.get("stop")) or 0.0
        test = tests.setdefault(
            _key(value, name),
            _Test(stop, result),
        )
        test.statuses.append(result.status)
        if stop >= test.stop:
            test.stop, test.last = stop, result
    if not tests:
        raise ReportProblem("is a folder without a readable Allure result", code="unknown-format")
    for test in tests.values():
        yield _of_tries(test)
    for container in containers:
        yield from _fixtures(container, red, summary)


def _of_tries(test: _Test) -> Result:
    attempts = len(test.statuses)
    recovered = test.last.status is Status.PASSED and len(set(test.statuses)) > 1
    return replace(
        test.last,
        attempts=attempts,
        flaky=test.last.flaky or recovered,
        retried=attempts > 1,
    )


def _key(value: _Value, name: str) -> object:
    parameters = [
        (text(parameter.get("name")), text(parameter.get("value")))
        for parameter in items(value.get("parameters"))
        if parameter.get("excluded") is not True
    ]
    history = text(value.get("historyId")) or text(value.get("uuid")) or name
    return history, tuple(sorted(parameters))


def _value(folder: str, name: str, summary: ReportSummary) -> _Value | None:
    try:
        with open(os.path.join(folder, name), "rb") as file:
            value = next((found for path, found in walk(file, set()) if path == ()), None)
    # one bad file loses no other; whatever it was is told
    except Exception as problem:  # noqa: BLE001
        summary.fault("unreadable", f"{name} cannot be read: {problem}")
        return None
    if isinstance(value, dict):
        return value
    return None


def _message(value: _Value) -> str:
    return text(mapping(value.get("statusDetails")).get("message")).strip()


def _fixtures(
    container: _Value,
    red: Mapping[str, str],
    summary: ReportSummary,
) -> Iterator[Result]:
    """Yield a failing result for each fixture that failed, unless a test of it shows that."""
    for place in ("befores", "afters"):
        for fixture in items(container.get(place)):
            status = status_of(text(fixture.get("status"))) or Status.PASSED
            if text(fixture.get("status")) == "broken":
                status = Status.ERROR
            if not status.is_red:
                continue
            name = text(fixture.get("name")) or "fixture"
            told = mapping(fixture.get("statusDetails"))
            message = _message(fixture)
            words = f"the fixture {name} failed"
            children = strings(container.get("children"))
            shown = [red[child] for child in children if child in red]
            if place == "befores" and shown:
                continue
            # what fails behind a test is a test's own only if the test says the same
            if message and message in shown:
                continue
            yield summary.stand_in(
                f"{name} [fixture]",
                words,
                Detail(
                    "error",
                    message or words,
                    "",
                    text(told.get("trace")),
                ),
            )
