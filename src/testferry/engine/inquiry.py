"""One conversation that changes nothing and that no journal knows: what ``doctor`` asks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from testferry.clock import Clock
from testferry.dialects import Dialect
from testferry.engine.conversation import TOO_DEEP, Ended, TooDeep, handed
from testferry.engine.exchange import Wire, reply_of
from testferry.engine.judge import Answer, Hide, judge
from testferry.engine.verdict import InDoubt, Verdict

if TYPE_CHECKING:
    from testferry.engine.step import Check, Checking, Reply, Request


_NO_API = "check the address: what answers there is no API"


class Unanswered(Exception):
    """No answer came to a request, or none that can be read; ``words`` say why, and the verdict
    whether time mends it.
    """

    def __init__(self, words: str, verdict: Verdict) -> None:
        super().__init__(words)
        self.words = words
        self.verdict = verdict


@dataclass(slots=True)
class Inquiry:
    """Questions to a service, each asked once."""

    wire: Wire
    dialect: Dialect
    clock: Clock
    hide: Hide = str
    answers: list[Answer] = field(default_factory=list)

    def carry_out(self, steps: Checking) -> list[Check]:
        """What the questions found out. Raises Unanswered."""
        try:
            step = handed(steps, None)
            while not isinstance(step, Ended):
                step = handed(steps, self._asked(step))
        except TooDeep:
            raise Unanswered(TOO_DEEP, InDoubt(TOO_DEEP, cure=_NO_API)) from None
        found: list[Check] = step.result
        return found

    def _asked(self, request: Request) -> Reply:
        self.wire.post(request.method, request.target, request.body, dict(request.headers))
        done = self.wire.wait(None)
        while done is None:
            done = self.wire.wait(None)
        draw = random.SystemRandom().uniform
        verdict, words = judge(self.dialect, done.answer, 1, self.clock.wall(), draw, self.hide)
        if not isinstance(done.answer, Answer):
            raise Unanswered(words, verdict)
        self.answers.append(done.answer)
        return reply_of(done.answer, verdict, words)
