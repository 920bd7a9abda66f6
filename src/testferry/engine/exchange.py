"""One submission's conversation with the service: it starts, its answers come, it is read again, it
ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from testferry.attachments import FilePart
from testferry.clock import Clock
from testferry.dialects import Dialect
from testferry.dialects.waits import spread
from testferry.engine.conversation import TOO_DEEP, Conversation, Ended, TooDeep, handed
from testferry.engine.effects import Effects
from testferry.engine.gate import Gate
from testferry.engine.judge import Answer, Draw, Hide, Lost, judge
from testferry.engine.step import Reply
from testferry.engine.tell import Teller
from testferry.engine.tries import Tries
from testferry.engine.verdict import (
    TOO_MANY,
    Accepted,
    Again,
    CannotTell,
    Deferred,
    Finding,
    InDoubt,
    Refused,
    Sorted,
    Verdict,
    hidden,
    hidden_in,
)
from testferry.exit_codes import LATER
from testferry.submission import Items, Kind, Submission

_UNAUTHORISED = (401, 403)
_NOT_JUDGED, _NOT_FOUND = InDoubt(TOO_DEEP, working=False, unclear=True), CannotTell(TOO_DEEP)
_NOTHING = Items((), ())


class Wire(Protocol):
    """What the loop needs of the network; the real one is ``client.Client``."""

    def post(
        self,
        method: str,
        target: str,
        body: bytes | FilePart | None,
        headers: Mapping[str, str],
    ) -> int:
        """Start a request; the token names it."""
        ...

    def wait(self, seconds: float | None) -> Done | None:
        """The next thing that is done, None after so many seconds or when woken."""
        ...

    def wake(self) -> None:
        """Make ``wait`` return."""
        ...

    def cut(self, grace: float = 0.0) -> None:
        """Every request that is out has so many seconds left."""
        ...


class Done(Protocol):
    """What became of a request."""

    @property
    def token(self) -> int:
        """The request's."""
        ...

    @property
    def answer(self) -> Answer | Lost:
        """The answer, or why there is none."""
        ...


