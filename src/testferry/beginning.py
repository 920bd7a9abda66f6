"""The main job: reports become an upload, or carry one on, or are there already."""

from __future__ import annotations

from testferry import reports, scratch
from testferry.command import older_than, run_command
from testferry.errors import NothingToUpload, TestferryError, UsageProblem
from testferry.identity import identify
from testferry.ingest import Deadline
from testferry.interruption import Interrupted, interruptible
from testferry.journal import JournalExists, Store
from testferry.outcome import Outcome, Stop
from testferry.reports import Found, Watch, unwatched
from testferry.route import Destination, Route, route_to
from testferry.sending import end_early
from testferry.takeup import TakeUp
from testferry.text import count
from testferry.work import Task, Work
from testferry.workplace import Workplace


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


class _Beginning(Work):
    """A command at its start."""

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
            self.say(f"{count(found.old, 'report')} older than the command: left out")
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
            earlier = TakeUp(self, who, route, found)
            if any(
                earlier.takes(upload_id) for upload_id in store.known(who.word, who.earlier_word)
            ):
                return
            earlier.say_that_it_differs()
        try:
            journal = self.plans.create(self.header(route, self.new_id(who.word), who))
        except JournalExists:  # another process began it, and ended, since it was looked for
            self._upload(route, found)
            return
        with journal:
            self.plan_and_send(journal, route, found)

    def _rehearse(self, route: Route, found: Found) -> None:
        """What the command would do. Journals are read and none is touched; what would be planned
        is planned in a place of its own.
        """
        with scratch.directory() as place:
            self.plans = Store(place)
            self._upload(route, found)
