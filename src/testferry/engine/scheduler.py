"""What to do next. Pure: no I/O, no clock, no thread; ``now`` is monotonic seconds, the shell acts
and reports back.

Theory. Every submission walks the table of ``submission.py``. The order of kinds is: openings, then
lanes and batches, then closings, and those only when nothing is missing. A batch that is in doubt
blocks its lane (the lane's count is the proof), never the other lanes. Looking obeys one rule, paid
for with doubled results in a spike:

    "there" counts at the first look; "not there" counts only after two looks and the settling time
    since the request left, because the service may still be at work on it. An *answered* 500 is
    finished at the service: two looks are enough, some seconds apart, because what the service
    shows may lag behind what it has.

A batch whose attempts are used up is put aside, pending, and holds nobody up; three in a row end
the upload (75, resumable). A refused batch is halved until the bad result stands alone; where
everything is refused alike, the upload ends instead.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    Finding,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    There,
    Verdict,
)
from testferry.submission import Happening, Kind, State, Submission

LOOKS = (
    1.0,
    5.0,
    15.0,
    45.0,
    90.0,
)  # seconds after the request left; "there" is mostly seen at the first
ENOUGH_LOOKS = 2
LOOKS_THAT_FAIL = 6  # then looking is given up for this time
IN_A_ROW = 3
BATCHES_A_LANE = 2  # one more lane pays only while more batches than this wait for each
TWO_PROBES = 2
PART_OF_THE_WHOLE = frozenset(
    {"section", "case"}
)  # openings of which one that is refused costs only what needs it
SPARE_LANES = 4  # lanes beyond the width, so that doubt in one does not stop the others


@dataclass(frozen=True, slots=True)
class Send:
    """Let this one leave."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class Look:
    """Find out what became of this one."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class NewLane:
    """Every lane is taken or in doubt: open one more."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done before ``until`` (inf: before an answer arrives)."""

    until: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left that this process can do."""


Action = Send | Look | NewLane | Wait | Finished


@dataclass(frozen=True, slots=True)
class Move:
    """One transition for the journal."""

    submission: Submission
    happening: Happening


@dataclass(frozen=True, slots=True)
class Split:
    """A refused batch becomes others: two halves, or the ``culprits`` (rejected, one each) and the
    rest.
    """

    submission: Submission
    culprits: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Divide:
    """A batch turned out to be applied in part: ``found`` is there, the rest is sent anew."""

    submission: Submission
    found: frozenset[int]


Change = Move | Split | Divide


@dataclass(frozen=True, slots=True)
class Policy:
    """How the user wants it. ``lanes``: batches travel in lanes of the run; ``settle`` in seconds;
    ``in_doubt`` of CONTRACT.

    ``alone``: a look says most while nothing else is on the way (the service has one counter for
    the whole run).
    """

    width: int = 1
    settle: float = 90.0
    in_doubt: str = "keep"
    lanes: bool = False
    alone: bool = False


@dataclass(slots=True)
class _Doubt:
    """What is known of a submission that may have been applied. ``left`` is monotonic."""

    left: float
    resend_at: float
    exhausted: bool
    looks: int = 0
    failed_looks: int = 0
    next_look: float = 0.0
    partly: frozenset[int] | None = None


class Scheduler:
    """The state of one upload in memory. Ask ``next``, do it, and report with ``started``,
    ``answered`` and ``looked``.
    """

    def __init__(
        self, submissions: Iterable[Submission], policy: Policy, now: float, wall: float
    ) -> None:
        self.policy = policy
        self.stopped: Refused | None = None
        self.confirmed: dict[int, int] = {}  # lane -> results known to be in it
        self._all: dict[int, Submission] = {}
        self._ready: deque[Submission] = deque()
        self._later: list[tuple[float, int]] = []
        self._openings: list[Submission] = []
        self._opened = 0  # so many of them are done
        self._attachments: deque[Submission] = deque()
        self._closings: list[Submission] = []
        self._lanes: list[Submission] = []
        self._due: dict[int, float] = {}
        self._doubts: dict[int, _Doubt] = {}
        self._aside: set[int] = set()
        self._retired: set[int] = set()
        self._flying: set[int] = set()
        self._looking: set[int] = set()
        self._busy: set[int] = set()  # lanes with a request in flight or in doubt
        self._refusals: dict[int, list[str]] = {}
        self._alike: dict[str, list[str]] = {}
        self._root_size: dict[int, int] = {}
        self._accepted = False
        self._given_up = 0
        for one in submissions:
            self.add(one, now, wall)

    # --- questions

    @property
    def flying(self) -> int:
        """Requests that are out."""
        return len(self._flying) + len(self._looking)

    @property
    def lanes(self) -> list[Submission]:
        """The lanes of this upload."""
        return self._lanes

    @property
    def openings(self) -> list[Submission]:
        """What has to be there before results can be sent, in order."""
        return self._openings

    def confirmed_items(self) -> int:
        """Items of batches that are known to be at the service."""
        return sum(
            one.count
            for one in self._all.values()
            if one.kind is Kind.BATCH and one.state is State.SENT
        )

    def get(self, submission_id: int) -> Submission:
        """A submission by its row."""
        return self._all[submission_id]

    def others_open(self, one: Submission) -> list[Submission]:
        """Batches, besides this one, that are out or in doubt."""
        return [
            other
            for other in self._all.values()
            if other.kind is Kind.BATCH
            and other is not one
            and other.state in (State.SENDING, State.IN_DOUBT)
        ]

    def to_go(self) -> int:
        """Requests still to make, as far as is known now."""
        self._opening()  # so that what is done is not counted
        waiting = (
            len(self._ready)
            + len(self._later)
            + len(self._doubts)
            + len(self._flying)
            + len(self._attachments)
        )
        openings = len(self._openings) - self._opened
        return (
            waiting
            + openings
            + sum(one.state is State.PENDING for one in (*self._lanes, *self._closings))
        )

    def next(self, now: float) -> Action:
        """The one thing to do now. Asking changes nothing but the order of what has become due."""
        if self.stopped is not None:
            return Wait(math.inf) if self.flying else Finished()
        self._wake(now)
        if self.flying >= self.policy.width:
            return Wait(math.inf)
        if look := self._due_look(now):
            if self.policy.alone and look.kind is Kind.BATCH and self._flying:
                return Wait(math.inf)
            return Look(look)
        return self._due_send(now) or self._wait(now)

    def _due_look(self, now: float) -> Submission | None:
        due = [
            (doubt.next_look, at) for at, doubt in self._doubts.items() if at not in self._looking
        ]
        soonest = min(due, default=None)
        return self._all[soonest[1]] if soonest and soonest[0] <= now else None

    def _due_send(self, now: float) -> Action | None:
        if opening := self._opening():
            return Send(opening) if self._can_leave(opening, now) else None
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
        while self._opened < len(self._openings) and self._openings[self._opened].state.final:
            self._opened += 1
        return self._openings[self._opened] if self._opened < len(self._openings) else None

    def _batches_to_come(self) -> bool:
        coming = (*self._flying, *self._doubts, *(at for _, at in self._later))
        return any(self._all[at].kind is Kind.BATCH for at in coming)

    def unsettled(self) -> bool:
        """Whether a batch may still arrive."""
        return any(one.kind is Kind.BATCH and not one.state.final for one in self._all.values())

    def _batch(self, now: float) -> Action | None:
        batch = self._ready[0]
        if not self.policy.lanes:
            return Send(batch)
        coming = 0
        for lane in self._lanes:
            if (
                lane.state is State.SENT
                and lane.id not in self._busy
                and lane.id not in self._retired
            ):
                batch.lane = lane.id
                return Send(batch)
        for lane in self._lanes:
            if self._can_leave(lane, now):
                return Send(lane)
            coming += lane.state in (State.PENDING, State.SENDING)
        stuck = sum(
            lane.state is State.IN_DOUBT or lane.id in self._blocked() for lane in self._lanes
        )
        usable = len(self._lanes) - stuck - len(self._retired)
        wanted = usable < self.policy.width and (
            not usable or len(self._ready) > BATCHES_A_LANE * usable
        )
        if wanted and not coming and stuck < self.policy.width + SPARE_LANES:
            return NewLane()
        return None

    def _blocked(self) -> set[int]:
        """Lanes that wait for doubt to be settled; a batch that can never be settled takes its lane
        with it.
        """
        return {lane for at in self._doubts if (lane := self._all[at].lane) is not None}

    def _can_leave(self, one: Submission, now: float) -> bool:
        return (
            one.state is State.PENDING
            and one.id not in self._flying
            and one.id not in self._aside
            and self._due.get(one.id, now) <= now
        )

    def _lane_was_used(self, closing: Submission) -> bool:
        return closing.lane is None or self._all[closing.lane].state is State.SENT

    def _missing(self) -> bool:
        """Whether anything is not at the service; the empty stubs that splits leave do not
        count.
        """
        return any(
            one.state is not State.SENT
            and not (one.kind is Kind.BATCH and one.state.final and not one.count)
            for one in self._all.values()
            if one.kind in (Kind.BATCH, Kind.OPEN, Kind.ATTACH)
        )

    def _wake(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            one = self._all[heappop(self._later)[1]]
            queue = self._ready if one.kind is Kind.BATCH else self._attachments
            queue.appendleft(one)  # first: one batch uses up its attempts, not all of them

    def _wait(self, now: float) -> Action:
        times = [when for when, _ in self._later[:1]]
        times += [doubt.next_look for at, doubt in self._doubts.items() if at not in self._looking]
        opening = self._opening()
        fixed = (
            (opening,) if opening else (*self._lanes, *(() if self._missing() else self._closings))
        )
        times += [
            self._due[one.id]
            for one in fixed
            if one.state is State.PENDING
            and one.id not in self._aside
            and self._due.get(one.id, now) > now
        ]
        if times:
            reason = (
                "looking again at what may have arrived"
                if self._doubts and not self._later
                else "trying again"
            )
            return Wait(min(times), reason)
        return Wait(math.inf) if self.flying else Finished()

    # --- reports

    def add(self, one: Submission, now: float, wall: float) -> None:
        """A row of the journal: at the start, or new by a split. SENDING rows must have been moved
        to IN_DOUBT before.
        """
        self._all[one.id] = one
        if one.kind is Kind.OPEN:
            self._openings.append(one)
        elif one.kind is Kind.LANE:
            self._lanes.append(one)
            self.confirmed.setdefault(one.id, 0)
        elif one.kind is Kind.CLOSE:
            self._closings.append(one)
        elif one.kind is Kind.ATTACH:
            if one.state is State.PENDING:
                self._attachments.append(one)
        elif one.state is State.PENDING:
            self._ready.append(one)
        elif one.state is State.SENT:
            self._accepted = self._accepted or one.count > 0
            if one.lane is not None:
                self.confirmed[one.lane] = self.confirmed.get(one.lane, 0) + one.count
        if one.state is State.IN_DOUBT:
            age = max(0.0, wall - one.left_at) if one.left_at is not None else 0.0
            self._doubt(one, now - min(age, self.policy.settle), now, exhausted=False, first=now)

    def drop_held(self, upto: int) -> None:
        """The batches before row ``upto`` were held for a plan that is made now."""
        held = {at for at, one in self._all.items() if one.kind is Kind.BATCH and at < upto}
        self._ready = deque(one for one in self._ready if one.id not in held)
        for at in held:
            del self._all[at]

    def stop(self, why: Refused) -> None:
        """Take nothing new; the first reason counts."""
        self.stopped = self.stopped or why

    def started(self, one: Submission) -> None:
        """A send left."""
        self._flying.add(one.id)
        if one.kind is Kind.BATCH:
            if self._ready and self._ready[0] is one:
                self._ready.popleft()
            if self.policy.lanes and one.lane is not None:
                self._busy.add(one.lane)
        elif one.kind is Kind.ATTACH and self._attachments and self._attachments[0] is one:
            self._attachments.popleft()

    def looking(self, one: Submission) -> None:
        """A look left."""
        self._looking.add(one.id)

    def answered(self, one: Submission, verdict: Verdict, now: float) -> list[Change]:
        """What an answer changes. ``now`` is when it was complete."""
        self._flying.discard(one.id)
        one.reason = verdict.reason
        doubtful = isinstance(verdict, InDoubt) or (
            isinstance(verdict, Refused) and verdict.doubtful
        )
        if one.kind is Kind.BATCH and one.lane is not None:
            self._busy.discard(one.lane)
        match verdict:
            case Accepted():
                self._arrived(one, verdict.remote)
                return [Move(one, Happening.ACCEPTED)]
            case Rejected():
                return self._rejected(one, verdict)
            case Deferred():
                return self._deferred(one, verdict, now)
            case InDoubt():
                one.attempts += 1
                one.working = verdict.working
                self._doubt(
                    one, now, now + verdict.wait, exhausted=verdict.exhausted, first=now + LOOKS[0]
                )
                return [Move(one, Happening.IN_DOUBT)]
            case Refused():
                self.stop(verdict)
                one.working = verdict.doubtful
                if not verdict.doubtful:
                    one.lane = None if one.kind is Kind.BATCH else one.lane
                return [Move(one, Happening.IN_DOUBT if doubtful else Happening.DEFERRED)]

    def _arrived(self, one: Submission, remote: dict[str, object]) -> None:
        one.remote = {**one.remote, **remote}
        if one.kind is Kind.BATCH:
            self._accepted = True
            self._given_up = 0
            if one.lane is not None:
                self.confirmed[one.lane] = self.confirmed.get(one.lane, 0) + one.count

    def _rejected(self, one: Submission, verdict: Rejected) -> list[Change]:
        if one.kind is Kind.ATTACH or (one.kind is Kind.OPEN and one.name in PART_OF_THE_WHOLE):
            if (
                one.kind is Kind.OPEN
                and not verdict.unasked
                and self._all_refused_alike(one.name, verdict.reason)
            ):
                self.stop(
                    Refused(verdict.reason, hint="every one is refused alike; nothing was made")
                )
            return [Move(one, Happening.REJECTED)]
        if one.kind is not Kind.BATCH:
            self.stop(Refused(f"the service refuses the request “{one.name}”: {verdict.reason}"))
            return [Move(one, Happening.DEFERRED)]
        one.lane = None
        if verdict.alike and self._all_refused_alike("", verdict.reason):
            self.stop(Refused(verdict.reason, hint="every result is refused alike"))
            return [Move(one, Happening.DEFERRED)]
        if one.count <= 1:
            return [Move(one, Happening.REJECTED)]
        culprits = frozenset(at for at in verdict.culprits if 0 <= at < one.count)
        if not culprits and not verdict.too_large and self._hopeless(one, verdict.reason):
            self.stop(
                Refused(
                    verdict.reason,
                    hint="every result is refused alike; nothing of the upload was accepted",
                )
            )
            return [Move(one, Happening.DEFERRED)]
        return [Split(one, culprits)]

    def _all_refused_alike(self, name: str, reason: str) -> bool:
        """Two refusals in the same words and nothing taken: more of them would say the same."""
        said = self._alike.setdefault(name, [])
        said.append(reason)
        taken = (
            any(one.name == name and one.state is State.SENT for one in self._openings)
            if name
            else self._accepted
        )
        return not taken and len(said) > TWO_PROBES - (not name) and len(set(said)) == 1

    def _hopeless(self, one: Submission, reason: str) -> bool:
        """Everything so far was refused with the same words: that is the configuration, not a bad
        result.
        """
        root = one.root or one.id
        size = self._root_size.setdefault(root, one.count)
        reasons = self._refusals.setdefault(root, [])
        reasons.append(reason)
        bound = 2 * math.ceil(math.log2(max(2, size))) + 8
        return not self._accepted and len(reasons) >= bound and len(set(reasons)) == 1

    def _deferred(self, one: Submission, verdict: Deferred, now: float) -> list[Change]:
        one.attempts += 1
        if one.kind is Kind.BATCH:
            one.lane = None
        if verdict.exhausted:
            self._put_aside(one, verdict.reason)
        else:
            self._again(one, now + verdict.wait)
        return [Move(one, Happening.DEFERRED)]

    def _again(self, one: Submission, at: float) -> None:
        if one.kind in (Kind.BATCH, Kind.ATTACH):
            heappush(self._later, (at, one.id))
        else:
            self._due[one.id] = at

    def _put_aside(self, one: Submission, reason: str) -> None:
        self._aside.add(one.id)
        if one.kind is Kind.ATTACH:
            return
        self._given_up += 1
        if one.kind is not Kind.BATCH or self._given_up >= IN_A_ROW:
            self.stop(Refused(reason, exit_code=75))

    # --- doubt

    def _doubt(
        self, one: Submission, left: float, resend_at: float, *, exhausted: bool, first: float
    ) -> None:
        self._doubts[one.id] = _Doubt(left, resend_at, exhausted, next_look=first)
        if one.kind is Kind.BATCH and one.lane is not None:
            self._busy.add(one.lane)

    def looked(self, one: Submission, finding: Finding, now: float) -> list[Change]:
        """What a look changes."""
        self._looking.discard(one.id)
        doubt = self._doubts[one.id]
        doubt.looks += 1
        match finding:
            case There():
                self._settled(one)
                self._arrived(one, finding.remote)
                return [Move(one, Happening.THERE)]
            case CannotTell():
                return self._cannot_tell(one, doubt, finding, now)
            case NotThere():
                if finding.retry_at_once or self._counts(one, doubt, now):
                    self._settled(one)
                    return self._resend(one, doubt)
            case PartlyThere():
                same, doubt.partly = doubt.partly == finding.found, finding.found
                if same and self._counts(one, doubt, now):
                    self._settled(one)
                    return [Divide(one, finding.found)]
        doubt.next_look = self._next_look(doubt, now)
        return []

    def _counts(self, one: Submission, doubt: _Doubt, now: float) -> bool:
        """Whether "not there" may be believed."""
        settled = now >= doubt.left + self.policy.settle
        return doubt.looks >= ENOUGH_LOOKS and (settled or not one.working)

    def _next_look(self, doubt: _Doubt, now: float) -> float:
        planned = doubt.left + (
            LOOKS[doubt.looks] if doubt.looks < len(LOOKS) else LOOKS[-1] * doubt.looks
        )
        last_needed = doubt.left + self.policy.settle
        return max(now + LOOKS[0], min(planned, last_needed) if now < last_needed else now)

    def _resend(self, one: Submission, doubt: _Doubt) -> list[Change]:
        one.lane = None if one.kind is Kind.BATCH else one.lane
        if doubt.exhausted:
            self._put_aside(one, one.reason)
        else:
            self._again(one, doubt.resend_at)
        return [Move(one, Happening.NOT_THERE)]

    def _settled(self, one: Submission) -> None:
        del self._doubts[one.id]
        if one.kind is Kind.BATCH and one.lane is not None:
            self._busy.discard(one.lane)

    def _cannot_tell(
        self, one: Submission, doubt: _Doubt, finding: CannotTell, now: float
    ) -> list[Change]:
        doubt.failed_looks += 1
        over = now >= doubt.left + self.policy.settle and doubt.failed_looks >= LOOKS_THAT_FAIL
        if finding.again and not over:
            doubt.next_look = self._next_look(doubt, now)
            return []
        del self._doubts[one.id]
        if finding.reason not in one.reason:
            one.reason = f"{one.reason}; {finding.reason}" if one.reason else finding.reason
        if one.lane is not None:  # its count proves nothing any more
            self._retired.add(one.lane)
            self._busy.discard(one.lane)
        if one.kind is Kind.CLOSE or self.policy.in_doubt == "resend":
            return self._resend(one, doubt)
        if one.kind is Kind.ATTACH:
            return [Move(one, Happening.UNKNOWN)]
        if one.kind is not Kind.BATCH:
            self.stop(Refused(one.reason, exit_code=75, hint="--in-doubt resend makes it anew"))
        elif self.policy.in_doubt == "drop":
            return [Move(one, Happening.DROPPED)]
        return [Move(one, Happening.UNKNOWN)]
