"""What is waited for, in a line."""

from __future__ import annotations

import pytest

from testferry.clock import at_time
from testferry.events import Waiting
from testferry.screen.waiting import waiting_in_words, whole


@pytest.mark.parametrize(
    ("duration", "said"),
    [(0.0, "0 s"), (0.2, "1 s"), (9.5, "10 s"), (200.0, "3 min 20 s")],
)
def test_no_fractions(duration: float, said: str) -> None:
    assert whole(duration) == said


def test_a_wait_is_said_with_its_reason_and_its_end() -> None:
    event = Waiting(42.0, 1_800_000_042.0, "429")
    until = at_time(1_800_000_042.0)
    assert waiting_in_words(event, 1_800_000_000.0) == f"waiting 42 s, until {until}: 429"
    assert waiting_in_words(event, 1_800_000_099.0).startswith("waiting 0 s"), "it is over"
