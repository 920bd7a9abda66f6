"""Right of the journal: the shell that lets the scheduler's decisions happen. One loop, one main
thread.

Every turn: let a started conversation go on, or do what the scheduler says, or wait for an answer,
the pacer or the clock. A mark is on disk before a request leaves and after its answer is
understood.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Protocol

from testferry.attachments import FilePart
from testferry.cache import Cache
from testferry.clock import Clock, at_time
from testferry.dialects import Dialect, decide
from testferry.dialects.headers import quota
from testferry.engine.judge import Answer, Draw, Lost, judge
from testferry.engine.scheduler import (
    Action,
    Change,
    Divide,
    Finished,
    Look,
    Move,
    NewLane,
    Policy,
    Scheduler,
    Send,
    Split,
    Wait,
)
from testferry.engine.step import Looking, Reply, Request, Sending, Target
from testferry.engine.verdict import (
    CannotTell,
    Deferred,
    Finding,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    There,
)
from testferry.events import Listener, Opened, Outcome, Planned, Progressed, Requests, Told, Waiting
from testferry.journal.journal import Journal
from testferry.pace.budget import Budget
from testferry.pace.pacer import Pacer, Rate, stated_limit
from testferry.submission import Happening, Items, Kind, State, Submission
from testferry.text import count, seconds

SHORT_WAIT = 2.0  # longer waits are told
HEARTBEAT = 10.0
INTERRUPT_GRACE = 5.0
NO_SERVICE_CLOCK = 86400.0  # seconds looked back where no answer tells the service's time
DATES_ARE_WHOLE = 3.0  # a Date header is cut to the second, and an answer takes its time
PROGRESS_EVERY = 0.1


class Wire(Protocol):
    """What the loop needs of the network; the real one is ``client.Client``."""

    def post(
        self, method: str, target: str, body: bytes | FilePart | None, headers: Mapping[str, str]
    ) -> int:
        """Start a request; the token names it."""
        ...

    def wait(self, seconds: float | None) -> Any:
        """The next thing that is done, None after so many seconds or when woken."""
        ...

    def wake(self) -> None:
        """Make ``wait`` return."""
        ...

    def cut(self, grace: float = 0.0) -> None:
        """Every request that is out has so many seconds left."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how wide, how long. Seconds."""

    rate: Rate
    width: int = 1
    settle: float = 90.0
    in_doubt: str = "keep"
    max_time: float = math.inf


@dataclass(slots=True)
class _Conversation:
    """A submission's requests under way: the target's generator and what it is for."""

    submission: Submission
    steps: Sending | Looking
    looking: bool
    attempt: int
    refused: Refused | None = None
    tries: int = 0  # of the request that is out, where it only reads
    request: Request | None = None


@dataclass(slots=True)
class _Book:
    """What the target may ask about the upload."""

    upload: Upload

    @property
    def run(self) -> Mapping[str, Any]:
        return self.upload.run_remote

    @property
    def marker(self) -> str:
        return self.upload.journal.header.marker

    def lane(self, one: Submission) -> Submission:
        return self.upload.scheduler.get(one.lane or 0)

    def lanes(self) -> list[Submission]:
        return self.upload.scheduler.lanes

    def confirmed(self, lane: int) -> int:
        return self.upload.scheduler.confirmed.get(lane, 0)

    def others_open(self, one: Submission) -> list[Submission]:
        return self.upload.scheduler.others_open(one)

    def confirmed_items(self) -> int:
        return self.upload.scheduler.confirmed_items()

    def created(self, name: str) -> dict[str, str]:
        return {
            str(one.body["place"]): str(one.remote["id"])
            for one in self._openings(name)
            if "id" in one.remote
        }

    def refusals(self, name: str) -> dict[str, str]:
        return {
            str(one.body["place"]): one.reason
            for one in self._openings(name)
            if one.state is State.REJECTED
        }

    def _openings(self, name: str) -> list[Submission]:
        return [one for one in self.upload.scheduler.openings if one.name == name]

    def result_id(self, case: str) -> str:
        return self.upload.results.get(case, "")

    def unsettled(self) -> bool:
        return self.upload.scheduler.unsettled()

    def service_time(self, one: Submission) -> float:
        left = one.left_at or 0.0
        return (
            left - NO_SERVICE_CLOCK
            if self.upload.skew is None
            else left + self.upload.skew - DATES_ARE_WHOLE
        )

    def cached(self, key: str) -> Mapping[str, Any]:
        return self.upload.cache.get(key)

    def cache(self, key: str, document: Mapping[str, Any]) -> None:
        self.upload.cache.put(key, document)

    def known_results(self) -> tuple[int, frozenset[str]]:
        match = next((one for one in self.upload.scheduler.openings if one.name == "match"), None)
        return int((match.remote if match else {}).get("baseline") or 0), frozenset(
            self.upload.results.values()
        )

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        for one in self.upload.journal.submissions():
            if one.kind is Kind.BATCH and one.lane == lane and one.state is State.SENT:
                yield from self.upload.journal.items(one.id).wire


