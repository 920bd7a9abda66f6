"""The neutral model: one executed test, whatever wrote the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Self

from testferry.caseids import Named, named

# Nothing that a report calls one test's duration is longer: it is in another unit, or none.
LONGEST_DURATION = 365 * 86400.0


class Status(StrEnum):
    """How a test ended, in the four words that every service knows."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    is_red: bool

    def __init__(self, word: str) -> None:
        """A status is red if the test failed in any way: told once, and asked for every test."""
        self.is_red = word in {"failed", "error"}


_PASSED = Status.PASSED  # asked of the Enum for every test, it takes its time


# From the best to the worst.
_BADNESS = {
    Status.PASSED: 0,
    Status.SKIPPED: 1,
    Status.FAILED: 2,
    Status.ERROR: 3,
}


def badness(status: Status) -> int:
    """Return a number that is the larger the worse the status is."""
    return _BADNESS[status]


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of the statuses, ``PASSED`` if there is none."""
    return max(
        statuses,
        key=badness,
        default=Status.PASSED,
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """One failure, error or skip that a report holds for a test."""

    kind: str  # the element's own word: failure, error, skipped, rerunFailure, …
    message: str = ""
    type: str = ""
    text: str = ""


# Never changed once it is handed on, yet not frozen: there is one for every test, and a frozen one
# takes five times as long to make.
@dataclass(slots=True)
class Result:
    """One executed test.

    One record, because reports and services tell a test as one flat entry; a hundred thousand are
    made of it.
    """

    name: str
    status: Status
    suite: tuple[str, ...] = ()  # names of the suites from the outermost in
    classname: str = ""
    file: str = ""
    line: int | None = None
    elapsed: float | None = None  # seconds; None if the report does not say
    raw_status: str = ""  # the tool's own word if it says more than the four
    details: tuple[Detail, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    stdout: str = ""
    stderr: str = ""
    attachments: tuple[str, ...] = ()
    attempts: int = 1  # reruns that the report shows
    flaky: bool = False
    assertions: int | None = None
    synthetic: bool = False  # it stands for a failure that has no entry
    base: str = ""  # the folder that attachments are named from
    retried: bool = False  # the report says that entries of this name are tries of one test

    @property
    def message(self) -> str:
        """The first words that a report gives for a test that did not pass.

        Of a test that failed those of a failure, if a skip stands before it.
        """
        first = ""
        for detail in self.details:
            words = detail.message or detail.text
            if words and not (self.status.is_red and detail.kind == "skipped"):
                return words
            first = first or words
        return first

    @property
    def place(self) -> str:
        """Where the test stands, for people: its class, else the path of its suites."""
        return self.classname or " › ".join(self.suite)

    @property
    def title(self) -> str:
        """Its place and its name."""
        if place := self.place:
            return f"{place} › {self.name}"
        return self.name

    @property
    def folder(self) -> str:
        """Where a person looks for the test: its class, else its innermost suite."""
        if self.classname or not self.suite:
            return self.classname
        return self.suite[-1]

    @property
    def named_cases(self) -> tuple[Named, ...]:
        """The ids of cases that the test names, with the place where each name stands."""
        return named(self.name, self.properties)

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of those cases."""
        return tuple(found.id for found in self.named_cases)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a report that its owner should know."""

    severity: str  # "error" makes the exit code 4, "warning" only if asked, "note" never
    message: str
    line: int | None = None
    code: str = "unreadable"  # a key of CODES
    tests: int = 0  # how many tests it touches; 0 if that cannot be said

    @property
    def is_error(self) -> bool:
        """Whether the report was read only in part, or claims failures that it does not show."""
        return self.severity == "error"

    @property
    def is_note(self) -> bool:
        """Whether nothing is wrong: it is said so that nothing is left out in silence."""
        return self.severity == "note"


# Every code that a problem can have, and what it means. They never change: scripts know them.
CODES = {
    "aggregate": "a file holds the tests of other files once more; it is left out",
    "banner": "there is text around the document; it is left out",
    "broken": "the file is not well-formed; what was complete before is read",
    "claims-more": "the report's own summary claims more than its entries show",
    "companion": "a file that tools write beside their reports; it holds no results",
    "cut-off": "the file ends in the middle; what was complete before is read",
    "duplicate-file": "a file has the same bytes as another one; it is read once",
    "duplicate-tests": "two files hold the same tests: the same run twice?",
    "empty": "there is nothing in the file",
    "encoding": "bytes are read in another encoding than the declared one, or replaced",
    "hidden": "what is hidden in a named folder, or holds others' files, is left out",
    "illegal-characters": "characters that XML does not allow are replaced by U+FFFD",
    "missing": "a file that is named does not exist, or nothing is in a folder or glob",
    "no-tests": "the report holds no test at all",
    "odd-duration": "a duration is none: it is left out",
    "other-lines": "lines of another format stand between those of the report",
    "outside-failure": "something outside of any test failed: a hook, a fixture, a suite",
    "over-limit": "something is larger, deeper or more than testferry reads",
    "not-started": "a test could not be started",
    "unfinished": "the run, or a test of it, did not finish",
    "unknown-format": "the file is no report that testferry reads",
    "unknown-status": "a status, an outcome or a child element that is in no table",
    "unreadable": "the file or archive cannot be opened",
    "value-cut": "a value is longer than testferry keeps: its middle is left out",
}


@dataclass(slots=True)
class Tally:
    """How many tests ended how: a report's own entries, without what testferry adds."""

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
        """Return the form of CONTRACT: total, passed, failed, error, skipped."""
        return {
            "total": self.total,
            "passed": self.passed,
            "failed": self.failed,
            "error": self.error,
            "skipped": self.skipped,
        }


