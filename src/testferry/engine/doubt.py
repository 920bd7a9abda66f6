"""What became of a request whose answer was lost? When to look, and what a look proves. Pure.

One rule, paid for with doubled results:

    "There" counts at the first look. "Not there" counts only after two looks and the settling time
    since the request left, because the service may still be at work on it. An *answered* 500 is
    finished at the service: two looks are enough, some seconds apart, because what the service
    shows may lag behind what it has. Once such a lag was seen, the whole settling time passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There
from testferry.submission import Happening, Submission

# Seconds after the request left; what is there is mostly seen at the first look.
LOOKS = (1.0, 5.0, 15.0, 45.0, 90.0)
ENOUGH_LOOKS = 2
# So many times a row was answered with a success that says nothing of it, and was not there: a
# further try would be answered in the same way.
ENOUGH_ANSWERS = 2
NEVER_THERE = "each time it was not there afterwards"
# What the user says of batches that no look can settle, and what becomes of their words.
DECIDED = {
    "drop": (Happening.DROPPED, "given up, and may be there: "),
    "accept": (Happening.THERE, "there, as the user says: "),
}
RESEND = "--in-doubt resend"  # what makes it anew, if no look will ever tell
_UNCLEAR = "unclear"  # what a row keeps: how many answers said nothing of it
LOOKS_THAT_FAIL = 6  # then looking is given up for this time


def noted(row: Submission, *, unclear: bool) -> dict[str, Any]:
    """What a row keeps of an answer that leaves it in doubt, for later processes too."""
    if not unclear:
        return row.remote
    return {**row.remote, _UNCLEAR: row.remote.get(_UNCLEAR, 0) + 1}


def enough(
    row: Submission,
    finding: NotThere,
    tries_before: Mapping[int, int],
) -> bool:
    """Whether so many answers said nothing of a row that one more try would tell nothing.

    Where a further try does no harm, each process makes one.
    """
    many = bool(row.remote.get(_UNCLEAR, 0) >= ENOUGH_ANSWERS)
    if finding.retry_at_once:
        return many and row.attempts > tries_before[row.root or row.id]
    return many


class Proof(Enum):
    """What is known after a look."""

    THERE = auto()
    NOT_THERE = auto()
    IN_PART = auto()
    NOTHING_YET = auto()  # look again
    NONE = auto()  # no look will tell


@dataclass(slots=True)
class Doubt:
    """What is known of a submission that may have been applied. Times are monotonic seconds."""

    left: float
    next_look: float
    resend_at: float
    # The service may still be at work on it: only the settling time proves that it is not there.
    working: bool
    exhausted: bool = False  # the attempts are used up: if it is not there, it is put aside
    looks: int = 0
    failed_looks: int = 0
    partly: frozenset[int] | None = None
    blind: bool = False  # no later look will tell either

    def looked(  # noqa: PLR0911 - one return for each proof
        self,
        finding: Finding,
        now: float,
        settle: float,
    ) -> Proof:
        """What the look proves; if it proves nothing yet, the next one is planned."""
        self.looks += 1
        settled = now >= self.left + settle
        match finding:
            case There():
                return Proof.THERE
            case NotThere(retry_at_once=True):
                return Proof.NOT_THERE
            case NotThere():
                self.partly = None
                if self._believed(settled=settled):
                    return Proof.NOT_THERE
            case PartlyThere():
                if self.partly == finding.found and self._believed(settled=settled):
                    return Proof.IN_PART
                # Two replicas that disagree for ever prove nothing: each change is a look that
                # failed.
                self.failed_looks += self.partly not in (None, finding.found)
                self.partly = finding.found
                if settled and self.failed_looks >= LOOKS_THAT_FAIL:
                    return Proof.NONE
            case CannotTell():
                self.failed_looks += 1
                self.working = self.working or finding.lagging
                self.blind = not finding.again
                if not finding.again or (settled and self.failed_looks >= LOOKS_THAT_FAIL):
                    return Proof.NONE
        self.next_look = max(
            self._planned(now, settle),
            now + finding_wait(finding),
        )
        return Proof.NOTHING_YET

    def _believed(self, *, settled: bool) -> bool:
        """Whether "not there" may be believed."""
        return self.looks >= ENOUGH_LOOKS and (settled or not self.working)

    def _planned(self, now: float, settle: float) -> float:
        if self.looks < len(LOOKS):
            planned = self.left + LOOKS[self.looks]
        else:
            planned = self.left + LOOKS[-1] * self.looks
        last_needed = self.left + settle
        if now < last_needed:
            planned = min(planned, last_needed)
        elif self.failed_looks < LOOKS_THAT_FAIL:
            planned = now
        return max(now + LOOKS[0], planned)


def finding_wait(finding: Finding) -> float:
    """Seconds that the service itself asked for before the next look."""
    if isinstance(finding, CannotTell):
        return finding.wait
    return 0.0
