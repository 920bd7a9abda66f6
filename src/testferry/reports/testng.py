"""TestNG's ``testng-results.xml``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.values import numbers, seconds
from testferry.reports.words import detail_kind, status_of
from testferry.reports.xmlstream import ANYWHERE, End, Event, Start, read_whole, whole_events
from testferry.reports.xmltext import all_text, text_of


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every ``test-method`` that is no configuration method; a configuration that failed
    becomes a failing result of its own.
    """
    reader = _Reader(summary)
    walked = whole_events(
        file,
        summary,
        {"test-method": ANYWHERE},
    )
    broken = yield from read_whole(walked, reader.event)
    yield from reader.end_class()
    reader.tell()
    # what was complete before counts
    if broken is not None:
        raise broken


class _Reader:
    """The open suites, and the tests of the open class: its tries stand in any order."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self._suites: list[str] = []
        self._classname = ""
        self._configurations: list[str] = []  # that failed
        self._held: list[tuple[bool, Result]] = []  # whether it is tried again

    def event(self, event: Event) -> Iterator[Result]:
        """Take one event."""
        match event:
            case Start("testng-results", attributes):
                # attempts count differently from version to version
                self._summary.claim(min(1, numbers(attributes, "failed")))
            case Start("suite" | "test", attributes):
                self._suites.append(attributes.get("name", ""))
            case End("suite" | "test") if self._suites:
                self._suites.pop()
            case Start("class", attributes):
                self._classname = attributes.get("name", "")
            case End("class"):
                yield from self.end_class()
            case ET.Element() as element if element.get("is-config") == "true":
                if element.get("status") == "FAIL":
                    yield self._configuration(element)
            case ET.Element() as element:
                self._held.append((element.get("retried") == "true", self._method(element)))

    def _configuration(self, element: ET.Element) -> Result:
        """Return a failing result for a configuration method: an entry that is no test."""
        self._configurations.append(element.get("name", ""))
        result = self._method(element)
        return replace(result, synthetic=True)

    def tell(self) -> None:
        """Note the configurations that failed: as an error only if no test shows that they did."""
        tell = self._summary.fault
        if self._summary.tests.failed:
            tell = self._summary.warn
        for name in self._configurations:
            words = f"the configuration {name} failed: a failing result stands for it"
            tell(
                "outside-failure",
                words,
                None,
                1,
            )

    def end_class(self) -> Iterator[Result]:
        """Yield its tests; tries marked ``retried`` are attempts of the one that is not."""
        tries = Counter(result.name for retried, result in self._held if retried)
        final = {result.name for retried, result in self._held if not retried}
        for retried, result in self._held:
            if not retried:
                attempts = 1 + tries.pop(result.name, 0)
                flaky = attempts > 1 and result.status is Status.PASSED
                yield replace(
                    result,
                    attempts=attempts,
                    flaky=flaky,
                    retried=attempts > 1,
                )
            elif result.name not in final:  # the last try is not in the file
                final.add(result.name)
                yield replace(
                    result,
                    attempts=tries[result.name],
                    retried=True,
                )
        self._held = []

    def _method(self, element: ET.Element) -> Result:
        word = element.get("status", "")
        status = status_of(word) or self._summary.unknown_word("status", word)
        parameters = [all_text(value) for value in element.iterfind("params/param/value")]
        name = element.get("name") or "(unnamed)"
        if parameters:
            name = f"{name}({', '.join(parameters)})"
        elapsed = seconds(element.get("duration-ms"))
        if elapsed is not None:
            elapsed /= 1000
        raw = ""
        if element.get("retried") == "true":
            raw = "retried"
        return Result(
            name=name,
            status=status,
            suite=tuple(self._suites),
            classname=self._classname,
            elapsed=elapsed,
            raw_status=raw,
            details=_details(element, status),
            stdout="\n".join(all_text(line) for line in element.iterfind("reporter-output/line")),
        )


def _details(element: ET.Element, status: Status) -> tuple[Detail, ...]:
    problem = element.find("exception")
    if problem is None and status is Status.PASSED:
        return ()
    name = ""
    if problem is not None:
        name = problem.get("class", "")
    message, trace = text_of(problem, "message"), text_of(problem, "full-stacktrace")
    return (
        Detail(
            detail_kind(status),
            message,
            name,
            trace,
        ),
    )
