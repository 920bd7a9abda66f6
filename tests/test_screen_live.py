"""What people see while an upload goes on."""

from __future__ import annotations

import io

from rich.console import Console

from fakes import FakeClock
from papers import paper
from testferry.events import Planned, Progressed, Told, Waiting
from testferry.screen.live import Screen


def test_lines_where_nothing_moves_on_its_own() -> None:
    told, out = paper()
    clock = FakeClock()
    with Screen(told, clock, live=False) as screen:
        screen(Planned("abc", "testmo", 1200, 9, 200))
        progress = Progressed(600, 0, 0, 600, 4, 1, "4 of 144 per min", 5)
        screen(progress)
        clock.time += 31
        screen(progress)
        screen(progress)
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        clock.time += 30
        screen(Waiting(32.0, clock.wall() + 32, "429: Too Many"))
        screen(Told("hidden"))
    lines = out.getvalue().splitlines()
    assert lines[0] == "upload abc: 1,200 results, 200 of them done before"
    assert (
        "600 of 1,200 results accepted, 4 requests, 4 of the 144 requests per min used, about 46 s left"
        in lines[1]
    )
    assert "waiting 42 s, until" in lines[2]
    assert lines[2].endswith("429: Too Many")
    assert "waiting 32 s" in lines[3]
    assert len(lines) == 4


def test_the_live_display() -> None:
    out = io.StringIO()
    told = Console(file=out, width=100, force_terminal=True, color_system=None, markup=False)
    clock = FakeClock()
    with Screen(told, clock, live=True, verbose=1) as screen:
        screen(Planned("abc", "testmo", 1200, 9, 0))
        screen(Progressed(600, 1, 2, 597, 4, 1, "4 of 144 per min", 5))
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        with told.capture() as shown:
            told.print(screen._render())
    text = shown.get()
    assert "50 % of 1,200 results" in text
    assert (
        "5 requests to go · 4 of the 144 requests per min used · 2 results in doubt · 1 result refused"
        in text
    )
    assert "waiting 42 s" in text
    assert "0 % of 0 results" not in text, "no picture from before the plan"


def test_nothing_moves_before_the_plan_stands() -> None:
    out = io.StringIO()
    told = Console(file=out, width=100, force_terminal=True, color_system=None, markup=False)
    with Screen(told, FakeClock(), live=True):
        assert out.getvalue() == "", "the terminal belongs to COMMAND, its cursor too"


def test_an_estimate_never_counts_up() -> None:
    told, _ = paper()
    clock = FakeClock()
    screen = Screen(told, clock, live=False)
    screen(Planned("abc", "testmo", 1200, 9, 0))
    progress = Progressed(600, 0, 0, 600, 4, 1, "", 5)
    clock.time += 10
    assert screen._time_left(progress) == ", about 10 s left"
    clock.time += 30
    assert screen._time_left(progress) == ""
