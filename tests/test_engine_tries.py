"""Which try of a submission it is."""

from __future__ import annotations

from testferry.engine.tries import Tries, made_before
from testferry.submission import Kind, Submission


def test_each_send_is_a_try_of_its_row() -> None:
    tries = Tries()
    assert tries.of(7) == 1
    for expected in (1, 2, 3):
        tries.leaves(7)
        assert tries.of(7) == expected
    assert tries.of(8) == 1


def test_a_limit_that_lets_others_through_uses_up_no_tries() -> None:
    tries = Tries()
    for _ in range(4):
        tries.leaves(7)
        tries.meets_a_limit(7)
    assert tries.of(7) == 4, "nobody got through"
    tries.accepted()
    tries.leaves(7)
    tries.meets_a_limit(7)
    assert tries.of(7) == 1
    tries.leaves(7)
    tries.meets_a_limit(7)
    assert tries.of(7) == 2


def test_what_earlier_processes_tried_is_known_of_a_batch_and_its_parts() -> None:
    rows = [Submission(1, Kind.BATCH, "b", attempts=2), Submission(5, Kind.BATCH, "b", attempts=4)]
    rows[1].root = 1
    assert made_before(rows) == {1: 4}
