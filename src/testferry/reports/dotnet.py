"""The .NET world's XML: TRX (Visual Studio), NUnit 2 and 3, xUnit.net v2."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.xmlstream import ANYWHERE, End, Start, all_text, events
from testferry.text import first_line

# Outcomes of the schema vstst.xsd; whatever else there is did not pass.
_TRX = {
    "Passed": Status.PASSED,
    "PassedButRunAborted": Status.PASSED,
    "Warning": Status.PASSED,
    "Completed": Status.PASSED,
    "Failed": Status.FAILED,
    "Timeout": Status.FAILED,
    "Error": Status.ERROR,
    "Disconnected": Status.ERROR,
    "NotExecuted": Status.SKIPPED,
    "NotRunnable": Status.SKIPPED,
    "Inconclusive": Status.SKIPPED,
    "Pending": Status.SKIPPED,
    "InProgress": Status.SKIPPED,
    "Aborted": Status.SKIPPED,
}


_TRX_RESULTS = (
    "UnitTestResult",
    "ManualTestResult",
    "GenericTestResult",
    "WebTestResult",
    "LoadTestResult",
    "TestResult",
    "TestResultAggregation",
)


def seconds(text: str | None) -> float | None:
    """``1.5``, ``00:00:01.5000000`` or ``1.02:03:04``; a decimal comma too. None for anything
    else.
    """
    if not text:
        return None
    match = re.fullmatch(
        r"(?:(?:([0-9]+)\.)?([0-9]+):([0-9]+):)?([0-9]*[.,]?[0-9]+(?:[eE][+-]?[0-9]+)?)",
        text.strip(),
        re.ASCII,
    )
    if not match:
        return None
    days, hours, minutes = (int(match[at] or 0) for at in (1, 2, 3))
    found = ((days * 24 + hours) * 60 + minutes) * 60 + float(match[4].replace(",", "."))
    return found if math.isfinite(found) else None


def numbers(attributes: dict[str, str], *names: str) -> int:
    """The sum of those attributes that are whole numbers."""
    said = (attributes.get(name, "") for name in names)
    return sum(int(one) for one in said if one.isascii() and one.isdigit() and len(one) < 10)


def read_trx(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every ``UnitTestResult``; data rows (``InnerResults``) are entries, their container is not.

    The class of a test stands behind the results, in ``TestDefinitions``: the file is read twice.
    """
    quiet = ReportSummary(summary.path)
    classes: dict[str, str] = {}
    with suppress(ReportProblem):  # a file that is cut: the second reading tells
        for event in events(file, quiet, {"UnitTest": ANYWHERE}):
            if isinstance(event, ET.Element) and (method := event.find("TestMethod")) is not None:
                classes[event.get("id", "")] = method.get("className", "").partition(",")[0]
    file.seek(0)
    records = {**dict.fromkeys(_TRX_RESULTS, frozenset({"Results"})), "ResultSummary": ANYWHERE}
    for event in events(file, summary, records):
        if isinstance(event, ET.Element) and event.tag == "ResultSummary":
            _trx_summary(event, summary)
        elif isinstance(event, ET.Element):
            yield from _trx(event, classes, summary)


def _trx_summary(element: ET.Element, summary: ReportSummary) -> None:
    """The run's own outcome: a test host that crashed leaves no failed test."""
    counters = element.find("Counters")
    said = (
        numbers(counters.attrib, "failed", "error", "timeout", "aborted")
        if counters is not None
        else 0
    )
    broken = any(
        one.get("outcome") in ("Error", "Failed") for one in element.iterfind("RunInfos/RunInfo")
    )
    red = element.get("outcome") in ("Failed", "Error", "Timeout", "Aborted")
    if said or (red and broken):
        summary.claim(1)  # how rows are counted differs between its writers
    if element.get("outcome") in ("Aborted", "Timeout", "Disconnected", "InProgress"):
        summary.fault(f"the run did not finish: its outcome is {element.get('outcome')}")
    for one in element.iterfind("RunInfos/RunInfo"):
        if one.get("outcome") == "Error" and re.search(
            "abort|crash", words := all_text(one.find("Text")), re.IGNORECASE
        ):
            summary.fault(f"the run did not finish: {first_line(words)}")


