"""The consoles, and names that are nothing but text, whatever stands in them."""

from __future__ import annotations

import errno
import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from fakes import FakeClock
from papers import outcome, paper
from testferry.events import NamedResult, Opened, Told, Waiting
from testferry.model import ReportSummary
from testferry.outcome import Flags, Named, Stop
from testferry.screen.ending import show_outcome
from testferry.screen.lines import WIDE, animated, consoles, plain, show, show_error, table, words
from testferry.screen.live import Screen
from testferry.screen.markdown import markdown

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_and_no_words_of_a_service_reach_the_terminal_as_control(
    name: str, reason: str
) -> None:
    told, out = paper()
    report = ReportSummary(name)
    report.fault("broken", reason)
    found = outcome(
        named=Named([NamedResult(name, reason, reason)], [NamedResult(name, "", reason)]),
        reports=[report],
        stop=Stop(5, reason, reason),
    )
    found.target = name
    found.run.url = reason
    show_outcome(told, found, Flags(), verbose=1)
    show_error(told, reason, name)
    plain(told, reason)
    table(told, ["head"], [[name]])
    screen = Screen(told, FakeClock(), live=False, verbose=2)
    screen(Opened(name, reason))
    screen(Told(reason))
    screen(Waiting(100.0, 1e9, reason))
    assert not CONTROL.search(out.getvalue())
    for line in (*out.getvalue().splitlines(), *markdown(found, Flags()).splitlines()):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    ("color", "environment", "wanted"),
    [
        ("auto", {}, False),
        ("always", {}, True),
        ("always", {"NO_COLOR": "1"}, True),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(
    color: str,
    environment: dict[str, str],
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"TERM": "xterm-256color", **environment}.items():
        monkeypatch.setenv(name, value)
    out, _ = consoles(color)
    show_error(out, "x")
    assert ("\x1b[" in capsys.readouterr().out) is wanted


def test_a_width_for_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert consoles("auto")[0].width == WIDE
    monkeypatch.setenv("COLUMNS", "60")
    assert consoles("auto")[0].width == 60
    monkeypatch.setenv("COLUMNS", "x")
    assert consoles("auto")[0].width == WIDE


def test_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed or broken standard output does not disturb an upload."""

    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())
    out, _ = consoles("auto")
    show_outcome(out, outcome(), Flags())
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    out, _ = consoles("auto")
    show_outcome(out, outcome(), Flags())


def test_nothing_moves_in_a_pipe_or_in_ci() -> None:
    console, _ = consoles("always")
    assert not animated(console, ci=False, quiet=False), "a pipe"
    console, _ = paper()
    assert not animated(console, ci=True, quiet=False)


def test_a_table_of_somebodys_texts() -> None:
    told, out = paper()
    table(told, ["a", "b"], [["[red]x[/red]", "\x1b"]])
    assert out.getvalue().splitlines()[1].split() == ["[red]x[/red]", "\\x1b"]


def test_no_cell_is_folded_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    names = ["y" * length + "::warning::pwned" + "z" * 40 for length in range(20, 130)]
    table(consoles("auto")[0], ("report", "n"), [(name, "1") for name in names])
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + len(names)
    assert all(name in line for name, line in zip(names, lines[1:], strict=True))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_long_lines_are_wrapped_between_words_and_indented() -> None:
    terminal = _Terminal()
    told = Console(file=terminal, width=40, color_system=None, markup=False, highlight=False)
    show(
        told,
        words("      a.py:12  assert 1 == 2 and 漢字漢字漢字 more of it"),
        words("  stopped   the service says that it is too busy"),
        words(f"  https://example.testmo.net/{'x' * 40}"),
    )
    assert terminal.getvalue().splitlines() == [
        "      a.py:12  assert 1 == 2 and",
        "      漢字漢字漢字 more of it",
        "  stopped   the service says that it is",
        "            too busy",
        f"  https://example.testmo.net/{'x' * 40}",
    ]


class Gone(io.StringIO):
    """A terminal that was closed: EIO, whatever is done with it."""

    def _gone(self, *_: object, **__: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    write = flush = reconfigure = _gone  # type: ignore[assignment]


def test_a_terminal_that_goes_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Gone())
    monkeypatch.setattr("sys.stderr", Gone())
    for console in consoles("auto"):
        console.print("somebody reads it, or nobody does")
        plain(console, "a line")
        console.file.flush()
