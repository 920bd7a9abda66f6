"""What a JUnit suite claims in its attributes, and what only that can decide.

``<skipped>`` beside ``<failure>`` is an expected failure (node's `todo`, Catch2's `[!mayfail]`), or
a test that failed and then skipped (GoogleTest, pytest's sub-tests, Catch2's SKIP): tools count the
second kind among the suite's failures and the first kind not. A status or a child element that is
in no table is never green; the suite's counts say whether it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.text import count


@dataclass(slots=True, eq=False)
class Open:
    """A test whose status its own entry leaves open."""

    result: Result
    kind: str  # "expected-failure", or of what kind the word is that is in no table
    word: str = ""
    hinted: bool = False  # something else says that the failure was expected

    @property
    def failures(self) -> int:
        """How many failures its elements stand for."""
        return max(1, sum(detail.kind != "skipped" for detail in self.result.details))

    def decided(self, summary: ReportSummary, *, red: bool) -> Result:
        """Return the result with its status: never green."""
        result = self.result
        if self.kind != "expected-failure":
            result.status = summary.unknown_word(
                self.kind,
                self.word,
                red=red,
            )
            result.raw_status = self.word.strip("<>")
            kind = "skipped"
            if red:
                kind = "error"
            words = f"the {self.kind} {self.word!r} is not known"
            result.details = (*result.details, Detail(kind, words))
        elif red and not self.hinted:
            result.status, result.raw_status = Status.FAILED, ""
        return result


@dataclass(slots=True)
class Suite:
    """A suite that is open: what it claims, and what its entries have shown so far.

    One record, because the two sides are compared number by number when it ends.
    """

    name: str
    claimed: int = 0  # failures and errors
    errors: int = 0
    skips_claimed: int = 0
    tests: int = 0  # claimed
    counts: bool = False  # whether it claims anything of failures, be it that there is none
    line: int = 0
    shown: int = 0  # failures, in elements
    skips_shown: int = 0
    began: int = 0  # the report's tests before it
    opened: list[Open] = field(default_factory=list)
    problems: list[Detail] = field(default_factory=list)  # of the suite itself
    output: list[str] = field(default_factory=list)

    @property
    def claims(self) -> str:
        """What it claims, in words."""
        failures = self.claimed - self.errors
        told = []
        if failures > 0:
            told.append(count(failures, "failure"))
        if self.errors and self.claimed >= self.errors:
            told.append(count(self.errors, "error"))
        return " and ".join(told)

    def decide(self, summary: ReportSummary) -> Iterator[Result]:
        """Yield what is open: failed if the suite claims more failures than its other entries
        show.
        """
        for opened in self.opened:
            missing = self.claimed - self.shown - len(self.problems)
            silent = not self.counts and self.skips_claimed <= self.skips_shown
            red = missing > 0 or (silent and opened.kind != "expected-failure")
            result = opened.decided(summary, red=red)
            if result.status is Status.SKIPPED:
                self.skips_shown += 1
            yield result
        # counted behind the last: all of them or none
        self.shown += sum(opened.failures for opened in self.opened if opened.result.status.is_red)
        self.opened.clear()
