"""JUnit XML, streaming: expat hands over one ``<testcase>`` at a time.

Counts come from the ``<testcase>`` elements at any depth, never from attributes: attributes lie in
both directions (measured over 412 files: 257 exact). They are a cross-check: what a suite claims
beyond its entries becomes a failing result of its own, with the cause that the file holds. They
also decide what the entries leave open (see `claims.py`). Memory is constant: one test at a time,
every text capped. No document type definition takes effect: entities are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree as ET

from testferry.errors import ReportProblem
from testferry.model import (
    LONGEST_DURATION,
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports import failsafe
from testferry.reports.claims import Open, Suite
from testferry.reports.said import Shapes, word_of, words_in
from testferry.reports.testcase import (
    LONGEST_NAME,
    Children,
    capped,
    decide,
    detail_of,
    failures_in,
)
from testferry.reports.values import (
    Durations,
    cause_in,
    numbers,
    whole_number,
)
from testferry.reports.words import status_of
from testferry.reports.xmlstream import ANYWHERE, End, Event, Start, events
from testferry.reports.xmltext import all_text

_PASSED = Status.PASSED  # asked of the Enum for every test, it takes its time
_SUITES = frozenset({"testsuites", "testsuite"})
# What a suite has beside its tests if it failed itself -> what kind of failure that is.
_PROBLEMS = {
    "error": "error",
    "exception": "error",
    "crash": "error",
    "crashed": "error",
    "fatal": "error",
    "failure": "failure",
    "failed": "failure",
    "fail": "failure",
}
_RECORDS = {
    "testcase": ANYWHERE,
    "system-out": _SUITES,
    "system-err": _SUITES,
    "failureMessage": frozenset({failsafe.ROOT}),
    **dict.fromkeys(_PROBLEMS, _SUITES),
}
# How tools call what they count in a suite.
_FAILURES = ("failures", "failed", "failure", "fails", "failing", "failedTests", "failureCount")
_ERRORS = ("errors", "error", "errored", "errorCount", "crashed", "crashes", "broken", "aborted")
_COUNTS = frozenset({*_FAILURES, *_ERRORS})
_OUTSIDE = frozenset({"properties", "property", "skipped", "completed", "errors", "failures"})


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every result of a JUnit file; problems go to ``summary``.

    Raises ReportProblem with line and column if the file breaks off or is not well-formed; all
    complete tests before that were yielded.
    """
    reader = _Reader(summary)
    begin = reader.begin
    try:
        for event in events(
            file,
            summary,
            _RECORDS,
            leaf="testcase",
        ):
            if type(event) is dict:  # nearly every event
                result, word = begin(event)
                if not word or reader.is_decided(result, word):
                    yield result
            else:
                yield from reader.other(event)
    except ReportProblem:
        # nothing more will be claimed: what is open is not green
        yield from reader.give_up()
        raise
    else:
        yield from reader.give_up()
    finally:
        summary.extras.odd_durations += reader.durations.odd
    if reader.foreign and not summary.tests.total:
        raise ReportProblem(
            f"is not JUnit XML: no <testcase>, but <{reader.foreign}>", code="unknown-format"
        )


