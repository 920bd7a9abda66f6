"""The steps of an upload to TestRail."""

from __future__ import annotations

import pytest

from fakes import looking, sending
from rail import ITEMS, Book
from testferry.engine.step import Reply
from testferry.engine.verdict import (
    Deferred,
    NotThere,
)
from testferry.services.testrail.target import Testrail
from testferry.submission import Items, Kind, Submission


@pytest.mark.parametrize(("name", "at_once"), [("match", True), ("extend run", False)])
def test_reading_again_does_no_harm_and_changing_the_run_late_does(
    name: str, at_once: bool
) -> None:
    """A change of the cases that is applied late takes out what others added meanwhile."""
    row = Submission(1, Kind.OPEN, name)
    steps = looking(Testrail(project="1"), row, lambda: ITEMS, Book())
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == NotThere(retry_at_once=at_once)


def test_a_deferred_reading_is_handed_up() -> None:
    steps = sending(Testrail(project="1"), Submission(1, Kind.OPEN, "match"), Items((), ()), Book())
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Deferred("409", 5.0), 409))
    assert end.value.value == Deferred("409", 5.0)