@dataclass(slots=True)
class Upload:
    """Carries one journal's plan out. ``run`` returns why it ended early, None at its end."""

    journal: Journal
    target: Target
    dialect: Dialect
    pace: Pace
    clock: Clock
    listener: Listener
    draw: Draw
    hide: Callable[[str], str] = str
    base: str = ""
    cache: Cache = field(default_factory=Cache)
    budget: Budget = field(default_factory=Budget)
    plan_only: bool = False
    planned: bool = False
    skew: float | None = None  # the service's clock, ahead of ours
    results: dict[str, str] = field(default_factory=dict)  # case -> the service's id of its result
    requests: Requests = field(default_factory=Requests)
    run_remote: dict[str, Any] = field(default_factory=dict)
    scheduler: Scheduler = field(init=False)
    _pacer: Pacer = field(init=False)
    _wire: Wire = field(init=False)
    _book: _Book = field(init=False)
    _talks: dict[int, _Conversation] = field(default_factory=dict)
    _continuing: deque[tuple[_Conversation, Request, float]] = field(default_factory=deque)
    _signal: int = 0
    _heeded: bool = False
    _leave: bool = False
    _told_alone: bool = False
    _progressed: float = -math.inf
    _deadline: float = math.inf
    _pause_reason: str = ""
    _paused_until: float = -math.inf

    def run(self, wire: Wire) -> Refused | None:
        """Until nothing is left that this process can do."""
        now, wall = self.clock.now(), self.clock.wall()
        self._wire, self._book = wire, _Book(self)
        rows = self.journal.submissions()
        for one in rows:
            if one.state is State.SENDING:  # an earlier process left in the middle of it
                one.reason = one.reason or "the upload ended before the answer came"
                self.journal.move(one, Happening.FOUND)
        policy = Policy(
            self.pace.width,
            self.pace.settle,
            self.pace.in_doubt,
            self.target.uses_lanes,
            self.target.plans_later,
        )
        self.scheduler = Scheduler(rows, policy, now, wall)
        self._pacer = Pacer(self.pace.rate, self.scheduler.to_go())
        for one in rows:  # what an earlier process sent a moment ago counts still
            if one.left_at is not None:
                self._pacer.recall(now, now - max(0.0, wall - one.left_at))
        self._deadline = now + self.pace.max_time
        self._remember_run(rows)
        for one in rows:
            self._remember_results(one)
        counts = self.journal.counts()
        done = counts.accepted + counts.rejected
        header = self.journal.header
        self.listener(
            Planned(header.upload_id, header.target, counts.total, self.scheduler.to_go(), done)
        )
        while self._turn():
            pass
        return self.scheduler.stopped

    def interrupt(self, code: int) -> None:
        """From a signal handler. First: take nothing new, give what is out a few seconds. Second:
        leave at once.
        """
        if self._signal:
            self._leave = True
        self._signal = self._signal or code
        if hasattr(self, "_wire"):
            self._wire.wake()

    # --- the loop

    def _turn(self) -> bool:
        """One step; False at the end."""
        now = self.clock.now()
        self._heed(now)
        if self._leave:
            return False
        if self._continuing and self.scheduler.stopped is not None:
            self._drop_conversations()
        slot = self._pacer.ready(now)
        if self._continuing:
            due = max(slot, min(at for _, _, at in self._continuing))
            if due > now:
                self._pass_time(now, due, "reading again")
            elif self._has_slot(now):
                self._go_on(now)
        else:
            return self._do(self.scheduler.next(now), now, slot)
        return True

    def _do(self, action: Action, now: float, slot: float) -> bool:
        """What the scheduler says; False where it says that this is the end."""
        match action:
            case Finished():
                return False
            case Wait():
                self._pass_time(now, action.until, action.reason)
            case NewLane():
                self._new_lane(now)
            case Send() | Look() if slot > now:
                self._pass_time(now, slot, "")
            case Send() | Look() if not self._has_slot(now):
                pass
            case Send():
                self._send(action.submission, now)
            case Look():
                self._look(action.submission, now)
        return True

    def _has_slot(self, now: float) -> bool:
        """Whether the machine's other processes leave room; else the time until they may is
        passed.
        """
        if not self._pacer.windows:
            return True
        wait = self.budget.take(self._pacer.windows, now)
        if self.budget.alone and not self._told_alone:
            self._told_alone = True
            words = (
                "the rate limit cannot be shared with other processes: no folder for it can be "
                "written (HOME, the temporary one)"
            )
            self.listener(Told(words, level=0))
        if wait > 0.0:
            self._pass_time(
                now, now + wait, f"the rate limit ({self.pace.rate}), shared with other processes"
            )
        return wait <= 0.0

    def _heed(self, now: float) -> None:
        """Signals and the deadline, once each."""
        if self._signal and not self._heeded:
            self._heeded = True
            self.scheduler.stop(Refused("interrupted", exit_code=128 + self._signal))
            self._wire.cut(INTERRUPT_GRACE)
        if now >= self._deadline:
            self.scheduler.stop(Refused("the time of --max-time is over", exit_code=75))
            self._deadline = math.inf
            self._wire.cut()

    def _pass_time(self, now: float, until: float, reason: str) -> None:
        """Wait for an answer, but not beyond ``until``. A long wait is told, again and again: CI
        systems kill silent jobs.
        """
        idle = not self._pacer.in_flight
        if idle and until > self._deadline:
            why = (
                f"the time of --max-time ends before {self._back_at(until, now)}, when the "
                "service may be asked again"
            )
            why += f" ({self._pause_reason})" if self._pause_reason else ""
            self.scheduler.stop(Refused(why, exit_code=75))
            return
        ends = min(until, self._deadline)
        if idle and ends - now > SHORT_WAIT:
            self._progress(at_once=True)
            why = (
                self._pause_reason
                if now < self._paused_until
                else reason or f"the rate limit ({self.pace.rate})"
            )
            self.listener(Waiting(ends - now, self.clock.wall() + ends - now, why))
            ends = min(ends, now + HEARTBEAT)
        done = self._wire.wait(None if ends == math.inf else max(0.0, ends - now))
        if idle:
            self.requests.waited_s += max(0.0, self.clock.now() - now)
        if done is not None:
            self._done(done.token, done.answer)

    def _back_at(self, until: float, now: float) -> str:
        return at_time(self.clock.wall() + until - now)

    # --- requests

    def _send(self, one: Submission, now: float) -> None:
        items = self.journal.items(one.id) if one.kind is Kind.BATCH else Items((), ())
        talk = _Conversation(
            one, self.target.send(one, items, self._book), looking=False, attempt=one.attempts + 1
        )
        try:
            request = next(talk.steps)
        except StopIteration as end:  # there is nothing to ask: it cannot be sent as it is
            self.budget.unused()
            self.scheduler.started(one)
            self.journal.move(one, Happening.LEAVES)
            self._understood(one, end.value, now)
            return
        one.left_at = self.clock.wall()
        one.working = True  # until an answer says that the service is done with it
        self.journal.move(one, Happening.LEAVES)
        self.scheduler.started(one)
        self.requests.retried += one.attempts > 0
        self._post(talk, request, now)

    def _look(self, one: Submission, now: float) -> None:
        talk = _Conversation(
            one,
            self.target.look(one, partial(self.journal.items, one.id), self._book),
            looking=True,
            attempt=1,
        )
        self.scheduler.looking(one)
        self.listener(Told(f"looking whether {_what(one)} arrived"))
        try:
            request = next(talk.steps)
        except StopIteration as end:
            self.budget.unused()
            self._found(one, end.value, now)
            return
        self._post(talk, request, now)

    def _post(self, talk: _Conversation, request: Request, now: float) -> None:
        headers = dict(request.headers)
        talk.request = request
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        self._pacer.leave(now)
        self.requests.total += 1
        self.listener(Told(str(request), level=2))
        token = self._wire.post(
            request.method, request.target, request.part or request.body, headers
        )
        self._talks[token] = talk
        self._progress()

    def _go_on(self, now: float) -> None:
        soonest = min(range(len(self._continuing)), key=lambda at: self._continuing[at][2])
        talk, request, _ = self._continuing[soonest]
        del self._continuing[soonest]
        self._post(talk, request, now)

    def _drop_conversations(self) -> None:
        """The upload ends: looks that have more pages to read are left for the next time."""
        for talk, _, _ in self._continuing:
            talk.steps.close()
            if talk.looking:
                self.scheduler.looked(
                    talk.submission, CannotTell("the upload ended"), self.clock.now()
                )
            else:  # it was only reading
                self._understood(
                    talk.submission, Deferred("the upload ended", 0.0), self.clock.now()
                )
        self._continuing.clear()

    def _done(self, token: int, answer: Answer | Lost) -> None:
        now = self.clock.now()
        talk = self._talks.pop(token)
        self._pacer.back(now)
        self.budget.back(now)
        reading = talk.request is not None and talk.request.method == "GET" and not talk.looking
        attempt = talk.tries + 1 if reading else talk.attempt
        verdict, words = judge(
            self.dialect, answer, attempt, self.clock.wall(), self.draw, self.hide
        )
        self._heed_pace(answer, verdict, now)
        if reading and isinstance(verdict, Deferred | InDoubt) and not verdict.exhausted:
            self._read_again(talk, verdict, now)
            return
        talk.tries = 0
        if isinstance(verdict, Refused) and talk.looking:
            talk.refused = verdict
        reply = Reply(verdict, message=words)
        if isinstance(answer, Answer):
            reply = Reply(verdict, answer.status, answer.headers, answer.body, words)
        try:
            request = talk.steps.send(reply)
        except StopIteration as end:
            if talk.looking:
                if talk.refused is not None and isinstance(end.value, CannotTell):
                    self._end_looking_for_good(talk.refused)
                self._found(talk.submission, end.value, now)
            else:
                self._understood(talk.submission, end.value, now)
        else:
            self._continuing.append((talk, request, now))
        self._progress()

    def _read_again(self, talk: _Conversation, verdict: Deferred | InDoubt, now: float) -> None:
        """Reading changes nothing: the same page once more, not all of them."""
        talk.tries += 1
        self.requests.retried += 1
        self.listener(Told(f"{talk.request} again in {seconds(verdict.wait)}: {verdict.reason}"))
        if talk.request is not None:
            self._continuing.append((talk, talk.request, now + verdict.wait))

    def _end_looking_for_good(self, verdict: Refused) -> None:
        """Credentials that are refused while looking are refused while sending too; a missing page
        is not.
        """
        if verdict.exit_code == 75 or verdict.reason[:3] in ("401", "403"):
            self.scheduler.stop(verdict)

    def _heed_pace(self, answer: Answer | Lost, verdict: object, now: float) -> None:
        """What an answer says about speed holds for every worker."""
        if (
            isinstance(answer, Answer)
            and answer.status == 429
            and (limit := stated_limit(answer.body))
        ):
            self._pacer.stated(limit)
        if isinstance(verdict, Deferred) and verdict.pause:
            self._pause_reason, self._paused_until = verdict.reason, now + verdict.wait
            self.budget.pause(now + verdict.wait)
            if verdict.refused_pace:
                self._pacer.throttled(now, verdict.wait, asked=verdict.asked)
            else:
                self._pacer.pause(now + verdict.wait)
        if isinstance(answer, Lost):
            return
        self._heed_date(answer)
        self.requests.throttled += answer.status == 429
        left = quota(answer.headers, self.clock.wall())
        if left is None or isinstance(verdict, Deferred):
            return
        if left.reset is not None:
            self._pacer.told(now, left.remaining, left.reset)
        elif (
            left.remaining == 0
        ):  # the next one would be refused: wait as its refusal would tell us to
            refusal = decide(self.dialect, 429, answer.headers, b"", 1, self.clock.wall())
            if refusal.wait_s:
                self._pause_reason, self._paused_until = (
                    "the service says that its limit is reached",
                    now + refusal.wait_s[0],
                )
                self._pacer.pause(self._paused_until)

    def _heed_date(self, answer: Answer) -> None:
        with suppress(KeyError, ValueError, TypeError, OverflowError):
            self.skew = (
                parsedate_to_datetime(answer.headers["date"]).timestamp() - self.clock.wall()
            )

    # --- consequences

    def _understood(self, one: Submission, verdict: Any, now: float) -> None:
        self.requests.in_doubt += isinstance(verdict, InDoubt)
        self._tell(one, verdict)
        self._apply(self.scheduler.answered(one, verdict, now), now)

    def _found(self, one: Submission, finding: Finding, now: float) -> None:
        words = {There: "arrived", NotThere: "is not there", PartlyThere: "arrived in part"}
        said = (
            finding.reason
            if isinstance(finding, CannotTell)
            else f"{_what(one)} {words[type(finding)]}"
        )
        self.listener(Told(said))
        self._apply(self.scheduler.looked(one, finding, now), now)

    def _apply(self, changes: list[Change], now: float) -> None:
        for change in changes:
            match change:
                case Move(one, Happening.ACCEPTED) if one.kind is Kind.OPEN and one.name == "match":
                    self._replan(one, now)
                case Move():
                    self.journal.move(change.submission, change.happening)
                    self._remember_results(change.submission)
                case Split():
                    self._replace(change.submission, Happening.REJECTED, self._split(change), now)
                case Divide():
                    self._replace(change.submission, Happening.THERE, self._divide(change), now)
            if change.submission.kind is Kind.OPEN and change.submission.state is State.SENT:
                self._remember_run([change.submission])

    def _replan(self, one: Submission, now: float) -> None:
        """What the service has is known: what was held becomes sections, cases, a run, batches and
        files.
        """
        rows, said = self.target.replan(one, self.journal.held(one.id), self.journal.header.marker)
        made = self.journal.replan(one, Happening.ACCEPTED, rows)
        self.scheduler.drop_held(one.id)
        for row in made:
            self.scheduler.add(row, now, self.clock.wall())
        left = self.scheduler.to_go()
        self.listener(
            Told(
                f"{said}; {count(left, 'request')} to go: at least "
                f"{seconds(self._pacer.forecast(left))}",
                level=0,
            )
        )
        self.planned = True
        if self.plan_only:
            self.scheduler.stop(Refused("the plan is made"))

    def _remember_results(self, one: Submission) -> None:
        """The service's ids of results, for the files that belong to them."""
        if one.kind is Kind.BATCH and one.state is State.SENT and "results" in one.remote:
            self.results.update(
                {case: str(number) for case, number in one.remote["results"].items()}
            )

    def _split(self, change: Split) -> list[tuple[Submission, Items]]:
        one, items = change.submission, self.journal.items(change.submission.id)
        root = one.root or one.id
        if not change.culprits:
            return [
                (Submission(0, Kind.BATCH, one.name, root=root), half) for half in items.halves()
            ]
        alone = [
            (
                Submission(0, Kind.BATCH, one.name, State.REJECTED, root=root, reason=one.reason),
                items.pick({at}),
            )
            for at in sorted(change.culprits)
        ]
        rest = items.pick(set(change.culprits), others=True)
        return (
            [*alone, (Submission(0, Kind.BATCH, one.name, root=root), rest)] if rest.wire else alone
        )

    def _divide(self, change: Divide) -> list[tuple[Submission, Items]]:
        one, items = change.submission, self.journal.items(change.submission.id)
        root, found = one.root or one.id, set(change.found)
        return [
            (
                Submission(0, Kind.BATCH, one.name, State.SENT, lane=one.lane, root=root),
                items.pick(found),
            ),
            (Submission(0, Kind.BATCH, one.name, root=root), items.pick(found, others=True)),
        ]

    def _replace(
        self,
        one: Submission,
        happening: Happening,
        parts: list[tuple[Submission, Items]],
        now: float,
    ) -> None:
        self.journal.replace(one, happening, parts)
        for part, _ in parts:
            self.scheduler.add(part, now, self.clock.wall())

    def _new_lane(self, now: float) -> None:
        rows = self.target.new_lane()
        self.journal.add(rows)
        for row in rows:
            self.scheduler.add(row, now, self.clock.wall())

    def _remember_run(self, rows: list[Submission]) -> None:
        """The run's id and address, told as soon as they are known."""
        remote = next(
            (
                one.remote
                for one in rows
                if one.kind is Kind.OPEN and one.name == "run" and "id" in one.remote
            ),
            None,
        )
        given = self.target.describe().get("run_id") or ""
        run_id = str(remote["id"]) if remote else str(given)
        if not run_id or self.run_remote:
            return
        self.run_remote = {"id": run_id}
        url = self.target.run_url(self.base, run_id)
        self.journal.remember_run(run_id, url)
        self.listener(Opened(run_id, url))

    def _tell(self, one: Submission, verdict: Any) -> None:
        match verdict:
            case Deferred(exhausted=True):
                self.listener(Told(f"{_what(one)} is put aside: {verdict.reason}", level=0))
            case Deferred():
                self.listener(
                    Told(f"{_what(one)} again in {seconds(verdict.wait)}: {verdict.reason}")
                )
            case InDoubt():
                self.listener(Told(f"{_what(one)} is in doubt: {verdict.reason}"))
            case Rejected(too_large=True) if one.count > 1:
                self.listener(Told(f"{_what(one)} is too large and is halved: {verdict.reason}"))
            case Rejected() if one.count > 1:
                self.listener(
                    Told(f"{_what(one)} is refused and is split to find out why: {verdict.reason}")
                )
            case Rejected():
                self.listener(Told(f"{_what(one)} is refused: {verdict.reason}"))

    def _progress(self, *, at_once: bool = False) -> None:
        now = self.clock.now()
        if not at_once and now - self._progressed < PROGRESS_EVERY and self.scheduler.to_go():
            return
        self._progressed = now
        counts = self.journal.counts(under_way=True)
        self.listener(
            Progressed(
                accepted=counts.accepted,
                rejected=counts.rejected,
                in_doubt=counts.in_doubt,
                pending=counts.pending,
                requests=self.requests.total,
                in_flight=self._pacer.in_flight,
                rate=self._pacer.usage(now),
                to_go=self.scheduler.to_go(),
            )
        )


