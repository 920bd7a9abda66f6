"""A lane takes one batch at a time, and proves nothing once it was retired."""

from __future__ import annotations

import pytest

from testferry.engine.lanes import BATCHES_A_LANE, SPARE, Lanes
from testferry.submission import Kind, State, Submission


def lanes(*states: State, width: int = 2, retired: tuple[int, ...] = ()) -> Lanes:
    made = Lanes(width)
    for number, state in enumerate(states, 1):
        made.add(Submission(number, Kind.LANE, "l", state, retired=number in retired))
    return made


def batch(lane: int | None, count: int = 3) -> Submission:
    return Submission(99, Kind.BATCH, "b", lane=lane, count=count)


def number(lane: Submission | None) -> int | None:
    return lane.id if lane is not None else None


def test_a_lane_with_a_batch_is_taken_until_it_comes_back() -> None:
    made = lanes(State.SENT, State.SENT)
    made.occupy(batch(1))
    assert number(made.free()) == 2
    made.occupy(batch(2))
    assert made.free() is None
    made.vacate(batch(1))
    assert number(made.free()) == 1


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.IN_DOUBT])
def test_only_an_open_lane_takes_a_batch(state: State) -> None:
    assert lanes(state).free() is None
    assert lanes(state).opening_soon() is (state is not State.IN_DOUBT)


def test_a_retired_lane_takes_none_in_this_process_and_the_next() -> None:
    made = lanes(State.SENT)
    made.retire(1)
    assert made.free() is None
    assert lanes(State.SENT, retired=(1,)).free() is None


def test_one_more_pays_only_for_many_batches_and_within_the_width() -> None:
    one = lanes(State.SENT)
    assert not one.one_more_pays(BATCHES_A_LANE, set())
    assert one.one_more_pays(BATCHES_A_LANE + 1, set())
    assert not lanes(State.SENT, State.SENT).one_more_pays(100, set())


def test_doubt_is_made_up_for_but_not_without_end() -> None:
    assert lanes(State.SENT, width=1).one_more_pays(1, {1})
    stuck = [State.IN_DOUBT] * (1 + SPARE)
    assert not lanes(*stuck, width=1).one_more_pays(100, set())


def test_what_is_confirmed_adds_up_by_lane() -> None:
    made = lanes(State.SENT)
    made.confirm(batch(1))
    made.confirm(batch(1))
    made.confirm(batch(None))
    assert made.confirmed == {1: 6}
