"""The arithmetic of waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.dialects.waits import Wait, spread


@given(st.floats(0, 1e6))
def test_a_wait_is_at_least_a_second_and_at_most_a_tenth_longer(seconds: float) -> None:
    low, high = spread(seconds)
    assert low == max(1.0, seconds)
    assert high == pytest.approx(1.1 * low)


def test_backoff_doubles_up_to_its_cap() -> None:
    wait = Wait(base=2, cap=10)
    assert [wait.after(attempt) for attempt in (0, 1, 2, 3, 4, 5000)] == [2, 2, 4, 8, 10, 10]
