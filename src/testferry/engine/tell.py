"""What a listener is told while an upload runs, and what is counted for its end."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from testferry.clock import Clock
from testferry.engine.gate import Gate
from testferry.engine.judge import Answer, Hide, Lost
from testferry.engine.scheduler import Scheduler
from testferry.engine.step import Request, Steps
from testferry.engine.trace import in_one_line, on_the_wire
from testferry.engine.verdict import (
    CannotTell,
    Deferred,
    Finding,
    InDoubt,
    NotThere,
    PartlyThere,
    Rejected,
    There,
    Verdict,
)
from testferry.events import Listener, Progressed, Told
from testferry.journal import Journal
from testferry.outcome import Requests
from testferry.submission import Kind, Submission
from testferry.text import count, seconds

PROGRESS_EVERY = 0.1  # seconds
_TELLING = 2  # so many answers tell a pace
_FOUND = {There: "arrived", NotThere: "is not there", PartlyThere: "arrived in part"}


@dataclass(slots=True)
class Teller:
    """Says what happens, in lines for people."""

    listener: Listener
    steps: Steps
    journal: Journal
    scheduler: Scheduler
    gate: Gate
    clock: Clock
    attempts: int = 5  # that the service's documents grant
    requests: Requests = field(default_factory=Requests)
    _started: float = field(init=False)
    _progressed: float = -math.inf

    def __post_init__(self) -> None:
        self._started = self.clock.now()

    def say(
        self,
        words: str,
        level: int = 1,
    ) -> None:
        """One line; ``level`` 0 is always shown, 1 with ``-v``, 2 with ``-vv``."""
        self.listener(Told(words, level=level))

    def leaves(self) -> None:
        """A request leaves."""
        self.requests.total += 1

    def came(
        self,
        request: Request,
        answer: Answer | Lost,
        spent: float,
        attempt: int,
        hide: Hide,
    ) -> None:
        """An answer came, or none will; ``spent`` seconds after the request left."""
        self.say(in_one_line(request, answer, spent, attempt, self.attempts))
        for line in on_the_wire(request, answer, hide):
            self.say(line, level=2)

    def looking(self, submission: Submission) -> None:
        """A look begins."""
        self.say(f"looking whether {self._what(submission)} arrived")

    def again(
        self,
        what: str,
        verdict: Deferred | InDoubt,
    ) -> None:
        """A page is read again."""
        self.requests.retried += 1
        self.say(f"{what} again in {seconds(verdict.wait)}: {verdict.reason}")

    def found(self, submission: Submission, finding: Finding) -> None:
        """A look ended."""
        if isinstance(finding, CannotTell):
            self.say(finding.reason)
        else:
            self.say(f"{self._what(submission)} {_FOUND[type(finding)]}")

    def understood(self, submission: Submission, verdict: Verdict) -> None:
        """An answer is understood."""
        self.requests.in_doubt += isinstance(verdict, InDoubt)
        what = self._what(submission)
        match verdict:
            case Deferred(exhausted=True) if not self.scheduler.outage.found:
                self.say(f"{what} is put aside: {verdict.reason}", level=0)
            case Deferred():
                self.say(f"{what} again in {seconds(verdict.wait)}: {verdict.reason}")
            case InDoubt():
                self.say(f"{what} is in doubt: {verdict.reason}")
            case Rejected(unasked=False) if submission.applied:
                words = "is refused now, and may have been applied before: it is looked for"
                self.say(f"{what} {words}: {verdict.reason}")
            case Rejected(too_large=True) if submission.count > 1:
                self.say(f"{what} is too large and is halved: {verdict.reason}")
            case Rejected() if submission.count > 1:
                self.say(f"{what} is refused and is split to find out why: {verdict.reason}")
            case Rejected():
                self.say(f"{what} is refused: {verdict.reason}")

    def progress(self, *, at_once: bool = False) -> None:
        """Where the upload stands; not more often than anybody can see."""
        now = self.clock.now()
        too_soon = now - self._progressed < PROGRESS_EVERY
        if too_soon and not at_once and self.scheduler.queues.to_go():
            return
        self._progressed = now
        counts = self.journal.counts(under_way=True)
        to_go = self.scheduler.queues.to_go() + self.journal.batches_held()
        self.listener(
            Progressed(
                accepted=counts.accepted,
                rejected=counts.rejected,
                in_doubt=counts.in_doubt,
                pending=counts.pending,
                requests=self.requests.total,
                in_flight=self.gate.in_flight,
                rate=self.gate.pacer.usage(now),
                to_go=to_go,
                left_s=self._time_left(now, to_go),
            )
        )

    def _time_left(self, now: float, to_go: int) -> float | None:
        """How long the rest takes: as the limit allows, or at the pace so far: what is more."""
        made = self.requests.total - self.gate.in_flight
        if made < _TELLING or not to_go:
            return None
        working = max(0.0, now - self._started - self.requests.waited_s)
        return max(self.gate.pacer.left(now, to_go), working / made * to_go)

    def _what(self, submission: Submission) -> str:
        if submission.kind is Kind.BATCH:
            return f"batch {submission.id} ({count(submission.count, 'result')})"
        return self.steps.of(submission).says or f"the request “{submission.name}”"
