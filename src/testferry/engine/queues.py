"""The rows of an upload in memory: which of them wait, for what, until when. Pure; times are
monotonic seconds; no row is changed.

The order of kinds is: openings, one after the other; then lanes and batches; then what follows
them; then closings, and those only when nothing is missing. A batch that is in doubt blocks its
lane (the lane's count is the proof), never the other lanes.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush

from testferry.engine.actions import Action, Finished, NewLane, Policy, Send, Wait
from testferry.engine.doubt import Doubt
from testferry.engine.lanes import Lanes
from testferry.submission import Kind, State, Submission


class Queues:
    """Every row of one upload, in the queue where it waits."""

    def __init__(
        self,
        submissions: Iterable[Submission],
        policy: Policy,
        now: float,
    ) -> None:
        self.policy = policy
        self.lanes = Lanes(policy.width)
        self.openings: list[Submission] = []  # in order
        self.confirmed_items = 0  # of all batches
        self.doubts: dict[int, Doubt] = {}
        self._all: dict[int, Submission] = {}
        self._opened = 0  # so many openings are done
        self._ready: deque[Submission] = deque()
        # refused alone, without proof of its own fault
        self._held_back: deque[Submission] = deque()
        self._attachments: deque[Submission] = deque()
        self._closings: list[Submission] = []
        self._later: list[tuple[float, int]] = []
        self._due: dict[int, float] = {}
        self._aside: set[int] = set()
        self._flying: set[int] = set()
        self._looking: set[int] = set()
        self._inherited: set[int] = set()  # in doubt since an earlier process
        for submission in submissions:
            self.add(submission, now)

    # --- questions

    @property
    def flying(self) -> int:
        """Requests that are out."""
        return len(self._flying) + len(self._looking)

    @property
    def sending(self) -> int:
        """Requests that are out and change something."""
        return len(self._flying)

    def get(self, row: int) -> Submission:
        """A submission by its row."""
        return self._all[row]

    def others_open(self, submission: Submission) -> list[Submission]:
        """Batches, besides this one, that are out or in doubt."""
        return [
            other
            for other in self._all.values()
            if other.kind is Kind.BATCH
            and other is not submission
            and other.state in (State.SENDING, State.IN_DOUBT)
        ]

    def arrived(self) -> list[Submission]:
        """Batches that are at the service."""
        rows = self._all.values()
        return [row for row in rows if row.kind is Kind.BATCH and row.state is State.SENT]

    def unsettled(self) -> bool:
        """Whether a batch may still arrive."""
        return any(
            submission.kind is Kind.BATCH and not submission.state.final
            for submission in self._all.values()
        )

    def to_go(self) -> int:
        """Requests still to make, as far as is known now."""
        self._opening()  # so that what is done is not counted
        batches = len(self._ready) + len(self._later) + len(self._held_back)
        under_way = len(self.doubts) + len(self._flying)
        openings = len(self.openings) - self._opened
        waiting = [row for row in (*self.lanes.all, *self._closings) if row.state is State.PENDING]
        return batches + under_way + len(self._attachments) + openings + len(waiting)

    def others_wait(self, root: int) -> bool:
        """Whether a batch waits that is no part of this one."""
        return any((waiting.root or waiting.id) != root for waiting in self._ready)

    # --- what is due

    def due_look(self, now: float) -> Submission | None:
        due = [
            (doubt.next_look, row)
            for row, doubt in self.doubts.items()
            if row not in self._looking and doubt.next_look <= now
        ]
        return self._all[min(due)[1]] if due else None

    def due_send(self, now: float) -> Action | None:
        if opening := self._opening():
            return Send(opening) if self._can_leave(opening, now) else None
        if not self._ready and not self._batches_to_come():
            self.release()  # nothing else is left: once more
        if self._ready:
            return self._batch(now)
        if self._attachments and not self._batches_to_come():
            return Send(self._attachments[0])
        if not self._missing():
            for closing in self._closings:
                if self._can_leave(closing, now) and self._lane_was_used(closing):
                    return Send(closing)
        return None

    def _opening(self) -> Submission | None:
        """The next opening that is not done; they go one after the other."""
        openings = self.openings
        while self._opened < len(openings) and openings[self._opened].state.final:
            self._opened += 1
        return openings[self._opened] if self._opened < len(openings) else None

    def _batches_to_come(self) -> bool:
        coming = (*self._flying, *self.doubts, *(row for _, row in self._later))
        return any(self._all[row].kind is Kind.BATCH for row in coming)

    def _batch(self, now: float) -> Action | None:
        batch = self._ready[0]
        if not self.policy.lanes:
            return Send(batch)
        if lane := self.lanes.free():
            return Send(batch, lane.id)
        for lane in self.lanes.all:
            if self._can_leave(lane, now):
                return Send(lane)
        if self.lanes.opening_soon():
            return None
        blocked = {self._all[row].lane for row in self.doubts}
        if self.lanes.one_more_pays(len(self._ready), blocked):
            return NewLane()
        return None

    def _can_leave(self, submission: Submission, now: float) -> bool:
        return (
            submission.state is State.PENDING
            and submission.id not in self._flying
            and submission.id not in self._aside
            and self._due.get(submission.id, now) <= now
        )

    def _lane_was_used(self, closing: Submission) -> bool:
        return closing.lane is None or self._all[closing.lane].state is State.SENT

    def _missing(self) -> bool:
        """Whether anything is not at the service; the stubs that splits leave do not count."""
        for submission in self._all.values():
            if submission.state is State.SENT or submission.kind in (Kind.LANE, Kind.CLOSE):
                continue
            is_stub = submission.kind is Kind.BATCH and submission.state.final
            if not is_stub or (submission.count and not submission.let_be):
                return True
        return False

    def wake(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            submission = self._all[heappop(self._later)[1]]
            queue = self._ready if submission.kind is Kind.BATCH else self._attachments
            queue.appendleft(submission)  # first: one batch uses up its attempts, not all of them

    def wait(self, now: float) -> Action:
        times = [when for when, _ in self._later[:1]]
        for row, doubt in self.doubts.items():
            if row not in self._looking:
                times.append(doubt.next_look)
        times += self._due_later(now)
        if not times:
            return Wait(math.inf) if self.flying else Finished()
        looks_only = bool(self.doubts) and not self._later
        reason = "looking again at what may have arrived" if looks_only else "trying again"
        return Wait(min(times), reason)

    def _due_later(self, now: float) -> list[float]:
        """When the openings, lanes and closings that wait may leave."""
        opening = self._opening()
        rows = [opening] if opening else [*self.lanes.all]
        if not opening and not self._missing():
            rows += self._closings
        times = []
        for row in rows:
            when = self._due.get(row.id, now)
            if row.state is State.PENDING and row.id not in self._aside and when > now:
                times.append(when)
        return times

    # --- changes of place

    def add(self, submission: Submission, now: float) -> None:
        """A row of the journal: at the start, or new. SENDING rows became IN_DOUBT before."""
        self._all[submission.id] = submission
        match submission.kind:
            case Kind.OPEN:
                self.openings.append(submission)
            case Kind.LANE:
                self.lanes.add(submission)
            case Kind.CLOSE:
                self._closings.append(submission)
            case Kind.ATTACH if submission.state is State.PENDING:
                self._attachments.append(submission)
            case Kind.BATCH if submission.state is State.PENDING:
                self._ready.append(submission)
            case Kind.BATCH if submission.state is State.SENT:
                self.confirm(submission)
        if submission.state is State.IN_DOUBT:
            working = submission.working
            self.doubt(submission, Doubt(now, next_look=now, resend_at=now, working=working))
            self._inherited.add(submission.id)

    def tell_time(self, theirs: float, now: float) -> None:
        """The service's clock says when that left which an earlier process had sent.

        Until then it counts as having left just now: our wall clock may have been set in between.
        """
        for row in self._inherited & self.doubts.keys():
            left = self._all[row].there_at
            if left is not None:
                doubt = self.doubts[row]
                doubt.left = min(doubt.left, now - (theirs - left))
        self._inherited.clear()

    def add_first(self, submissions: list[Submission], now: float) -> None:
        """The parts of a batch that was split go before the others: the bad one is found soon."""
        for submission in submissions:
            self.add(submission, now)
        pending = [row for row in submissions if row.state is State.PENDING]
        for submission in reversed(pending):
            self._ready.remove(submission)
            self._ready.appendleft(submission)

    def add_later(self, batch: Submission, at: float) -> None:
        """A part of a batch that leaves at this time."""
        self._all[batch.id] = batch
        self.again(batch, at)

    def started(self, submission: Submission) -> None:
        """A send left."""
        self._flying.add(submission.id)
        if submission.kind is Kind.BATCH:
            if self._ready and self._ready[0] is submission:
                self._ready.popleft()
            self.lanes.occupy(submission)
        elif self._attachments and self._attachments[0] is submission:
            self._attachments.popleft()

    def looking(self, submission: Submission) -> None:
        """A look left."""
        self._looking.add(submission.id)

    def back(self, submission: Submission) -> None:
        """A send was answered, or will never be."""
        self._flying.discard(submission.id)
        self.lanes.vacate(submission)

    def looked(self, submission: Submission) -> Doubt:
        """A look came back; what is known of the doubt."""
        self._looking.discard(submission.id)
        return self.doubts[submission.id]

    def doubt(self, submission: Submission, doubt: Doubt) -> None:
        """It may have been applied: its lane waits until that is settled."""
        self.doubts[submission.id] = doubt
        self.lanes.occupy(submission)

    def settled(self, submission: Submission) -> None:
        """It is in doubt no more, or for good."""
        del self.doubts[submission.id]
        self.lanes.vacate(submission)

    def confirm(self, batch: Submission) -> None:
        """It is known to be at the service."""
        self.confirmed_items += batch.count
        self.lanes.confirm(batch)

    def again(self, submission: Submission, at: float) -> None:
        """It may leave again at this time."""
        if submission.kind in (Kind.BATCH, Kind.ATTACH):
            heappush(self._later, (at, submission.id))
        else:
            self._due[submission.id] = at

    def put_aside(self, submission: Submission) -> None:
        """It stays pending, and this process does not send it any more."""
        self._aside.add(submission.id)

    def hold_back(self, batch: Submission) -> None:
        """It waits until the service takes something else, or nothing else is left."""
        self._held_back.append(batch)

    def release(self) -> None:
        """What was held back goes on."""
        self._ready.extend(self._held_back)
        self._held_back.clear()

    def put_behind(self, root: int) -> None:
        """What is left of this batch waits until the others have gone."""
        own = [batch for batch in self._ready if (batch.root or batch.id) == root]
        others = [batch for batch in self._ready if (batch.root or batch.id) != root]
        self._ready = deque([*others, *own])
