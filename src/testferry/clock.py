"""The one place where time comes from."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic time for waits, wall time for what must survive a restart. Both in seconds."""

    def now(self) -> float:
        """Give monotonic time."""
        ...

    def wall(self) -> float:
        """Give the time since the epoch."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Give monotonic time; jumps of the wall clock do not touch it."""
        return time.monotonic()

    def wall(self) -> float:
        """Give the time since the epoch."""
        return time.time()


def pause(seconds: float) -> None:
    """Let time pass; a signal ends it."""
    time.sleep(seconds)


def at_time(wall: float) -> str:
    """Say a moment for people, in local time: ``14:03:10``."""
    return time.strftime("%H:%M:%S", time.localtime(wall))


def to_the_second(wall: float) -> str:
    """Say a moment for a log: ``2026-11-21T14:03:10+0100``."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(wall))


def day_and_time(wall: float) -> str:
    """Say a moment for people, in local time: ``2026-11-21 14:03``."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(wall))
