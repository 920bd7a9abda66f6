"""What becomes of an upload of the same reports that is there already: it is carried on, or it is
done, or these reports are another one.
"""

from __future__ import annotations

from dataclasses import replace

from testferry.clock import day_and_time
from testferry.delivery import deliver
from testferry.engine.actions import Extent
from testferry.engine.conclude import summarise
from testferry.engine.step import Steps
from testferry.errors import TestferryError, TryLater
from testferry.identity import Difference, Identity, changed, lets_be
from testferry.journal import Header, Journal
from testferry.outcome import Outcome, Stop
from testferry.planning import Earlier, keep_arrived
from testferry.remains import came_to_nothing, unsettled
from testferry.reports import Found
from testferry.route import Route
from testferry.submission import Kind, Submission
from testferry.work import Work

_JUST_RUN = "the tests have just been run"  # which nobody has to be told


class TakeUp:
    """The uploads of the same reports to the same place, one after the other."""

    def __init__(
        self,
        work: Work,
        who: Identity,
        route: Route,
        found: Found,
    ) -> None:
        self.work = work
        self.who = who
        self.route = route
        self.found = found
        self._differs = ""  # why these reports are another upload than an equal one

    def takes(self, upload_id: str) -> bool:
        """Carry an upload on, or say that it is done. Returns False if these reports are no part of
        it: they are a new run of the tests.
        """
        store, intent = self.work.workplace.store, self.work.task.intent
        try:
            journal = store.open(upload_id, write=not intent.dry_run)
        except TryLater:  # another process is at it
            with store.open(upload_id, write=False) as seen:
                if self.who.is_of_the_same_files(seen.header):
                    raise
            return False
        with journal:
            if journal.unfinished() and intent.spool:
                self.work.keep(summarise(journal, Outcome()))
                return True
            if journal.unfinished():
                return self._carry_on(journal)
            if self.route.service.embedded:
                return False
            return self._take_as_done(journal)

    def say_that_it_differs(self) -> None:
        """Say why equal results are sent once more, if some went there already."""
        if not self._differs:
            self._look_into_the_run()
        if self._differs:
            self.work.say(self._differs)
        elif self.work.task.intent.retry_rejected:
            self.work.say("no upload of these results with a rejected one is known here")

    def _look_into_the_run(self) -> None:
        """A run that is picked by its id is another place than the project it was made in: did an
        upload of late put these reports there?
        """
        store, run_id = self.work.workplace.store, self.route.target.describe().get("run_id")
        if not run_id:
            return
        for upload_id in store.latest():
            try:
                with store.open(upload_id, write=False) as journal:
                    if journal.run()[0] == run_id and self._is_of_these_reports(journal.header):
                        self._note_why(journal, "a run picked by its id is a place of its own")
            except TestferryError:  # what cannot be read says nothing
                continue

    def _is_of_these_reports(self, header: Header) -> bool:
        return header.url == self.route.url and self.who.is_done_by(header)

    # --- what is done

    def _take_as_done(self, journal: Journal) -> bool:
        """A finished upload: is it this one, and is there something left to do all the same?"""
        differing, counts = self._differing(journal), journal.counts()
        if self.work.task.intent.retry_rejected and counts.rejected + counts.unmatched:
            self._plan_rest(journal)
            return True
        if why := self._why_another(journal, differing):
            self._note_why(journal, why)
            return False
        if counts.rejected and differing.of_the_plan:
            self._plan_rest(journal)
        elif counts.unmatched and not lets_be(journal.header, self.route.target):
            self._look_up_again(journal)
        elif self._ends_otherwise(journal) and not counts.rejected + counts.in_doubt:
            self._plan_rest(journal)
        else:
            self._say_that_it_is_done(journal, differing)
        return True

    def _why_another(self, journal: Journal, differing: Difference) -> str:
        """Why these reports are another upload than one that is done; empty if they are not."""
        if not self.who.is_done_by(journal.header):
            return self.who.newer(journal.header) or _JUST_RUN
        if differing.of_results and not journal.counts().rejected:  # in another shape
            return f"other then: {differing.of_results}"
        return ""

    def _say_that_it_is_done(self, journal: Journal, differing: Difference) -> None:
        if differing.of_the_run:
            words = f"it keeps its {differing.of_the_run} of then"
            self.work.say(f"{words}; --again sends these reports once more")
        self.work.keep(summarise(journal, Outcome()))
        self.work.outcome.already = journal.header.created

    def _differing(self, journal: Journal) -> Difference:
        excluded = self.work.task.reading.exclude_status
        return changed(journal.header, self.route.target, excluded)

    def _note_why(self, journal: Journal, why: str) -> None:
        """Equal results went there already: what the latest of these uploads differs in."""
        if why == _JUST_RUN or self._differs or not journal.counts().accepted:
            return
        header, run = journal.header, journal.run()[0]
        where = f"into run {run}" if run else f"to {header.target}"
        self._differs = (
            f"the same results went {where} at {day_and_time(header.created)} (upload "
            f"{header.upload_id}); {why}, so they are uploaded once more"
        )

    # --- what is unfinished

    def _carry_on(self, journal: Journal) -> bool:
        """An unfinished upload, with the options of now as far as they can still be heeded."""
        differing = self._differing(journal)
        upload_id, told = journal.header.upload_id, differing.any
        if told and came_to_nothing(journal, self.route.target):
            self.work.say(f"upload {upload_id} had sent nothing: it is planned anew (other {told})")
            if not self.work.task.intent.dry_run:
                journal.discard()
            return False
        if differing.of_the_plan:
            if unsettled(journal) and not self._settle(journal, told):
                return True
            self.work.say(
                f"upload {upload_id}: what is not sent yet is planned anew (other {told})"
            )
            self._plan_rest(journal)
            return True
        self._say_that_it_is_carried_on(journal)
        self._say_what_stays(journal, told)
        self._send_as_planned(journal)
        return True

    def _say_that_it_is_carried_on(self, journal: Journal) -> None:
        header, dry_run = journal.header, self.work.task.intent.dry_run
        if not self.who.is_done_by(header):  # once it is done, it is also of this command
            if not dry_run:
                journal.remember_command(self.who.attempt, [list(file) for file in self.who.files])
            self.work.say(
                f"upload {header.upload_id} of {day_and_time(header.created)} has the same results "
                "and is unfinished: it is carried on (--again uploads them once more)"
            )
        elif dry_run:
            self.work.say(f"upload {header.upload_id} is unfinished: it is carried on")

    def _say_what_stays(self, journal: Journal, told: str) -> None:
        run = journal.run()[0]
        if told and run:
            self.work.say(f"run {run} is made already, and keeps: {told} (--again makes a new one)")

    def _send_as_planned(self, journal: Journal) -> None:
        as_planned = self._as_planned(journal)
        if self.work.task.intent.dry_run:
            self.work.keep(summarise(journal, Outcome()))
            self.work.foresee(journal, as_planned)
            return
        speed = self.work.speed_left()
        self.work.keep(deliver(self.work.workplace, journal, as_planned, speed))

    def _as_planned(self, journal: Journal) -> Route:
        """With the options with which it was planned; the user is the one of now."""
        options = self.route.target.carried(journal.header.options, made=bool(journal.run()[0]))
        return replace(self.route, target=self.work.with_options(options).target)

    def _settle(self, journal: Journal, told: str) -> bool:
        """Find out what became of what may have been applied, and send nothing else: only then it
        is known what can be planned anew. Returns whether it is known.
        """
        work, upload_id = self.work, journal.header.upload_id
        work.say(
            f"upload {upload_id} was begun with another {told}; first: what became of its requests"
        )
        if work.task.intent.dry_run:
            return True
        as_planned, speed = self._as_planned(journal), work.speed_left()
        work.keep(deliver(work.workplace, journal, as_planned, speed, extent=Extent.DOUBT))
        if not unsettled(journal):
            return True
        if not work.outcome.stop.code:
            hint = "--in-doubt resend, accept or drop decides it; without these options it goes on"
            reason = "what is in doubt can not be planned anew"
            work.outcome.stop = Stop(TryLater.exit_code, reason, hint)
        return False

    # --- what is left of one

    def _plan_rest(self, before: Journal) -> None:
        """What did not arrive yet is planned anew, into the same run; what arrived stays so."""
        route, header = self._in_its_run(before), before.header
        renewed = replace(
            self.work.header(route, self.work.new_id(header.fingerprint), self.who),
            fingerprint=header.fingerprint,
            place=header.place,
            attempt=header.attempt,
            sources=header.sources,
        )
        with self.work.plans.create(renewed) as journal:
            earlier = Earlier(before, self.route.target)
            self.work.plan_and_send(journal, route, self.found, earlier)

    def _look_up_again(self, before: Journal) -> None:
        """Tests without a case may have one by now: they, and only they, go into the run of the
        upload before. What arrived then is counted, for that is what is so.
        """
        self.say_that_it_differs()
        route, work = self._in_its_run(before), self.work
        upload_id = work.new_id(before.header.fingerprint)
        with work.plans.create(work.header(route, upload_id, self.who)) as journal:
            keep_arrived(before, journal)
            for items in before.unmatched():
                journal.hold(items)
            journal.plan_all(route.target.openings(before.tests(), 0.0, journal.header.marker))
            journal.plan_all(self.route.target.closings())
            journal.commit_plan(before.reports(), before.tests(), before.failed_tests())
            work.send(journal, route, before)

    def _runs_made_by(self, before: Journal) -> list[Submission]:
        steps = Steps(self.route.target.steps())
        openings = [row for row in before.submissions() if row.kind is Kind.OPEN]
        return [row for row in openings if steps.of(row).makes_run]

    def _ends_otherwise(self, before: Journal) -> bool:
        """Whether something is to be done at its end that it did not do."""
        done = {row.name for row in before.submissions() if row.kind is Kind.CLOSE}
        return any(row.name not in done for row in self.route.target.closings())

    def _in_its_run(self, before: Journal) -> Route:
        """The way into the run that an upload has filled so far; of several, each with a part of
        the results, none is the one for all that is left.
        """
        service, run_id = self.route.service, before.run()[0]
        if not run_id or not service.has_runs or len(self._runs_made_by(before)) > 1:
            return self.route
        return self.work.with_options(service.in_run(self.route.target.describe(), run_id))
