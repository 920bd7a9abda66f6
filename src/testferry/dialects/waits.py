"""The arithmetic of waits: how long after which attempt, and drawn from which range."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_WAIT = 3600.0  # a single longer wait ends the upload with the time to come back
SHORTEST_WAIT = 1.0  # no hot loop, whatever the server says
JITTER = 1.1
_MOST_DOUBLINGS = 64  # beyond it every cap is reached, and the power would overflow


@dataclass(frozen=True, slots=True)
class Wait:
    """One named wait of a dialect: ``base * factor ** (n - 1)`` seconds after the n-th send."""

    base: float = 1.0
    factor: float = 2.0
    # seconds, the longest
    cap: float = 60.0
    # sends in all
    attempts: int = 5
    # named by the service's documents: a ``wait`` in CONTRACT's words, not a ``retry``
    directed: bool = False

    def after(self, attempt: int) -> float:
        """Count the seconds to wait after the ``attempt``-th send (counted from 1) failed."""
        doublings = min(max(attempt, 1) - 1, _MOST_DOUBLINGS)
        return min(self.base * self.factor**doublings, self.cap)


def spread(seconds: float) -> tuple[float, float]:
    """Give the range that a wait is drawn from: [d, 1.1 d], d at least one second."""
    at_least = max(SHORTEST_WAIT, seconds)
    return at_least, round(at_least * JITTER, 6)
