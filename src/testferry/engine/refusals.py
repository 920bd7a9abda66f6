"""Is it this result that is refused, or would every one be? Pure.

A refused batch is halved until the bad result stands alone. But a run that was closed, a field that
the project requires, a wrong path are refused alike, whatever is sent, and halving them would end
in thousands of final rejections of good results. So:

* a result that stands alone is rejected for good only if the service took something since it began
  to refuse it; until then it is held back, and sent once more when something was taken, or when
  nothing else is left to send;
* refusals whose words speak of every result are believed at the second one;
* eight results that were each refused alone, and in the same words, are no coincidence any more;
* a batch of which everything is refused in the same words makes the upload suspicious: two more
  refusals of another batch, or the lack of one, end it, and everything stays pending.

"Alike" always means: since the service last took anything. What it took of a request that had left
before the first refusal says nothing of now: its run may have been closed in between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, auto

from testferry.engine.verdict import Rejected
from testferry.submission import Submission

ALIKE = "every result is refused alike; nothing was accepted since"
PROBES = 2
ALONE = 8  # so many results, each alone, are refused in the same words: no coincidence


class Fault(Enum):
    """Whose fault a refusal is."""

    EVERYBODYS = auto()  # whatever is sent would be refused
    ITS_OWN = auto()  # of this very result
    UNKNOWN = auto()  # it stands alone, and nothing else was taken yet
    SOMEBODYS = auto()  # of a result among others


def culprits_of(batch: Submission, verdict: Rejected) -> frozenset[int]:
    """The places of the results that the service names, as far as there are such places."""
    return frozenset(place for place in verdict.culprits if 0 <= place < batch.count)


@dataclass(slots=True)
class Refusals:
    """What was refused since the service last took results."""

    _left: int = 0  # requests so far
    _numbers: dict[int, int] = field(default_factory=dict)  # row -> which request it left with
    _taken: int = 0  # the latest request of which something was taken
    _alike: list[str] = field(default_factory=list)  # words that speak of every result
    _words: dict[int, list[str]] = field(default_factory=dict)  # root -> refusals since
    _sizes: dict[int, int] = field(default_factory=dict)  # root -> its results
    _since: dict[int, int] = field(default_factory=dict)  # root -> requests before its refusal
    _tried_alone: set[int] = field(default_factory=set)  # rows that were sent once more
    _alone: set[int] = field(default_factory=set)  # rows of one result that were refused since

    def whose(
        self,
        batch: Submission,
        verdict: Rejected,
        *,
        others_left: bool,
    ) -> Fault:
        """Whose fault a refusal of a batch, or of a part of one, is; it is noted."""
        root = batch.root or batch.id
        by_size = verdict.too_large and batch.count > 1
        known_why = by_size or verdict.unasked or bool(culprits_of(batch, verdict))
        if verdict.alike and self.speaks_of_all(verdict.reason):
            return Fault.EVERYBODYS
        if not known_why:
            self.refused(root, batch.count, verdict.reason)
            if batch.count == 1:
                self._alone.add(batch.id)
            if self.hopeless(others_left=others_left):
                return Fault.EVERYBODYS
        if batch.count > 1:
            return Fault.SOMEBODYS
        if known_why or self.is_its_own(root, batch.id):
            return Fault.ITS_OWN
        return Fault.UNKNOWN

    @property
    def an_open_question(self) -> bool:
        """Whether something was refused and nothing taken since: would everything be?"""
        return bool(self._words or self._alike)

    def leaves(self, row: int) -> None:
        """A batch leaves."""
        self._left += 1
        self._numbers[row] = self._left

    def accepted(self, row: int) -> bool:
        """The service took something of a batch: whatever it refused before that left is no pattern
        any more. Returns False if it had left before the refusals.
        """
        self._taken = max(self._taken, self._numbers.get(row, 0))
        if any(self._taken <= self._since[root] for root in self._words):
            return False
        self._alike.clear()
        self._alone.clear()
        self._words.clear()
        return True

    def refused(
        self,
        root: int,
        size: int,
        words: str,
    ) -> None:
        """A batch, or a part of one, was refused."""
        self._sizes.setdefault(root, size)
        self._since.setdefault(root, self._left)
        self._words.setdefault(root, []).append(words)

    def speaks_of_all(self, words: str) -> bool:
        """Whether these words, which speak of every result, were said often enough."""
        self._alike.append(words)
        return len(self._alike) >= PROBES and len(set(self._alike)) == 1

    def suspicious(self, root: int) -> bool:
        """Whether so much of a batch was refused that it is time to try another one."""
        return len(self._words.get(root, ())) >= self._bound(root)

    def hopeless(self, *, others_left: bool) -> bool:
        """Whether everything is refused in the same words; ``others_left``: other batches wait."""
        said = set()
        suspicious = len(self._alone) >= ALONE
        probed = 0
        for root, listed in self._words.items():
            said.update(listed)
            suspicious = suspicious or self.suspicious(root)
            if len(listed) >= PROBES or self._sizes[root] == 1:
                probed += 1
        if len(said) != 1 or not suspicious:
            return False
        return not others_left or probed > 1

    def is_its_own(self, root: int, submission: int) -> bool:
        """Whether a refusal of a single result is the result's own fault."""
        if self._taken > self._since.get(root, 0) or submission in self._tried_alone:
            return True
        self._tried_alone.add(submission)
        return False

    def _bound(self, root: int) -> int:
        """So many refusals would have found one bad result among the batch's."""
        size = max(2, self._sizes.get(root, 0))
        halvings = math.ceil(math.log2(size))
        return 2 * halvings + 8
