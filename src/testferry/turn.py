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

LOOKS = 0.2  # seconds between two looks whether the other one has ended
TOLD_AGAIN = 30.0  # seconds: CI systems kill silent jobs
LONGEST = 1800.0  # seconds without --max-time: who holds its turn longer than this hangs
_ANOTHER = "another upload makes what is missing in this project, one goes after the other"


def turn(
    workplace: Workplace,
    route: Route,
    max_time: float | None,
) -> contextlib.AbstractContextManager[None]:
    """This upload's turn; to enter it may take some time, and raise TryLater."""
    place = route.service.makes_in(route.target.describe())
    if place is None:
        return contextlib.nullcontext()
    queue, word = Queue.of(workplace, max_time, _ANOTHER), fingerprint(route.url, place)[:16]
    return one_at_a_time(journal_folder() / f"making-{word}.lock", queue.wait)


@dataclass(slots=True)
class Queue:
    """Who waits until the others have had their turn. Times are monotonic seconds."""

    workplace: Workplace
    another: str  # what the other one does, in words
    ends: float
    end: str
    told: float = -math.inf

    @classmethod
    def of(
        cls,
        workplace: Workplace,
        max_time: float | None,
        another: str,
    ) -> Queue:
        """Wait from now on, for as long as the command may take."""
        now = workplace.clock.now()
        if max_time is None:
            return cls(workplace, another, now + LONGEST, "no end of it in half an hour")
        return cls(workplace, another, now + max_time, "the time of --max-time is over")

    def wait(self) -> None:
        """Say what is waited for, now and then; raise TryLater when it has taken too long."""
        now = self.workplace.clock.now()
        if now >= self.ends:
            raise TryLater(f"{self.end}: {self.another}", "run it again later")
        if now >= self.told + TOLD_AGAIN:
            self.told = now
            self.workplace.listener(Told(f"waiting: {self.another}", level=0))
        self.workplace.pause(LOOKS)
