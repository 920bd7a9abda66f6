"""The line that says what is waited for, until when, and why."""

from __future__ import annotations

import math

from testferry.clock import at_time
from testferry.events import Waiting
from testferry.text import seconds

_ONE_DIGIT = 10  # seconds


def waiting_in_words(event: Waiting, now: float) -> str:
    """Say how long it is from ``now`` on, epoch seconds: ``waiting 42 s, until 14:03:10: 429``."""
    left = max(0.0, event.at - now)
    return f"waiting {whole(left)}, {_until(event)}"


def waiting_in_the_log(event: Waiting) -> str:
    """The same for a line that is read later: ``waiting until 14:03:10: 429``."""
    return f"waiting {_until(event)}"


def _until(event: Waiting) -> str:
    return f"until {at_time(event.at)}: {event.reason}"


def whole(duration: float) -> str:
    """Say a duration of which no fractions are of interest: ``5 s``, ``3 min 20 s``."""
    rounded = math.ceil(duration)
    if rounded < _ONE_DIGIT:
        return f"{rounded} s"
    return seconds(rounded)
