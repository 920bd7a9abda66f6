"""Which try of a submission is it? Patience belongs to the process: what an earlier one used up is
not taken from this one. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from testferry.submission import Submission

MOST_TRIES = 5  # then results that the service wants later are put aside


def made_before(rows: Iterable[Submission]) -> Counter[int]:
    """How often each batch, or a part of it, left in earlier processes, by its root."""
    made: Counter[int] = Counter()
    for row in rows:
        root = row.root or row.id
        made[root] = max(made[root], row.attempts)
    return made


@dataclass(slots=True)
class Tries:
    """The tries of each row, by its id."""

    _made: dict[int, int] = field(default_factory=dict)
    _accepted: int = 0  # submissions so far
    _accepted_before: dict[int, int] = field(default_factory=dict)  # when a limit met this row

    def leaves(self, row: int) -> None:
        """A row is sent."""
        self._made[row] = self._made.get(row, 0) + 1

    def of(self, row: int) -> int:
        """Which try of a row is out; the first if it never left."""
        return self._made.get(row, 1)

    def accepted(self) -> None:
        """The service took something."""
        self._accepted += 1

    def meets_a_limit(self, row: int) -> None:
        """A row is told to wait. If the limit let others through since it was told so before, it is
        not this row's trouble: its tries begin anew.
        """
        if self._accepted_before.get(row, self._accepted) < self._accepted:
            self._made[row] = 1
        self._accepted_before[row] = self._accepted
