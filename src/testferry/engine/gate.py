"""The gate that every request passes: the pacer's windows, the budget shared with other processes,
and what answers say of speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from testferry.clock import Clock
from testferry.dialects import Dialect, decide
from testferry.dialects.headers import quota
from testferry.engine.judge import Answer, Lost
from testferry.engine.verdict import TOO_MANY, Deferred, InDoubt, Refused, Verdict
from testferry.events import Listener, Told
from testferry.pace.limits import LONGEST_PAUSE, stated_limit
from testferry.pace.pacer import Pacer
from testferry.pace.slots import Slots

OTHERS_EVERY = 1.0  # seconds between two looks whether others pause, where no limit is shared


@dataclass(slots=True)
class Gate:
    """When the next request may leave, and why not before. Times are monotonic seconds."""

    pacer: Pacer
    budget: Slots
    dialect: Dialect
    clock: Clock
    listener: Listener
    reason: str = ""  # of the pause that holds everybody
    paused_until: float = -math.inf
    _looked: float = -math.inf

    @property
    def in_flight(self) -> int:
        """Requests that left and are not back."""
        return self.pacer.in_flight

    def why(self, now: float) -> str:
        """Why everybody waits; empty if nobody has to."""
        if now < self.paused_until:
            return self.reason
        return ""

    def ready(self, now: float) -> float:
        """The earliest time at which a request may leave; inf while only an answer frees a slot."""
        return self.pacer.ready(now)

    def take(self, now: float) -> float:
        """A slot of the shared budget: 0; else the seconds until it pays to ask again."""
        if not self.pacer.windows:
            return self._held_by_others(now)
        wait = self.budget.take(self.pacer.windows, now)
        for words in self.budget.news():
            self.listener(Told(words, level=0))
        return wait

    def _held_by_others(self, now: float) -> float:
        """Seconds of a pause that another process met: it holds those without a limit too."""
        if now < self._looked + OTHERS_EVERY:
            return 0.0
        held = self.budget.paused(now)
        if held <= 0.0:
            self._looked = now
        return held

    def paused(self, now: float) -> float:
        """Seconds for which nobody may leave, whoever was told so."""
        return self.budget.paused(now)

    def unused(self) -> None:
        """The slot that was taken last is not needed after all."""
        self.budget.give_back()

    def leave(self, now: float) -> None:
        """A request leaves."""
        self.pacer.leave(now)

    def back(self, now: float) -> None:
        """Its answer is complete, or given up."""
        self.pacer.complete(now)
        self.budget.complete(now)

    def heed(
        self,
        answer: Answer | Lost,
        verdict: Verdict,
        now: float,
    ) -> None:
        """What an answer says about speed holds for every worker, and every process."""
        refused_pace = isinstance(answer, Answer) and answer.status == TOO_MANY
        if isinstance(answer, Answer) and refused_pace and (limit := stated_limit(answer.body)):
            self.pacer.hold_to(limit)
        if isinstance(verdict, Deferred) and verdict.pause:
            self._pause(verdict.reason, now + verdict.wait)
            if verdict.refused_pace:
                self.pacer.slow_down(
                    now,
                    verdict.wait,
                    asked=verdict.asked,
                )
        elif isinstance(verdict, InDoubt) and verdict.asked:
            self._pause(verdict.reason, now + verdict.wait)
        elif isinstance(verdict, Refused) and verdict.wait:
            self._pause(verdict.reason, now + min(verdict.wait, LONGEST_PAUSE))
        if isinstance(answer, Answer) and not isinstance(verdict, Deferred):
            self._heed_quota(answer, now)

    def _pause(self, reason: str, until: float) -> None:
        self.reason, self.paused_until = reason, until
        self.budget.pause(until)
        self.pacer.pause(until)

    def _heed_quota(self, answer: Answer, now: float) -> None:
        left = quota(answer.headers, self.clock.wall())
        if left is None:
            return
        if left.reset is not None:
            self.pacer.headers_say(now, left.remaining, left.reset)
        elif left.remaining == 0:
            # The next one would be refused: wait as its refusal would tell us to.
            wall = self.clock.wall()
            refusal = decide(
                self.dialect,
                TOO_MANY,
                answer.headers,
                b"",
                1,
                wall,
            )
            if refusal.wait_s:
                self.reason = "the service says that its limit is reached"
                self.paused_until = now + refusal.wait_s[0]
                self.pacer.pause(self.paused_until)
