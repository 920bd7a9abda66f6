"""Uploads that make something in one place go one after the other: two that make the same missing
case at once would make it twice. What one of them sent last, and was killed, may still be applied:
the next one waits for that too. A machine agrees by a lock, a fleet by the server of its budget.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from testferry.errors import TestferryError, TryLater
from testferry.events import Told
from testferry.journal import Journal, Store, fingerprint, one_at_a_time, upload_of
from testferry.pace.slots import Slots
from testferry.route import Route
from testferry.settings.files import journal_folder
from testferry.settings.options import Speed
from testferry.workplace import Workplace

LOOKS = 0.2  # seconds between two looks whether the other one has ended
TOLD_AGAIN = 30.0  # seconds: CI systems kill silent jobs
LONGEST = 1800.0  # seconds without --max-time: who holds its turn longer than this hangs
LEASE = 300.0  # seconds without a request, after which a fleet takes an upload for dead
_ANOTHER = "another upload makes or changes what this one fills, one goes after the other"


@contextlib.contextmanager
def turn(
    workplace: Workplace,
    journal: Journal,
    route: Route,
    speed: Speed,
    fleet: Slots,
) -> Iterator[None]:
    """This upload's turn; to enter it may take some time, and raise TryLater."""
    queue = Queue.of(workplace, speed.max_time, _ANOTHER)
    with contextlib.ExitStack() as held:
        for place in route.service.makes_in(route.target.describe()):
            word = fingerprint(route.url, place)[:16]
            held.enter_context(_here(queue, journal, word, speed.settle))
            held.enter_context(_everywhere(queue, journal, word, speed.settle, fleet))
        yield


@contextlib.contextmanager
def _here(
    queue: Queue,
    journal: Journal,
    word: str,
    settle: float,
) -> Iterator[None]:
    """The turn among the uploads of this machine."""
    with one_at_a_time(journal_folder() / f"making-{word}.lock", queue.wait) as seat:
        before = Path(seat.before())
        if before.name and before != journal.path:
            rest = _of_another(before, queue.workplace.clock.wall(), settle)
            queue.rest(rest, f"what upload {upload_of(before)} sent last may still be applied")
        seat.take(str(journal.path))
        yield


@contextlib.contextmanager
def _everywhere(
    queue: Queue,
    journal: Journal,
    word: str,
    settle: float,
    fleet: Slots,
) -> Iterator[None]:
    """The turn among the machines that share a server; the others wait for what we sent last."""
    word = f"making:{word}"
    # What is left of it when a process dies is longer than anything may still be applied.
    lease = max(LEASE, 2 * settle)
    while not fleet.claim(word, lease, journal.header.marker):
        queue.wait()
    try:
        yield
    finally:
        fleet.release(word, max(0.0, _may_come(journal, queue.workplace.clock.wall(), settle)))


def _of_another(path: Path, now: float, settle: float) -> float:
    """Seconds for which the service may still apply what another upload sent, and nobody knows.

    It may have been killed while it changed what this one is about to read.
    """
    try:
        with Store(path.parent).open(upload_of(path), write=False) as journal:
            return _may_come(journal, now, settle)
    except TestferryError:  # it is forgotten, or damaged
        return 0.0


def _may_come(journal: Journal, now: float, settle: float) -> float:
    left = [row.left_at or 0.0 for row in journal.submissions() if row.unsettled]
    return min(settle, max(left, default=0.0) + settle - now)


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

    def rest(self, seconds: float, why: str) -> None:
        """Wait as long, for another reason."""
        until = self.workplace.clock.now() + seconds
        before, self.another = self.another, why
        while self.workplace.clock.now() < until:
            self.wait()
        self.another = before
