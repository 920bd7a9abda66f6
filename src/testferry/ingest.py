"""Left of the journal: reports become results, each read once and counted. No network."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from testferry import reports
from testferry.clock import Clock, SystemClock
from testferry.errors import TryLater
from testferry.events import KEPT_FAILURES, NamedResult
from testferry.model import (
    ReportSummary,
    Result,
    Status,
    Tally,
    merge_attempts,
)
from testferry.repeats import repeated
from testferry.reports import Source, Watch, unwatched
from testferry.text import steady

# How many results are read between two looks at the clock.
_LOOK_EVERY = 64
# How pytest and its likes end a failure: ``tests/test_a.py:12: AssertionError``.
_PLACE = re.compile(r"^(?P<file>[^\s:]{1,300}\.\w{1,8}):(?P<line>\d{1,7}):(?=\s)", re.MULTILINE)
_TAIL = 10_000  # characters of a failure's text that are looked at


@dataclass(frozen=True, slots=True)
class Deadline:
    """Ends the reading of reports when its time is over."""

    until: float  # of the clock
    clock: Clock = field(default_factory=SystemClock)

    def __call__(self) -> None:
        """Watch at the clock. Raises TryLater."""
        if self.clock.now() > self.until:
            raise TryLater(
                "--max-time is over before the reports are read",
                "give it more time; nothing is lost, and nothing was sent",
            )


@dataclass(slots=True)
class Ingest:
    """Reads every report once; what it saw is left in its fields.

    One record: how to read, and what was seen in that one pass; it cannot be read twice.
    """

    sources: Sequence[Source]
    format: str = "auto"
    attempts: str = "all"
    normalise: bool = False
    exclude: frozenset[Status] = frozenset()  # what is counted and not handed on
    watch: Watch = unwatched  # called all the time; ends the reading by raising
    summaries: list[ReportSummary] = field(default_factory=list)  # of the files
    tests: Tally = field(default_factory=Tally)  # all, the excluded ones too
    elapsed: float = 0.0  # seconds that the tests took
    failed: list[NamedResult] = field(default_factory=list)
    results: int = 0  # that are handed on
    excluded: int = 0
    # of each file: where it was found, how many tests, the sum of their names, in one number
    _alike: array[int] = field(default_factory=lambda: array("q"))

    def __iter__(self) -> Iterator[Result]:
        may_repeat = sum(bool(source.within) for source in self.sources) > 1
        waiting = list(reversed(self.sources))
        self.sources = ()
        while waiting:
            source = waiting.pop()
            summary = ReportSummary(source.path)
            self.summaries.append(summary)
            self._alike.append(0)
            found: Iterator[Result] = reports.read(
                source,
                summary,
                self.format,
                self.watch,
            )
            if self.normalise:
                found = (replace(result, name=steady(result.name)) for result in found)
            if self.attempts != "all":
                found = iter(merge_attempts(found, self.attempts))
            if may_repeat and source.within:
                found = self._compared(source, found)
            yield from self._counted(found)
        if may_repeat:
            self._tell_alike()

    def _counted(self, found: Iterator[Result]) -> Iterator[Result]:
        """Count the results, and hand on what is not excluded."""
        exclude, tests, passed = self.exclude, self.tests, Status.PASSED
        for number, result in enumerate(found):
            if number % _LOOK_EVERY == 0:
                self.watch()
            self.elapsed += result.elapsed or 0.0
            if result.status is passed:  # nearly every test
                tests.passed += 1
            else:
                self._see(result)
            # an enum's hash is slow
            if exclude and result.status in exclude:
                self.excluded += 1
                continue
            self.results += 1
            yield result

    def _see(self, result: Result) -> None:
        """Count a test that did not pass."""
        self.tests.add(result.status)
        if result.status.is_red and len(self.failed) < KEPT_FAILURES:
            self.failed.append(_named(result))

    def _compared(
        self,
        source: Source,
        results: Iterator[Result],
    ) -> Iterator[Result]:
        """Keep what tells a file from others of the same folder or archive."""
        total, names = 0, 0
        for result in results:
            if not result.synthetic:
                total += 1
                names = (names + hash((result.classname, result.name))) % (1 << 64)
            yield result
        if total:
            self._alike[-1] = hash((source.within, total, names))

    def _tell_alike(self) -> None:
        """Warn of files of one folder or archive that hold the same tests."""
        again = repeated(self._alike)
        first: dict[int, str] = {}
        for summary, number in zip(self.summaries, self._alike, strict=True):
            if number in again and (path := first.setdefault(number, summary.path)) != summary.path:
                summary.warn(
                    "duplicate-tests",
                    f"holds the same tests as {path}: it looks like the same run twice",
                    tests=summary.tests.total,
                )


def _named(result: Result) -> NamedResult:
    file, line = place_of(result)
    return NamedResult(
        result.name,
        result.place,
        result.message,
        file,
        line,
    )


def place_of(result: Result) -> tuple[str, int | None]:
    """Say in which file, at which line a test failed: as the report says, else as the last line of
    the failure's text does. Returns an empty name if nobody does.
    """
    file, line = result.file, result.line
    if not file or line is None:
        for detail in result.details:
            for found in _PLACE.finditer(detail.text[-_TAIL:]):
                if not file or found["file"].endswith(file):
                    file, line = found["file"], int(found["line"])
    return file, line
