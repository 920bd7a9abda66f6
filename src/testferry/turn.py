"""Uploads that make something in one place go one after the other: two that make the same missing
case at once would make it twice.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

from testferry.errors import TryLater
from testferry.events import Told
from testferry.journal import fingerprint, one_at_a_time
from testferry.route import Route
from testferry.settings.files import journal_folder
from testferry.workplace import Workplace

ANOTHER = "another upload makes what is missing in this project, one goes after the other"
LOOKS = 0.2  # seconds between two looks whether the other one has ended
TOLD_AGAIN = 30.0  # seconds: CI systems kill silent jobs
LONGEST = 1800.0  # seconds without --max-time: who holds its turn longer than this hangs


def turn(
    workplace: Workplace,
    route: Route,
    max_time: float | None,
) -> contextlib.AbstractContextManager[None]:
    """This upload's turn; to enter it may take some time, and raise TryLater."""
    place = route.service.makes_in(route.target.describe())
    if place is None:
        return contextlib.nullcontext()
    now, word = workplace.clock.now(), fingerprint(route.url, place)[:16]
    if max_time is None:
        queue = _Queue(workplace, now + LONGEST, "no end of it in half an hour")
    else:
        queue = _Queue(workplace, now + max_time, "the time of --max-time is over")
    return one_at_a_time(journal_folder() / f"making-{word}.lock", queue.wait)


@dataclass(slots=True)
class _Queue:
    """Who waits until the others have had their turn. Times are monotonic seconds."""

    workplace: Workplace
    ends: float
    end: str
    told: float = -math.inf

    def wait(self) -> None:
        """Say what is waited for, now and then; raise TryLater when it has taken too long."""
        now = self.workplace.clock.now()
        if now >= self.ends:
            raise TryLater(f"{self.end}: {ANOTHER}", "run it again later")
        if now >= self.told + TOLD_AGAIN:
            self.told = now
            self.workplace.listener(Told(f"waiting: {ANOTHER}", level=0))
        self.workplace.pause(LOOKS)
