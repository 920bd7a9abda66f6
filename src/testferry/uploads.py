"""What a journal holds is carried on; a run is made, or completed, by one request. Each returns an
Outcome. Nothing here knows click or a screen.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from dataclasses import replace

from testferry.attempts import overtaken
from testferry.delivery import Purpose, deliver, run_of_key
from testferry.engine.conclude import summarise
from testferry.engine.step import Target
from testferry.errors import TestferryError, TryLater, UsageProblem
from testferry.journal import (
    Header,
    Journal,
    JournalGone,
    Store,
    fingerprint,
    seal,
    user_key,
)
from testferry.model import Tally
from testferry.outcome import Outcome, Stop
from testferry.remains import unsettled
from testferry.route import Destination, Route, route_to
from testferry.sending import end_early, header_of
from testferry.settings import address
from testferry.settings.files import Source, journal_folder
from testferry.settings.options import Speed
from testferry.submission import Submission
from testferry.workplace import Workplace

# How an upload that is resumed is reached: what its header leads to.
WayBack = Callable[[Header], tuple[Destination, Speed]]


# --- resume


class Resuming:
    """Several uploads, one after the other. What one of them found out, the next ones know: a
    service that is down is found down once, and the time is that of the whole command.
    """

    def __init__(
        self,
        workplace: Workplace,
        way_back: WayBack,
        max_time: float | None,
    ) -> None:
        self.workplace = workplace
        self.way_back = way_back
        self.busy: list[str] = []  # uploads that other processes are at
        self._down: dict[str, Stop] = {}  # by the service's address
        self._ends = math.inf
        if max_time is not None:
            self._ends = workplace.clock.now() + max_time

    def carry_on(
        self,
        upload_id: str,
        waiting: int = 0,
        *,
        unasked: bool = False,
    ) -> Outcome | None:
        """Carry an unfinished upload on; the journal says where to, ``way_back`` how. So many
        others wait: where the time ends, no service that is down takes it from them. ``unasked``:
        nobody named it, so it is left where a later attempt of its job was uploaded since.

        Returns None if nothing of it is left to this command, which is no error: another process is
        at work on it, and will end it (``busy``), or it came to its end meanwhile and left nothing,
        as the search for a run does.
        """
        outcome = Outcome(upload_id=upload_id)
        try:
            journal = self.workplace.store.open(upload_id, write=True)
        except TryLater:
            self.busy.append(upload_id)
            return None
        except JournalGone:
            return None
        except TestferryError as problem:
            return end_early(outcome, problem)
        try:
            with journal:
                summarise(journal, outcome)
                if journal.unfinished() and not self._held_up(journal, outcome, unasked=unasked):
                    return self._sent(journal, waiting)
                return outcome
        except TestferryError as problem:
            return end_early(outcome, problem)

    def _held_up(self, journal: Journal, outcome: Outcome, *, unasked: bool) -> bool:
        """Whether it makes no sense to begin with this one now."""
        if unasked:
            outcome.stop = overtaken(self.workplace.store, journal)
        outcome.stop = self._down.get(journal.header.url, outcome.stop)
        if self._time_left() <= 0:
            outcome.stop = Stop(TryLater.exit_code, "the time of --max-time is over")
        return bool(outcome.stop.code)

    def _sent(self, journal: Journal, waiting: int) -> Outcome:
        header = journal.header
        destination, speed = self.way_back(header)
        _check_address(header, destination)
        known = replace(destination.whereto, url=header.url)
        route = route_to(replace(destination, whereto=known))
        workplace, left = self.workplace, self._time_left()
        if left != math.inf:
            speed = replace(speed, max_time=left)
            workplace = replace(workplace, patience=left / (waiting + 1))
        outcome = deliver(workplace, journal, route, speed)
        if outcome.stop.outage:
            self._down[header.url] = outcome.stop
        return outcome

    def _time_left(self) -> float:
        return self._ends - self.workplace.clock.now()


def _check_address(header: Header, destination: Destination) -> None:
    """The token goes only where the user's configuration, or a journal that this user wrote,
    says. Raises UsageProblem.
    """
    service, url = destination.service, destination.whereto.url
    if service.embedded:
        return
    if not url and not _sealed(header):
        raise UsageProblem(
            f"upload {header.upload_id} was journaled elsewhere and names the address {header.url}",
            f"if it is yours, `testferry resume {header.upload_id} --url {header.url}` carries it "
            f"on, else `testferry uploads forget {header.upload_id}`: the token is sent to no "
            "other address",
        )
    # Where a shipped table says that its service is, is no word of the user's on this upload.
    if not url or (destination.origin.source is Source.SHIPPED and _sealed(header)):
        return
    if address.allowed(url, service, header.target, destination.origin) != header.url:
        this = header.upload_id
        problem = UsageProblem(
            f"upload {this} is for {header.url}, not for {url}: the token is sent to no other "
            "address",
            f"if that is right, `testferry resume {this} --url {header.url}` carries it on; "
            f"`testferry uploads forget {this}` drops it",
        )
        problem.needs = f"--url {header.url}"
        raise problem


def _sealed(header: Header) -> bool:
    key = user_key(journal_folder())
    return bool(key) and secrets.compare_digest(seal(key, header.url), header.sealed)


def unfinished(store: Store) -> list[str]:
    """Every upload that has something left to do, rehearsals too, and every one that cannot be
    read: resuming it will say why.
    """
    return store.unfinished()


# --- run


def create_run(
    workplace: Workplace,
    destination: Destination,
    speed: Speed,
) -> Outcome:
    """A run for others to fill, journaled like any upload; one that has a key is made once."""
    route = route_to(destination)
    if route.target.run_key:
        return _found(workplace, route, speed, Purpose.FILL)
    return _run_only(workplace, route, speed, lambda target, marker: target.run_opening(marker))


def complete_run(
    workplace: Workplace,
    destination: Destination,
    speed: Speed,
) -> Outcome:
    """The end of a run that others filled; one that has a key is found by it."""
    route = route_to(destination)
    if route.target.run_key:
        found = _found(workplace, route, speed, Purpose.END)
        if found.stop.code or not found.run.id:
            return found
        options = route.service.in_run(destination.options, found.run.id)
        route = route_to(destination.with_options({**options, "run_key": ""}))
    return _run_only(workplace, route, speed, lambda target, _: target.run_closing())


def _found(workplace: Workplace, route: Route, speed: Speed, purpose: Purpose) -> Outcome:
    try:
        return run_of_key(workplace, route, speed, purpose)
    except TestferryError as problem:
        return end_early(Outcome(), problem)


def _run_only(
    workplace: Workplace,
    route: Route,
    speed: Speed,
    row: Callable[[Target, str], Submission],
) -> Outcome:
    word = fingerprint(secrets.token_hex(16))
    upload_id = word[:12]
    with workplace.store.create(header_of(workplace, route, upload_id, word, speed)) as journal:
        journal.plan(row(route.target, journal.header.marker))
        journal.commit_plan([], Tally(), [])
        outcome = deliver(workplace, journal, route, speed)
        may_be_there = unsettled(journal)
    if outcome.stop.refused and not may_be_there:
        workplace.store.forget(upload_id)
        outcome.upload_id = ""
    return outcome