def conclude(upload: Upload, stopped: Refused | None, outcome: Outcome) -> Outcome:
    """What is left to say, read from the journal: the truth is what is on disk."""
    outcome.requests = upload.requests
    if stopped is not None:
        outcome.stop_code, outcome.stop_reason, outcome.hint = (
            stopped.exit_code,
            stopped.reason,
            stopped.hint,
        )
    upload.journal.remember_stop(outcome.stop_reason)
    return summarise(upload.journal, outcome)


def summarise(journal: Journal, outcome: Outcome) -> Outcome:
    """What a journal says of its upload."""
    header = journal.header
    outcome.upload_id, outcome.target, outcome.journal = (
        header.upload_id,
        header.target,
        str(journal.path),
    )
    outcome.run_id, outcome.run_url = journal.run()
    outcome.reports, outcome.tests = journal.reports(), journal.tests()
    outcome.results, outcome.failed_tests = journal.counts(), journal.failed_tests()
    missing = journal.attachments_missing()
    outcome.refused = [*journal.listed(State.REJECTED, State.IN_DOUBT, State.SENDING), *missing]
    outcome.attachments_missing = len(missing)
    outcome.unfinished = journal.unfinished()
    return outcome


def _what(one: Submission) -> str:
    if one.name == "match":
        return "reading what the service has"
    return (
        f"batch {one.id} ({count(one.count, 'result')})"
        if one.kind is Kind.BATCH
        else f"the request “{one.name}”"
    )
