"""Given these verdicts, these actions and these changes: no wire, no journal, no clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from testferry.engine.actions import (
    Action,
    Change,
    Divide,
    Finished,
    Look,
    Move,
    NewLane,
    Policy,
    Portion,
    Send,
    Split,
    Wait,
)
from testferry.engine.scheduler import IN_A_ROW, Scheduler
from testferry.engine.step import Step, Steps
from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    Sorted,
    There,
)
from testferry.submission import TRANSITIONS, Happening, Kind, State, Submission


def nothing(*_: object) -> Any:
    raise AssertionError("a scheduler asks nobody")


STEPS = Steps(
    [
        Step("run", Kind.OPEN, nothing, nothing, makes_run=True),
        Step("part", Kind.OPEN, nothing, nothing, essential=False),
        Step("lane", Kind.LANE, nothing, nothing),
        Step("batch", Kind.BATCH, nothing, nothing),
        Step("file", Kind.ATTACH, nothing, nothing),
        Step("close", Kind.CLOSE, nothing, nothing),
    ]
)
KINDS = {
    "run": Kind.OPEN,
    "part": Kind.OPEN,
    "lane": Kind.LANE,
    "batch": Kind.BATCH,
    "file": Kind.ATTACH,
    "close": Kind.CLOSE,
}


class Play:
    """A scheduler whose changes are carried out on rows in memory, as the effects would."""

    def __init__(self, *names: str, count: int = 4, **policy: Any) -> None:
        rows = [
            Submission(number, KINDS[name], name, count=count if name == "batch" else 0)
            for number, name in enumerate(names, 1)
        ]
        self.rows = {row.id: row for row in rows}
        self.now = 0.0
        self.scheduler = Scheduler(rows, STEPS, Policy(**policy), 0.0)

    def next(self) -> Action:
        return self.scheduler.next(self.now)

    def send(self) -> Submission:
        """The next action, which is to send something; it leaves."""
        action = self.next()
        assert isinstance(action, Send), action
        self.leave(action)
        return action.submission

    def leave(self, action: Send) -> None:
        if action.submission.kind is Kind.BATCH:
            action.submission.lane = action.lane
        action.submission.state = State.SENDING
        self.scheduler.queues.started(action.submission)
        self.scheduler.refusals.leaves(action.submission.id)

    def answer(self, row: Submission, verdict: Any) -> list[Change]:
        self.scheduler.heard(verdict, self.now)
        before = (row.state, row.lane, row.reason, row.attempts, dict(row.remote), row.applied)
        changes = self.scheduler.answered(row, verdict, self.now)
        after = (row.state, row.lane, row.reason, row.attempts, dict(row.remote), row.applied)
        assert before == after, "a scheduler changes no row"
        self.apply(changes)
        return changes

    def look(self) -> Submission:
        action = self.next()
        assert isinstance(action, Look), action
        self.scheduler.queues.looking(action.submission)
        return action.submission

    def looked(self, row: Submission, finding: Any) -> list[Change]:
        changes = self.scheduler.looked(row, finding, self.now)
        self.apply(changes)
        return changes

    def wait(self) -> float:
        action = self.next()
        assert isinstance(action, Wait), action
        if action.until != math.inf:
            self.now = max(self.now, action.until)
        return action.until

    def apply(self, changes: list[Change]) -> None:
        for change in changes:
            match change:
                case Move(row, happening, facts):
                    for name, value in facts.items():
                        setattr(row, name, value)
                    row.state = TRANSITIONS[(row.state, happening)]
                case Split(row, culprits, facts, _, _):
                    for name, value in facts.items():
                        setattr(row, name, value)
                    self.replace(row, State.REJECTED, list(self.parts(row, culprits)))
                case Divide(row, found):
                    there = self.part(row, len(found), State.SENT)
                    rest = self.part(row, row.count - len(found), State.PENDING)
                    self.replace(row, State.SENT, [there, rest])

    def parts(self, row: Submission, culprits: frozenset[int]) -> Iterator[Submission]:
        if not culprits:
            half = row.count // 2
            yield self.part(row, half, State.PENDING)
            yield self.part(row, row.count - half, State.PENDING)
            return
        for _ in culprits:
            yield self.part(row, 1, State.REJECTED)
        yield self.part(row, row.count - len(culprits), State.PENDING)

    def part(self, row: Submission, count: int, state: State) -> Submission:
        made = Submission(max(self.rows) + 1, Kind.BATCH, "batch", state, count)
        made.root = row.root or row.id
        self.rows[made.id] = made
        return made

    def replace(self, row: Submission, state: State, parts: list[Submission]) -> None:
        row.state, row.count = state, 0
        self.scheduler.queues.add_first(parts, self.now)


def play(*names: str, **policy: Any) -> Play:
    return Play(*names, **policy)


def met(*names: str, **policy: Any) -> Play:
    """At a service that has answered already."""
    it = play(*names, **policy)
    it.scheduler.outage.answered()
    return it


# --- the order


def test_openings_then_batches_then_files_then_closings() -> None:
    it = play("run", "part", "batch", "file", "close")
    order = []
    while isinstance(it.next(), Send):
        row = it.send()
        order.append(row.name)
        it.answer(row, Accepted())
    assert order == ["run", "part", "batch", "file", "close"]
    assert isinstance(it.next(), Finished)


def test_nothing_is_closed_while_a_result_is_missing() -> None:
    it = play("batch", "batch", "close")
    it.answer(it.send(), Rejected("no", culprits=(0, 1, 2, 3)))
    it.answer(it.send(), Accepted())
    assert isinstance(it.next(), Finished | Send)
    names = []
    while isinstance(it.next(), Send):
        names.append(it.send().name)
    assert "close" not in names


def test_no_more_than_the_width_is_out() -> None:
    it = met(*["batch"] * 5, width=2)
    it.send()
    it.send()
    assert it.next() == Wait(math.inf)


def test_until_somebody_has_answered_one_request_is_out() -> None:
    it = play(*["batch"] * 5, width=2)
    first = it.send()
    assert it.next() == Wait(math.inf), "a second one would only meet what this one will tell"
    it.answer(first, Accepted())
    it.send()
    it.send()


def test_a_batch_travels_in_a_lane_and_a_lane_holds_one_at_a_time() -> None:
    it = play("lane", "batch", "batch", width=2, lanes=True)
    assert it.send().name == "lane"
    it.answer(it.rows[1], Accepted({"id": "7"}))
    first = it.next()
    assert isinstance(first, Send)
    assert first.lane == 1
    it.leave(first)
    assert not isinstance(it.next(), Send), "the lane is busy"


def test_more_lanes_are_opened_only_if_they_pay() -> None:
    it = play("lane", *["batch"] * 9, width=2, lanes=True)
    it.answer(it.send(), Accepted({"id": "7"}))
    it.send()
    assert isinstance(it.next(), NewLane)
    it = play("lane", *["batch"] * 3, width=2, lanes=True)
    it.answer(it.send(), Accepted({"id": "7"}))
    it.send()
    assert it.next() == Wait(math.inf)


# --- waits


def test_what_is_deferred_leaves_again_after_its_wait() -> None:
    it = play("batch")
    row = it.send()
    (move,) = it.answer(row, Deferred("429", 7.0))
    assert isinstance(move, Move)
    assert (move.happening, row.attempts, row.reason) == (Happening.DEFERRED, 1, "429")
    assert it.wait() == 7.0
    assert it.send() is row


def test_three_in_a_row_that_are_put_aside_end_the_upload_resumable() -> None:
    it = play(*["batch"] * 5)
    for _ in range(IN_A_ROW):
        it.answer(it.send(), Deferred("500", 0.0, exhausted=True))
    assert isinstance(it.next(), Finished)
    assert it.scheduler.stopped == Refused("500", exit_code=75)


def test_a_refusal_of_the_whole_keeps_everything_pending() -> None:
    it = play("batch", "batch")
    row = it.send()
    it.answer(row, Refused("401"))
    assert (row.state, row.lane) == (State.PENDING, None)
    assert isinstance(it.next(), Finished)


# --- outages


def test_a_service_that_is_down_is_asked_by_one_probe_at_a_time() -> None:
    it = met(*["batch"] * 8, width=4)
    rows = [it.send() for _ in range(4)]
    for row in rows:
        it.answer(row, Deferred("no connection", 1.0, down=True))
    assert it.wait() == 1.0
    probe = it.send()
    assert it.next() == Wait(math.inf), "one probe"
    it.answer(probe, Deferred("no connection", 1.0, exhausted=True, down=True))
    assert it.scheduler.stopped is None, "an outage is not this batch's own trouble"
    assert it.wait() == 3.0
    it.answer(it.send(), Accepted())
    assert isinstance(it.next(), Send), "and everything goes on"


def test_what_time_will_not_mend_is_met_by_one_probe_more_and_ends_it() -> None:
    it = met(*["batch"] * 8, width=4)
    broken = Deferred("no such host", 1.0, down=True, cure="check --url")
    for row in [it.send() for _ in range(4)]:
        it.answer(row, broken)
    it.wait()
    it.answer(it.send(), broken)
    assert it.scheduler.stopped == Refused("no such host", hint="check --url")
    assert isinstance(it.next(), Finished)


def test_after_two_minutes_the_upload_ends_resumable() -> None:
    it = play("batch")
    while it.scheduler.stopped is None:
        action = it.next()
        if isinstance(action, Send):
            it.answer(it.send(), Deferred("no connection", 1.0, down=True))
        else:
            assert isinstance(action, Wait), action
            it.wait()
        it.scheduler.heed(it.now)
    assert it.scheduler.stopped.exit_code == 75
    assert 120 <= it.now <= 155


# --- refusals


def test_the_bad_result_of_a_batch_is_found_and_the_others_arrive() -> None:
    it = play("batch", "batch", count=8)
    bad, rejected = {1: 5}, []
    where: dict[int, list[int]] = {1: list(range(8)), 2: [100] * 8}
    while not isinstance(it.next(), Finished):
        row = it.send()
        held = where[row.id]
        if 5 not in held:
            it.answer(row, Accepted())
            continue
        changes = it.answer(row, Rejected("no"))
        if isinstance(changes[0], Split):
            first, second = sorted(it.rows)[-2:]
            half = len(held) // 2
            where[first], where[second] = held[:half], held[half:]
        elif isinstance(changes[0], Move) and changes[0].happening is Happening.REJECTED:
            rejected.append(held)
    assert bad
    assert rejected == [[5]]


def test_when_all_is_refused_in_one_way_it_ends_with_everything_pending() -> None:
    it = play(*["batch"] * 6, count=64)
    it.answer(it.send(), Accepted())
    requests = 0
    while isinstance(it.next(), Send):
        it.answer(it.send(), Rejected("no", closed=True))
        requests += 1
    assert requests < 40
    assert it.scheduler.stopped is not None
    assert (it.scheduler.stopped.exit_code, it.scheduler.stopped.closed) == (5, True)
    states = [row.state for row in it.rows.values() if row.count]
    assert State.REJECTED not in states, "nothing is rejected for good"


def test_answers_that_come_late_are_no_reason_to_reject_for_good() -> None:
    """Several were out when the run was closed: what had left before it was taken, nothing since."""
    it = play(*["batch"] * 9, count=8, width=4)
    it.scheduler.outage.answered()
    out = [it.send() for _ in range(4)]
    it.answer(out[3], Rejected("closed"))
    for row in out[:3]:
        it.answer(row, Accepted())
    while isinstance(it.next(), Send):
        it.answer(it.send(), Rejected("closed"))
    assert it.scheduler.stopped is not None
    states = Counter(row.state for row in it.rows.values() if row.count)
    assert set(states) == {State.SENT, State.PENDING}, "nothing is rejected for good"


def test_words_of_the_address_end_it_at_the_second_refusal() -> None:
    it = play(*["batch"] * 6)
    requests = 0
    while isinstance(it.next(), Send):
        it.answer(it.send(), Rejected("Not Found", alike=True))
        requests += 1
    assert requests == 2
    assert {row.state for row in it.rows.values() if row.count} == {State.PENDING}


def test_named_culprits_stand_alone_at_once() -> None:
    it = play("batch", count=5)
    (split,) = it.answer(it.send(), Rejected("bad", culprits=(2, 99)))
    assert isinstance(split, Split)
    assert split.culprits == frozenset({2})


def test_an_opening_that_is_no_essential_one_costs_only_itself() -> None:
    it = play("part", "batch")
    it.answer(it.send(), Rejected("no"))
    assert it.rows[1].state is State.REJECTED
    assert it.send().name == "batch"
    it = play("run", "batch")
    it.answer(it.send(), Rejected("no", closed=True))
    assert isinstance(it.next(), Finished)
    assert it.scheduler.stopped is not None
    assert it.scheduler.stopped.closed


# --- doubt


def doubtful(it: Play, verdict: InDoubt | None = None) -> Submission:
    row = it.send()
    it.answer(row, verdict or InDoubt("no answer in time", 1.0))
    assert (row.state, row.applied) == (State.IN_DOUBT, True)
    return row


def test_what_is_there_is_not_sent_again() -> None:
    it = play("batch")
    row = doubtful(it)
    it.wait()
    assert it.look() is row
    it.looked(row, There())
    assert row.state is State.SENT
    assert it.scheduler.queues.confirmed_items == 4


def test_what_is_not_there_is_sent_again_after_the_settling_time() -> None:
    it = play("batch", settle=30.0)
    row = doubtful(it)
    while row.state is State.IN_DOUBT:
        it.wait()
        it.looked(it.look(), NotThere())
    assert (it.now >= 30.0, row.state, row.applied) == (True, State.PENDING, False)


def test_a_refusal_of_a_further_try_neither_splits_nor_rejects() -> None:
    """The first try may have been applied: a 409, a 422 of the second says nothing of it."""
    it = play("batch")
    row = doubtful(it)
    it.wait()
    it.looked(it.look(), NotThere(retry_at_once=True))
    assert row.applied
    while not isinstance(it.next(), Send):
        it.wait()
    (move,) = it.answer(it.send(), Rejected("in progress"))
    assert isinstance(move, Move)
    assert (move.happening, row.state) == (Happening.IN_DOUBT, State.IN_DOUBT)


def test_a_refusal_after_doubt_comes_to_an_end_with_everything_kept() -> None:
    it = play("batch")
    row, sent = doubtful(it), 0
    while not isinstance(action := it.next(), Finished):
        if isinstance(action, Look):
            it.looked(it.look(), NotThere(retry_at_once=True))
        elif isinstance(action, Send):
            it.answer(it.send(), Rejected("no"))
            sent += 1
        else:
            it.wait()
    assert (row.state, row.applied, sent) == (State.IN_DOUBT, True, 5), "it may have arrived"


@pytest.mark.parametrize(("unclear", "sent"), [(True, 2), (False, 9)])
def test_what_is_answered_unclearly_and_never_there_stays_in_doubt(
    unclear: bool, sent: int
) -> None:
    """It would be answered in the same way for ever; what was lost on the way may go better."""
    it = play("batch")
    tries = 0
    while not isinstance(action := it.next(), Finished) and tries < 9:
        if isinstance(action, Look):
            it.looked(it.look(), NotThere())
        elif isinstance(action, Send):
            tries += 1
            row = it.send()
            it.answer(row, InDoubt("207", working=False, unclear=unclear))
        else:
            it.wait()
    assert tries == sent
    assert row.state is State.IN_DOUBT
    if unclear:
        assert row.reason == "207; each time it was not there afterwards"


def test_where_it_does_no_harm_each_process_tries_once_more() -> None:
    """World 40002356: a key makes it safe, and the answer may be clear the next time."""
    it = play("batch", count=1)
    row = it.rows[1]
    row.state, row.remote, row.attempts, row.applied = State.IN_DOUBT, {"unclear": 2}, 2, True
    it.scheduler = Scheduler([row], STEPS, Policy(), it.now)
    sent = 0
    while not isinstance(action := it.next(), Finished):
        if isinstance(action, Look):
            it.looked(it.look(), NotThere(retry_at_once=True))
        elif isinstance(action, Send):
            sent += 1
            it.answer(it.send(), InDoubt("207", working=False, unclear=True))
        else:
            it.wait()
    assert (sent, row.state) == (1, State.IN_DOUBT)


@pytest.mark.parametrize(("said", "state"), [("keep", State.IN_DOUBT), ("accept", State.SENT)])
def test_what_was_answered_unclearly_is_not_sent_again_by_the_next_process(
    said: str, state: State
) -> None:
    it = play("batch")
    while not isinstance(action := it.next(), Finished):
        if isinstance(action, Look):
            it.looked(it.look(), NotThere())
        elif isinstance(action, Send):
            row = it.send()
            it.answer(row, InDoubt("207", working=False, unclear=True))
        else:
            it.wait()
    it.scheduler = Scheduler([row], STEPS, Policy(in_doubt=said), it.now)
    while not isinstance(action := it.next(), Finished):
        assert not isinstance(action, Send)
        if isinstance(action, Look):
            it.looked(it.look(), NotThere())
        else:
            it.wait()
    assert row.state is state


def test_a_closing_that_is_refused_after_doubt_is_done() -> None:
    it = play("close")
    row = doubtful(it)
    it.wait()
    it.looked(it.look(), NotThere(retry_at_once=True))
    while not isinstance(it.next(), Send):
        it.wait()
    it.answer(it.send(), Rejected("already completed"))
    assert row.state is State.SENT


def test_a_wait_that_the_answer_names_is_kept_before_looking() -> None:
    it = play("batch")
    doubtful(it, InDoubt("502", 8.0, asked=True))
    assert it.wait() == 8.0
    assert isinstance(it.next(), Look)


def test_what_is_there_in_part_is_divided() -> None:
    it = play("batch", settle=10.0)
    row = doubtful(it)
    changes: list[Change] = []
    while not changes:
        it.wait()
        changes = it.looked(it.look(), PartlyThere(frozenset({0, 1})))
    assert changes == [Divide(row, frozenset({0, 1}))]


@pytest.mark.parametrize(
    ("in_doubt", "state"),
    [("keep", State.IN_DOUBT), ("drop", State.REJECTED), ("resend", State.PENDING)],
)
def test_a_lane_whose_count_proves_nothing_is_retired_on_record(
    in_doubt: str, state: State
) -> None:
    it = play("lane", "batch", "batch", lanes=True, in_doubt=in_doubt)
    it.answer(it.send(), Accepted({"id": "7"}))
    row = doubtful(it)
    it.now = 1.0
    (move,) = it.looked(it.look(), CannotTell("no such list", again=False))
    assert isinstance(move, Move)
    assert (move.retires, row.state) == (1, state)
    assert isinstance(it.next(), NewLane), "and no other batch travels in it"


def test_what_nobody_can_tell_of_is_sent_once_more_and_not_for_ever() -> None:
    it = play("batch", in_doubt="resend")
    row = doubtful(it)
    for state in (State.PENDING, State.IN_DOUBT):
        it.now += 1.0
        it.looked(it.look(), CannotTell("the table does not explain it", again=False))
        assert row.state is state
        if state is State.PENDING:
            it.now += 60.0
            doubtful(it)
    assert isinstance(it.next(), Finished)


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ("keep", State.IN_DOUBT, ""),
        ("drop", State.REJECTED, "given up, and may be there: "),
        ("accept", State.SENT, "there, as the user says: "),
    ],
)
def test_what_nobody_can_tell_of_is_for_the_user_to_decide(
    said: str, state: State, words: str
) -> None:
    it = play("batch", in_doubt=said)
    row = doubtful(it)
    it.now = 200.0
    it.looked(it.look(), CannotTell("nothing to read", again=False))
    assert row.state is state
    assert row.reason.startswith(words)
    assert row.reason.endswith("nothing to read")


def test_a_retired_lane_stays_retired_in_the_next_process() -> None:
    lane = Submission(1, Kind.LANE, "lane", State.SENT, retired=True)
    batch = Submission(2, Kind.BATCH, "batch", count=4)
    scheduler = Scheduler([lane, batch], STEPS, Policy(lanes=True), 0.0)
    assert isinstance(scheduler.next(0.0), NewLane)


def test_a_look_waits_until_nothing_else_is_out_if_counters_are_shared() -> None:
    it = play("batch", "batch", width=2, alone=True)
    row = doubtful(it)
    it.now = 0.5
    other = it.send()
    it.now = 1.5
    assert it.next() == Wait(math.inf)
    it.answer(other, Accepted())
    assert it.next() == Look(row)


def test_an_opening_in_doubt_for_good_ends_the_upload_with_the_way_out() -> None:
    it = play("run", "batch")
    doubtful(it)
    it.wait()
    it.looked(it.look(), CannotTell("2 runs look like ours", again=False))
    assert it.scheduler.stopped is not None
    assert it.scheduler.stopped.exit_code == 75
    assert "--in-doubt resend" in it.scheduler.stopped.hint
    assert it.scheduler.stopped.needs == "--in-doubt resend", "no look will ever tell"


def test_an_opening_that_could_not_be_looked_for_is_looked_for_by_the_next_command() -> None:
    it = play("run", "batch")
    doubtful(it)
    for _ in range(20):
        if it.scheduler.stopped is None:
            it.wait()
            it.looked(it.look(), CannotTell("the list cannot be read"))
    assert it.scheduler.stopped is not None
    assert it.scheduler.stopped.needs == ""


def test_what_an_earlier_process_left_in_doubt_is_looked_at_first() -> None:
    row = Submission(1, Kind.BATCH, "batch", State.IN_DOUBT, count=4, left_at=50.0)
    scheduler = Scheduler([row], STEPS, Policy(settle=90.0), 1000.0)
    assert scheduler.next(1000.0) == Look(row)


# --- results that are answered for themselves


def test_refusals_of_single_results_are_theirs_alone() -> None:
    it = play("batch")
    verdict = Sorted("bad", {1: "bad name"}, {3: "429"}, wait=2.0)
    row = it.send()
    it.scheduler.queues.back(row)
    (change,) = it.scheduler.answered(row, verdict, 10.0)
    assert change == Portion(row, {1: "bad name"}, {3: "429"}, 12.0)


def test_all_refused_in_the_same_words_may_be_the_fault_of_the_place() -> None:
    it = play("batch", "batch", count=64)
    requests = 0
    while isinstance(it.next(), Send):
        row = it.send()
        it.answer(row, Sorted("no table", dict.fromkeys(range(row.count), "no table")))
        requests += 1
    assert requests < 40
    assert State.REJECTED not in {row.state for row in it.rows.values() if row.count}


def test_a_refusal_after_doubt_holds_only_if_each_result_has_a_key() -> None:
    for keyed, expected in ((False, Move), (True, Portion)):
        it = play("batch")
        row = it.send()
        row.applied = True
        it.scheduler.queues.back(row)
        verdict = Sorted("conflict", {0: "conflict"}, keyed=keyed)
        (change,) = it.scheduler.answered(row, verdict, 1.0)
        assert isinstance(change, expected)


@pytest.mark.parametrize("earlier", [0, 7])
def test_what_is_wanted_later_for_ever_is_put_aside(earlier: int) -> None:
    """By each process after tries of its own."""
    it = play("batch", count=1)
    row, sent = it.rows[1], 0
    row.attempts = earlier
    it.scheduler = Scheduler([row], STEPS, Policy(), 0.0)
    while not isinstance(action := it.next(), Finished):
        if isinstance(action, Send):
            it.answer(it.send(), Sorted("429", {}, {0: "429"}))
            sent += 1
        else:
            it.wait()
    assert (sent, row.state) == (5, State.PENDING)
