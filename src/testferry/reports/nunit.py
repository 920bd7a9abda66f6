"""NUnit 3, and NUnit 2 as it and others write it."""

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
from testferry.reports.values import numbers, seconds
from testferry.reports.words import status_of
from testferry.reports.xmlstream import ANYWHERE, End, Start, events
from testferry.reports.xmltext import all_text, text_of

_NUNIT_3 = {
    "Passed": Status.PASSED,
    "Warning": Status.PASSED,
    "Failed": Status.FAILED,
    "Skipped": Status.SKIPPED,
    "Inconclusive": Status.SKIPPED,
}
_NUNIT_2 = {
    "Success": Status.PASSED,
    "Failure": Status.FAILED,
    "Error": Status.ERROR,
    "Cancelled": Status.FAILED,
    "Ignored": Status.SKIPPED,
    "Skipped": Status.SKIPPED,
    "NotRunnable": Status.ERROR,
    "Inconclusive": Status.SKIPPED,
}
_OF_ERRORS = ("Error", "Invalid")
_PLAIN = ("Success", "Failure", "Error")
_RED = ("Failed", "Failure", "Error")


def read_3(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``test-case`` of NUnit 3; a label ``Error`` makes a failure an error.

    A ``failure`` says nothing beside another result: pytest-nunit writes one for every test.
    """
    for element, suites in _cases(file, summary):
        if element.tag == "test-suite":
            yield _suite(element, suites, summary)
            continue
        word, label = element.get("result", ""), element.get("label", "")
        # Unity writes Failed(Child)
        status = _NUNIT_3.get(word.partition("(")[0]) or _known(word, summary)
        if status is Status.FAILED and label in _OF_ERRORS:
            status = Status.ERROR
        raw = label
        if word == "Warning":
            raw = label or word
        yield _case(
            element,
            status,
            raw,
            suites,
            summary,
        )


def read_2(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``test-case`` of NUnit 2: ``result`` since 2.5, ``executed`` and ``success``
    before.
    """
    for element, suites in _cases(file, summary):
        if element.tag == "test-suite":
            yield _suite(element, suites, summary)
            continue
        word = element.get("result", "")
        status = _NUNIT_2.get(word)
        if status is None and word:
            status = _known(word, summary)
        elif status is None:
            status = _before_2_5(element)
        if status is Status.PASSED and element.get("success", "").lower() == "false":
            status = Status.FAILED
        raw = word
        if word in _PLAIN:
            raw = ""
        yield _case(
            element,
            status,
            raw,
            suites,
            summary,
        )


def _known(word: str, summary: ReportSummary) -> Status:
    return status_of(word) or summary.unknown_word("result", word)


def _before_2_5(element: ET.Element) -> Status:
    if element.get("executed", "True").lower() != "true":
        return Status.SKIPPED
    if element.get("success", "True").lower() == "true":
        return Status.PASSED
    return Status.FAILED


def _cases(file: BinaryIO, summary: ReportSummary) -> Iterator[tuple[ET.Element, list[str]]]:
    """Yield every test case with the names of the suites around it, and every suite that failed
    without a failed test in it.
    """
    suites: list[str] = []
    # the open suites, and how red the report was before each
    held: list[tuple[ET.Element, int]] = []
    within = frozenset({"test-suite"})
    records = {
        "test-case": ANYWHERE,
        "failure": within,
        "reason": within,
        "output": within,
    }
    for event in events(file, summary, records):
        match event:
            case Start("test-suite", attributes):
                suites.append(attributes.get("name", ""))
                held.append((ET.Element("test-suite", attributes), summary.red))
            case End("test-suite") if suites:
                suite, before = held.pop()
                if _is_red(suite, shown=summary.red > before):
                    yield suite, suites
                suites.pop()
            case Start("test-run" | "test-results", attributes):
                failures = numbers(
                    attributes,
                    "failed",
                    "failures",
                    "errors",
                )
                red = attributes.get("result", "").startswith(_RED)
                summary.claim(max(failures, int(red)))
            case ET.Element(tag="test-case") as element:
                yield element, suites
            case ET.Element() as element if held:
                held[-1][0].append(element)


def _is_red(suite: ET.Element, *, shown: bool) -> bool:
    """Return whether a suite has a failure that its tests do not show."""
    if shown:
        # what fails behind the tests is none of them
        return suite.get("site") == "TearDown"
    return suite.get("result", "").startswith(_RED) or suite.get("success", "").lower() == "false"


def _suite(element: ET.Element, suites: list[str], summary: ReportSummary) -> Result:
    message = text_of(element, "*/message") or text_of(element, "output")
    return summary.stand_in(
        f"{element.get('fullname') or element.get('name')} [suite]",
        f"the suite {suites[-1]!r} itself failed",
        Detail(
            "error",
            message,
            "",
            text_of(element, "*/stack-trace"),
        ),
        suite=tuple(filter(None, suites)),
    )


def _details(element: ET.Element, status: Status) -> tuple[Detail, ...]:
    if status is Status.SKIPPED:
        return (Detail("skipped", text_of(element, "reason/message")),)
    if not status.is_red:
        return ()
    kind = "failure"
    if status is Status.ERROR:
        kind = "error"
    message, stack = text_of(element, "failure/message"), text_of(element, "failure/stack-trace")
    return (
        Detail(
            kind,
            message,
            "",
            stack,
        ),
    )


def _case(
    element: ET.Element,
    status: Status,
    raw: str,
    suites: list[str],
    summary: ReportSummary,
) -> Result:
    whole_name = element.get("fullname") or element.get("name") or "(unnamed)"
    classname, name = element.get("classname", ""), element.get("name") or whole_name
    if not classname and "fullname" not in element.attrib:
        classname, name = _of_path(name)
    properties = [
        (entry.get("name", ""), entry.get("value", ""))
        for entry in element.iterfind("properties/property")
    ]
    paths = [all_text(path) for path in element.iterfind("attachments/attachment/filePath")]
    attachments = tuple(filter(None, paths))
    summary.extras.attached["attachments"] += len(attachments)
    return Result(
        name=name,
        status=status,
        suite=tuple(filter(None, suites)),
        classname=classname,
        elapsed=seconds(element.get("duration") or element.get("time")),
        raw_status=raw,
        details=_details(element, status),
        properties=tuple(properties),
        stdout=text_of(element, "output"),
        attachments=attachments,
    )


def _of_path(name: str) -> tuple[str, str]:
    """Return class and name of NUnit 2: its name is the whole path."""
    plain, bracket, parameters = name.partition("(")
    classname, dot, short = plain.rpartition(".")
    if not dot:
        return classname, name
    return classname, short + bracket + parameters
