"""Right of the journal: the shell that lets the scheduler's decisions happen. One loop, one main
thread.

Every turn: let a started conversation go on, or do what the scheduler says, or wait for an answer,
the gate or the clock. A mark is on disk before a request leaves and after its answer is understood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from testferry.cache import Cache
from testferry.clock import Clock, at_time
from testferry.dialects import Dialect
from testferry.dialects.waits import LONGEST_WAIT
from testferry.engine.actions import (
    Action,
    Extent,
    Finished,
    Look,
    NewLane,
    Pace,
    Policy,
    Send,
    Wait,
)
from testferry.engine.book import Ledger
from testferry.engine.effects import Effects
from testferry.engine.exchange import Exchange, Wire
from testferry.engine.gate import Gate
from testferry.engine.judge import Draw, Hide
from testferry.engine.scheduler import Scheduler
from testferry.engine.step import Steps, Target
from testferry.engine.tell import Teller
from testferry.engine.verdict import Refused
from testferry.events import Listener, Planned, Waiting
from testferry.exit_codes import LATER
from testferry.journal import Journal
from testferry.outcome import Requests
from testferry.pace.pacer import Pacer
from testferry.pace.shared import Budget
from testferry.pace.slots import Slots
from testferry.submission import Happening, State, Submission
from testferry.text import count, seconds

SHORT_WAIT = 2.0  # longer waits are told
HEARTBEAT = 10.0
GRACE = 5.0  # seconds that requests which are out still have when the upload is stopped


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an upload needs of the machine that it runs on."""

    clock: Clock
    listener: Listener
    draw: Draw  # a number between two others
    hide: Hide = str  # a text without the secret
    cache: Cache = field(default_factory=Cache)
    budget: Slots = field(default_factory=Budget)


