"""A journal is carried out; where jobs share a run by its key, that run is found or made first.

Only one process of the machine looks at a time: finding is an upload of its own, whose name follows
from the key, and a journal has one process. Whoever meets the trouble of another one carries it on.
"""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from testferry.cache import Cache
from testferry.engine.actions import Extent
from testferry.engine.conclude import summarise
from testferry.errors import TryLater
from testferry.events import Event, Told, Waiting
from testferry.journal import Journal, JournalExists, fingerprint
from testferry.model import Tally
from testferry.outcome import Outcome
from testferry.pace.slots import Slots
from testferry.remains import unsettled
from testferry.route import Route, route_to
from testferry.sending import carry_out, header_of
from testferry.settings.ci import attempt, in_ci
from testferry.settings.options import Speed
from testferry.turn import Queue
from testferry.workplace import Workplace

LONGEST_WAIT = 4.0  # seconds before a run is made that other jobs may be about to make
LONGEST_TURN = 120.0  # seconds; then whoever has it is dead, and the lowest id decides
CROWD = 64  # so many jobs may begin at the same moment
_SHORT = 12  # letters of an upload's id
_ANOTHER = "another upload looks for the run of this key, one goes after the other"


class Purpose(Enum):
    """What a run is looked for."""

    FILL = auto()  # it is made if it is not there, and must be open
    END = auto()


def deliver(
    workplace: Workplace,
    journal: Journal,
    route: Route,
    speed: Speed,
    *,
    extent: Extent = Extent.ALL,
) -> Outcome:
    """Send what the journal holds, or as much of it as ``extent`` says."""
    if extent is not Extent.ALL or not _has_to_find(route):
        return carry_out(workplace, journal, route, speed, extent=extent)
    begun = workplace.clock.now()
    run_id, _ = journal.run()
    before = Outcome()
    if not run_id:
        before = run_of_key(
            workplace,
            route,
            speed,
        )
        run_id = before.run.id
        if before.stop.code or not run_id:
            outcome = summarise(journal, Outcome())
            outcome.stop, outcome.figures.requests = before.stop, before.figures.requests
            journal.remember_stop(outcome.stop.reason, closed=outcome.stop.closed)
            return outcome
        if speed.max_time is not None:
            spent = workplace.clock.now() - begun
            speed = replace(speed, max_time=max(0.0, speed.max_time - spent))
    _tell_of_attempt(workplace, route, journal)
    outcome = carry_out(workplace, journal, _in_run(route, run_id), speed)
    outcome.figures.requests.add(before.figures.requests)
    outcome.figures.duration_s = workplace.clock.now() - begun
    return outcome


def _tell_of_attempt(workplace: Workplace, route: Route, journal: Journal) -> None:
    """Say what becomes of results that an earlier attempt may have left."""
    number, chosen = attempt(), route.target.describe().get("rerun", "add")
    if number <= 1:
        return
    there = journal.counts().accepted
    if there:
        words = f"it carries the upload on, what is there ({there:,}) is not sent again"
    elif chosen == "add":
        words = "its results are added to what is there"
    else:
        return
    workplace.listener(Told(f"attempt {number} of this job: {words}", level=0))


def _has_to_find(route: Route) -> bool:
    """Whether the run is not known by its id, and this is not the search for it."""
    options = route.target.describe()
    return bool(route.target.run_key) and not options.get("run_id") and not options.get("finding")


def run_of_key(
    workplace: Workplace,
    route: Route,
    speed: Speed,
    purpose: Purpose = Purpose.FILL,
) -> Outcome:
    """The run of the target's key, found or made once. Raises TryLater."""
    search = _Search(workplace, route, speed, purpose, workplace.share(speed, route.url))
    try:
        return _found(search, speed)
    finally:
        search.turns.close()


def _found(
    search: _Search,
    speed: Speed,
) -> Outcome:
    """What the search comes to; what is known and gone is looked for anew."""
    while True:
        with search.journal() as journal:
            alone = search.is_alone(journal)
            outcome = carry_out(search.quietly, journal, search.route(make=alone), speed)
            search.told(journal)
            if outcome.run.id and not outcome.unfinished:
                search.keep(outcome.run.id)
                journal.discard()
            elif outcome.stop.refused and not unsettled(journal):
                journal.discard()
        is_gone = outcome.stop.refused and not outcome.stop.closed and not outcome.run.id
        if not is_gone or alone or not search.known():
            break
        search.keep("")  # the run that was known is there no more
    outcome.upload_id = ""
    return outcome


