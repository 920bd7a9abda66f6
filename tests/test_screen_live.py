"""What people see while an upload goes on."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from fakes import FakeClock
from papers import paper
from testferry.clock import at_time
from testferry.events import Opened, Planned, Progressed, Told, Waiting
from testferry.screen.live import Screen


def test_lines_where_nothing_moves_on_its_own() -> None:
    told, out = paper()
    clock = FakeClock()
    with Screen(told, clock, live=False) as screen:
        screen(Planned("abc", "testmo", 1200, 9, 200))
        progress = Progressed(600, 0, 0, 600, 4, 1, "4 of 144 per min", 5, 46.0)
        screen(progress)
        clock.time += 31
        progress = replace(progress, left_s=15.0)
        screen(progress)
        screen(progress)
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        clock.time += 30
        screen(Waiting(32.0, clock.wall() + 32, "429: Too Many"))
        screen(Told("hidden"))
    lines = out.getvalue().splitlines()
    assert lines[0] == "upload abc: 1,200 results, 200 of them done before"
    assert lines[1].endswith(
        " 50 % · 600 of 1,200 results accepted · about 15 s left · 5 requests to go"
        " · 4 of 144 requests in the last minute"
    )
    assert "waiting 42 s, until" in lines[2]
    assert lines[2].endswith("429: Too Many")
    assert "waiting 32 s" in lines[3]
    assert len(lines) == 4


def test_a_short_wait_is_no_line_of_its_own_in_a_log() -> None:
    told, out = paper()
    clock = FakeClock()
    with Screen(told, clock, live=False) as screen:
        for _ in range(20):
            screen(Waiting(3.0, clock.wall() + 3, "the rate limit"))
            clock.time += 3
    assert len(out.getvalue().splitlines()) == 1, "one in half a minute"


def test_the_live_display() -> None:
    out = io.StringIO()
    told = Console(file=out, width=100, force_terminal=True, color_system=None, markup=False)
    clock = FakeClock()
    with Screen(told, clock, live=True, verbose=1) as screen:
        screen(Planned("abc", "testmo", 1200, 9, 0))
        screen(Opened("7", "https://x/7"))
        screen(Progressed(600, 1, 2, 597, 4, 1, "4 of 144 per min", 5, 50.0))
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
    paper_console, shown = paper()
    paper_console.print(screen._render())
    lines = [line.rstrip() for line in shown.getvalue().splitlines()]
    assert lines[0] == "run 7: https://x/7"
    assert lines[1].endswith(" 50 %")
    assert lines[2:5] == [
        "600 of 1,200 results accepted · 1 refused · 2 in doubt · about 50 s left",
        "5 requests to go · 4 of 144 requests in the last minute",
        f"waiting 42 s, until {at_time(clock.wall() + 42)}: 429: Too Many",
    ]
    assert "0 % of 0 results" not in out.getvalue(), "no picture from before the plan"


def test_no_estimate_that_ends_before_the_wait_does() -> None:
    told, _ = paper()
    clock = FakeClock()
    screen = Screen(told, clock, live=False)
    screen(Planned("abc", "testmo", 1200, 9, 0))
    screen(Progressed(600, 0, 0, 600, 4, 1, "", 5, 20.0))
    screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
    with told.capture() as shown:
        told.print(screen._render())
    assert "left" not in shown.get()


def test_the_address_stands_in_a_log_at_once_and_on_a_terminal_at_the_end() -> None:
    told, out = paper()
    with Screen(told, FakeClock(), live=False) as screen:
        screen(Opened("7", "https://x/7"))
    assert out.getvalue() == "run 7: https://x/7\n"


def test_nothing_moves_before_the_plan_stands() -> None:
    out = io.StringIO()
    told = Console(file=out, width=100, force_terminal=True, color_system=None, markup=False)
    with Screen(told, FakeClock(), live=True):
        assert out.getvalue() == "", "the terminal belongs to COMMAND, its cursor too"
