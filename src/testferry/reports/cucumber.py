"""Cucumber JSON (an array of features) and Cucumber Messages (NDJSON).

Undefined and ambiguous steps fail, as strict mode has it; pending ones skip. Backgrounds and hooks
are no entries of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import (
    items,
    lines,
    mapping,
    number,
    seconds,
    text,
    unknown,
    walk,
    whole,
)

_STEP = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "error": Status.ERROR,
    "hook_error": Status.ERROR,
    "cleanup_error": Status.ERROR,
    "undefined": Status.FAILED,
    "ambiguous": Status.FAILED,
    "pending": Status.SKIPPED,
    "skipped": Status.SKIPPED,
    "untested": Status.SKIPPED,
}
_BADNESS = [Status.PASSED, Status.SKIPPED, Status.FAILED, Status.ERROR]
_NANOSECONDS = 1e-9


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every scenario and outline row; a background's steps belong to the scenario behind it."""
    for path, feature in walk(file, {()}):
        if path != ("*",) or not isinstance(feature, dict):
            continue
        background: list[dict[str, Any]] = []
        for element in items(feature.get("elements")):
            if (
                text(element.get("type")) == "background"
                or text(element.get("keyword")) == "Background"
            ):
                background = [
                    step for step in _steps(element) if "result" in step
                ]  # behave repeats them in the scenario
            else:
                yield _scenario(feature, element, background, summary)
                background = []


def _steps(element: dict[str, Any]) -> list[dict[str, Any]]:
    """A scenario's steps and hooks, those of each step too."""
    steps = [
        one
        for step in items(element.get("steps"))
        for one in (*items(step.get("before")), step, *items(step.get("after")))
    ]
    return [*items(element.get("before")), *steps, *items(element.get("after"))]


def _scenario(
    feature: dict[str, Any],
    element: dict[str, Any],
    background: list[dict[str, Any]],
    summary: ReportSummary,
) -> Result:
    steps = [*background, *_steps(element)]
    ended = [(step, mapping(step.get("result"))) for step in steps]
    behave = isinstance(
        element.get("location"), str
    )  # whose durations are seconds and whose scenarios have a status
    own = text(element.get("status"))
    name_of = text(element.get("name"))
    if own:
        status = _STEP.get(own) or unknown(summary, name_of, own)
    else:
        given = [one.get("status", "untested") for _, one in ended]
        words = [_STEP.get(text(one).lower()) or unknown(summary, name_of, one) for one in given]
        status = max(words, key=_BADNESS.index, default=Status.PASSED)
    details = []
    for step, result in ended:
        word = text(result.get("status"))
        if _STEP.get(word.lower()) in (Status.FAILED, Status.ERROR):
            message = result.get("error_message")
            said = "\n".join(map(text, message)) if isinstance(message, list) else text(message)
            name = f"{text(step.get('keyword')).strip()} {text(step.get('name'))}".strip()
            details.append(
                Detail("failure", f"{name}: {said.splitlines()[0] if said else word}", "", said)
            )
    elapsed = [found for _, one in ended if (found := number(one.get("duration"))) is not None]
    return Result(
        name=text(element.get("name")) or "(unnamed)",
        status=status,
        suite=(text(feature.get("name")),) if feature.get("name") else (),
        file=text(feature.get("uri")) or text(feature.get("location")).rpartition(":")[0],
        line=whole(element.get("line")) or _line(element.get("location")),
        elapsed=seconds(sum(elapsed), unit=1.0 if behave else _NANOSECONDS) if elapsed else None,
        raw_status=own if own not in ("passed", "failed", "skipped") else "",
        details=tuple(details)
        or ((Detail("failure", own),) if status in (Status.FAILED, Status.ERROR) else ()),
        properties=tuple(("tag", tag) for tag in _tags(element)),
    )


def _line(location: Any) -> int | None:
    tail = text(location).rpartition(":")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else None


def _tags(element: dict[str, Any]) -> list[str]:
    tags = element.get("tags")
    return (
        [text(one.get("name")) if isinstance(one, dict) else text(one) for one in tags]
        if isinstance(tags, list)
        else []
    )


