"""TAP 12 to 14, as tools write it: the top-level lines are the tests; a sub-test's lines and the
YAML diagnostics belong to its own line.

Facts (run): bats -T writes ` in 4ms`, node-tap and vitest ` # time=0.93ms`, testem `[50 ms]` into
the name; vitest and testem indent their YAML by four spaces, as a sub-test is; testem writes `skip
3` and `todo 4` for `ok 3 # SKIP`; node-tap and vitest put a sub-test into braces behind its line:
its own tests are the entries then. CI systems put a time stamp before each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.between import Foreign
from testferry.reports.decode import Text
from testferry.reports.noise import Stamps
from testferry.reports.tapline import KEPT, TEST, TESTEM, OpenTest, finished, result_of
from testferry.reports.values import Durations
from testferry.text import count

_PLAN = re.compile(r"1\.\.(\d{1,18})[ \t]{0,20}(?:#[ \t]{0,20}(.*))?")
# what the programs' own counts behind their tests say
_CLAIM = re.compile(
    r"# (?:fail|failed|failures)[ \t:]{1,9}(\d{1,9})[ \t]{0,9}"
    r"|# Looks like you(?: failed (\d{1,9}) |r test exited with (\d{1,9}) ).{0,200}"
)
_YAML = re.compile(r"[ \t]{2,40}---[ \t]{0,20}")
_YAML_END = re.compile(r"[ \t]{2,40}\.\.\.[ \t]{0,20}")
# From here on a test's comments stand before its line: the kernel's selftests, Catch2.
_AHEAD = re.compile(r"# (?:selftests: .{0,999}|[ ]RUN[ ]{5,20}\S.{0,999}|rng-seed: \d{1,20})")
# a line of a sub-test
_INNER = re.compile(r"[ ]{1,40}(?:(?:not ok|ok)[ ]{1,9}(?:\d|-[ ])|1\.\.\d{1,18}[ \t]{0,20}$)")


@dataclass(slots=True)
class _Braces:
    """A sub-test in braces: how deep it is indented, the names around it, the plan outside."""

    indent: int
    result: Result
    planned: int | None
    seen: int
    numbers: set[int]
    shown: int  # failures before it


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test. A plan that promises more, or ``Bail out!``, is a problem: the run did not
    finish.
    """
    reader = _Reader(Foreign(summary))
    source = Text(file, xml=False)
    for line in _lines(source):
        yield from reader.line(line)
    yield from reader.end()
    source.tell(summary)
    summary.claim(reader.claimed)
    summary.extras.odd_durations += reader.durations.odd
    summary.extras.has_cut |= reader.has_cut
    if not reader.is_tap:
        raise ReportProblem("is no TAP: there is neither a plan nor a test", code="unknown-format")
    for words, number in reader.documents:
        summary.fault("unfinished", words, number)
        detail = Detail("error", words)
        yield Result(
            "the run [tap]",
            Status.ERROR,
            details=(detail,),
            synthetic=True,
        )
    if reader.skipped_whole:
        summary.warn("no-tests", f"the whole file is skipped: {reader.skipped_whole}")


