"""Robot Framework's output: ``output.xml`` (schema 3 to 5) and, since 7.2, ``output.json``.

A suite's failing teardown fails its tests after the fact: they are stored as passed, the tool's own
summary counts them failed. Facts (trcli's `parse_robot`): a line `- testrail_case_id: C1` in a
test's documentation names its case; `testrail_result_comment`, `testrail_result_field`,
`testrail_case_field` and `testrail_attachment` stand there in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonstream import (
    items,
    mapping,
    seconds,
    strings,
    text,
    walk,
    whole,
)
from testferry.reports.values import attached, numbers, whole_number
from testferry.reports.words import detail_kind, status_of
from testferry.reports.xmlstream import ANYWHERE, End, Event, Start, read_whole, whole_events
from testferry.reports.xmltext import text_of

_STATUS = {
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "SKIP": Status.SKIPPED,
    "NOT RUN": Status.SKIPPED,
    "NOT_RUN": Status.SKIPPED,
}
_IN_DOCUMENTATION = re.compile(
    r"^[ \t]{0,40}(?:[-*][ \t]{1,9})?(testrail_[a-z_]{1,40})[ \t]{0,9}:"
    r"[ \t]{0,9}(\S[^\n]{0,4000})$",
    re.MULTILINE,
)


def _after_teardown(found: list[Result], word: str, message: str) -> list[Result]:
    """Return the tests of a suite whose teardown failed, or was skipped: then none of them counts
    as run.
    """
    if word == "SKIP":
        reason = Detail("skipped", f"Skipped in parent suite teardown: {message}".rstrip(": "))
        return [
            replace(
                test,
                status=Status.SKIPPED,
                details=(reason,),
            )
            for test in found
        ]
    detail = Detail("failure", f"Parent suite teardown failed: {message}")
    for test in found:
        if test.status is Status.PASSED:
            test.status = Status.FAILED
            test.details = (*test.details, detail)
    return found


def _made(
    name: str,
    word: str,
    message: str,
    suite: tuple[str, ...],
    summary: ReportSummary,
) -> Result:
    status = _STATUS.get(word.upper()) or status_of(word) or summary.unknown_word("status", word)
    details: tuple[Detail, ...] = ()
    if status is not Status.PASSED:
        details = (
            Detail(
                detail_kind(status),
                message.partition("\n")[0],
                "",
                message,
            ),
        )
    return Result(
        name or "(unnamed)",
        status,
        suite=suite,
        classname=".".join(suite),
        details=details,
    )


def _label(
    result: Result,
    tags: Iterator[str],
    documentation: str,
    summary: ReportSummary,
) -> Result:
    """Add tags, and what the documentation says to TestRail."""
    properties = [("tag", tag) for tag in tags]
    properties += [
        (match[1], match[2].strip()) for match in _IN_DOCUMENTATION.finditer(documentation)
    ]
    result.properties = tuple(properties)
    result.attachments = attached({}, properties, summary.extras.attached)
    return result


# --- output.json


def read_json(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test of every suite."""
    for path, value in walk(file, {()}, summary):
        if path == ("suite",) and isinstance(value, dict):
            yield from _suite(value, (), summary)
            if text(value.get("status")) == "FAIL":
                summary.claim(1)
        elif path == ("statistics",):
            summary.claim(whole(mapping(mapping(value).get("total")).get("fail")))


def _suite(
    suite: dict[str, object], above: tuple[str, ...], summary: ReportSummary
) -> list[Result]:
    path = (*above, text(suite.get("name")))
    source = text(suite.get("source"))
    found = [
        _json_test(
            test,
            path,
            source,
            summary,
        )
        for test in items(suite.get("tests"))
    ]
    for inner in items(suite.get("suites")):
        found += _suite(inner, path, summary)
    teardown = mapping(suite.get("teardown"))
    if (word := text(teardown.get("status"))) in ("FAIL", "SKIP"):
        message = text(suite.get("message")) or text(teardown.get("name"))
        return _after_teardown(found, word, message)
    return found