def _trx(element: ET.Element, classes: dict[str, str], summary: ReportSummary) -> Iterator[Result]:
    inner = element.find("InnerResults")
    rows = list(inner) if inner is not None else []
    if element.get("outcome") == "Aborted":
        summary.fault(f"{element.get('testName')} was aborted")
    if rows:
        before = summary.red
        for row in rows:
            yield from _trx(row, classes, summary)
        if summary.red == before and _TRX.get(element.get("outcome", "")) in (
            Status.FAILED,
            Status.ERROR,
        ):
            summary.fault(
                f"{element.get('testName')} failed without a failed row: a failing result stands "
                "for it"
            )
            yield replace(_trx_one(element, classes), synthetic=True)
        return
    yield _trx_one(element, classes)


def _trx_one(element: ET.Element, classes: dict[str, str]) -> Result:
    word = element.get("outcome", "")
    status = _TRX.get(word, Status.SKIPPED if not word else Status.FAILED)
    info, output = element.find("Output/ErrorInfo"), element.find("Output")
    message = all_text(info.find("Message")) if info is not None else ""
    stack = all_text(info.find("StackTrace")) if info is not None else ""
    kind = {Status.SKIPPED: "skipped", Status.ERROR: "error"}.get(status, "failure")
    return Result(
        name=element.get("testName") or "(unnamed)",
        status=status,
        classname=classes.get(element.get("testId", ""), ""),
        elapsed=seconds(element.get("duration")),
        raw_status="" if word in ("Passed", "Failed") else word,
        details=(Detail(kind, message, "", stack),)
        if message or stack or status is not Status.PASSED
        else (),
        stdout=all_text(output.find("StdOut")) if output is not None else "",
        stderr=all_text(output.find("StdErr")) if output is not None else "",
        attachments=tuple(
            one.get("path", "")
            for one in element.iterfind("ResultFiles/ResultFile")
            if one.get("path")
        ),
    )


# --- NUnit

_NUNIT3 = {
    "Passed": Status.PASSED,
    "Failed": Status.FAILED,
    "Skipped": Status.SKIPPED,
    "Inconclusive": Status.SKIPPED,
}
_NUNIT2 = {
    "Success": Status.PASSED,
    "Failure": Status.FAILED,
    "Error": Status.ERROR,
    "Cancelled": Status.FAILED,
    "Ignored": Status.SKIPPED,
    "Skipped": Status.SKIPPED,
    "NotRunnable": Status.ERROR,
    "Inconclusive": Status.SKIPPED,
}


