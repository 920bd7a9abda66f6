"""Where a rate is shared: one small face with three homes. The memory of this process is here, the
sqlite file of a machine in ``shared``, the Redis of a fleet in ``fleet``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from testferry.dialects import Window
from testferry.pace.limits import MARGIN, Rate
from testferry.pace.pacer import Pacer

# how the address of a fleet's server begins
SCHEMES = ("redis", "rediss", "valkey", "valkeys")


class Slots:
    """The slots of one service's rate. ``now`` is in seconds of any monotonic clock.

    Whatever a home does not have, it leaves out.
    """

    @property
    def reaches_all(self) -> bool:
        """Whether what is done once is done once by all machines."""
        return False

    def take(
        self,
        windows: Iterable[Window],
        now: float,
    ) -> float:
        """Take a slot and return 0.0, or the seconds after which it pays to ask again."""
        raise NotImplementedError

    def paused(
        self,
        now: float,
    ) -> float:
        """Give the seconds for which nobody may leave, 0.0 if anybody may; takes no slot."""
        return 0.0

    def complete(
        self,
        now: float,
    ) -> None:
        """Stamp the oldest slot of ours: an answer is there, or was given up."""
        raise NotImplementedError

    def give_back(self) -> None:
        """Return the slot that was taken last: it is not needed after all."""
        raise NotImplementedError

    def pause(
        self,
        until: float,
    ) -> None:
        """Let nobody leave before ``until``."""
        raise NotImplementedError

    def count(
        self,
        requests: int,
        now: float,
    ) -> None:
        """Count requests that left in another way, as if they were complete now."""
        raise NotImplementedError

    def news(self) -> list[str]:
        """Give what the user is to be told, each line once."""
        return []

    def close(
        self,
        now: float | None = None,
    ) -> None:
        """Leave it to the others; with ``now``, what is still in flight is given up."""

    def claim(
        self,
        word: str,
        seconds: float,
        who: str = "",
    ) -> bool:
        """Take the turn at something that is to be done once. It is over when nothing is heard of
        us for so long; ``who`` is the one whose turn it is, over restarts.
        """
        return True

    def release(
        self,
        word: str,
        after: float = 0.0,
    ) -> None:
        """Give the turn back, after so many seconds."""

    def tell(
        self,
        word: str,
        said: str,
    ) -> None:
        """Let everybody know what was found."""

    def heard(
        self,
        word: str,
    ) -> str:
        """What another one has found; empty if nobody has told it."""
        return ""


@dataclass(slots=True)
class Memory(Slots):
    """The slots of this process alone."""

    _windows: tuple[Window, ...] = ()
    _pacer: Pacer = field(default_factory=lambda: Pacer(Rate()))
    _stamps: list[float] = field(default_factory=list)

    def take(
        self,
        windows: Iterable[Window],
        now: float,
    ) -> float:
        """Take a slot and return 0.0, or the seconds after which it pays to ask again."""
        wanted = tuple(windows)
        if wanted != self._windows:
            self._use(wanted, now)
        at = self._pacer.ready(now)
        if at <= now:
            self._pacer.leave(now)
            return 0.0
        return MARGIN if at == math.inf else at - now

    def complete(
        self,
        now: float,
    ) -> None:
        """Stamp a slot of ours."""
        if self._pacer.in_flight:
            self._pacer.complete(now)
            self._stamps.append(now)

    def give_back(self) -> None:
        """Count the slot all the same: it costs a window, and nobody else."""
        if self._pacer.in_flight:
            self._pacer.complete(-math.inf)

    def pause(
        self,
        until: float,
    ) -> None:
        """Let nobody leave before ``until``."""
        self._pacer.pause(until)

    def count(
        self,
        requests: int,
        now: float,
    ) -> None:
        """Count requests that left in another way."""
        for _ in range(requests):
            self._pacer.count(now, now)
            self._stamps.append(now)

    def _use(
        self,
        windows: tuple[Window, ...],
        now: float,
    ) -> None:
        """Go on with other windows: what left still counts."""
        flying = self._pacer.in_flight
        self._windows, self._pacer = windows, Pacer(Rate(windows))
        for stamp in self._stamps:
            self._pacer.count(now, stamp)
        for _ in range(flying):
            self._pacer.leave(now)