class _Reader:
    """What has to be remembered from one test to the next: the open suites, and how this file
    writes numbers.
    """

    def __init__(self, summary: ReportSummary) -> None:
        self.suites: list[Suite] = []
        self.foreign = ""
        self.durations = Durations()
        self._summary = summary
        self._path: tuple[str, ...] = ()
        self._shapes = Shapes()
        # whether the file's times are no seconds: the suite's own is longer than a year
        self._odd_clock = False
        # whether its suites count assertions and not tests, as Catch2's and doctest's do
        self._counts_assertions = False
        self._without_suite: list[Open] = []

    def other(self, event: Event) -> Iterator[Result]:
        """Take any event but a plain test."""
        match event:
            case ET.Element(tag="testcase") as element:
                yield from self._whole_case(element)
            case Start(failsafe.ROOT) | ET.Element(tag="failureMessage"):
                yield from failsafe.broke_off(event, self._summary)
            case ET.Element(tag="system-out" | "system-err") as element if self.suites:
                self.suites[-1].output.append(all_text(element))
            case ET.Element() as element if self.suites:
                self.suites[-1].problems.append(detail_of(element, _PROBLEMS[element.tag]))
            case Start("property", {"name": "QTestVersion"}) if self.suites:
                # Qt counts messages as errors there
                self.suites[-1].claimed -= self.suites[-1].errors
                self.suites[-1].errors = 0
            case Start(name, attributes) if name in _SUITES:
                self._open_suite(attributes, event.line)
            case End(name) if name in _SUITES:
                yield from self._close_suite()
            case Start(name) if name not in _OUTSIDE:
                # if there is no test at all, it says what the file is instead
                self.foreign = self.foreign or name

    def begin(self, attributes: dict[str, str]) -> tuple[Result, str]:
        """Return a test as its attributes tell it, and the word that they say of its status."""
        attribute = attributes.get
        name = attribute("name") or ""
        classname = attribute("classname") or attribute("class") or ""
        if not name:
            name = classname or "(unnamed)"
        if len(name) + len(classname) > LONGEST_NAME:
            name, classname = capped(name), capped(classname)
            self._summary.extras.has_cut = True
        said = attribute("time") or attribute("duration") or "-"
        try:
            elapsed: float | None = float(said)
        except ValueError:
            elapsed = self.durations.seconds(said)
        if self._odd_clock and elapsed:
            elapsed = -1.0  # which is told and left out
        result = Result(
            name,
            _PASSED,
            self._path,
            classname,
            "",
            None,
            elapsed,
        )
        if len(attributes) == 3 and classname and said != "-" and "name" in attributes:
            return result, ""
        result.file = attribute("file") or ""
        result.line = whole_number(attribute("line") or attribute("lineno"))
        result.assertions = whole_number(attribute("assertions"))
        shape = self._shapes.of(attributes)
        result.retried = shape.retries
        word = shape.word(attributes)
        if shape.of_assertions and word == "run":
            self._counts_assertions = True
        return result, word

    def is_decided(self, result: Result, word: str) -> bool:
        """Give a test without children the status of its word; False if only its suite can tell."""
        opened = decide(
            result,
            (),
            (),
            word,
        )
        if opened is not None:
            self._opened().append(opened)
            return False
        if result.status is not Status.PASSED:
            self._show(result)
        return True

    def _whole_case(self, element: ET.Element) -> Iterator[Result]:
        """Read one test with children."""
        result, word = self.begin(element.attrib)
        children = Children(self._summary, word)
        for child in element:
            children.add(child)
        children.give(result)
        children.fail_for_good()
        details = (*children.details, *children.interim)
        opened = decide(
            result,
            details,
            children.unknown,
            children.word,
        )
        if opened is not None:
            self._opened().append(opened)
            return
        self._show(result)
        yield result

    def _show(self, result: Result) -> None:
        """Count what a test shows of what its suite claims."""
        if not self.suites:
            return
        suite = self.suites[-1]
        if result.status is Status.SKIPPED:
            suite.skips_shown += 1
        if result.status.is_red:
            suite.shown += max(1, failures_in(result.details))

    def _opened(self) -> list[Open]:
        """Return the tests of the innermost suite that are open."""
        if self.suites:
            return self.suites[-1].opened
        return self._without_suite

    def _open_suite(self, attributes: dict[str, str], line: int) -> None:
        word = word_of(words_in(attributes))
        suite = _suite(attributes, word, line)
        if word and status_of(word) is None:
            words = f"{_title(suite)} has the status {word!r}, which is not known"
            self._summary.warn("unknown-status", words, line)
            if not suite.counts:
                suite.claimed = max(1, suite.claimed)
        suite.began = self._summary.tests.total
        self.suites.append(suite)
        self._path = tuple(suite.name for suite in self.suites if suite.name)
        took = Durations().seconds(attributes.get("time"))
        self._odd_clock = self._odd_clock or (took is not None and took > LONGEST_DURATION)

    def _close_suite(self) -> Iterator[Result]:
        """End the innermost suite: decide what is open, and let failures that no entry shows become
        a failing result.
        """
        suite, path = self.suites.pop(), self._path
        self._path = tuple(suite.name for suite in self.suites if suite.name)
        if suite.opened and (suite.counts or not self.suites):
            yield from suite.decide(self._summary)
        elif suite.opened:
            self.suites[-1].opened += suite.opened
        if suite.problems:
            yield self._of_problems(suite, path)
            suite.shown += max(len(suite.problems), suite.claimed - suite.shown)
        elif suite.claimed > suite.shown and not suite.opened:
            yield self._of_claims(suite, path)
            suite.shown = suite.claimed
        self._look_for_missing(suite)
        if self.suites:
            self.suites[-1].shown += suite.shown
            self.suites[-1].skips_shown += suite.skips_shown

    def _of_problems(self, suite: Suite, path: tuple[str, ...]) -> Result:
        status = Status.FAILED
        if any(detail.kind == "error" for detail in suite.problems):
            status = Status.ERROR
        result = self._summary.stand_in(
            f"{suite.name or '(unnamed suite)'} [suite]",
            f"{_title(suite)} itself failed",
            suite.problems[0],
            status=status,
            suite=path,
            classname=suite.name or "(unnamed suite)",
            line=suite.line,
        )
        result.details = tuple(suite.problems)
        return result

    def _of_claims(self, suite: Suite, path: tuple[str, ...]) -> Result:
        words = f"{_title(suite)} claims {suite.claims}, its entries show {suite.shown}"
        said = "\n".join(filter(None, suite.output))
        message = words
        if cause := cause_in(said):
            message = f"{words}: {cause}"
        return self._summary.stand_in(
            f"{suite.name or '(unnamed suite)'} [suite]",
            words,
            Detail(
                "failure",
                message,
                "",
                said,
            ),
            status=Status.FAILED,
            suite=path,
            classname=suite.name or "(unnamed suite)",
            line=suite.line,
            code="claims-more",
        )

    def _look_for_missing(self, suite: Suite) -> None:
        """Warn of a suite that claims more tests than it holds, unless it counts something else."""
        there = self._summary.tests.total - suite.began + len(suite.opened)
        shown = max(there, suite.shown + suite.skips_shown)
        # pytest counts sub-tests, and others tries, which are no entries
        counts_else = (
            suite.name == "pytest" or self._summary.extras.reruns or self._counts_assertions
        )
        if there and suite.tests > shown and not counts_else:
            self._summary.warn(
                "claims-more",
                f"{_title(suite)} claims {suite.tests} tests, it holds {there}",
                suite.line,
            )

    def give_up(self) -> Iterator[Result]:
        """Yield what is open, none of it green: the file ends before its suites do."""
        for suite in self.suites:
            self._without_suite += suite.opened
        for opened in self._without_suite:
            yield opened.decided(self._summary, red=True)
        self._without_suite.clear()


def _title(suite: Suite) -> str:
    if suite.name:
        return f"the suite {suite.name!r}"
    return "the report"


def _suite(attributes: dict[str, str], word: str, line: int) -> Suite:
    errors, failures = _most(attributes, _ERRORS), _most(attributes, _FAILURES)
    says = status_of(word)
    if says is not None and says.is_red and not errors:
        failures = max(1, failures)
    return Suite(
        capped(attributes.get("name") or ""),
        claimed=failures + errors,
        errors=errors,
        skips_claimed=numbers(
            attributes,
            "skipped",
            "skips",
            "disabled",
            "ignored",
        ),
        tests=numbers(attributes, "tests"),
        counts=not _COUNTS.isdisjoint(attributes),
        line=line,
    )


def _most(attributes: dict[str, str], names: tuple[str, ...]) -> int:
    """Return the largest of those counts that are there."""
    return max((numbers(attributes, name) for name in names if name in attributes), default=0)
