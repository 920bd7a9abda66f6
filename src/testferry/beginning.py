"""The main job: reports become an upload, or carry one on, or are there already."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from testferry import reports, scratch
from testferry.clock import day_and_time
from testferry.command import older_than, run_command
from testferry.delivery import deliver
from testferry.engine.actions import Extent
from testferry.engine.batching import Limits
from testferry.engine.conclude import summarise
from testferry.errors import NothingToUpload, TestferryError, TryLater, UsageProblem
from testferry.events import REHEARSAL, Told
from testferry.forecast import forecast
from testferry.identity import Change, Identity, changed, identify, lets_be
from testferry.ingest import Deadline, Ingest
from testferry.interruption import Interrupted, interruptible
from testferry.journal import (
    Header,
    Journal,
    JournalExists,
    Store,
)
from testferry.model import Status, Tally
from testferry.outcome import Outcome, Stop
from testferry.planning import keep_arrived, plan
from testferry.rehearsal import rehearse
from testferry.remains import came_to_nothing, failed_without_a_place, unsettled
from testferry.reports import Found, Watch, unwatched
from testferry.route import Destination, Route, route_to
from testferry.sending import end_early, header_of
from testferry.settings.options import Batching, Intent, Reading, Speed
from testferry.text import count
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


# --- upload


def start(workplace: Workplace, destination: Destination, task: Task) -> Outcome:
    """The main job. Raises UsageProblem; everything else that went wrong is in the outcome."""
    begun = _Beginning(workplace, destination, task)
    try:
        with interruptible(workplace.heed):
            begun.run()
    except UsageProblem:
        raise
    except Interrupted as interruption:
        reason = "interrupted before anything was sent"
        begun.outcome.stop = Stop(128 + interruption.number, reason)
    except TestferryError as problem:
        end_early(begun.outcome, problem)
    return begun.outcome


class _Beginning:
    """An upload at its start; ``outcome`` is what is known so far, whatever ends it."""

    def __init__(self, workplace: Workplace, destination: Destination, task: Task) -> None:
        self.workplace = workplace
        self.destination = destination
        self.task = task
        self.outcome = Outcome(target=destination.name)
        self.until = math.inf  # of the clock: what is not read by then is not read
        self.differs = ""  # why these reports are another upload than an equal one
        self.plans = workplace.store  # where new uploads are planned

    def run(self) -> None:
        """The tests if there is a COMMAND, then their reports."""
        intent = self.task.intent
        route = route_to(self.destination, rehearsed=intent.dry_run, spooled=intent.spool)
        begun = self.workplace.clock.wall()
        if self.task.command is not None:
            self.outcome.command_code = run_command(
                self.task.command,
                to_error=self.task.one_document,
            )
        watch: Watch = unwatched
        if self.task.speed.max_time is not None:
            self.until = self.workplace.clock.now() + self.task.speed.max_time
            watch = Deadline(self.until, self.workplace.clock)
        try:
            found = self._find(watch, begun)
        except NothingToUpload:
            if not self.task.allow_empty:
                raise
            return
        try:
            if not found.sources:
                self.outcome.reports = found.summaries()
            elif intent.dry_run:
                self._rehearse(route, found)
            else:
                self._upload(route, found)
        finally:
            found.close()

    def _find(self, watch: Watch, begun: float) -> Found:
        """The reports; behind a COMMAND only those that were written since it began."""
        if self.task.command is None:
            return reports.find(self.task.arguments, watch=watch)
        found = reports.find(self.task.arguments, watch=watch, is_old=older_than(begun))
        if found.old:
            self._say(f"{count(found.old, 'report')} older than the command: left out")
        return found

    def _upload(self, route: Route, found: Found) -> None:
        """What is unfinished is carried on, what is done is said to be; else plan, then send."""
        target, store = route.target, self.workplace.store
        who = identify(
            route.service.name,
            route.url,
            target.identity(),
            target.earlier_identity(),
            found.sources,
            found.watch,
            just_run=self.task.command is not None,
        )
        if not self.task.intent.again:
            for upload_id in store.known(who.word, who.earlier_word):
                if self._take_up(upload_id, who, route, found):
                    return
            self._say_that_it_differs()
        try:
            journal = self.plans.create(self._header(route, self._new_id(who.word), who))
        except JournalExists:  # another process began it, and ended, since it was looked for
            self._upload(route, found)
            return
        with journal:
            self._plan_and_send(journal, route, found)

    def _plan_and_send(
        self,
        journal: Journal,
        route: Route,
        found: Found,
        before: Journal | None = None,
    ) -> None:
        """A new upload; ``before`` is one of the same reports, of which what arrived stays so."""
        ingest = self._plan(journal, route, found, before)
        if not ingest.results:
            journal.discard()
            return
        journal.commit_plan(ingest.summaries, ingest.tests, ingest.failed, ingest.excluded)
        if self.task.intent.dry_run:
            self._foresee_new(journal, route)
            return
        if before is not None:
            before.discard()
        if self.task.intent.spool:
            self._keep(summarise(journal, Outcome()))
            return
        self._keep(deliver(self.workplace, journal, route, self._speed_left()))
        refused = self.outcome.stop.refused
        if refused and came_to_nothing(journal, route.target):
            journal.discard()
            self.outcome.upload_id = ""

    def _rehearse(self, route: Route, found: Found) -> None:
        """What the command would do. Journals are read and none is touched; what would be planned
        is planned in a place of its own.
        """
        with scratch.directory() as place:
            self.plans = Store(place)
            self._upload(route, found)

    def _foresee_new(self, journal: Journal, route: Route) -> None:
        """What would be sent of a new plan; where the service is asked for it, it is."""
        if route.target.plans_later:
            speed = self._speed_left()
            self._keep(deliver(self.workplace, journal, route, speed, extent=Extent.PLAN))
        else:
            self._keep(summarise(journal, Outcome()))
        self._foresee(journal, route)

    def _foresee(self, journal: Journal, route: Route) -> None:
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
        before: Journal | None = None,
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
        arrived = None
        if before is not None:
            arrived = keep_arrived(before, journal)
        plan(journal, target, ingest, limits, arrived)
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

    def _take_up(self, upload_id: str, who: Identity, route: Route, found: Found) -> bool:
        """Carry an upload on, or say that it is done. Returns False if these reports are no part of
        it: they are a new run of the tests.
        """
        try:
            write = not self.task.intent.dry_run
            journal = self.workplace.store.open(upload_id, write=write)
        except TryLater:  # another process is at it
            with self.workplace.store.open(upload_id, write=False) as seen:
                if who.is_of_the_same_files(seen.header):
                    raise
            return False
        with journal:
            if journal.unfinished() and self.task.intent.spool:
                self._keep(summarise(journal, Outcome()))
                return True
            if journal.unfinished():
                return self._carry_on(journal, route, found, who)
            if route.service.embedded:
                return False
            return self._take_as_done(journal, who, route, found)

    def _take_as_done(
        self,
        journal: Journal,
        who: Identity,
        route: Route,
        found: Found,
    ) -> bool:
        """A finished upload: is it this one, and is there something left to do all the same?"""
        change, told = changed(journal.header, route.target, self.task.reading.exclude_status)
        counts = journal.counts()
        if self.task.intent.retry_rejected and counts.rejected + counts.unmatched:
            self._plan_rest(journal, route, found)
            return True
        if not who.is_done_by(journal.header):
            self._differs(journal, who.newer(journal.header))
            return False
        if change is Change.RESULTS:  # the same results in another shape are another upload
            if not counts.rejected:
                self._differs(journal, f"other then: {told}")
                return False
            self._plan_rest(journal, route, found)
            return True
        if counts.unmatched and not lets_be(journal.header, route.target):
            self._say_that_it_differs()
            self._look_up_again(journal, who, route)
            return True
        if told:
            self._say(f"it keeps its {told} of then; --again sends these reports once more")
        self._keep(summarise(journal, Outcome()))
        self.outcome.already = journal.header.created
        return True

    def _say_that_it_differs(self) -> None:
        if self.differs:
            self._say(self.differs)

    def _differs(self, journal: Journal, why: str) -> None:
        """Equal results went there already: what the latest of these uploads differs in."""
        if not why or self.differs or not journal.counts().accepted:
            return
        header, run = journal.header, journal.run()[0]
        where = f"into run {run}" if run else f"to {header.target}"
        self.differs = (
            f"the same results went {where} at {day_and_time(header.created)} (upload "
            f"{header.upload_id}); {why}, so they are uploaded once more"
        )

    def _carry_on(self, journal: Journal, route: Route, found: Found, who: Identity) -> bool:
        """An unfinished upload, with the options of now as far as they can still be heeded."""
        change, told = changed(journal.header, route.target, self.task.reading.exclude_status)
        upload_id, dry_run = journal.header.upload_id, self.task.intent.dry_run
        if change is not Change.NONE and came_to_nothing(journal, route.target):
            self._say(f"upload {upload_id} had sent nothing: it is planned anew (other {told})")
            if not dry_run:
                journal.discard()
            return False
        if change is Change.RESULTS:
            if unsettled(journal) and not self._settle(journal, route, told):
                return True
            self._say(f"upload {upload_id}: what is not sent yet is planned anew (other {told})")
            self._plan_rest(journal, route, found)
            return True
        run = journal.run()[0]
        if change is Change.RUN_STAYS and run:
            self._say(
                f"upload {upload_id} is carried on: run {run} is made already, so its {told} "
                "stays as it is (--again makes a new one)"
            )
        if not who.is_done_by(journal.header):  # once it is done, it is also of this command
            if not dry_run:
                journal.remember_command(who.attempt, [list(file) for file in who.files])
            begun = day_and_time(journal.header.created)
            self._say(
                f"upload {upload_id} of {begun} has the same results and is unfinished: it is "
                "carried on (--again uploads them once more)"
            )
        elif dry_run:
            self._say(f"upload {upload_id} is unfinished: it is carried on")
        as_planned = self._as_planned(journal, route)
        if dry_run:
            self._keep(summarise(journal, Outcome()))
            self._foresee(journal, as_planned)
            return True
        self._keep(deliver(self.workplace, journal, as_planned, self._speed_left()))
        return True

    def _as_planned(self, journal: Journal, route: Route) -> Route:
        """With the options with which it was planned; the user is the one of now."""
        options = route.target.carried(journal.header.options, made=bool(journal.run()[0]))
        return replace(route, target=self._route(options).target)

    def _route(self, options: Mapping[str, object]) -> Route:
        """The same way with other options."""
        destination = self.destination.with_options(options)
        return route_to(destination, rehearsed=self.task.intent.dry_run)

    def _settle(self, journal: Journal, route: Route, told: str) -> bool:
        """Find out what became of what may have been applied, and send nothing else: only then it
        is known what can be planned anew. Returns whether it is known.
        """
        upload_id = journal.header.upload_id
        self._say(
            f"upload {upload_id} was begun with another {told}; first: what became of its requests"
        )
        if self.task.intent.dry_run:
            return True
        as_planned, speed = self._as_planned(journal, route), self._speed_left()
        self._keep(deliver(self.workplace, journal, as_planned, speed, extent=Extent.DOUBT))
        if not unsettled(journal):
            return True
        stop = self.outcome.stop
        if not stop.code:
            hint = "--in-doubt resend or drop decides it; without the new options it is carried on"
            reason = "what is in doubt can not be planned anew"
            self.outcome.stop = Stop(TryLater.exit_code, reason, hint)
        return False

    def _speed_left(self) -> Speed:
        """How fast, in the time that is left of the command's."""
        speed = self.task.speed
        if speed.max_time is None:
            return speed
        return replace(speed, max_time=max(0.0, self.until - self.workplace.clock.now()))

    def _say(self, words: str) -> None:
        self.workplace.listener(Told(words, level=0))

    def _plan_rest(self, before: Journal, route: Route, found: Found) -> None:
        """What did not arrive yet is planned anew, into the same run; what arrived stays so."""
        run_id, _ = before.run()
        if run_id and route.service.has_runs:
            route = self._route(route.service.in_run(route.target.describe(), run_id))
        header = before.header
        upload_id = self._new_id(header.fingerprint)
        renewed = replace(
            header_of(self.workplace, route, upload_id, header.fingerprint, self.task.speed),
            place=header.place,
            attempt=header.attempt,
            sources=header.sources,
            excluded=list(self.task.reading.exclude_status),
        )
        with self.plans.create(renewed) as journal:
            self._plan_and_send(journal, route, found, before)

    def _look_up_again(self, before: Journal, who: Identity, route: Route) -> None:
        """Tests without a case may have one by now: they, and only they, go into the run of the
        upload before.
        """
        options = route.target.describe()
        run_id, _ = before.run()
        if run_id:
            options = route.service.in_run(options, run_id)
        route = self._route(options)
        upload_id = self._new_id(before.header.fingerprint)
        with self.plans.create(self._header(route, upload_id, who)) as journal:
            tests = Tally()
            for items in before.unmatched():
                journal.hold(items)
                for label in items.labels:
                    tests.add(Status(label.status))
            journal.plan_all(route.target.openings(tests, 0.0, journal.header.marker))
            journal.plan_all(route.target.closings())
            journal.commit_plan(before.reports(), tests, failed_without_a_place(before))
            if self.task.intent.dry_run:
                self._foresee_new(journal, route)
                return
            self._keep(deliver(self.workplace, journal, route, self.task.speed))

    def _new_id(self, word: str) -> str:
        """What a new upload is called."""
        if self.task.intent.dry_run:
            return REHEARSAL
        return self.workplace.store.next_id(word)[0]

    def _header(self, route: Route, upload_id: str, who: Identity) -> Header:
        header = header_of(self.workplace, route, upload_id, who.word, self.task.speed)
        return replace(
            header,
            place=dict(who.place),
            attempt=who.attempt,
            sources=[list(file) for file in who.files],
            excluded=list(self.task.reading.exclude_status),
        )

    def _keep(self, outcome: Outcome) -> None:
        self.outcome = replace(outcome, command_code=self.outcome.command_code)
