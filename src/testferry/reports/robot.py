"""Robot Framework's output: ``output.xml`` (schema 3 to 5) and, since 7.2, ``output.json``.

A suite's failing teardown fails its tests after the fact: they are stored as passed, the tool's own
summary counts them failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import items, mapping, seconds, strings, text, walk, whole
from testferry.reports.xmlstream import ANYWHERE, End, Start, events

_STATUS = {
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "SKIP": Status.SKIPPED,
    "NOT RUN": Status.SKIPPED,
    "NOT_RUN": Status.SKIPPED,
}


def _after_teardown(found: list[Result], word: str, message: str) -> list[Result]:
    """The tests of a suite whose teardown failed, or was skipped: then none of them counts as
    run.
    """
    if word == "SKIP":
        reason = Detail("skipped", f"Skipped in parent suite teardown: {message}".rstrip(": "))
        return [replace(one, status=Status.SKIPPED, details=(reason,)) for one in found]
    detail = Detail("failure", f"Parent suite teardown failed: {message}")
    return [
        replace(one, status=Status.FAILED, details=(*one.details, detail))
        if one.status is Status.PASSED
        else one
        for one in found
    ]


# every reader's signature
def read_json(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: ARG001
    """Every test of every suite."""
    for path, value in walk(file, {()}):
        if path == ("suite",) and isinstance(value, dict):
            yield from _suite(value, ())


def _suite(suite: dict[str, Any], above: tuple[str, ...]) -> list[Result]:
    path = (*above, text(suite.get("name")))
    source = text(suite.get("source"))
    found = [_test(test, path, source) for test in items(suite.get("tests"))]
    for inner in items(suite.get("suites")):
        found += _suite(inner, path)
    teardown = mapping(suite.get("teardown"))
    if (word := text(teardown.get("status"))) in ("FAIL", "SKIP"):
        return _after_teardown(
            found, word, text(suite.get("message")) or text(teardown.get("name"))
        )
    return found


def _test(test: dict[str, Any], suite: tuple[str, ...], file: str) -> Result:
    made = _made(text(test.get("name")), text(test.get("status")), text(test.get("message")), suite)
    tags = tuple(("tag", tag) for tag in strings(test.get("tags")))
    return replace(
        made,
        file=file,
        line=whole(test.get("lineno")),
        elapsed=seconds(test.get("elapsed_time")),
        properties=tags,
    )


def _made(name: str, word: str, message: str, suite: tuple[str, ...]) -> Result:
    status = _STATUS.get(word.upper(), Status.FAILED)
    kind = "skipped" if status is Status.SKIPPED else "failure"
    details = (
        () if status is Status.PASSED else (Detail(kind, message.partition("\n")[0], "", message),)
    )
    return Result(
        name or "(unnamed)", status, suite=suite, classname=".".join(suite), details=details
    )


# one branch for each event
def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: C901
    """Every test; held back until its outermost suite ends, because a teardown may still fail
    it.
    """
    open_suites: list[tuple[str, str]] = []
    held: list[list[Result]] = []
    teardowns: list[str] = []
    broken: ReportProblem | None = None
    walked = events(file, summary, dict.fromkeys(("test", "kw", "status"), ANYWHERE))
    while True:
        try:
            event = next(walked, None)
        except ReportProblem as problem:  # a file that is cut: what was complete counts
            broken = problem
            break
        match event:
            case None:
                break
            case Start("suite", attributes):
                open_suites.append((attributes.get("name", ""), attributes.get("source", "")))
                held.append([])
                teardowns.append("")
            case End("suite") if held:
                found = held.pop()
                if word := teardowns.pop():
                    found = _after_teardown(found, word, "")
                open_suites.pop()
                if held:
                    held[-1] += found
                else:
                    yield from found
            case ET.Element(tag="test") as element if held:
                held[-1].append(
                    _xml_test(element, tuple(name for name, _ in open_suites), open_suites[-1][1])
                )
            case ET.Element(tag="kw") as element if held and (word := _teardown(element)):
                teardowns[-1] = word
    for found in held:
        yield from found
    if broken is not None:
        raise broken


def _teardown(element: ET.Element) -> str:
    """How a suite's teardown ended where that changes its tests, else empty."""
    status = element.find("status")
    if element.get("type", "").lower() != "teardown" or status is None:
        return ""
    word = status.get("status", "")
    return word if word in ("FAIL", "SKIP") else ""


def _xml_test(element: ET.Element, suite: tuple[str, ...], source: str) -> Result:
    status = element.find("status")
    status = ET.Element("status") if status is None else status
    line = element.get("line", "")
    tags = tuple(one.text or "" for one in (*element.findall("tag"), *element.findall("tags/tag")))
    made = _made(
        element.get("name", ""), status.get("status", ""), (status.text or "").strip(), suite
    )
    number = int(line) if line.isascii() and line.isdigit() else None
    return replace(
        made,
        file=source,
        line=number,
        elapsed=_elapsed(status),
        properties=tuple(("tag", tag) for tag in tags),
    )


def _elapsed(status: ET.Element) -> float | None:
    """Seconds in schema 5; two times in the earlier ones."""
    try:
        if (said := status.get("elapsed")) is not None:
            return max(0.0, float(said))
        start, end = (
            datetime.strptime(status.get(key, ""), "%Y%m%d %H:%M:%S.%f")  # noqa: DTZ007
            for key in ("starttime", "endtime")
        )
        return max(0.0, (end - start).total_seconds())
    except ValueError:
        return None
