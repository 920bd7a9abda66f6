"""xUnit.net's XML, versions 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.values import numbers, seconds, whole_number
from testferry.reports.words import status_of
from testferry.reports.xmlstream import ANYWHERE, End, Start, events
from testferry.reports.xmltext import text_of

_RESULTS = {
    "Pass": Status.PASSED,
    "Fail": Status.FAILED,
    "Skip": Status.SKIPPED,
    "NotRun": Status.SKIPPED,
}
_RECORDS = {
    "test": ANYWHERE,
    "error": frozenset({"errors"}),
    "failure": frozenset({"class"}),
}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``test``; an error of an assembly (a fixture that failed) becomes a failing
    result of its own.
    """
    suites: list[str] = []
    claimed = 0
    for event in events(file, summary, _RECORDS):
        match event:
            case Start("assembly", attributes):
                claimed += numbers(attributes, "failed", "errors")
                summary.claim(claimed)
                suites.append(attributes.get("name", "").replace("\\", "/").rpartition("/")[2])
            case Start("collection" | "class", attributes):
                suites.append(attributes.get("name", ""))
            case End("assembly" | "collection" | "class") if suites:
                suites.pop()
            case ET.Element(tag="error" | "failure") as element:
                yield _outside(element, suites, summary)
            case ET.Element() as element:
                yield _test(element, suites, summary)


def _outside(
    element: ET.Element,
    suites: list[str],
    summary: ReportSummary,
) -> Result:
    problem: ET.Element | None = element
    kind = "class"
    if element.tag == "error":
        problem = element.find("failure")
        kind = "assembly"
    where = element.get("name") or next(reversed(suites), "") or "assembly"
    return summary.stand_in(
        f"{where} [{kind}]",
        f"{where} failed outside of a test",
        Detail(
            "error",
            text_of(problem, "message"),
            "",
            text_of(problem, "stack-trace"),
        ),
        suite=tuple(suites),
    )


def _test(element: ET.Element, suites: list[str], summary: ReportSummary) -> Result:
    word = element.get("result", "")
    status = _RESULTS.get(word) or status_of(word) or summary.unknown_word("result", word)
    if status is Status.PASSED and element.find("failure") is not None:
        status = Status.FAILED
    classname = element.get("type", "")
    name = element.get("name") or element.get("method") or "(unnamed)"
    if classname:
        name = name.removeprefix(f"{classname}.")
    traits = [
        (trait.get("name", ""), trait.get("value", ""))
        for trait in element.iterfind("traits/trait")
    ]
    return Result(
        name=name,
        status=status,
        suite=tuple(filter(None, suites)),
        classname=classname,
        file=element.get("source-file", ""),
        line=whole_number(element.get("source-line")),
        elapsed=seconds(element.get("time")),
        details=_details(element, status),
        properties=tuple(traits),
        stdout=text_of(element, "output"),
    )


def _details(element: ET.Element, status: Status) -> tuple[Detail, ...]:
    if status is Status.SKIPPED:
        return (Detail("skipped", text_of(element, "reason")),)
    if not status.is_red:
        return ()
    failure = element.find("failure")
    kind = ""
    if failure is not None:
        kind = failure.get("exception-type", "")
    return (
        Detail(
            "failure",
            text_of(failure, "message"),
            kind,
            text_of(failure, "stack-trace"),
        ),
    )