@dataclass(slots=True)
class Exchange:
    """Every conversation of one upload.

    One record: its parts are what a conversation needs at every step, and are made for it together.
    """

    wire: Wire
    gate: Gate
    effects: Effects
    dialect: Dialect
    clock: Clock
    teller: Teller
    draw: Draw
    hide: Hide
    slowest: float = 0.0  # seconds that an answer took at most
    _out: dict[int, Conversation] = field(default_factory=dict)
    _waiting: list[tuple[float, Conversation]] = field(default_factory=list)
    _tries: Tries = field(default_factory=Tries)

    @property
    def next_due(self) -> float | None:
        """When the next request of a conversation under way is due; None if there is none."""
        return min((due for due, _ in self._waiting), default=None)

    def send(self, submission: Submission, lane: int | None, now: float) -> None:
        """Let a submission leave."""
        items = _NOTHING
        if submission.kind is Kind.BATCH:
            items = self.effects.journal.items(submission.id)
            submission.lane = lane
        steps = self.effects.steps.of(submission).send(
            submission,
            items,
            self.effects.book,
        )
        try:
            request = next(steps)
        except StopIteration as end:  # there is nothing to ask: it cannot be sent as it is
            self.gate.unused()
            self.effects.leave(submission, lane, asked=False)
            self._understood(submission, end.value, now)
            return
        self.effects.leave(submission, lane)
        self.teller.requests.retried += submission.attempts > 0
        self._tries.leaves(submission.id)
        self._post(
            Conversation(submission, steps, looking=False, request=request),
            now,
        )

    def look(self, submission: Submission, now: float) -> None:
        """Find out what became of a submission."""
        items = partial(self.effects.journal.items, submission.id)
        steps = self.effects.steps.of(submission).look(
            submission,
            items,
            self.effects.book,
        )
        self.effects.scheduler.queues.looking(submission)
        self.teller.looking(submission)
        try:
            request = next(steps)
        except StopIteration as end:
            self.gate.unused()
            self._found(submission, end.value, now)
            return
        self._post(
            Conversation(submission, steps, looking=True, request=request),
            now,
        )

    def go_on(self, now: float) -> None:
        """The next request of the conversation that waits longest."""
        soonest = min(self._waiting, key=lambda entry: entry[0])
        self._waiting.remove(soonest)
        self._post(soonest[1], now)

    def drop(self) -> None:
        """The upload ends: what has more to read is left for the next time."""
        now = self.clock.now()
        for _, talk in self._waiting:
            talk.steps.close()
            if talk.looking:
                self._found(talk.submission, CannotTell("the upload ended"), now)
            else:  # it was only reading
                self._understood(talk.submission, Deferred("the upload ended", 0.0), now)
        self._waiting.clear()

    def done(self, token: int, answer: Answer | Lost) -> None:
        """An answer came, or none will."""
        now = self.clock.now()
        talk = self._out.pop(token)
        self.gate.back(now)
        if isinstance(answer, Answer):
            self.slowest = max(self.slowest, now - talk.since)
            self._heed_their_time(answer, now)
            if answer.status == TOO_MANY:
                self.teller.requests.throttled += 1
                self._tries.meets_a_limit(talk.submission.id)
        attempt = self._attempt(talk)
        self.teller.came(talk.request, answer, now - talk.since, attempt, self.hide)
        verdict, words = judge(
            self.dialect, answer, attempt, self.clock.wall(), self.draw, self.hide
        )
        self.gate.heed(answer, verdict, now)
        self.effects.scheduler.heard(verdict, now)
        if talk.only_reads and self._reads_again(talk, verdict, now):
            return
        talk.reads = 0
        if talk.looking and isinstance(verdict, Refused):
            talk.refused = verdict
        self._go_on_with(talk, reply_of(answer, verdict, words), now)
        self.teller.progress()

    def _heed_their_time(self, answer: Answer, now: float) -> None:
        clock = self.effects.book.clock
        clock.heed(answer.headers, now)
        theirs = clock.at(now)
        if theirs is not None:
            self.effects.scheduler.queues.tell_time(theirs, now)

    def _attempt(self, talk: Conversation) -> int:
        if talk.only_reads:
            return talk.reads + 1
        if talk.looking:
            return 1
        return self._tries.of(talk.submission.id)

    def _go_on_with(self, talk: Conversation, reply: Reply, now: float) -> None:
        try:
            step = handed(talk.steps, reply)
        except TooDeep:
            result = _NOT_FOUND if talk.looking else _NOT_JUDGED
            step = Ended(result)
        if isinstance(step, Ended):
            self._end(talk, step.result, now)
            return
        talk.request = step
        self._waiting.append((now + step.after, talk))

    def _end(self, talk: Conversation, result: Any, now: float) -> None:
        if not talk.looking:
            if talk.only_reads:
                result = self._unread(talk.submission, result)
            self._understood(talk.submission, result, now)
            return
        refused = talk.refused
        # Credentials that are refused while looking are refused while sending too; a missing page
        # is not.
        if refused is not None and isinstance(result, CannotTell) and _for_good(refused):
            self.effects.scheduler.stop(refused)
        self._found(talk.submission, result, now)

    def _unread(self, submission: Submission, verdict: Verdict) -> Verdict:
        """A page that was answered and cannot be read is asked for again like a 5xx: so often, and
        no more.
        """
        if not isinstance(verdict, Deferred | InDoubt) or verdict.exhausted:
            return verdict
        backoff, tries = self.dialect.waits["backoff"], self._tries.of(submission.id)
        wait = max(verdict.wait, self.draw(*spread(backoff.after(tries))))
        return replace(verdict, wait=wait, exhausted=tries >= backoff.attempts)

    def _reads_again(self, talk: Conversation, verdict: Verdict, now: float) -> bool:
        """Reading changes nothing: the same page once more, not all of them."""
        if not isinstance(verdict, Again):
            return False
        outage = self.effects.scheduler.outage
        waits_for_outage = verdict.down and outage.found
        if verdict.exhausted and not waits_for_outage:
            return False
        due = now + verdict.wait
        if waits_for_outage:
            due = max(due, outage.next_probe)
        talk.reads += 1
        self.teller.again(str(talk.request), verdict)
        self._waiting.append((due, talk))
        return True

    def _post(self, talk: Conversation, now: float) -> None:
        request = talk.request
        headers = dict(request.headers)
        if request.body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.gate.leave(now)
        self.teller.leaves()
        talk.since = now
        body = request.part or request.body
        token = self.wire.post(
            request.method,
            request.target,
            body,
            headers,
        )
        self._out[token] = talk
        self.teller.progress()

    def _understood(self, submission: Submission, verdict: Verdict, now: float) -> None:
        verdict = hidden(verdict, self.hide)
        if isinstance(verdict, Accepted | Sorted):
            self._tries.accepted()
        self.teller.understood(submission, verdict)
        self.effects.apply(
            self.effects.scheduler.answered(submission, verdict, now),
            now,
        )

    def _found(self, submission: Submission, finding: Finding, now: float) -> None:
        finding = hidden_in(finding, self.hide)
        self.teller.found(submission, finding)
        self.effects.apply(
            self.effects.scheduler.looked(submission, finding, now),
            now,
        )


def _for_good(refused: Refused) -> bool:
    return refused.exit_code == LATER or refused.status in _UNAUTHORISED


def reply_of(answer: Answer | Lost, verdict: Verdict, words: str) -> Reply:
    """What a conversation is told of an answer."""
    if isinstance(answer, Lost):
        return Reply(verdict, message=words)
    return Reply(
        verdict,
        answer.status,
        answer.headers,
        answer.body,
        words,
    )
