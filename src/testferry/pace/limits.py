"""Limits of a service: windows, our share of them, and the words in which a refusal names one.
Pure.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from testferry.dialects import Window

MARGIN = 0.25  # seconds added to every window: clocks and schedulers are not exact
LONGEST_PAUSE = 86400.0  # seconds; a gate further away was not closed by a testferry of this boot
_ROUNDING = 1e-9  # 0.8 of 10 is 8, whatever binary fractions say
_STATED = re.compile(rb"(\d{1,6}) per (second|minute|hour) maximum")
_SPANS = {b"second": 1.0, b"minute": 60.0, b"hour": 3600.0}
_NAMES = {1.0: "s", 60.0: "min", 3600.0: "h"}
_LONGEST_REFUSAL = 4096  # bytes of an answer that are searched


@dataclass(frozen=True, slots=True)
class Rate:
    """What the user or the dialect allows."""

    windows: tuple[Window, ...] = ()
    # of every window: others use the service too
    share: float = 1.0
    # seconds between two requests
    min_interval: float = 0.0

    def effective(self) -> tuple[Window, ...]:
        """Give the windows at our share of them."""
        return tuple(our_share(window, self.share) for window in self.windows)

    def __str__(self) -> str:
        """Say it for people: ``144 per min, 80% of 180``."""
        if not self.windows:
            return "no limit known"
        words = " and ".join(f"{one.limit} per {span(one.per)}" for one in self.effective())
        if self.share < 1:
            whole = " and ".join(f"{one.limit}" for one in self.windows)
            words += f", {self.share:.0%} of {whole}"
        return words


def our_share(window: Window, share: float) -> Window:
    """Give a share of a window, never less than one request."""
    limit = math.floor(window.limit * share + _ROUNDING)
    return Window(max(1, limit), window.per)


def stated_limit(body: bytes) -> Window | None:
    """Find the limit that a refusal names: TestRail's "180 per minute maximum allowed".

    Returns None if it names none.
    """
    match = _STATED.search(body[:_LONGEST_REFUSAL])
    if match is None or int(match[1]) == 0:
        return None
    return Window(int(match[1]), _SPANS[match[2]])


_LONG = 10.0  # seconds; of a longer window no fractions are said


def span(per: float) -> str:
    """Name a window's length: ``min``, ``5s``; one that was learned is no neat number."""
    digits = 1
    if per >= _LONG:
        digits = 0
    return _NAMES.get(per, f"{round(per, digits):g}s")
