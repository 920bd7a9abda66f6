from __future__ import annotations

import heapq
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testferry.dialects import Window
from testferry.pace.limits import MARGIN, Rate
from testferry.pace.pacer import FLOOR, Pacer


def simulate(
    pacer: Pacer, requests: int, width: int, latency: random.Random, worst: float
) -> list[tuple[float, float]]:
    """Send as fast as the pacer allows; (left, answered) of each request."""
    now = 0.0
    flying: list[float] = []
    log: list[tuple[float, float]] = []
    while len(log) < requests or flying:
        at = pacer.ready(now)
        if len(log) < requests and len(flying) < width and at <= now:
            pacer.leave(now)
            back = now + latency.random() * worst
            log.append((now, back))
            heapq.heappush(flying, back)
            continue
        events = flying[:1] + ([at] if len(log) < requests and len(flying) < width else [])
        now = max(now, min(events))
        while flying and flying[0] <= now:
            heapq.heappop(flying)
            pacer.complete(now)
    return log


@given(
    limit=st.integers(1, 20),
    per=st.sampled_from([1.0, 5.0, 60.0]),
    second=st.integers(1, 60),
    width=st.integers(1, 4),
    worst=st.floats(0, 20),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=150)
def test_no_window_of_the_service_ever_holds_more_than_the_limit(
    limit: int, per: float, second: int, width: int, worst: float, seed: int
) -> None:
    """Wherever between leaving and answer the service counts a request, no sliding window holds
    more than allowed.
    """
    windows = (Window(limit, per), Window(second, 3 * per))
    chance = random.Random(seed)
    log = simulate(Pacer(Rate(windows)), 60, width, chance, worst)
    served = sorted(left + chance.random() * (back - left) for left, back in log)
    for window in windows:
        for start in served:
            assert sum(start <= one < start + window.per for one in served) <= window.limit


def test_the_whole_limit_is_used() -> None:
    """400 requests at 180 a minute: two full windows and the rest, within five per cent of the
    least.
    """
    log = simulate(Pacer(Rate((Window(180, 60.0),))), 400, 2, random.Random(1), 0.2)
    assert log[-1][0] <= 120 * 1.05 + 20


def test_our_share_is_kept() -> None:
    pacer = Pacer(Rate((Window(10, 60.0),), share=0.8))
    log = simulate(pacer, 9, 1, random.Random(1), 0.0)
    assert log[7][0] < 1
    assert log[8][0] >= 60
    assert Rate((Window(1, 60.0),), share=0.1).effective() == (Window(1, 60.0),)


def test_a_pause_holds_everybody() -> None:
    pacer = Pacer(Rate())
    pacer.pause(30.0)
    pacer.pause(20.0)
    assert pacer.ready(1.0) == 30.0


def test_in_flight_requests_count_as_used() -> None:
    pacer = Pacer(Rate((Window(2, 60.0),)))
    pacer.leave(0.0)
    pacer.leave(0.0)
    assert pacer.ready(0.0) == math.inf
    pacer.complete(5.0)
    assert pacer.ready(5.0) == pytest.approx(5.0 + 60 + MARGIN)
    assert pacer.in_flight == 1


def test_a_refusal_spaces_requests_and_each_further_one_lowers_the_limit() -> None:
    pacer = Pacer(Rate((Window(100, 10.0),)))
    pacer.leave(0.0)
    pacer.complete(0.0)
    pacer.slow_down(0.0, 2.0)
    assert pacer.ready(0.0) == 2.0
    pacer.leave(2.0)
    pacer.complete(2.0)
    assert pacer.ready(2.0) == pytest.approx(2.1), "evenly from now on"
    pacer.slow_down(2.0, 1.0)
    assert pacer.usage(2.0) == "2 of 100 per 10s", (
        "one refusal within five seconds of another is the same one"
    )
    pacer.slow_down(8.0, 1.0)
    assert pacer.usage(8.0).endswith("of 80 per 10s")
    for at in range(20, 900, 10):
        pacer.slow_down(float(at), 1.0)
    assert pacer.usage(900.0).endswith(f"of {100 * FLOOR:.0f} per 10s"), "never below a tenth"
    pacer.ready(890.0 + 30 + 15 * 60)
    assert pacer.usage(5000.0).endswith("of 100 per 10s"), "and back after a while of peace"