@lru_cache(maxsize=256)
def _shared(
    _total: int,
    passed: int,
    failed: int,
    error: int,
    skipped: int,
) -> Tally:
    """Return one value for all equal ones."""
    return Tally(
        passed,
        failed,
        error,
        skipped,
    )


@dataclass(slots=True)
class Extras:
    """What is counted of a report beside its tests; of nearly every report it is nothing."""

    flaky: int = 0
    reruns: int = 0
    synthetic: int = 0
    claimed: int = 0  # failures, by the report's own summary
    odd_durations: int = 0
    has_cut: bool = False  # not all is kept of a text, a name or an attribute
    # (what kind of word, the word, whether its tests count as errors) -> how many tests
    unknown: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    # (an element that is none of the format's, the status it is read as) -> how many tests
    read_as: Counter[tuple[str, str]] = field(default_factory=Counter)
    # where attachments stood -> how many
    attached: Counter[str] = field(default_factory=Counter)


# Of a report that is read: nothing is counted any more.
_NO_EXTRAS = Extras()


@dataclass(slots=True)
class ReportSummary:
    """What one report file held, filled while it is read.

    There may be a hundred thousand of them: what few need is not of their own once they are read.
    """

    path: str
    format: str = ""
    why: str = ""  # why it was taken for that format
    tests: Tally = field(default_factory=Tally)
    duration: float = 0.0  # seconds
    problems: list[Problem] | tuple[Problem, ...] = field(default_factory=list)
    extras: Extras = field(default_factory=Extras)

    def close(self) -> None:
        """Share what is the same for many."""
        self.tests = _shared(*self.tests.as_dict().values())
        self.problems = tuple(self.problems)
        if self.extras == _NO_EXTRAS:
            self.extras = _NO_EXTRAS

    @property
    def results(self) -> int:
        """What is uploaded of this report: its entries, and a failing result for each failure
        without an entry.
        """
        return self.tests.total + self.extras.synthetic

    @property
    def is_report(self) -> bool:
        """Whether there was a file to read, not only something to say of a folder."""
        return not self.problems or any(not problem.is_note for problem in self.problems)

    @property
    def red(self) -> int:
        """The failures that its results show."""
        return self.tests.failed + self.tests.error + self.extras.synthetic

    def claim(self, failures: int | None) -> None:
        """Keep what the report's own summary says of failures; ``reports.read`` holds it against
        the entries.
        """
        self.extras.claimed = max(self.extras.claimed, failures or 0)

    def see(self, result: Result) -> None:
        """Count one result; a duration that cannot be one is taken out of it."""
        if result.synthetic:
            self.extras.synthetic += 1
        elif result.status is _PASSED:
            self.tests.passed += 1
        else:
            self.tests.add(result.status)
        if result.flaky:
            self.extras.flaky += 1
        elif result.attempts > 1:
            self.extras.reruns += 1
        elapsed = result.elapsed
        if elapsed:
            # false for what is no number, too
            if 0.0 <= elapsed <= LONGEST_DURATION:
                self.duration += elapsed
            else:
                self.extras.odd_durations += 1
                result.elapsed = None

    def tell(self, problem: Problem) -> None:
        """Add something that its owner should know."""
        if isinstance(self.problems, tuple):
            self.problems = list(self.problems)
        self.problems.append(problem)

    def warn(
        self,
        code: str,
        message: str,
        line: int | None = None,
        tests: int = 0,
    ) -> None:
        """Note something that is odd but loses nothing."""
        self.tell(Problem("warning", message, line, code, tests))

    def note(self, code: str, message: str) -> None:
        """Say what is as it should be, and is left out."""
        self.tell(Problem("note", message, None, code))

    def fault(
        self,
        code: str,
        message: str,
        line: int | None = None,
        tests: int = 0,
    ) -> None:
        """Note that the report was read only in part, or is red where its entries are green."""
        self.tell(Problem("error", message, line, code, tests))

    def stand_in(  # noqa: PLR0913 - the fields that a stand-in may have
        self,
        name: str,
        why: str,
        detail: Detail,
        *,
        status: Status = Status.ERROR,
        suite: tuple[str, ...] = (),
        classname: str = "",
        file: str = "",
        line: int | None = None,
        code: str = "outside-failure",
    ) -> Result:
        """Note a failure that has no entry, and return the failing result that stands for it."""
        self.fault(
            code,
            f"{why}: a failing result stands for it",
            line,
            1,
        )
        return Result(
            name,
            status,
            suite=suite,
            classname=classname,
            file=file,
            details=(detail,),
            synthetic=True,
        )

    def unknown_word(
        self,
        kind: str,
        word: object,
        *,
        red: bool = True,
    ) -> Status:
        """Count a test whose status is in no table, and return the status that it gets.

        Such a test is never green: it is an error, or skipped if the tool's own summary says that
        it did not fail.
        """
        self.extras.unknown[kind, str(word)[:80], red] += 1
        if red:
            return Status.ERROR
        return Status.SKIPPED


def merge_attempts(results: Iterable[Result], policy: str) -> list[Result]:
    """Make entries of one and the same test within one file one, by ``--attempts``.

    ``last``: the last entry counts; ``worst``: the worst one; ``auto``: the last one if the report
    says that the test was retried, else the worst. ``attempts`` says how many there were.
    """
    groups: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        key = (result.suite, result.classname, result.name, result.file)
        groups.setdefault(key, []).append(result)
    return [_merged(group, policy) for group in groups.values()]


def _merged(group: list[Result], policy: str) -> Result:
    retried = any(result.retried for result in group)
    if policy == "last" or (policy == "auto" and retried):
        chosen = group[-1]
    else:
        chosen = max(group, key=lambda result: badness(result.status))
    outcomes = {result.status for result in group}
    flaky = chosen.flaky or (len(outcomes) > 1 and chosen.status is Status.PASSED)
    return replace(
        chosen,
        attempts=max(len(group), chosen.attempts),
        flaky=flaky,
    )
