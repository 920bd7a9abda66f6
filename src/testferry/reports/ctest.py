"""CTest's dashboard file ``Test.xml``."""

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
from testferry.reports.values import seconds
from testferry.reports.words import detail_kind, status_of
from testferry.reports.xmlstream import events
from testferry.reports.xmltext import text_of
from testferry.text import count

_NOT_STARTED = (
    "Unable to find executable",
    "Fixture dependency failed",
    "Required Files Missing",
    "Failed to start",
)


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``Test`` with a status below ``Testing``; ``TestList`` names all that ctest meant
    to run.
    """
    listed = ended = 0
    records = {"Test": frozenset({"Testing", "TestList"})}
    for event in events(file, summary, records):
        if not isinstance(event, ET.Element):
            continue
        if "Status" in event.attrib:
            ended += 1
            yield _test(event, summary)
        else:
            listed += 1
    if listed > ended:
        words = f"ctest lists {count(listed, 'test')}, {ended} are there: the run did not finish"
        summary.fault("unfinished", words, tests=listed - ended)


def _test(element: ET.Element, summary: ReportSummary) -> Result:
    measured = {
        measurement.get("name", ""): text_of(measurement, "Value")
        for measurement in element.iterfind("Results/NamedMeasurement")
    }
    word = element.get("Status", "")
    status = status_of(word) or summary.unknown_word("Status", word)
    completion = measured.get("Completion Status", "")
    name = text_of(element, "Name") or "(unnamed)"
    if word == "notrun" and completion.startswith(_NOT_STARTED):
        summary.fault(
            "not-started",
            f"{name} was not started, ctest lists it among the failed: {completion}",
            tests=1,
        )
    path = text_of(element, "Path")
    if path == ".":
        path = ""
    output = text_of(element, "Results/Measurement/Value")
    result = Result(
        name=name,
        status=status,
        suite=tuple(filter(None, (path,))),
        elapsed=seconds(measured.get("Execution Time")),
    )
    if word == "notrun":
        result.raw_status = word
    if status is Status.PASSED:
        result.stdout = output
        return result
    reason = measured.get("Exit Code", "") or completion
    result.details = (
        Detail(
            detail_kind(status),
            reason,
            "",
            output,
        ),
    )
    return result
