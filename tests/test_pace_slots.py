"""The slots of one process: what left counts until its window is over."""

from __future__ import annotations

import math

from testferry.dialects import Window
from testferry.pace.limits import MARGIN
from testferry.pace.slots import Memory

TWO = (Window(2, 60.0),)


def test_what_is_out_and_what_was_answered_count_together() -> None:
    memory = Memory()
    assert memory.take(TWO, 100.0) == 0.0
    assert memory.take(TWO, 100.0) == 0.0
    assert memory.take(TWO, 100.0) == MARGIN, "an answer may free one"
    memory.complete(101.0)
    memory.complete(101.0)
    memory.complete(101.0)
    assert memory.take(TWO, 102.0) == 59.0 + MARGIN
    assert memory.take(TWO, 161.0 + MARGIN) == 0.0


def test_a_slot_that_is_given_back_is_free() -> None:
    memory = Memory()
    for _ in range(5):
        assert memory.take(TWO, 100.0) == 0.0
        memory.give_back()
    memory.give_back()


def test_other_windows_forget_nothing() -> None:
    memory = Memory()
    memory.count(1, 100.0)
    assert memory.take(TWO, 100.0) == 0.0
    assert memory.take((Window(2, 30.0),), 101.0) > 0
    memory.complete(101.0)
    assert memory.take((Window(3, 30.0),), 101.0) == 0.0


def test_a_pause_and_the_end() -> None:
    memory = Memory()
    assert memory.take(TWO, 1.0) == 0.0
    memory.pause(50.0)
    assert memory.take(TWO, 2.0) == 48.0
    assert memory.news() == []
    memory.close()
    assert math.isfinite(memory.take(TWO, 3.0))