def _in_run(
    route: Route,
    run_id: str,
) -> Route:
    """The same route to a run that is there already."""
    options = route.service.in_run(route.target.describe(), run_id)
    bound = route_to(route.destination.with_options(options))
    return replace(route, target=bound.target)


@dataclass(frozen=True, slots=True)
class _Search:
    """The upload that finds a run, or makes it."""

    workplace: Workplace
    given: Route
    speed: Speed
    purpose: Purpose
    # where machines agree whose turn it is, and tell each other what was found
    turns: Slots

    def route(
        self,
        *,
        make: bool,
    ) -> Route:
        """The route of a target that is about the run alone."""
        service, target = self.given.service, self.given.target
        finding = {
            "known": self.known(),
            "make": make,
            "fill": self.purpose is Purpose.FILL,
            "wait": self._wait(),
        }
        options = {**target.describe(), **service.bare_run, "finding": finding}
        bound = route_to(self.given.destination.with_options(options))
        return replace(self.given, target=bound.target)

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        """The journal of the search, begun or carried on, when it is nobody else's."""
        queue = Queue.of(self.workplace, self.speed.max_time, _ANOTHER)
        while (journal := self._journal_now()) is None:
            queue.wait()
        with journal:
            try:
                yield journal
            finally:
                self.turns.release(self._word)

    @property
    def quietly(self) -> Workplace:
        """A workplace where only what is waited for is told: the upload itself tells the rest."""

        def listener(event: Event) -> None:
            if isinstance(event, Waiting) or (isinstance(event, Told) and event.level):
                self.workplace.listener(event)

        return replace(self.workplace, listener=listener)

    def known(self) -> str:
        """The run's id, if another process of this machine, or of the fleet, has told it."""
        here = str(self._cache.get(self._word).get("run", ""))
        return here or self.turns.heard(self._word)

    def told(
        self,
        journal: Journal,
    ) -> None:
        """Say which runs were closed because another job was first."""
        for row in journal.submissions():
            run = row.remote.get("id")
            for extra in row.remote.get("extra", ()):
                self._say(
                    f"run {extra} was made at the same moment as run {run}, which is filled; it "
                    "stays empty, and is closed"
                )

    def keep(
        self,
        run_id: str,
    ) -> None:
        """The next process knows it, whatever a list shows it."""
        self._cache.put(self._word, {"run": run_id})
        self.turns.tell(self._word, run_id)

    def is_alone(
        self,
        journal: Journal,
    ) -> bool:
        """Whether no other process of this machine looks at the same time: then it may make one."""
        return journal.header.upload_id == self._upload_id

    def _journal_now(self) -> Journal | None:
        """The journal; None while another process is at it."""
        store, upload_id = self.workplace.store, self._upload_id
        # Whoever made the run has told its id: nobody has to wait for anybody.
        alone = self.purpose is Purpose.FILL and not self.known()
        if not alone:
            upload_id = secrets.token_hex(6)
        elif not self.turns.claim(self._word, LONGEST_TURN):
            return None
        route = self.route(make=alone)
        try:
            journal = store.create(
                header_of(
                    self.workplace,
                    route,
                    upload_id,
                    self._word,
                    self.speed,
                )
            )
        except JournalExists:
            try:
                return store.open(upload_id, write=True)
            except TryLater:
                return None
        except TryLater:
            return None
        journal.plan(route.target.run_opening(journal.header.marker))
        journal.commit_plan([], Tally(), [])
        return journal

    @property
    def _upload_id(self) -> str:
        return self._word[:_SHORT]

    def _wait(self) -> float:
        """Seconds for which others may be first. Most jobs draw a long time and few a short one, so
        that of many which begin at the same moment one is alone with its own.
        """
        if not in_ci() or self.turns.reaches_all:
            return 0.0
        drawn = self.workplace.draw(0.0, 1.0)
        return LONGEST_WAIT * math.log1p(drawn * (CROWD - 1)) / math.log(CROWD)

    @property
    def _word(self) -> str:
        place = {**self.given.target.identity(), "job": "", "shard": ""}
        return fingerprint("run key", self.given.service.name, self.given.url, place)

    @property
    def _cache(self) -> Cache:
        return Cache(self.workplace.folder, self.given.url)

    def _say(
        self,
        words: str,
    ) -> None:
        self.workplace.listener(Told(words, level=0))
