"""What follows from the scheduler's decisions: rows change, in the journal first. The only place
that changes a row at work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from testferry.clock import Clock
from testferry.engine.actions import Change, Divide, Facts, Move, Portion, Split
from testferry.engine.book import Ledger
from testferry.engine.scheduler import Scheduler
from testferry.engine.step import Steps, Target
from testferry.events import Listener, Opened
from testferry.journal import Journal
from testferry.submission import Happening, Items, Kind, State, Submission

Parts = list[tuple[Submission, Items]]


@dataclass(slots=True)
class Effects:
    """Carries decisions out. ``replanned`` is told what a plan that was made later says."""

    journal: Journal
    scheduler: Scheduler
    target: Target
    steps: Steps
    book: Ledger
    clock: Clock
    listener: Listener
    base: str
    replanned: Callable[[str], None]

    def leave(
        self,
        submission: Submission,
        lane: int | None,
        *,
        asked: bool = True,
    ) -> None:
        """The mark that is on disk before the first byte is on the wire.

        ``asked`` is False if there is nothing to ask: the service says without a request what
        becomes of it.
        """
        if submission.kind is Kind.BATCH:
            submission.lane = lane
        if asked:
            if submission.left_at is None:
                submission.key_at = self.clock.wall()
            submission.left_at = self.clock.wall()
            submission.there_at = self.book.clock.at(self.clock.now())
            # Until an answer says that the service is done with it.
            submission.working = True
        self.journal.move(submission, Happening.LEAVES)
        self.scheduler.queues.started(submission)
        self.scheduler.refusals.leaves(submission.id)

    def apply(
        self,
        changes: list[Change],
        now: float,
    ) -> None:
        """Each change, in its own transaction."""
        for change in changes:
            match change:
                case Move():
                    self._move(change, now)
                case Split(submission):
                    _take_on(submission, change.facts)
                    self._replace(
                        submission,
                        Happening.REJECTED,
                        self._split(change),
                    )
                case Portion():
                    self._replace_in_portions(change)
                case Divide(submission, found):
                    self._replace(
                        submission,
                        Happening.THERE,
                        self._divide(submission, found),
                    )

    def new_lane(self, now: float) -> None:
        """One more lane, and what closes it."""
        rows = self.target.new_lane()
        self.journal.add(rows)
        for row in rows:
            self.scheduler.queues.add(row, now)

    def remember_run(self, openings: list[Submission]) -> None:
        """The run's id and address, told as soon as they are known."""
        if self.book.run:
            return
        run_id = str(self.target.describe().get("run_id") or "")
        for opening in openings:
            is_run = opening.kind is Kind.OPEN and self.steps.of(opening).makes_run
            if is_run and "id" in opening.remote:
                run_id = str(opening.remote["id"])
        if not run_id:
            return
        self.book.run = {"id": run_id}
        url = self.target.run_url(self.base, run_id)
        self.journal.remember_run(run_id, url)
        self.listener(Opened(run_id, url))

    def _move(self, move: Move, now: float) -> None:
        submission = move.submission
        _take_on(submission, move.facts)
        is_opening = submission.kind is Kind.OPEN
        if is_opening and move.happening is Happening.ACCEPTED and self.steps.of(submission).plans:
            self._replan(submission, now)
            return
        if move.rows:
            made = self.journal.replan(submission, move.happening, move.rows)
            for row in made:
                self.scheduler.queues.add(row, now)
            return
        also = []
        if move.retires is not None:
            lane = self.scheduler.queues.get(move.retires)
            lane.retired = True
            also.append(lane)
        self.journal.move(submission, move.happening, also)
        self.book.remember_results(submission)
        if is_opening and submission.state is State.SENT:
            self.remember_run([submission])

    def _replan(self, opening: Submission, now: float) -> None:
        """What the service has is known: what was held becomes everything that is to be sent."""
        held = self.journal.held()
        rows, said = self.target.replan(
            opening,
            held,
            self.journal.header.marker,
        )
        made = self.journal.replan(opening, Happening.ACCEPTED, rows)
        for row in made:
            self.scheduler.queues.add(row, now)
        self.remember_run([opening])
        self.replanned(said)

    def _split(self, split: Split) -> Parts:
        batch = split.submission
        items = self.journal.items(batch.id)
        root = batch.root or batch.id
        if split.portions:
            return [(_part(batch, root), items.pick(set(places))) for places in split.portions]
        if not split.culprits:
            return [(_part(batch, root), half) for half in items.halves()]
        parts = []
        for place in sorted(split.culprits):
            culprit = _part(batch, root)
            culprit.state = State.REJECTED
            culprit.reason = split.reasons.get(place, batch.reason)
            parts.append((culprit, items.pick({place})))
        rest = items.pick(set(split.culprits), others=True)
        if rest.wire:
            parts.append((_part(batch, root), rest))
        return parts

    def _divide(
        self,
        batch: Submission,
        found: frozenset[int],
    ) -> Parts:
        items = self.journal.items(batch.id)
        root = batch.root or batch.id
        there = _part(batch, root)
        there.state = State.SENT
        there.lane = batch.lane
        rest = _part(batch, root)
        places = set(found)
        left = items.pick(places, others=True)
        return [
            (there, items.pick(places)),
            (rest, left),
        ]

    def _replace_in_portions(self, change: Portion) -> None:
        """What is there, what is refused (a row for each reason), what is sent once more."""
        batch = change.submission
        items = self.journal.items(batch.id)
        root = batch.root or batch.id
        parts = []
        taken = items.pick({*change.refused, *change.later}, others=True)
        if taken.wire:
            there = _part(batch, root)
            there.state = State.SENT
            there.lane = batch.lane
            parts.append((there, taken))
        for reason, places in _by_reason(change.refused):
            refused = _part(batch, root)
            refused.state = State.REJECTED
            refused.reason = reason
            parts.append((refused, items.pick(places)))
        rows = [row for row, _ in parts]
        if change.later:
            again = _part(batch, root)
            again.attempts = batch.attempts + 1
            again.reason = next(iter(change.later.values()))
            parts.append((again, items.pick(set(change.later))))
            rows = [*rows, again]
        self.journal.replace(batch, Happening.ACCEPTED, parts)
        now = self.clock.now()
        for row in rows:
            if row.state is State.PENDING:
                self.scheduler.queues.add_later(row, change.due)
            else:
                self.scheduler.queues.add(row, now)

    def _replace(
        self,
        batch: Submission,
        happening: Happening,
        parts: Parts,
    ) -> None:
        self.journal.replace(batch, happening, parts)
        rows = [part for part, _ in parts]
        self.scheduler.queues.add_first(
            rows,
            self.clock.now(),
        )


def _by_reason(refused: Mapping[int, str]) -> list[tuple[str, set[int]]]:
    found: dict[str, set[int]] = {}
    for place, reason in refused.items():
        found.setdefault(reason, set()).add(place)
    return list(found.items())


def _part(batch: Submission, root: int) -> Submission:
    return Submission(0, Kind.BATCH, batch.name, root=root)


def _take_on(submission: Submission, facts: Facts) -> None:
    for name, value in facts.items():
        setattr(submission, name, value)
