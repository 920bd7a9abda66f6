"""Screens at every width, with names of any script."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from fakes import FakeClock
from papers import outcome
from testferry.events import NamedResult, Opened, Planned, Progressed, Waiting
from testferry.outcome import Counts, Flags, Named, Stop
from testferry.screen.ending import show_outcome
from testferry.screen.live import Screen

NAMES = (
    "購物車拒絕空名稱",
    "naïve ✔ 👩‍🔬 test",
    "plain words of a name that go on for quite some time",
)


class Terminal(io.StringIO):
    """What is printed there is wrapped."""

    def isatty(self) -> bool:
        return True


def terminal(width: int) -> tuple[Console, Terminal]:
    out = Terminal()
    return Console(
        file=out, width=width, height=24, force_terminal=True, color_system=None, markup=False,
        emoji=False, highlight=False, legacy_windows=False,
    ), out  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 200])
def test_the_end_is_wrapped_between_words_and_never_wider_than_the_terminal(width: int) -> None:
    failed = [NamedResult(f"{name} {at}", name, name * 3) for at in range(9) for name in NAMES]
    refused = [NamedResult(name, "", f"the service says: {name}") for name in NAMES]
    found = outcome(
        Counts(accepted=8, rejected=1, pending=1),
        named=Named(refused, failed),
        stop=Stop(75, "no connection to results.example: it was refused", "run it again later"),
    )
    console, out = terminal(width)
    show_outcome(console, found, Flags())
    lines = out.getvalue().splitlines()
    address = [line for line in lines if "https://x/7" in line]
    assert address == ["  https://x/7"]
    for line in lines:
        longest = max((cell_len(word) for word in line.split()), default=0)
        assert cell_len(line) <= max(width, longest + width // 2), line
    text = " ".join(" ".join(lines).split())
    assert "no connection to results.example: it was refused" in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160, 200])
def test_the_live_view_is_five_lines_and_its_reason_is_whole(width: int) -> None:
    console, _ = terminal(width)
    clock = FakeClock()
    screen = Screen(console, clock, live=False)
    screen(Planned("abc", "testmo", 1200, 9, 0))
    screen._opened = Opened("7", f"https://results.example/{'購' * width}")
    clock.time += 10
    screen(Progressed(600, 1, 2, 597, 4, 1, "4 of 144 per min", 5, 50.0))
    screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
    with console.capture() as shown:
        console.print(screen._render())
    lines = shown.get().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert len(lines) == 5 + (width == 40)
    assert "429: Too Many" in " ".join(" ".join(lines[4:]).split())
    bar = lines[1].rstrip()
    assert bar.endswith(" 50 %")
    assert cell_len(bar) >= width - 2, "the bar is as wide as the terminal"
