"""What is known of an upload while it runs: a service reads it, the loop writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from testferry.cache import Cache
from testferry.dialects.headers import service_time
from testferry.engine.queues import Queues
from testferry.journal import Journal
from testferry.submission import Kind, State, Submission

NO_SERVICE_CLOCK = 86400.0  # seconds looked back if no answer ever told the service's time
DATES_ARE_WHOLE = 3.0  # a Date header is cut to the second, and an answer takes its time


@dataclass(slots=True)
class ServiceClock:
    """The service's own time: its last ``Date`` and the monotonic seconds since.

    Our wall clock takes no part in it: it may be wrong, and be set right at any moment.
    """

    _date: float = 0.0
    _heard: float | None = None

    def heed(
        self,
        headers: Mapping[str, str],
        now: float,
    ) -> None:
        """An answer tells the time, if it does."""
        theirs = service_time(headers)
        if theirs is not None:
            self._date = theirs
            self._heard = now

    @property
    def told(self) -> float | None:
        """What the last answer told, epoch seconds."""
        return None if self._heard is None else self._date

    def at(self, now: float) -> float | None:
        """Epoch seconds, rounded down to be safe; None if the service never told its time."""
        if self._heard is None:
            return None
        return self._date + (now - self._heard) - DATES_ARE_WHOLE


@dataclass(slots=True)
class Ledger:
    """`step.Book` of one upload."""

    journal: Journal
    queues: Queues
    cache_of: Cache
    wall: Callable[[], float]
    clock: ServiceClock = field(default_factory=ServiceClock)
    run: dict[str, object] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    newest_result: int = 0

    @property
    def marker(self) -> str:
        return self.journal.header.marker

    @property
    def started(self) -> float:
        return self.journal.header.created

    @property
    def total(self) -> int:
        return self.journal.counts().total

    def lane(self, submission: Submission) -> Submission:
        return self.queues.get(submission.lane or 0)

    def lanes(self) -> list[Submission]:
        return self.queues.lanes.all

    def confirmed(self, lane: int) -> int:
        return self.queues.lanes.confirmed.get(lane, 0)

    def confirmed_items(self) -> int:
        return self.queues.confirmed_items

    def others_open(self, submission: Submission) -> list[Submission]:
        return self.queues.others_open(submission)

    def arrived(self) -> list[Submission]:
        return self.queues.arrived()

    def openings(self, name: str) -> list[Submission]:
        return [opening for opening in self.queues.openings if opening.name == name]

    def unsettled(self) -> bool:
        return self.queues.unsettled()

    def service_time(self, submission: Submission) -> float:
        if submission.there_at is not None:
            return submission.there_at
        return (submission.left_at or 0.0) - NO_SERVICE_CLOCK

    def since_left(self, submission: Submission) -> float:
        if self.clock.told is not None and submission.there_at is not None:
            return self.clock.told - submission.there_at
        return self.wall() - (submission.left_at or 0.0)

    def key_age(self, submission: Submission) -> float:
        first = submission.key_at or submission.left_at
        if first is None:
            return 0.0
        return max(0.0, self.wall() - first)

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        for row in self.journal.submissions():
            if row.kind is Kind.BATCH and row.lane == lane and row.state is State.SENT:
                yield from self.journal.items(row.id).wire

    def cached(self, key: str) -> Mapping[str, object]:
        return self.cache_of.get(key)

    def cache(
        self,
        key: str,
        document: Mapping[str, object],
    ) -> None:
        self.cache_of.put(key, document)

    def remember_results(self, submission: Submission) -> None:
        """The service's ids of results, for the files that belong to them."""
        told = submission.remote.get("results")
        if submission.kind is Kind.BATCH and submission.state is State.SENT and told:
            self.results.update({case: str(number) for case, number in told.items()})
            numbers = [number for number in told.values() if isinstance(number, int)]
            self.newest_result = max([self.newest_result, *numbers])
