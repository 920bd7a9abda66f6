"""A live display in a terminal whose width changes."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.live import Live
from rich.text import Text

from terminal import Display
from testferry.screen.region import in_region


def shown_after_a_change(narrow: int, *, folds: bool) -> list[str]:
    """What stands on a terminal that folds its lines, or cuts them, when it is made narrow."""
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system=None)
    display = Display(100)

    def written() -> str:
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        return text

    live = Live(
        console=console, auto_refresh=False, get_renderable=lambda: Text("x" * console.width)
    )
    in_region(live, console)
    console.print("what stood there before")
    with live:
        live.refresh()
        display.feed(written())
        display.resize(narrow, folds=folds)
        console.width = narrow
        live.refresh()
        display.feed(written())
        return [line for line in display.lines if line]


@pytest.mark.parametrize("narrow", [80, 50, 49, 33])
def test_nothing_is_left_behind_where_lines_are_folded(narrow: int) -> None:
    assert shown_after_a_change(narrow, folds=True) == ["what stood there before", "x" * narrow]


def test_nothing_else_is_taken_away_where_lines_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XTERM_VERSION", "XTerm(390)")
    assert shown_after_a_change(50, folds=False) == ["what stood there before", "x" * 50]


def test_rich_alone_would_leave_something_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XTERM_VERSION", "a lie")
    assert len(shown_after_a_change(50, folds=True)) > 2
