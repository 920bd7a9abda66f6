"""The neutral model: one executed test, whatever wrote the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self


class Status(StrEnum):
    """How a test ended, in the four words that every service knows."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Detail:
    """One failure, error or skip that a report holds for a test; ``kind`` is the element's own
    word.
    """

    kind: str
    message: str = ""
    type: str = ""
    text: str = ""


@dataclass(
    slots=True
    # never changed, yet not frozen: there is one for every test, a frozen one takes five times as
    # long
)
class Result:
    """One executed test.

    ``suite`` is the path of suite names from the outermost in; ``elapsed`` is seconds, None where
    the report does not say; ``raw_status`` is the tool's own word where it says more than the four;
    ``attempts`` counts reruns that the report shows.
    """

    name: str
    status: Status
    suite: tuple[str, ...] = ()
    classname: str = ""
    file: str = ""
    line: int | None = None
    elapsed: float | None = None
    raw_status: str = ""
    details: tuple[Detail, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    stdout: str = ""
    stderr: str = ""
    attachments: tuple[str, ...] = ()
    attempts: int = 1
    flaky: bool = False
    assertions: int | None = None
    synthetic: bool = False
    base: str = ""  # the folder that attachments are named from

    @property
    def message(self) -> str:
        """The first words that a report gives for a test that did not pass."""
        for detail in self.details:
            if words := detail.message or detail.text:
                return words
        return ""

    @property
    def place(self) -> str:
        """Where the test stands, for people: its class, else the path of its suites."""
        return self.classname or " › ".join(self.suite)

    @property
    def title(self) -> str:
        """Its place and its name."""
        return f"{self.place} › {self.name}" if self.place else self.name

    @property
    def folder(self) -> str:
        """Where a person looks for the test: its class, else its innermost suite."""
        return self.classname or (self.suite[-1] if self.suite else "")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a report that its owner should know; an ``error`` makes the exit code 4."""

    severity: str
    message: str
    line: int | None = None

    @property
    def is_error(self) -> bool:
        """Whether the report was read only in part, or claims failures that it does not show."""
        return self.severity == "error"


@dataclass(slots=True)
class Tally:
    """How many tests ended how; the counts of a report's own entries, without what testferry
    adds.
    """

    passed: int = 0
    failed: int = 0
    error: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All entries."""
        return self.passed + self.failed + self.error + self.skipped

    def add(self, status: Status) -> None:
        """Count one entry."""
        if status is Status.PASSED:
            self.passed += 1
        elif status is Status.SKIPPED:
            self.skipped += 1
        elif status is Status.FAILED:
            self.failed += 1
        else:
            self.error += 1

    def __iadd__(self, other: Tally) -> Self:
        self.passed += other.passed
        self.failed += other.failed
        self.error += other.error
        self.skipped += other.skipped
        return self

    def as_dict(self) -> dict[str, int]:
        """The form of CONTRACT: total, passed, failed, error, skipped."""
        return {
            "total": self.total,
            "passed": self.passed,
            "failed": self.failed,
            "error": self.error,
            "skipped": self.skipped,
        }


@dataclass(slots=True)
class ReportSummary:
    """What one report file held, filled while it is read."""

    path: str
    format: str = ""
    why: str = ""
    tests: Tally = field(default_factory=Tally)
    flaky: int = 0
    reruns: int = 0
    synthetic: int = 0
    claimed: int = 0
    duration: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def results(self) -> int:
        """What is uploaded of this report: its entries, and a failing result for each failure
        without an entry.
        """
        return self.tests.total + self.synthetic

    @property
    def red(self) -> int:
        """The failures that its results show."""
        return self.tests.failed + self.tests.error + self.synthetic

    def claim(self, failures: int | None) -> None:
        """What the report's own summary says of failures; ``reports.read`` holds it against the
        entries.
        """
        self.claimed = max(self.claimed, failures or 0)

    def see(self, result: Result) -> None:
        """Count one result."""
        if result.synthetic:
            self.synthetic += 1
        elif result.status is Status.PASSED:
            self.tests.passed += 1
        else:
            self.tests.add(result.status)
        if result.flaky:
            self.flaky += 1
        elif result.attempts > 1:
            self.reruns += 1
        if result.elapsed:
            self.duration += result.elapsed

    def warn(self, message: str, line: int | None = None) -> None:
        """Note something that is odd but loses nothing."""
        self.problems.append(Problem("warning", message, line))

    def fault(self, message: str, line: int | None = None) -> None:
        """Note that the report was read only in part, or is red where its entries are green."""
        self.problems.append(Problem("error", message, line))


def merge_attempts(results: Iterable[Result], policy: str) -> list[Result]:
    """Entries of one and the same test within one file made one, by ``--attempts``.

    ``last``: the last entry counts; ``worst``: the worst one; either way ``attempts`` says how many
    there were.
    """
    badness = [Status.PASSED, Status.SKIPPED, Status.FAILED, Status.ERROR]
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        key = (result.suite, result.classname, result.name, result.file)
        groups.setdefault(key, []).append(result)
    merged = []
    for group in groups.values():
        chosen = (
            group[-1] if policy == "last" else max(group, key=lambda one: badness.index(one.status))
        )
        outcomes = Counter(one.status for one in group)
        flaky = chosen.flaky or (len(outcomes) > 1 and chosen.status is Status.PASSED)
        merged.append(replace(chosen, attempts=max(len(group), chosen.attempts), flaky=flaky))
    return merged
