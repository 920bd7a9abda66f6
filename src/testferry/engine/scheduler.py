"""What to do next, and what follows from an answer. Pure: no row is changed here.

Every submission walks the table of ``submission.py``. `Queues` says what is due, `Doubt` what a
look proves, `Refusals` whose fault a refusal is, `Outage` whether anybody is there.

A batch whose attempts are used up is put aside, pending, and holds nobody up; three in a row end
the upload (75, resumable). While "may have been applied" stands on a row, no refusal speaks of it:
a refusal of the second try says nothing of the first. Times are monotonic seconds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection

from testferry.engine.actions import (
    Action,
    Change,
    Divide,
    Facts,
    Finished,
    Look,
    Move,
    Policy,
    Portion,
    Split,
    Wait,
)
from testferry.engine.doubt import DECIDED, LOOKS, NEVER_THERE, RESEND, Doubt, Proof, enough, noted
from testferry.engine.outage import Outage
from testferry.engine.queues import Queues
from testferry.engine.refusals import ALIKE, Fault, Refusals, culprits_of
from testferry.engine.step import Steps
from testferry.engine.tries import MOST_TRIES, made_before
from testferry.engine.verdict import (
    Accepted,
    Again,
    CannotTell,
    Deferred,
    Finding,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    Sorted,
    There,
    Verdict,
)
from testferry.exit_codes import LATER
from testferry.submission import Happening, Kind, Submission

IN_A_ROW = 3  # so many batches in a row put aside end the upload
REFUSED_AFTER_DOUBT = 5  # then a row that may have been applied and is refused is put aside


class Scheduler:
    """One upload's decisions. Ask ``next``, do it, report ``started``, ``answered``, ``looked``."""

    def __init__(
        self, submissions: Collection[Submission], steps: Steps, policy: Policy, now: float
    ) -> None:
        self.policy = policy
        self.queues = Queues(submissions, policy, now)
        self.outage = Outage(policy.patience)
        self.stopped: Refused | None = None
        self._steps = steps
        self.refusals = Refusals()
        self._tries_before = made_before(submissions)
        self._refused_after_doubt: Counter[int] = Counter()
        self._put_aside_in_a_row = 0
        self._sent_once_more: set[int] = set()  # though nobody can tell what became of them

    def heed(self, now: float) -> None:
        """End the upload if nobody has answered for too long."""
        if self.stopped is None and self.outage.over(now):
            self.stop(Refused(self.outage.reason, exit_code=LATER, outage=True))

    def next(self, now: float) -> Action:
        """The one thing to do now. Asking changes nothing but the order of what has become due."""
        if self.stopped is not None:
            return self._last_answers()
        self.queues.wake(now)
        alone = self.outage.one_at_a_time or self.refusals.an_open_question
        if self.queues.flying >= (1 if alone else self.policy.width):
            return Wait(math.inf)
        if self.outage.found and now < self.outage.next_probe:
            return Wait(self.outage.next_probe, self.outage.reason)
        if submission := self.queues.due_look(now):
            if self.policy.alone and submission.kind is Kind.BATCH and self.queues.sending:
                return Wait(math.inf)
            return Look(submission)
        return self.queues.due_send(now) or self.queues.wait(now)

    def _last_answers(self) -> Action:
        """What is out is waited for, also if nothing new is taken."""
        if self.queues.flying:
            return Wait(math.inf)
        return Finished()

    def stop(self, why: Refused) -> None:
        """Take nothing new; the first reason counts."""
        self.stopped = self.stopped or why

    def heard(self, verdict: Verdict, now: float) -> None:
        """An answer to any request, or the lack of one: is anybody there?"""
        if isinstance(verdict, Again) and verdict.down:
            self.outage.failed(now, verdict.asked_for, verdict.reason, verdict.cure)
            if self.outage.certain:
                self.stop(Refused(verdict.reason, hint=verdict.cure))
        else:
            self.outage.answered()

    def answered(  # noqa: PLR0911 - one return for each verdict
        self, submission: Submission, verdict: Verdict, now: float
    ) -> list[Change]:
        """What an answer changes. ``now`` is when it was complete."""
        self.queues.back(submission)
        match verdict:
            case Accepted():
                return [self._arrived(submission, Happening.ACCEPTED, verdict)]
            case Rejected() if submission.applied and not verdict.unasked:
                return [self._refused_after(submission, verdict, now)]
            case Rejected():
                return self._rejected(submission, verdict)
            case Sorted():
                return self._sorted(submission, verdict, now)
            case Deferred():
                return [self._deferred(submission, verdict, now)]
            case InDoubt():
                return [self._in_doubt(submission, verdict, now)]
            case Refused():
                self.stop(verdict)
                if verdict.doubtful:
                    facts = {"reason": verdict.reason, "working": True, "applied": True}
                    return [Move(submission, Happening.IN_DOUBT, facts)]
                return [self._back(submission, verdict.reason)]

    def _arrived(
        self, submission: Submission, happening: Happening, found: Accepted | There
    ) -> Move:
        if submission.kind is Kind.BATCH:
            self.queues.confirm(submission)
            self._took_something_of(submission)
        facts = {"remote": {**submission.remote, **found.remote}}
        if isinstance(found, Accepted):
            told = {**facts, "reason": found.reason}
            return Move(submission, happening, told, rows=found.rows)
        return Move(submission, happening, facts)

    def _took_something_of(self, batch: Submission) -> None:
        self._put_aside_in_a_row = 0
        if self.refusals.accepted(batch.id):
            self.queues.release()

    def _refused_after(self, submission: Submission, verdict: Rejected, now: float) -> Move:
        """A refusal of a further try says nothing of the one that may have been applied."""
        if submission.kind is Kind.CLOSE:  # it is refused because it is done
            return Move(submission, Happening.ACCEPTED, {"reason": verdict.reason})
        self._refused_after_doubt[submission.id] += 1
        times = self._refused_after_doubt[submission.id]
        if times >= REFUSED_AFTER_DOUBT:  # nothing more will be known: it stays in doubt
            return Move(submission, Happening.IN_DOUBT, {"reason": verdict.reason, "applied": True})
        wait = max(verdict.wait, LOOKS[0] * 2**times)
        return self._in_doubt(submission, InDoubt(verdict.reason, wait), now)

    def _rejected(self, submission: Submission, verdict: Rejected) -> list[Change]:
        facts = {"reason": verdict.reason}
        if submission.kind is Kind.ATTACH or not self._steps.of(submission).essential:
            return [Move(submission, Happening.REJECTED, facts)]
        if submission.kind is not Kind.BATCH:
            words = f"the service refuses the request “{submission.name}”: {verdict.reason}"
            self.stop(Refused(words, closed=verdict.closed))
            return [Move(submission, Happening.DEFERRED, facts)]
        return [self._rejected_batch(submission, verdict)]

    def _rejected_batch(self, batch: Submission, verdict: Rejected) -> Change:
        root, facts = batch.root or batch.id, {"lane": None, "reason": verdict.reason}
        fault = self.refusals.whose(batch, verdict, others_left=self.queues.others_wait(root))
        if fault is Fault.EVERYBODYS:
            self.stop(Refused(verdict.reason, hint=ALIKE, closed=verdict.closed))
            return self._back(batch, verdict.reason)
        if self.refusals.suspicious(root):
            self.queues.put_behind(root)
        if fault is Fault.ITS_OWN:
            return Move(batch, Happening.REJECTED, facts)
        if fault is Fault.UNKNOWN:
            self.queues.hold_back(batch)
            return self._back(batch, verdict.reason)
        return Split(batch, culprits_of(batch, verdict), facts, verdict.reasons, verdict.portions)

    def _sorted(self, batch: Submission, verdict: Sorted, now: float) -> list[Change]:
        """Each result was answered for itself."""
        if verdict.refused and batch.applied and not verdict.keyed:
            return [self._refused_after(batch, Rejected(verdict.reason), now)]
        tries = batch.attempts - self._tries_before[batch.root or batch.id]
        left_out = len(verdict.refused) + len(verdict.later)
        words = {*verdict.refused.values(), *verdict.later.values()}
        if left_out >= batch.count and len(words) == 1:
            # All of it in the same words: is it the results, or the place that they go to?
            if verdict.refused:
                return self._rejected(batch, Rejected(verdict.reason))
            deferred = Deferred(verdict.reason, verdict.wait, exhausted=tries + 1 >= MOST_TRIES)
            return [self._deferred(batch, deferred, now)]
        if left_out < batch.count:
            self._took_something_of(batch)
        due = now + verdict.wait * 2**tries
        return [Portion(batch, verdict.refused, verdict.later, due)]

    def _back(self, submission: Submission, reason: str, **more: object) -> Move:
        """Pending again; a batch leaves its lane."""
        facts: dict[str, object] = {"reason": reason, "working": False, **more}
        if submission.kind is Kind.BATCH:
            facts["lane"] = None
        return Move(submission, Happening.DEFERRED, facts)

    def _deferred(self, submission: Submission, verdict: Deferred, now: float) -> Move:
        if verdict.exhausted and not self.outage.found:
            self._put_aside(submission, verdict.reason)
        else:
            self.queues.again(submission, now + verdict.wait)
        return self._back(submission, verdict.reason, attempts=submission.attempts + 1)

    def _put_aside(self, submission: Submission, reason: str) -> None:
        self.queues.put_aside(submission)
        if submission.kind is Kind.ATTACH:
            return
        self._put_aside_in_a_row += 1
        if submission.kind is not Kind.BATCH or self._put_aside_in_a_row >= IN_A_ROW:
            self.stop(Refused(reason, exit_code=LATER))

    # --- doubt

    def _in_doubt(self, submission: Submission, verdict: InDoubt, now: float) -> Move:
        wait = max(LOOKS[0], verdict.asked_for)
        doubt = Doubt(
            left=now,
            next_look=now + wait,
            resend_at=now + verdict.wait,
            working=verdict.working,
            exhausted=verdict.exhausted,
        )
        self.queues.doubt(submission, doubt)
        facts = {
            "reason": verdict.reason,
            "working": verdict.working,
            "applied": True,
            "attempts": submission.attempts + 1,
            "remote": noted(submission, unclear=verdict.unclear),
        }
        return Move(submission, Happening.IN_DOUBT, facts)

    def looked(self, submission: Submission, finding: Finding, now: float) -> list[Change]:
        """What a look changes."""
        doubt = self.queues.looked(submission)
        proof = doubt.looked(finding, now, self.policy.settle)
        if proof is Proof.NOTHING_YET:
            return []
        self.queues.settled(submission)
        match proof, finding:
            case Proof.THERE, There():
                return [self._arrived(submission, Happening.THERE, finding)]
            case Proof.IN_PART, PartlyThere():
                return [Divide(submission, finding.found)]
            case Proof.NOT_THERE, NotThere() if enough(submission, finding, self._tries_before):
                return [self._cannot_tell(submission, doubt, NEVER_THERE)]
            case Proof.NOT_THERE, NotThere():
                proven, noted = not finding.retry_at_once, finding.remote
                return [self._resend(submission, doubt, proven=proven, noted=noted)]
        reason = "what the service shows changes from look to look"
        if isinstance(finding, CannotTell):
            reason = finding.reason
        return [self._cannot_tell(submission, doubt, reason)]

    def _resend(
        self,
        submission: Submission,
        doubt: Doubt,
        *,
        proven: bool,
        retires: int | None = None,
        noted: Facts | None = None,
    ) -> Move:
        """It is sent again; ``proven``: nothing of the earlier try can turn up any more."""
        if doubt.exhausted and not self.outage.found:
            self._put_aside(submission, submission.reason)
        elif self.policy.only_doubt and proven:
            self.queues.put_aside(submission)
        else:
            self.queues.again(submission, doubt.resend_at)
        facts: dict[str, object] = {"applied": submission.applied and not proven}
        if noted:
            facts["remote"] = {**submission.remote, **noted}
        if submission.kind is Kind.BATCH:
            facts["lane"] = None
        return Move(submission, Happening.NOT_THERE, facts, retires)

    def _cannot_tell(self, submission: Submission, doubt: Doubt, reason: str) -> Change:
        if reason in submission.reason:
            reason = submission.reason
        elif submission.reason:
            reason = f"{submission.reason}; {reason}"
        retires = submission.lane if submission.kind is Kind.BATCH else None
        if retires is not None:  # its count proves nothing any more
            self.queues.lanes.retire(retires)
        once_more = submission.kind is Kind.CLOSE or self.policy.in_doubt == "resend"
        if once_more and submission.id not in self._sent_once_more:
            self._sent_once_more.add(submission.id)
            return self._resend(submission, doubt, proven=True, retires=retires)
        happening, words = Happening.UNKNOWN, ""
        if submission.kind is Kind.BATCH:
            happening, words = DECIDED.get(self.policy.in_doubt, (happening, words))
        elif submission.kind is not Kind.ATTACH:
            hint, needs = f"{RESEND} makes it anew", RESEND * doubt.blind
            self.stop(Refused(reason, exit_code=LATER, hint=hint, needs=needs))
        return Move(submission, happening, {"reason": words + reason}, retires)
