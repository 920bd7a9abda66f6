"""TestNG's ``testng-results.xml`` and CTest's dashboard ``Test.xml``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.dotnet import numbers, seconds
from testferry.reports.xmlstream import ANYWHERE, End, Start, all_text, events

_TESTNG = {"PASS": Status.PASSED, "FAIL": Status.FAILED, "SKIP": Status.SKIPPED}
_NOT_STARTED = (
    "Unable to find executable",
    "Fixture dependency failed",
    "Required Files Missing",
    "Failed to start",
)
_CTEST = {"passed": Status.PASSED, "failed": Status.FAILED, "notrun": Status.SKIPPED}


# one branch for each event
def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: C901
    """Every ``test-method`` that is no configuration method; a configuration that failed becomes a
    failing result of its own.
    """
    suites: list[str] = []
    classname = ""
    held: list[tuple[bool, Result]] = []  # of one class: its tries stand in any order
    broken: ReportProblem | None = None
    walk = events(file, summary, {"test-method": ANYWHERE})
    while True:
        try:
            event = next(walk, None)
        except ReportProblem as problem:  # what was complete before counts
            broken = problem
            break
        match event:
            case None:
                break
            case Start("testng-results", attributes):
                summary.claim(
                    min(1, numbers(attributes, "failed"))
                )  # attempts count differently from version to version
            case Start("suite" | "test", attributes):
                suites.append(attributes.get("name", ""))
            case End("suite" | "test") if suites:
                suites.pop()
            case Start("class", attributes):
                classname = attributes.get("name", "")
            case End("class"):
                yield from _without_retries(held)
                held = []
            case ET.Element() as element if element.get("is-config") == "true":
                if element.get("status") == "FAIL":
                    summary.fault(
                        f"the configuration {element.get('name')} failed: a failing result stands "
                        "for it"
                    )
                    yield _method(element, suites, classname, synthetic=True)
            case ET.Element() as element:
                held.append((element.get("retried") == "true", _method(element, suites, classname)))
    yield from _without_retries(held)
    if broken is not None:
        raise broken


def _without_retries(held: list[tuple[bool, Result]]) -> Iterator[Result]:
    """Tries marked ``retried`` are attempts of the one that is not."""
    tries = Counter(result.name for retried, result in held if retried)
    final = {result.name for retried, result in held if not retried}
    for retried, result in held:
        attempts = 1 + tries.pop(result.name, 0) if not retried else 1
        if not retried:
            yield replace(
                result, attempts=attempts, flaky=attempts > 1 and result.status is Status.PASSED
            )
        elif result.name not in final:  # the last try is not in the file
            final.add(result.name)
            yield replace(result, attempts=tries[result.name])


def _method(
    element: ET.Element, suites: list[str], classname: str, *, synthetic: bool = False
) -> Result:
    status = _TESTNG.get(element.get("status", ""), Status.FAILED)
    problem = element.find("exception")
    details: tuple[Detail, ...] = ()
    if problem is not None or status is not Status.PASSED:
        found = problem if problem is not None else ET.Element("exception")
        kind = "skipped" if status is Status.SKIPPED else "failure"
        details = (
            Detail(
                kind,
                all_text(found.find("message")),
                found.get("class", ""),
                all_text(found.find("full-stacktrace")),
            ),
        )
    parameters = [all_text(one) for one in element.iterfind("params/param/value")]
    name = element.get("name") or "(unnamed)"
    took = seconds(element.get("duration-ms"))
    return Result(
        name=f"{name}({', '.join(parameters)})" if parameters else name,
        status=status,
        suite=tuple(suites),
        classname=classname,
        elapsed=took / 1000 if took is not None else None,
        raw_status="retried" if element.get("retried") == "true" else "",
        details=details,
        stdout="\n".join(all_text(one) for one in element.iterfind("reporter-output/line")),
        synthetic=synthetic,
    )


def read_ctest(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every ``Test`` with a status below ``Testing``."""
    for event in events(file, summary, {"Test": frozenset({"Testing"})}):
        if isinstance(event, ET.Element) and "Status" in event.attrib:
            yield _ctest(event, summary)


def _ctest(element: ET.Element, summary: ReportSummary) -> Result:
    measured = {
        one.get("name", ""): all_text(one.find("Value"))
        for one in element.iterfind("Results/NamedMeasurement")
    }
    word = element.get("Status", "")
    status = _CTEST.get(word, Status.FAILED)
    if word == "notrun" and measured.get("Completion Status", "").startswith(_NOT_STARTED):
        name = all_text(element.find("Name"))
        summary.fault(
            f"{name} was not started, ctest lists it among the failed: "
            f"{measured['Completion Status']}"
        )
    output = all_text(element.find("Results/Measurement/Value"))
    reason = measured.get("Exit Code", "") or measured.get("Completion Status", "")
    path = all_text(element.find("Path"))
    kind = "skipped" if status is Status.SKIPPED else "failure"
    return Result(
        name=all_text(element.find("Name")) or "(unnamed)",
        status=status,
        suite=(path,) if path not in ("", ".") else (),
        elapsed=seconds(measured.get("Execution Time")),
        raw_status="notrun" if word == "notrun" else "",
        details=() if status is Status.PASSED else (Detail(kind, reason, "", output),),
        stdout=output if status is Status.PASSED else "",
    )