class Upload:
    """Carries one journal's plan out. ``run`` returns why it ended early, None at its end."""

    def __init__(
        self,
        journal: Journal,
        target: Target,
        dialect: Dialect,
        pace: Pace,
        around: Surroundings,
        base: str = "",
        *,
        extent: Extent = Extent.ALL,
    ) -> None:
        self.journal = journal
        self.target = target
        self.pace = pace
        self.around = around
        self.extent = extent
        self.planned = False
        self._base, self._dialect = base, dialect
        self._clock = around.clock
        self.requests = Requests()  # what this process sent to the service
        self._signal = 0
        self._heeded = False
        self._leave = False
        self._wire: Wire | None = None
        self._deadline = around.clock.now() + pace.max_time

    def _set_up(self, wire: Wire) -> None:
        """The parts of the engine, made of the rows that are on disk."""
        now, wall = self._clock.now(), self._clock.wall()
        rows = self._rows()
        steps = Steps(self.target.steps())
        lanes, alone = self.target.uses_lanes, self.target.plans_later
        policy = Policy.of(self.pace, self.extent, lanes=lanes, alone=alone)
        self.scheduler = Scheduler(self.extent.of(rows), steps, policy, now)
        pacer = self._pacer(rows, now, wall)
        listener = self.around.listener
        self._gate = Gate(pacer, self.around.budget, self._dialect, self._clock, listener)
        queues, cache = self.scheduler.queues, self.around.cache
        self.book = Ledger(self.journal, queues, cache, self._clock.wall)
        self._teller = Teller(
            listener,
            steps,
            self.journal,
            self.scheduler,
            self._gate,
            self._clock,
            self._dialect.attempts,
            self.requests,
        )
        self._effects = Effects(
            self.journal,
            self.scheduler,
            self.target,
            steps,
            self.book,
            self._clock,
            listener,
            self._base,
            self._replanned,
        )
        self._exchange = Exchange(
            wire,
            self._gate,
            self._effects,
            self._dialect,
            self._clock,
            self._teller,
            self.around.draw,
            self.around.hide,
        )
        self._effects.remember_run(rows)
        for row in rows:
            self.book.remember_results(row)

    def _rows(self) -> list[Submission]:
        """What is on disk; an earlier process may have left in the middle of a request."""
        rows = self.journal.submissions()
        for row in rows:
            if row.state is State.SENDING:
                row.reason = row.reason or "the upload ended before the answer came"
                row.applied = True
                self.journal.move(row, Happening.FOUND)
        return rows

    def _pacer(self, rows: list[Submission], now: float, wall: float) -> Pacer:
        """A pacer that knows what an earlier process sent a moment ago."""
        pacer = Pacer(self.pace.rate, self._to_go())
        for row in rows:
            if row.left_at is not None:
                pacer.count(now, now - max(0.0, wall - row.left_at))
        return pacer

    def _to_go(self) -> int:
        """Requests to make, those of results that wait for a plan among them."""
        return self.scheduler.queues.to_go() + self.journal.batches_held()

    def run(self, wire: Wire) -> Refused | None:
        """Until nothing is left that this process can do."""
        self._set_up(wire)
        self._wire = wire
        counts, header = self.journal.counts(), self.journal.header
        done = counts.accepted + counts.rejected
        to_go = self._to_go()
        self.around.listener(Planned(header.upload_id, header.target, counts.total, to_go, done))
        while self._turn():
            pass
        return self.scheduler.stopped

    def interrupt(self, code: int) -> None:
        """From a signal handler. First: give what is out a few seconds. Second: leave at once."""
        if self._signal:
            self._leave = True
        self._signal = self._signal or code
        if self._wire is not None:
            self._wire.wake()

    # --- the loop

    def _turn(self) -> bool:
        """One step; False at the end."""
        now = self._clock.now()
        self._heed(now)
        self.scheduler.heed(now)
        if self._leave:
            return False
        due = self._exchange.next_due
        if due is not None and self.scheduler.stopped is not None:
            self._exchange.drop()
            due = None
        slot = self._gate.ready(now)
        if due is None:
            return self._do(self.scheduler.next(now), now, slot)
        due = max(slot, due)
        if due > now:
            self._pass_time(now, due, "reading again")
        elif self._has_slot(now):
            self._exchange.go_on(now)
        return True

    def _do(self, action: Action, now: float, slot: float) -> bool:
        """What the scheduler says; False if it says that this is the end."""
        match action:
            case Finished():
                return False
            case Wait():
                self._pass_time(now, action.until, action.reason)
            case NewLane():
                self._effects.new_lane(now)
            case Send() | Look() if slot > now:
                self._pass_time(now, slot, "")
            case Send() | Look() if not self._has_slot(now):
                pass
            case Send():
                self._exchange.send(action.submission, action.lane, now)
            case Look():
                self._exchange.look(action.submission, now)
        return True

    def _has_slot(self, now: float) -> bool:
        """Whether the other processes leave room; else the time until they may is passed."""
        wait = self._gate.take(now)
        if wait > LONGEST_WAIT and (paused := self._gate.paused(now)) > LONGEST_WAIT:
            back = at_time(self._clock.wall() + paused)
            self._stop_for_now(f"the service asks to be left alone until {back}")
        elif wait > 0.0:
            reason = f"the rate limit ({self.pace.rate}), shared with other uploads"
            self._pass_time(now, now + wait, reason)
        return wait <= 0.0

    def _heed(self, now: float) -> None:
        """Signals and the deadline, once each."""
        if self._signal and not self._heeded:
            self._heeded = True
            self.scheduler.stop(Refused("interrupted", exit_code=128 + self._signal))
            self._cut(GRACE)
        if now >= self._last_departure():
            self._stop_for_now("the time of --max-time is over")
            self._cut(self._deadline - now + GRACE)
            self._deadline = math.inf

    def _stop_for_now(self, why: str) -> None:
        """Later, by whomever: if nobody answered, what else goes there would meet the same."""
        found = self.scheduler.outage.found
        self.scheduler.stop(Refused(why, exit_code=LATER, outage=found))

    def _last_departure(self) -> float:
        """From here on nothing leaves: what is out can still end before the deadline."""
        if self._deadline == math.inf:
            return math.inf
        return self._deadline - min(GRACE, self.pace.max_time / 4, self._exchange.slowest)

    def _cut(self, grace: float) -> None:
        if self._wire is not None:
            self._wire.cut(grace)

    def _pass_time(self, now: float, until: float, reason: str) -> None:
        """Wait for an answer, but not beyond ``until``.

        A long wait is told, again and again: CI systems kill silent jobs.
        """
        idle = not self._gate.in_flight
        if idle and until > self._deadline:
            self._stop_for_now(self._no_time_left(now, until))
            return
        ends = min(until, self._last_departure())
        if idle and ends - now > SHORT_WAIT:
            self._teller.progress(at_once=True)
            why = self._gate.why(now) or reason or f"the rate limit ({self.pace.rate})"
            back = self._clock.wall() + ends - now
            self.around.listener(Waiting(ends - now, back, why))
            ends = min(ends, now + HEARTBEAT)
        self._wait_for_an_answer(now, ends, idle=idle)

    def _wait_for_an_answer(self, now: float, ends: float, *, idle: bool) -> None:
        """A slow answer is waited for in turns: whoever listens sees that the upload is alive."""
        limit = max(0.0, min(ends - now, HEARTBEAT))
        done = self._exchange.wire.wait(limit)
        if idle:
            self.requests.waited_s += max(0.0, self._clock.now() - now)
        if done is not None:
            self._exchange.done(done.token, done.answer)
        elif not idle:
            self._teller.progress(at_once=True)

    def _no_time_left(self, now: float, until: float) -> str:
        back = at_time(self._clock.wall() + until - now)
        words = f"the next request could leave at {back}, after --max-time"
        if self._gate.reason:
            return f"{self._gate.reason.rstrip('.')}; {words}"
        return words

    def _replanned(self, said: str) -> None:
        left = self.scheduler.queues.to_go()
        least = self._gate.pacer.forecast(left)
        words = f"{said}; {count(left, 'request')} to go"
        if least >= 1:
            words += f": at least {seconds(least)}"
        self._teller.say(words, level=0)
        self.planned = True
        if self.extent is Extent.PLAN:
            self.scheduler.stop(Refused("the plan is made"))
