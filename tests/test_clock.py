"""Waits are measured by a clock that nobody sets; people see their own time."""

from __future__ import annotations

import time

import pytest

from testferry.clock import Clock, SystemClock, at_time, day_and_time


def test_waits_do_not_follow_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert clock.wall() == 0.0
    assert clock.now() >= before


def test_moments_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        assert at_time(1_800_000_000.0) == "08:00:00"
        assert day_and_time(1_800_000_000.0) == "2027-01-15 08:00"
    finally:
        monkeypatch.undo()
        time.tzset()
