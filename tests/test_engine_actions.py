"""What the scheduler and the loop say to each other are values: equal by what they say, and nobody
changes them on the way.
"""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest

from testferry.engine.actions import (
    Divide,
    Finished,
    Look,
    Move,
    NewLane,
    Policy,
    Send,
    Split,
    Wait,
)
from testferry.engine.outage import PATIENCE
from testferry.submission import Happening, Kind, Submission

ROW = Submission(1, Kind.BATCH, "batch", count=2)


@pytest.mark.parametrize(
    ("action", "field"),
    [
        (Send(ROW, 3), "lane"),
        (Look(ROW), "submission"),
        (Wait(math.inf), "until"),
        (Move(ROW, Happening.ACCEPTED), "facts"),
        (Split(ROW, frozenset(), {}), "culprits"),
        (Divide(ROW, frozenset({0})), "found"),
        (Policy(), "settle"),
    ],
)
def test_nobody_changes_an_action_on_its_way(action: object, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(action, field, None)


def test_actions_are_equal_by_what_they_say() -> None:
    assert Send(ROW, 3) == Send(ROW, 3) != Send(ROW, 4)
    assert {NewLane(), NewLane(), Finished()} == {Finished(), NewLane()}


def test_nothing_is_said_that_was_not_asked_for() -> None:
    """A policy without a word from the user keeps what is in doubt and is patient as documented."""
    policy = Policy()
    assert (policy.in_doubt, policy.settle, policy.patience) == ("keep", 90.0, PATIENCE)
    move = Move(ROW, Happening.THERE)
    assert (move.facts, move.retires) == ({}, None)
