"""Which rows wait, for what, until when: no wire, no journal, no clock."""

from __future__ import annotations

import math
from typing import Any

from testferry.engine.actions import Finished, NewLane, Policy, Send, Wait
from testferry.engine.doubt import Doubt
from testferry.engine.lanes import SPARE
from testferry.engine.queues import Queues
from testferry.submission import Kind, State, Submission


def batch(number: int, state: State = State.PENDING, **more: Any) -> Submission:
    return Submission(number, Kind.BATCH, "b", state, count=more.pop("count", 2), **more)


def queues(*rows: Submission, now: float = 0.0, **policy: Any) -> Queues:
    return Queues(rows, Policy(**policy), now)


def test_openings_go_one_after_the_other_and_before_everything_else() -> None:
    first, second = Submission(1, Kind.OPEN, "run"), Submission(2, Kind.OPEN, "part")
    rows = queues(batch(3), first, second)
    assert rows.due_send(0.0) == Send(first)
    rows.started(first)
    assert rows.due_send(0.0) is None
    rows.back(first)
    first.state = State.SENT
    assert rows.due_send(0.0) == Send(second)


def test_what_follows_batches_waits_until_none_can_come_any_more() -> None:
    row, file = batch(1), Submission(2, Kind.ATTACH, "file")
    rows = queues(row, file)
    rows.started(row)
    assert rows.due_send(0.0) is None
    rows.back(row)
    row.state = State.SENT
    assert rows.due_send(0.0) == Send(file)


def test_a_closing_waits_for_everything() -> None:
    row, closing = batch(1), Submission(2, Kind.CLOSE, "close")
    rows = queues(row, closing)
    rows.started(row)
    rows.back(row)
    row.state = State.REJECTED
    assert rows.due_send(0.0) is None
    row.state = State.SENT
    assert rows.due_send(0.0) == Send(closing)


def test_a_stub_that_a_split_left_is_nothing_that_is_missing() -> None:
    stub, closing = batch(1, State.REJECTED, count=0), Submission(2, Kind.CLOSE, "close")
    assert queues(stub, closing).due_send(0.0) == Send(closing)


def test_doubt_in_one_lane_holds_that_lane_only() -> None:
    lanes = [
        Submission(1, Kind.LANE, "lane", State.SENT),
        Submission(2, Kind.LANE, "lane", State.SENT),
    ]
    doubtful, waiting = batch(3, State.IN_DOUBT, lane=1), batch(4)
    rows = queues(*lanes, doubtful, waiting, lanes=True, width=2)
    assert rows.due_send(0.0) == Send(waiting, 2)


def test_a_retired_lane_takes_nothing_and_another_one_is_opened() -> None:
    lane = Submission(1, Kind.LANE, "lane", State.SENT)
    rows = queues(lane, batch(2), lanes=True, width=1)
    rows.lanes.retire(1)
    assert rows.due_send(0.0) == NewLane()


def test_lanes_in_doubt_are_replaced_but_not_without_end() -> None:
    width = 1
    stuck = [
        Submission(at, Kind.LANE, "lane", State.IN_DOUBT) for at in range(1, 1 + width + SPARE)
    ]
    assert queues(*stuck, batch(99), lanes=True, width=width).due_send(0.0) is None


def test_rows_that_an_earlier_process_left_in_doubt_are_looked_at_at_once() -> None:
    row = batch(1, State.IN_DOUBT, left_at=940.0)
    rows = queues(row, now=5.0, settle=90.0)
    assert rows.due_look(5.0) is row


def test_only_the_services_clock_says_when_they_left() -> None:
    """Ours may have been set in between: what left just now would be settled at once."""
    told, untold, ours = (batch(number, State.IN_DOUBT, left_at=100.0) for number in (1, 2, 3))
    told.there_at = 940.0
    rows = queues(told, untold, now=5.0)
    assert rows.doubts[1].left == rows.doubts[2].left == 5.0
    ours.there_at = 990.0
    rows.doubt(ours, Doubt(left=6.0, next_look=7.0, resend_at=7.0, working=True))
    rows.tell_time(1000.0, 7.0)
    assert (rows.doubts[1].left, rows.doubts[2].left, rows.doubts[3].left) == (-53.0, 5.0, 6.0)
    rows.tell_time(2000.0, 8.0)
    assert rows.doubts[1].left == -53.0, "once is enough"


def test_what_may_leave_again_later_is_first_then() -> None:
    early, late = batch(1), batch(2)
    rows = queues(early, late)
    rows.started(early)
    rows.back(early)
    rows.again(early, 10.0)
    assert rows.wait(0.0) == Wait(10.0, "trying again")
    rows.wake(10.0)
    assert rows.due_send(10.0) == Send(early)


def test_what_is_held_back_goes_when_nothing_else_is_left() -> None:
    held, other = batch(1), batch(2)
    rows = queues(held, other)
    rows.started(held)
    rows.back(held)
    rows.hold_back(held)
    assert rows.due_send(0.0) == Send(other)
    rows.started(other)
    rows.back(other)
    other.state = State.SENT
    assert rows.due_send(0.0) == Send(held)


def test_the_parts_of_a_batch_go_before_the_others_and_can_be_put_behind() -> None:
    other, parts = batch(1), [batch(2, root=9), batch(3, root=9)]
    rows = queues(other)
    rows.add_first(parts, 0.0)
    assert rows.due_send(0.0) == Send(parts[0])
    rows.put_behind(9)
    assert rows.due_send(0.0) == Send(other)


def test_nothing_left_is_the_end_and_something_out_is_waited_for() -> None:
    row = batch(1)
    rows = queues(row)
    rows.started(row)
    assert rows.wait(0.0) == Wait(math.inf)
    rows.back(row)
    row.state = State.SENT
    assert rows.wait(0.0) == Finished()
    assert rows.to_go() == 0


def test_a_doubt_that_is_settled_frees_its_lane() -> None:
    lane, row = Submission(1, Kind.LANE, "lane", State.SENT), batch(2, lane=1)
    rows = queues(lane, row, batch(3), lanes=True)
    rows.started(row)
    rows.back(row)
    rows.doubt(row, Doubt(0.0, next_look=9.0, resend_at=9.0, working=True))
    assert rows.due_send(0.0) is None or rows.due_send(0.0) == NewLane()
    rows.settled(row)
    row.state = State.SENT
    action = rows.due_send(0.0)
    assert isinstance(action, Send)
    assert action.lane == 1