def _json_test(
    test: dict[str, object],
    suite: tuple[str, ...],
    file: str,
    summary: ReportSummary,
) -> Result:
    name, word, message = (text(test.get(key)) for key in ("name", "status", "message"))
    result = _made(
        name,
        word,
        message,
        suite,
        summary,
    )
    result.file = file
    result.line = whole(test.get("lineno"))
    result.elapsed = seconds(test.get("elapsed_time"))
    return _label(
        result,
        iter(strings(test.get("tags"))),
        text(test.get("doc")),
        summary,
    )


# --- output.xml


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test; it is held back until its outermost suite ends, because a teardown may
    still fail it.
    """
    reader = _Reader(summary)
    walked = whole_events(
        file,
        summary,
        {
            **dict.fromkeys(("test", "kw", "status"), ANYWHERE),
            "stat": frozenset({"total"}),
        },
    )
    broken = yield from read_whole(walked, reader.event)
    for found in reader.held:
        yield from found
    # what was complete counts
    if broken is not None:
        raise broken


class _Reader:
    """The open suites, with their tests and how their teardowns ended."""

    def __init__(self, summary: ReportSummary) -> None:
        self.held: list[list[Result]] = []
        self._suites: list[tuple[str, str]] = []  # name and source
        self._teardowns: list[tuple[str, str]] = []  # how it ended, its words
        self._summary = summary

    def event(self, event: Event) -> Iterator[Result]:
        """Take one event."""
        match event:
            case Start("suite", attributes):
                self._suites.append((attributes.get("name", ""), attributes.get("source", "")))
                self.held.append([])
                self._teardowns.append(("", ""))
            case End("suite") if self.held:
                yield from self._end_suite()
            case ET.Element(tag="stat") as element:
                # "All Tests"; the older ones counted "Critical Tests" besides
                self._summary.claim(numbers(element.attrib, "fail"))
            case ET.Element(tag="status") as element if len(self.held) == 1:
                self._summary.claim(int(element.get("status") == "FAIL"))
            case ET.Element(tag="test") as element if self.held:
                self.held[-1].append(self._test(element))
            case ET.Element(tag="kw") as element if self.held and (word := _teardown(element)):
                self._teardowns[-1] = (word, _said(element))

    def _end_suite(self) -> Iterator[Result]:
        found = self.held.pop()
        word, message = self._teardowns.pop()
        if word:
            found = _after_teardown(found, word, message)
        self._suites.pop()
        if self.held:
            self.held[-1] += found
        else:
            yield from found

    def _test(self, element: ET.Element) -> Result:
        status = element.find("status")
        if status is None:
            status = ET.Element("status")
        result = _made(
            element.get("name", ""),
            status.get("status", ""),
            (status.text or "").strip(),
            tuple(name for name, _ in self._suites),
            self._summary,
        )
        result.file = self._suites[-1][1]
        result.line = whole_number(element.get("line"))
        result.elapsed = _elapsed(status)
        tags = (tag.text or "" for tag in (*element.findall("tag"), *element.findall("tags/tag")))
        return _label(
            result,
            tags,
            text_of(element, "doc"),
            self._summary,
        )


def _teardown(element: ET.Element) -> str:
    """Return how a suite's teardown ended if that changes its tests, else empty."""
    status = element.find("status")
    if element.get("type", "").lower() != "teardown" or status is None:
        return ""
    word = status.get("status", "")
    if word in ("FAIL", "SKIP"):
        return word
    return ""


def _said(element: ET.Element) -> str:
    """Return the words of a keyword that failed: its status's, else its last message's."""
    if words := text_of(element, "status"):
        return words
    for message in reversed(element.findall(".//msg")):
        if message.get("level") in ("FAIL", "ERROR", "SKIP"):
            return (message.text or "").strip()
    return ""


def _elapsed(status: ET.Element) -> float | None:
    """Return seconds: said in schema 5, between two times in the earlier ones."""
    try:
        if (said := status.get("elapsed")) is not None:
            return float(said)
        start, end = (
            datetime.strptime(status.get(key, ""), "%Y%m%d %H:%M:%S.%f")  # noqa: DTZ007
            for key in ("starttime", "endtime")
        )
        return (end - start).total_seconds()
    except ValueError:
        return None