_MESSAGES = frozenset(
    {
        "meta",
        "source",
        "gherkinDocument",
        "pickle",
        "testCase",
        "testRunStarted",
        "testCaseStarted",
        "testStepStarted",
        "testStepFinished",
        "testCaseFinished",
        "testRunFinished",
        "attachment",
        "externalAttachment",
        "hook",
        "stepDefinition",
        "parameterType",
        "undefinedParameterType",
        "parseError",
        "suggestion",
        "testRunHookStarted",
        "testRunHookFinished",
    }
)


# one branch for each message
def read_messages(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: C901
    """Every test case that is not retried any more; its earlier attempts are attempts of the one
    result.
    """
    pickles: dict[str, dict[str, Any]] = {}
    features: dict[str, str] = {}
    cases: dict[str, str] = {}
    started: dict[str, dict[str, Any]] = {}
    finished = False
    for line in lines(file, summary, lambda one: bool(_MESSAGES & one.keys())):
        if pickle := mapping(line.get("pickle")):
            pickles[text(pickle.get("id"))] = pickle
        elif document := mapping(line.get("gherkinDocument")):
            features[text(document.get("uri"))] = text(mapping(document.get("feature")).get("name"))
        elif case := mapping(line.get("testCase")):
            cases[text(case.get("id"))] = text(case.get("pickleId"))
        elif start := mapping(line.get("testCaseStarted")):
            started[text(start.get("id"))] = {**start, "steps": []}
        elif step := mapping(line.get("testStepFinished")):
            mapping(started.get(text(step.get("testCaseStartedId")))).get("steps", []).append(
                mapping(step.get("testStepResult"))
            )
        elif end := mapping(line.get("testCaseFinished")):
            start = started.pop(text(end.get("testCaseStartedId")), {})
            if end.get("willBeRetried") is not True and start:
                yield _case(
                    start, pickles.get(cases.get(text(start.get("testCaseId")), ""), {}), features
                )
        elif problem := mapping(line.get("parseError")):
            words = text(problem.get("message"))
            summary.fault(
                f"a feature cannot be parsed: {words[:200]}; a failing result stands for it"
            )
            uri = text(mapping(problem.get("source")).get("uri"))
            yield Result(
                f"{uri} [feature]",
                Status.ERROR,
                file=uri,
                details=(Detail("error", words),),
                synthetic=True,
            )
        elif finish := mapping(line.get("testRunFinished")):
            finished = True
            summary.claim(finish.get("success") is False)
    if not finished:
        summary.fault("the run did not finish: there is no testRunFinished")
    for start in started.values():
        pickle = pickles.get(cases.get(text(start.get("testCaseId")), ""), {})
        summary.fault(f"the scenario {text(pickle.get('name'))} never finished")
        yield _case(
            {**start, "steps": [{"status": "FAILED", "message": "it never finished"}]},
            pickle,
            features,
        )


def _case(start: dict[str, Any], pickle: dict[str, Any], features: dict[str, str]) -> Result:
    steps = items(start.get("steps"))
    status = max(
        (_STEP.get(text(one.get("status")).lower(), Status.PASSED) for one in steps),
        key=_BADNESS.index,
        default=Status.PASSED,
    )
    details = [
        Detail(
            "failure",
            (text(one.get("message")) or text(one.get("status"))).split("\n")[0],
            "",
            text(one.get("message")),
        )
        for one in steps
        if _STEP.get(text(one.get("status")).lower()) in (Status.FAILED, Status.ERROR)
    ]
    took = [mapping(one.get("duration")) for one in steps]
    uri = text(pickle.get("uri"))
    return Result(
        name=text(pickle.get("name")) or "(unnamed)",
        status=status,
        suite=(features[uri],) if features.get(uri) else (),
        file=uri,
        line=whole(mapping(pickle.get("location")).get("line")),
        elapsed=sum(
            (number(one.get("seconds")) or 0) + (number(one.get("nanos")) or 0) * _NANOSECONDS
            for one in took
        ),
        details=tuple(details),
        properties=tuple(("tag", text(one.get("name"))) for one in items(pickle.get("tags"))),
        attempts=1 + (whole(start.get("attempt")) or 0),
        flaky=status is Status.PASSED and bool(whole(start.get("attempt"))),
    )