@dataclass(slots=True)
class _Reader:
    """What has been seen so far, and the lines of the next test.

    One record: it is the state of one pass, and any line may change any of it.
    """

    foreign: Foreign
    # what is wrong with the documents of the file, and where
    documents: list[tuple[str, int]] = field(default_factory=list)
    planned: int | None = None
    seen: int = 0
    numbers: set[int] = field(default_factory=set)
    kept: int = 0  # characters of diagnostics
    has_cut: bool = False  # not all diagnostics are
    lines: int = 0
    bailed: str = ""
    skipped_whole: str = ""
    is_tap: bool = False
    has_version: bool = False  # the document that is open
    failures: int = 0
    claimed: int = 0  # whether the program itself says that a test failed
    current: OpenTest | None = None
    inner: list[str] = field(default_factory=list)
    ahead: list[str] | None = None  # comments before the next test, where they stand there
    in_subtest: bool = False
    braces: list[_Braces] = field(default_factory=list)
    durations: Durations = field(default_factory=Durations)

    def line(self, line: str) -> Iterator[Result]:
        """Take one line."""
        self.lines += 1
        if self.braces:
            yield from self._within_braces(line)
            return
        yield from self._at_top(line)

    def _at_top(self, line: str) -> Iterator[Result]:
        match = TEST.match(line)
        # prove's own word behind a file
        if match and not (line == "ok" and self.is_complete) and _is_test(match):
            yield from self.close()
            self._begin(match)
            return
        if self.current is not None and line.strip() == "{":
            # behind the diagnostics of its line; or JSON of another report begins
            self.foreign.line("{", self.lines)
            outer, self.current = self.current, None
            self._open_braces(finished(outer, self.durations))
            return
        if line.startswith("# ") and (claim := _CLAIM.fullmatch(line)):
            self.claimed |= any(map(int, filter(None, claim.groups())))
        self._other(line)

    def _within_braces(self, line: str) -> Iterator[Result]:
        braces = self.braces[-1]
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if bare == "}" and indent < braces.indent:
            yield from self._close_braces()
        elif indent >= braces.indent or not bare:
            yield from self._at_top(line[braces.indent :])
        else:
            # whatever it is, it is not in the braces any more
            yield from self._close_braces()
            yield from self.line(line)

    def _begin(self, match: re.Match[str]) -> None:
        """Begin a test; what stood indented before its line is its sub-test."""
        self.foreign.end()
        number = None
        if match[2] and len(match[2]) < 10:
            number = int(match[2])
        # the next program's output, whose plan is still to come
        if number == 1 and self.is_complete and not self.braces:
            self.end_document()
        self.is_tap = True
        self.seen += 1
        self.kept = 0
        if number is not None:
            self.numbers.add(number)
        result = result_of(match, self.durations)
        if match[3].rstrip().endswith(" {"):
            self._open_braces(result)
            return
        result.suite = tuple(braces.result.name for braces in self.braces)
        self.current = OpenTest(result, self.inner, self.ahead or [])
        self.inner, self.in_subtest = [], False
        if self.ahead is not None:
            self.ahead = []

    def _open_braces(self, result: Result) -> None:
        indent = 4
        if self.braces:
            indent += self.braces[-1].indent
        self.braces.append(
            _Braces(
                indent,
                result,
                self.planned,
                self.seen,
                self.numbers,
                self.failures,
            )
        )
        self.planned, self.seen, self.numbers = None, 0, set()

    def _close_braces(self) -> Iterator[Result]:
        """End a sub-test in braces: it is an entry itself if its tests do not show its failure."""
        yield from self.close()
        words = self.unfinished()
        braces = self.braces.pop()
        empty = not self.seen
        self.planned, self.seen, self.numbers = braces.planned, braces.seen, braces.numbers
        red = braces.result.status.is_red
        if words and not empty and not red:
            self.documents.append((words, self.lines))
        if empty or (red and self.failures == braces.shown):
            braces.result.suite = tuple(outer.result.name for outer in self.braces)
            yield self._counted(braces.result)

    def _counted(self, result: Result) -> Result:
        if result.status.is_red:
            self.failures += 1
            if not result.details:
                result.details = (Detail("failure"),)
        return result

    @property
    def is_complete(self) -> bool:
        """As many tests as were planned."""
        return self.planned is not None and self.seen >= self.planned

    def end(self) -> Iterator[Result]:
        """End the file."""
        yield from self.close()
        self.foreign.end()
        if self.braces:
            self.documents.append(("a sub-test does not end: the run did not finish", self.lines))
        while self.braces:
            yield from self._close_braces()
        self.end_document()

    def end_document(self) -> None:
        """Hold the plan against the tests; several documents may stand in one file."""
        words = self.unfinished()
        if not self.bailed and not self.seen and any(map(_INNER.match, self.inner)):
            words = "a sub-test does not end: the run did not finish"
        if words:
            self.documents.append((words, self.lines))
        self.planned, self.seen, self.bailed, self.numbers = None, 0, "", set()
        self.inner, self.in_subtest, self.has_version = [], False, False
        self.ahead = None

    def close(self) -> Iterator[Result]:
        """Yield the test before, with its diagnostics."""
        self.has_cut |= self.kept > KEPT
        self.kept = 0
        if self.current is not None:
            yield self._counted(finished(self.current, self.durations))
        self.current = None

    def _other(self, line: str) -> None:
        """Take any line that is no test."""
        current = self.current
        if current is not None and current.in_yaml:
            self._keep(current.after, line)
            current.in_yaml = not _YAML_END.fullmatch(line)
        elif line.startswith(("TAP version", "KTAP version")):
            if self.is_tap:
                self.end_document()
            self.is_tap = self.has_version = True
        elif plan := _PLAN.fullmatch(line):
            self._plan(plan)
        elif line.startswith("Bail out!"):
            self.bailed = line.removeprefix("Bail out!").strip() or "no reason given"
            self.is_tap = True
        elif current is not None and not self.inner and _YAML.fullmatch(line):
            current.in_yaml = True
            self._keep(current.after, line)
        elif line.startswith("#"):
            self._comment(line)
        else:
            self._loose(line)

    def _loose(self, line: str) -> None:
        """Take a line of which only its place tells whether it is a sub-test's or a test's."""
        indented = line.startswith(" ")
        if self.foreign.is_open or not indented:
            self.foreign.line(line, self.lines)
        if indented and self._is_of_subtest(line):
            self._keep(self.inner, line)
        elif indented and self.current is not None:
            self._keep(self.current.after, line)

    def _comment(self, line: str) -> None:
        """Keep a comment for the test before it, or for the one whose line is still to come."""
        if line.startswith("# Subtest"):
            self.in_subtest = True
        elif _AHEAD.fullmatch(line):
            self.ahead = []
        elif self.ahead is not None:
            self._keep(self.ahead, line)
        elif self.current is not None:
            self._keep(self.current.after, line)

    def _is_of_subtest(self, line: str) -> bool:
        """Whether an indented line belongs to a sub-test, not to the diagnostics of a test."""
        if self.in_subtest or _INNER.match(line):
            return True
        return line.startswith("    ") and (self.current is None or not self.current.after)

    def _plan(self, plan: re.Match[str]) -> None:
        self.is_tap = True
        if self.planned is not None:
            self.end_document()
        self.planned = int(plan[1])
        directive = plan[2] or ""
        if not self.planned and directive.lower().startswith("skip"):
            self.skipped_whole = directive[4:].strip() or "no reason given"

    def _keep(self, lines: list[str], line: str) -> None:
        self.kept += len(line)
        if self.kept < 4 * KEPT:
            lines.append(line)

    def unfinished(self) -> str:
        """Return why the run did not finish, empty if it did."""
        if self.bailed:
            return f"the run bailed out: {self.bailed}"
        if self.planned is None and self.seen:
            return f"there is no plan behind {count(self.seen, 'test')}: the run did not finish"
        if self.planned is None and self.has_version:
            return "there is neither a plan nor a test: the run did not finish"
        if self.planned is None:
            return ""
        return self._unplanned(self.planned)

    def _unplanned(self, expected: int) -> str:
        planned = f"{expected} tests were planned, {self.seen} are there"
        if self.seen < expected:
            return f"{planned}: the run did not finish"
        if self.seen > expected:
            return planned
        if len(self.numbers) == self.seen and self.numbers and max(self.numbers) > self.seen:
            return f"of {max(self.numbers)} numbered tests {self.seen} are there"
        return ""


def _is_test(match: re.Match[str]) -> bool:
    """Whether a line is one of a test: `skip` and `todo` are words of English without a number."""
    return match[1] not in TESTEM or match[2] is not None


def _lines(source: Text) -> Iterator[str]:
    held: list[str] = []
    stamps = Stamps()
    for chunk in source:
        first, *others = chunk.split("\n")
        held.append(first)
        if others:
            yield stamps.without("".join(held))
            held = [others.pop()]
            for line in others:
                yield stamps.without(line)
        elif sum(map(len, held)) > 16 * KEPT:
            # no line of TAP says anything so late
            held = ["".join(held)[: 8 * KEPT]]
    if any(held):
        yield stamps.without("".join(held))
