"""What one ``upload`` command does with its reports: it plans an upload, and sends it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from testferry.delivery import deliver
from testferry.engine.actions import Extent
from testferry.engine.batching import Limits
from testferry.engine.conclude import summarise
from testferry.events import REHEARSAL, Told
from testferry.forecast import forecast
from testferry.identity import Identity
from testferry.ingest import Ingest
from testferry.journal import Header, Journal
from testferry.model import Status
from testferry.outcome import Outcome
from testferry.planning import Earlier, plan
from testferry.rehearsal import rehearse
from testferry.remains import came_to_nothing
from testferry.reports import Found
from testferry.route import Destination, Route, route_to
from testferry.sending import header_of
from testferry.settings.options import Batching, Intent, Reading, Speed
from testferry.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Task:
    """What ``upload`` is to do."""

    arguments: Sequence[str]
    reading: Reading = field(default_factory=Reading)
    batching: Batching = field(default_factory=Batching)
    intent: Intent = field(default_factory=Intent)
    speed: Speed = field(default_factory=Speed)
    allow_empty: bool = False
    command: Sequence[str] | None = None  # which writes the reports
    # standard output is for one JSON document
    one_document: bool = False


class Work:
    """The work of one command; ``outcome`` is what is known so far, whatever ends it."""

    def __init__(
        self,
        workplace: Workplace,
        destination: Destination,
        task: Task,
    ) -> None:
        self.workplace = workplace
        self.destination = destination
        self.task = task
        self.outcome = Outcome(target=destination.name)
        self.until = math.inf  # of the clock: what is not read by then is not read
        self.plans = workplace.store  # where new uploads are planned

    def plan_and_send(
        self,
        journal: Journal,
        route: Route,
        found: Found,
        earlier: Earlier | None = None,
    ) -> None:
        """A new upload, or what is left of an ``earlier`` one of the same reports."""
        ingest = self._plan(journal, route, found, earlier)
        if not ingest.results:
            journal.discard()
            return
        journal.commit_plan(ingest.summaries, ingest.tests, ingest.failed, ingest.excluded)
        before = None
        if earlier is not None:
            before = earlier.journal
        self.send(journal, route, before)

    def send(
        self,
        journal: Journal,
        route: Route,
        before: Journal | None = None,
    ) -> None:
        """Carry a new plan out, as far as the user wants it; it stands in for one ``before``."""
        if self.task.intent.dry_run:
            self._foresee_new(journal, route)
            return
        if before is not None:
            before.discard()
        if self.task.intent.spool:
            self.keep(summarise(journal, Outcome()))
            return
        self.keep(deliver(self.workplace, journal, route, self.speed_left()))
        refused = self.outcome.stop.refused
        if refused and came_to_nothing(journal, route.target):
            journal.discard()
            self.outcome.upload_id = ""

    def _foresee_new(self, journal: Journal, route: Route) -> None:
        """What would be sent of a new plan; where the service is asked for it, it is."""
        if route.target.plans_later:
            speed = self.speed_left()
            self.keep(deliver(self.workplace, journal, route, speed, extent=Extent.PLAN))
        else:
            self.keep(summarise(journal, Outcome()))
        self.foresee(journal, route)

    def foresee(self, journal: Journal, route: Route) -> None:
        """The requests that are left to send."""
        rows = sum(not row.state.final for row in journal.submissions())
        self.outcome.upload_id = ""
        rehearse(journal, route, self.outcome.named)
        if not self.outcome.stop.code:
            self.outcome.named.forecast = forecast(route, self.task.speed, rows)

    def _plan(
        self,
        journal: Journal,
        route: Route,
        found: Found,
        earlier: Earlier | None = None,
    ) -> Ingest:
        reading, batching, target = self.task.reading, self.task.batching, route.target
        merged = reading.merged
        if route.service.merges_attempts:
            merged = "last" if reading.merge_retries else None
        ingest = Ingest(
            found.take(),
            reading.format,
            merged or "all",
            reading.normalise_names,
            frozenset(Status(word) for word in reading.exclude_status),
            found.watch,
        )
        limits = Limits(
            batching.batch_size or target.batch_size,
            batching.batch_bytes or target.batch_bytes,
            target.overhead,
        )
        plan(journal, target, ingest, limits, earlier)
        ingest.summaries += found.summaries()
        self._note(ingest)
        return ingest

    def _note(self, ingest: Ingest) -> None:
        """What is read is part of the outcome."""
        self.outcome.reports = ingest.summaries
        self.outcome.figures.tests = ingest.tests
        self.outcome.figures.results.pending = ingest.results
        self.outcome.figures.results.excluded = ingest.excluded
        self.outcome.named.failed_tests = ingest.failed

    def with_options(self, options: Mapping[str, object]) -> Route:
        """The same way with other options."""
        destination = self.destination.with_options(options)
        return route_to(destination, rehearsed=self.task.intent.dry_run)

    def speed_left(self) -> Speed:
        """How fast, in the time that is left of the command's."""
        speed = self.task.speed
        if speed.max_time is None:
            return speed
        return replace(speed, max_time=max(0.0, self.until - self.workplace.clock.now()))

    def say(self, words: str) -> None:
        self.workplace.listener(Told(words, level=0))

    def new_id(self, word: str) -> str:
        """What a new upload is called."""
        if self.task.intent.dry_run:
            return REHEARSAL
        return self.workplace.store.next_id(word)[0]

    def header(self, route: Route, upload_id: str, who: Identity) -> Header:
        header = header_of(self.workplace, route, upload_id, who.word, self.task.speed)
        return replace(
            header,
            place=dict(who.place),
            attempt=who.attempt,
            sources=[list(file) for file in who.files],
            excluded=list(self.task.reading.exclude_status),
        )

    def keep(self, outcome: Outcome) -> None:
        self.outcome = replace(outcome, command_code=self.outcome.command_code)
