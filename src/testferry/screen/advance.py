"""How far an upload is, and when it ends, for people: neither ever goes back. Pure."""

from __future__ import annotations

from testferry.events import Progressed

_NEARLY = 99  # per cent: what is not at its end yet
_LATER = 2.0  # seconds, and ...
_LATER_SHARE = 0.1  # ... of what is left: an end that moves away by less is the same


class Advance:
    """Of one upload of so many results.

    The bar follows the results that are settled, or the requests that are made: where cases are to
    be made first, the results come last and all at once.
    """

    def __init__(self, results: int) -> None:
        self.results = results
        self.percent = 0
        self._most_to_go = 0
        self._ends: float | None = None  # of the clock
        self._known = False

    def heed(self, event: Progressed, now: float) -> None:
        """Take what is known now."""
        if event.to_go > self._most_to_go:  # a plan that was made later: it begins anew
            self._most_to_go = event.to_go
            self.percent = 0
            self._ends = None
        self.percent = max(self.percent, self._share(event))
        self._estimate(event.left_s, now)

    def left(self, now: float) -> float | None:
        """Give the seconds that are left; None if nobody can tell."""
        if not self._known or self._ends is None or self._ends <= now:
            return None
        return self._ends - now

    def _share(self, event: Progressed) -> int:
        settled = event.accepted + event.rejected
        share = settled * 100 // max(1, self.results)
        made = self._most_to_go - event.to_go
        share = max(share, made * 100 // max(1, self._most_to_go))
        if event.to_go:
            share = min(share, _NEARLY)
        return share

    def _estimate(self, left: float | None, now: float) -> None:
        """An end that moves away (a pause, a slow answer) is not told until it is near again."""
        self._known = left is not None
        if left is None:
            return
        ends = now + left
        if self._ends is None:
            self._ends = ends
        late = ends - self._ends
        self._known = late <= max(_LATER, _LATER_SHARE * left)
        self._ends = min(self._ends, ends)
