"""Cucumber JSON: an array of features, as Cucumber, behave and others write it.

Undefined and ambiguous steps fail, as strict mode has it; pending ones skip. Backgrounds and hooks
are no entries of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
    worst,
)
from testferry.reports.jsonstream import (
    items,
    joined,
    mapping,
    number,
    seconds,
    text,
    walk,
    whole,
)
from testferry.reports.values import whole_number
from testferry.reports.words import status_of

# Where cucumber means something else than others do.
STEPS = {
    "undefined": Status.FAILED,
    "ambiguous": Status.FAILED,
    "untested": Status.SKIPPED,
    # a status of the protocol: nothing is known of the step
    "unknown": Status.SKIPPED,
}
NANOSECONDS = 1e-9

_Step = dict[str, object]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every scenario and outline row; a background's steps belong to the scenario behind
    it.
    """
    for path, feature in walk(file, {()}, summary):
        if path != ("*",) or not isinstance(feature, dict):
            continue
        background: list[_Step] = []
        before = summary.red
        for element in _elements(feature):
            if _is_background(element):
                # behave repeats them in the scenario
                background = [step for step in _steps(element) if "result" in step]
            else:
                yield _scenario(
                    feature,
                    element,
                    background,
                    summary,
                )
                background = []
        if summary.red == before:
            yield from _of_feature(feature, summary)


def _elements(feature: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield a feature's scenarios and backgrounds, those of its rules too."""
    for element in items(feature.get("elements")):
        if "steps" in element or not items(element.get("children")):
            yield element
        else:
            yield from items(element.get("children"))


def _of_feature(feature: dict[str, object], summary: ReportSummary) -> Iterator[Result]:
    """Yield a failing result for a feature that failed without a failed scenario: behave says so
    of its hooks.
    """
    word = text(feature.get("status"))
    status = step_status(word)
    if status is None or not status.is_red:
        return
    name = text(feature.get("name"))
    yield summary.stand_in(
        f"{name} [feature]",
        f"the feature {name!r} is {word} without a failed scenario",
        Detail("error", f"{word} outside of its scenarios: a hook?"),
        suite=tuple(filter(None, (name,))),
        file=text(feature.get("location")).rpartition(":")[0],
    )


def _is_background(element: dict[str, object]) -> bool:
    return text(element.get("type")) == "background" or text(element.get("keyword")) == "Background"


def _steps(element: dict[str, object]) -> list[_Step]:
    """Return a scenario's steps and hooks, those of each step too."""
    steps: list[_Step] = items(element.get("before"))
    for step in items(element.get("steps")):
        steps += items(step.get("before"))
        steps.append(step)
        steps += items(step.get("after"))
    return steps + items(element.get("after"))


def step_status(word: object) -> Status | None:
    """Return the status of a step's word, None if it is in no table."""
    said = text(word).lower()
    return STEPS.get(said) or status_of(said)


def _word(step: _Step) -> object:
    """Return the word of how a step ended; one without a result was not tested."""
    return mapping(step.get("result")).get("status", "untested")


def _title(step: _Step) -> str:
    """Return what a step says: ``Given a cart``."""
    return f"{text(step.get('keyword')).strip()} {text(step.get('name'))}".strip()


def _status(own: str, steps: list[_Step], summary: ReportSummary) -> Status:
    """Return the scenario's own status (behave), else the worst of its steps."""
    if own:
        return step_status(own) or summary.unknown_word("status", own)
    found = []
    unknown = ""
    for step in steps:
        word = _word(step)
        status = step_status(word)
        if status is None:
            unknown = text(word) or repr(word)
        else:
            found.append(status)
    if unknown:
        found.append(summary.unknown_word("status", unknown))
    return worst(found)


def _scenario(
    feature: dict[str, object],
    element: dict[str, object],
    background: list[_Step],
    summary: ReportSummary,
) -> Result:
    steps = [*background, *_steps(element)]
    own = text(element.get("status"))
    status = _status(own, steps, summary)
    details = [detail for step in steps if (detail := _failure(step)) is not None]
    if status.is_red and not details:
        details = [Detail("failure", own)]
    raw = own
    if own in ("passed", "failed", "skipped"):
        raw = ""
    return Result(
        name=text(element.get("name")) or "(unnamed)",
        status=status,
        suite=tuple(filter(None, (text(feature.get("name")),))),
        file=text(feature.get("uri")) or text(feature.get("location")).rpartition(":")[0],
        line=whole(element.get("line")) or _line(element.get("location")),
        elapsed=_elapsed(element, steps),
        raw_status=raw,
        details=tuple(details),
        properties=(
            *(("tag", tag) for tag in _tags(element)),
            *_named_steps(steps),
        ),
    )


def _named_steps(steps: list[_Step]) -> Iterator[tuple[str, str]]:
    """Return a property for each step of a scenario, none for its hooks, as Testmo's client reads
    them: ``step[passed]``, ``Given a cart``.
    """
    for step in steps:
        if step.get("name") and (title := _title(step)):
            yield f"step[{step_status(_word(step)) or Status.ERROR}]", title


def _failure(step: _Step) -> Detail | None:
    """Return what a step says of its failure, None if it did not fail."""
    result = mapping(step.get("result"))
    word = text(result.get("status"))
    status = step_status(word)
    if status is not None and not status.is_red:
        return None
    if status is None and not word:
        return None
    said = joined(result.get("error_message"))
    first = next(iter(said.splitlines()), word)
    return Detail(
        "failure",
        f"{_title(step)}: {first}",
        "",
        said,
    )


def _elapsed(element: dict[str, object], steps: list[_Step]) -> float | None:
    """Return the scenario's seconds: behave writes seconds, everybody else nanoseconds."""
    durations = [mapping(step.get("result")).get("duration") for step in steps]
    found = [took for duration in durations if (took := number(duration)) is not None]
    if not found:
        return None
    unit = NANOSECONDS
    if isinstance(element.get("location"), str):
        unit = 1.0
    return seconds(sum(found), unit=unit)


def _line(location: object) -> int | None:
    return whole_number(text(location).rpartition(":")[2])


def _tags(element: dict[str, object]) -> Iterator[str]:
    tags = element.get("tags")
    if not isinstance(tags, list):
        return
    for tag in tags:
        if isinstance(tag, dict):
            yield text(tag.get("name"))
        else:
            yield text(tag)
