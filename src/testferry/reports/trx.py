"""TRX, Visual Studio's test results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.errors import ReportProblem
from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.values import numbers, seconds
from testferry.reports.words import status_of
from testferry.reports.xmlstream import ANYWHERE, events
from testferry.reports.xmltext import text_of
from testferry.text import first_line

# Outcomes of the schema vstst.xsd; whatever else there is did not pass.
_OUTCOMES = {
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
    "InProgress": Status.ERROR,
    "Aborted": Status.SKIPPED,
}
_RESULTS = (
    "UnitTestResult",
    "ManualTestResult",
    "GenericTestResult",
    "WebTestResult",
    "LoadTestResult",
    "TestResult",
    "TestResultAggregation",
)
_RED_RUN = ("Failed", "Error", "Timeout", "Aborted")
_UNFINISHED = ("Aborted", "Timeout", "Disconnected", "InProgress")
_KINDS = {
    Status.SKIPPED: "skipped",
    Status.ERROR: "error",
}
_CRASH = re.compile("abort|crash", re.IGNORECASE)
# What a run says only because a test failed, or what is told otherwise.
_NO_CAUSE = re.compile(r"abort|crash|exit code|test run failed|^\s*\Z", re.IGNORECASE)


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``UnitTestResult``; data rows (``InnerResults``) are entries, their container is
    not.

    The class of a test stands behind the results, in ``TestDefinitions``: the file is read twice.
    """
    classes = _classes(file, ReportSummary(summary.path))
    file.seek(0)
    records = {**dict.fromkeys(_RESULTS, frozenset({"Results"})), "ResultSummary": ANYWHERE}
    runs = []
    has_rows = False
    for event in events(file, summary, records):
        if not isinstance(event, ET.Element):
            continue
        if event.tag == "ResultSummary":
            runs.append(event)
        else:
            has_rows = has_rows or event.find("InnerResults") is not None
            yield from _result(event, classes, summary)
    for run in runs:
        yield from _of_run(run, summary, has_rows=has_rows)


def _classes(file: BinaryIO, quiet: ReportSummary) -> dict[str, str]:
    """Return the class of each test id."""
    classes: dict[str, str] = {}
    with suppress(ReportProblem):  # a file that is cut: the second reading tells
        for event in events(file, quiet, {"UnitTest": ANYWHERE}):
            if isinstance(event, ET.Element) and (method := event.find("TestMethod")) is not None:
                classes[event.get("id", "")] = method.get("className", "").partition(",")[0]
    return classes


def _of_run(
    element: ET.Element,
    summary: ReportSummary,
    *,
    has_rows: bool,
) -> Iterator[Result]:
    """Hold the run's own outcome against its entries: a test host that crashed leaves no failed
    test.
    """
    outcome = element.get("outcome", "")
    counters = element.find("Counters")
    said = _failed(counters)
    infos = [
        (info.get("outcome", ""), text_of(info, "Text"))
        for info in element.iterfind("RunInfos/RunInfo")
    ]
    outside = [words for kind, words in infos if kind == "Error" and not _NO_CAUSE.search(words)]
    red = outcome in _RED_RUN or bool(said or outside)
    if outcome and status_of(outcome) is None:
        summary.warn("unknown-status", f"the run's own outcome {outcome!r} is not known")
        red = red or counters is None
    if summary.red:
        # how rows are counted differs between its writers
        if not has_rows:
            summary.claim(said)
        for words in outside:
            yield _outside(
                f"the run itself failed: {first_line(words)}",
                words,
                summary,
            )
    elif red:
        said_of_it = "\n".join(filter(None, (words for _, words in infos)))
        why = f"the run's own outcome is {outcome or 'failed'}, its entries show no failure"
        if said_of_it:
            why = f"{why}: {first_line(said_of_it)}"
        yield _outside(
            why,
            said_of_it,
            summary,
            code="claims-more",
        )
    _tell_unfinished(outcome, infos, summary)


def _failed(counters: ET.Element | None) -> int:
    """How many tests the run counted that did not pass."""
    if counters is None:
        return 0
    return numbers(
        counters.attrib,
        "failed",
        "error",
        "timeout",
        "aborted",
    )


def _outside(
    message: str,
    words: str,
    summary: ReportSummary,
    code: str = "outside-failure",
) -> Result:
    """Return a failing result for what the run says of itself."""
    return summary.stand_in(
        "the run [trx]",
        message,
        Detail(
            "failure",
            message,
            "",
            words,
        ),
        status=Status.FAILED,
        code=code,
    )


def _tell_unfinished(
    outcome: str,
    infos: list[tuple[str, str]],
    summary: ReportSummary,
) -> None:
    if outcome in _UNFINISHED:
        summary.fault("unfinished", f"the run did not finish: its outcome is {outcome}")
    for kind, words in infos:
        if kind == "Error" and _CRASH.search(words):
            summary.fault("unfinished", f"the run did not finish: {first_line(words)}")


def _result(
    element: ET.Element, classes: dict[str, str], summary: ReportSummary
) -> Iterator[Result]:
    inner = element.find("InnerResults")
    rows: list[ET.Element] = []
    if inner is not None:
        rows = list(inner)
    if element.get("outcome") == "Aborted":
        summary.fault(
            "unfinished",
            f"{element.get('testName')} was aborted",
            tests=1,
        )
    if not rows:
        yield _entry(element, classes, summary)
        return
    before = summary.red
    for row in rows:
        yield from _result(row, classes, summary)
    container = _OUTCOMES.get(element.get("outcome", ""), Status.PASSED)
    if summary.red == before and container.is_red:
        summary.fault(
            "outside-failure",
            f"{element.get('testName')} failed without a failed row: a failing result stands for "
            "it",
            tests=1,
        )
        yield replace(_entry(element, classes, summary), synthetic=True)


def _entry(
    element: ET.Element,
    classes: dict[str, str],
    summary: ReportSummary,
) -> Result:
    word = element.get("outcome", "")
    status = _OUTCOMES.get(word) or status_of(word)
    if status is None and not word:
        status = Status.SKIPPED
    elif status is None:
        status = summary.unknown_word("outcome", word)
    info, output = element.find("Output/ErrorInfo"), element.find("Output")
    message, stack = text_of(info, "Message"), text_of(info, "StackTrace")
    if not word and (message or stack):
        # Visual Studio leaves out the first of its outcomes, which is Error
        status = Status.ERROR
    details: tuple[Detail, ...] = ()
    if message or stack or status is not Status.PASSED:
        details = (
            Detail(
                _KINDS.get(status, "failure"),
                message,
                "",
                stack,
            ),
        )
    raw = word
    if word in ("Passed", "Failed"):
        raw = ""
    paths = (file.get("path", "") for file in element.iterfind("ResultFiles/ResultFile"))
    attachments = tuple(filter(None, paths))
    summary.extras.attached["ResultFiles"] += len(attachments)
    return Result(
        name=element.get("testName") or "(unnamed)",
        status=status,
        classname=classes.get(element.get("testId", ""), ""),
        elapsed=seconds(element.get("duration")),
        raw_status=raw,
        details=details,
        stdout=text_of(output, "StdOut"),
        stderr=text_of(output, "StdErr"),
        attachments=attachments,
        # vstest writes an entry for each try, and nothing else twice
        retried=True,
    )