def read_nunit3(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every ``test-case`` of NUnit 3; a label ``Error`` makes a failure an error."""
    for element, suites in _nunit_cases(file, summary):
        if element.tag == "test-suite":
            yield _nunit_suite(element, suites)
            continue
        word, label = element.get("result", ""), element.get("label", "")
        status = _NUNIT3.get(word, Status.PASSED if word == "Warning" else Status.FAILED)
        status = (
            Status.ERROR if status is Status.FAILED and label in ("Error", "Invalid") else status
        )
        yield _nunit(element, status, label or ("Warning" if word == "Warning" else ""), suites)


def read_nunit2(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every ``test-case`` of NUnit 2: ``result`` since 2.5, ``executed`` and ``success`` before."""
    for element, suites in _nunit_cases(file, summary):
        if element.tag == "test-suite":
            yield _nunit_suite(element, suites)
            continue
        word = element.get("result", "")
        status = _NUNIT2.get(word)
        if status is None:
            ran, good = (
                element.get("executed", "True").lower() == "true",
                element.get("success", "True").lower() == "true",
            )
            status = Status.SKIPPED if not ran else Status.PASSED if good else Status.FAILED
        yield _nunit(
            element, status, word if word not in ("Success", "Failure", "Error") else "", suites
        )


def _nunit_cases(file: BinaryIO, summary: ReportSummary) -> Iterator[tuple[ET.Element, list[str]]]:
    """Every test case with the names of the suites around it, and every suite that failed without a
    failed test in it.
    """
    suites: list[str] = []
    held: list[
        tuple[ET.Element, int]
    ] = []  # the open suites, and how red the report was before each
    within = frozenset({"test-suite"})
    for event in events(
        file, summary, {"test-case": ANYWHERE, "failure": within, "reason": within}
    ):
        match event:
            case Start("test-suite", attributes):
                suites.append(attributes.get("name", ""))
                held.append((ET.Element("test-suite", attributes), summary.red))
            case End("test-suite") if suites:
                suite, before = held.pop()
                if summary.red == before and suite.get("result") in ("Failed", "Failure", "Error"):
                    summary.fault(
                        f"the suite {suites[-1]!r} itself failed: a failing result stands for it"
                    )
                    yield suite, suites
                suites.pop()
            case Start("test-run" | "test-results", attributes):
                summary.claim(numbers(attributes, "failed", "failures", "errors"))
            case ET.Element(tag="test-case") as element:
                yield element, suites
            case ET.Element() as element if held:
                held[-1][0].append(element)


def _nunit_suite(element: ET.Element, suites: list[str]) -> Result:
    message, stack = (all_text(element.find(f"*/{name}")) for name in ("message", "stack-trace"))
    details = (Detail("error", message, "", stack),)
    name = f"{element.get('fullname') or element.get('name')} [suite]"
    return Result(
        name, Status.ERROR, tuple(one for one in suites if one), details=details, synthetic=True
    )


def _nunit(element: ET.Element, status: Status, raw: str, suites: list[str]) -> Result:
    failure, reason = element.find("failure"), element.find("reason")
    details = []
    if status in (Status.FAILED, Status.ERROR):
        message = all_text(failure.find("message")) if failure is not None else ""
        stack = all_text(failure.find("stack-trace")) if failure is not None else ""
        details.append(Detail("error" if status is Status.ERROR else "failure", message, "", stack))
    elif status is Status.SKIPPED:
        details.append(
            Detail("skipped", all_text(reason.find("message")) if reason is not None else "")
        )
    whole_name = element.get("fullname") or element.get("name") or "(unnamed)"
    classname, name = element.get("classname", ""), element.get("name") or whole_name
    if not classname and "fullname" not in element.attrib:  # NUnit 2: the name is the whole path
        plain, bracket, parameters = name.partition("(")
        classname, dot, short = plain.rpartition(".")
        name = short + bracket + parameters if dot else name
    return Result(
        name=name,
        status=status,
        suite=tuple(one for one in suites if one),
        classname=classname,
        elapsed=seconds(element.get("duration") or element.get("time")),
        raw_status=raw,
        details=tuple(details),
        properties=tuple(
            (one.get("name", ""), one.get("value", ""))
            for one in element.iterfind("properties/property")
        ),
        stdout=all_text(element.find("output")),
        attachments=tuple(
            path
            for one in element.iterfind("attachments/attachment/filePath")
            if (path := all_text(one))
        ),
    )


# --- xUnit.net

_XUNIT = {
    "Pass": Status.PASSED,
    "Fail": Status.FAILED,
    "Skip": Status.SKIPPED,
    "NotRun": Status.SKIPPED,
}


def read_xunit(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every ``test`` of xUnit.net; an error of an assembly (a fixture that failed) becomes a
    failing result of its own.
    """
    suites: list[str] = []
    claimed = 0
    records = {"test": ANYWHERE, "error": frozenset({"errors"}), "failure": frozenset({"class"})}
    for event in events(file, summary, records):
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
                problem = element.find("failure") if element.tag == "error" else element
                message, stack = (
                    all_text(problem.find(name)) if problem is not None else ""
                    for name in ("message", "stack-trace")
                )
                where = element.get("name") or (suites[-1] if suites else "assembly")
                summary.fault(f"{where} failed outside of a test: a failing result stands for it")
                yield Result(
                    f"{where} [{'assembly' if element.tag == 'error' else 'class'}]",
                    Status.ERROR,
                    suite=tuple(suites),
                    details=(Detail("error", message, "", stack),),
                    synthetic=True,
                )
            case ET.Element() as element:
                yield _xunit(element, suites)


def _xunit(element: ET.Element, suites: list[str]) -> Result:
    word = element.get("result", "")
    status = _XUNIT.get(word, Status.FAILED)
    failure = element.find("failure")
    details: tuple[Detail, ...] = ()
    if status is Status.FAILED:
        parts = (
            (failure.find("message"), failure.find("stack-trace"))
            if failure is not None
            else (None, None)
        )
        kind = failure.get("exception-type", "") if failure is not None else ""
        details = (Detail("failure", all_text(parts[0]), kind, all_text(parts[1])),)
    elif status is Status.SKIPPED:
        details = (Detail("skipped", all_text(element.find("reason"))),)
    classname, name = (
        element.get("type", ""),
        element.get("name") or element.get("method") or "(unnamed)",
    )
    short = name.removeprefix(f"{classname}.") if classname else name
    return Result(
        name=short,
        status=status,
        suite=tuple(one for one in suites if one),
        classname=classname,
        file=element.get("source-file", ""),
        line=int(line)
        if (line := element.get("source-line", "")).isascii() and line.isdigit()
        else None,
        elapsed=seconds(element.get("time")),
        details=details,
        properties=tuple(
            (one.get("name", ""), one.get("value", "")) for one in element.iterfind("traits/trait")
        ),
        stdout=all_text(element.find("output")),
    )