def test_where_no_limit_is_known_a_refusal_teaches_one() -> None:
    pacer = Pacer(Rate())
    for at in range(10):
        pacer.leave(at / 10)
        pacer.complete(at / 10)
    pacer.slow_down(1.0, 9.0)
    assert pacer.usage(1.0).endswith("of 8 per 10s")
    assert 10.0 <= pacer.ready(1.0) <= 11.0
    lonely = Pacer(Rate())
    for _ in range(5):
        lonely.leave(5.0)
        lonely.complete(5.0)
    lonely.slow_down(5.0, 60.0)
    assert lonely.usage(5.0) == "5 of 12 per min", (
        "others may have used it up: never slower than five seconds"
    )
    stray = Pacer(Rate())
    stray.leave(5.0)
    stray.complete(5.0)
    stray.slow_down(5.0, 1.0)
    assert stray.ready(6.0) == 6.0, "one early refusal teaches nothing"
    stray.slow_down(15.0, 1.0)
    assert stray.usage(15.0), "two do"
    silent = Pacer(Rate())
    silent.slow_down(-5.0, 1.0, asked=False)
    silent.slow_down(5.0, 60.0, asked=False)
    assert silent.usage(5.0) == "0 of 60 per min", (
        "a wait of the documents tells nothing of the limit"
    )
    silent.ready(5.0 + 60 + 3600)
    assert silent.usage(4000.0) != "0 of 60 per min", "and a guess may grow"


def test_headers_may_only_slow_down() -> None:
    pacer = Pacer(Rate())
    pacer.headers_say(0.0, 2, 30.0)
    for _ in range(2):
        assert pacer.ready(1.0) == 1.0
        pacer.leave(1.0)
    assert pacer.ready(1.0) == pytest.approx(30.0 + MARGIN)
    assert pacer.ready(40.0) == 40.0
    pacer.leave(40.0)
    pacer.headers_say(40.0, 0, 1e9)
    pacer.headers_say(40.0, 0, None)
    assert pacer.ready(41.0) == 41.0, "an absurd reset is not believed"


def test_a_long_job_is_spread_over_a_long_window() -> None:
    pacer = Pacer(Rate((Window(2000, 3600.0),)), requests=5000)
    pacer.leave(0.0)
    pacer.complete(0.1)
    assert pacer.ready(0.1) == pytest.approx(1.8)
    short = Pacer(Rate((Window(2000, 3600.0),)), requests=50)
    short.leave(0.0)
    short.complete(0.1)
    assert short.ready(0.1) == 0.1


def test_forecast_and_words() -> None:
    assert Pacer(Rate((Window(100, 60.0),))).forecast(250) == 120.0
    assert Pacer(Rate(min_interval=0.5)).forecast(10) == 5.0
    assert Pacer(Rate()).usage(0.0) == ""


def test_old_stamps_are_forgotten() -> None:
    pacer = Pacer(Rate((Window(5, 1.0),)))
    for at in range(2000):
        pacer.leave(float(at))
        pacer.complete(float(at))
    assert len(pacer._stamps) < 10


def test_the_least_time_that_is_left_heeds_what_left_already() -> None:
    pacer = Pacer(Rate((Window(4, 60.0),)))
    assert pacer.left(0.0, 4) == 0.0, "the window is empty"
    assert pacer.left(0.0, 5) == 60.0
    for at in (10.0, 20.0, 30.0):
        pacer.leave(at)
        pacer.complete(at)
    assert pacer.left(40.0, 1) == 0.0, "one slot is free"
    assert pacer.left(40.0, 2) == 30.0, "the first stamp leaves the window at 70"
    assert pacer.left(40.0, 4) == 50.0
    assert pacer.left(40.0, 6) == 90.0, "a window later"
    pacer.leave(40.0)
    assert pacer.left(41.0, 4) == 60.0, "one is out: its slot is free a window from now at best"
    pacer.pause(200.0)
    assert pacer.left(41.0, 1) == 159.0, "nobody leaves before"


def test_the_least_time_that_is_left_heeds_the_distance_of_requests() -> None:
    assert Pacer(Rate(min_interval=0.5)).left(0.0, 10) == 5.0
