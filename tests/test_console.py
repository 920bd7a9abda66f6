"""What people see. Names from reports and services are nothing but text, whatever stands in
them.
"""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from fakes import FakeClock
from testferry.events import (
    Counts,
    Opened,
    Outcome,
    Planned,
    Progressed,
    RefusedResult,
    Requests,
    Told,
    Waiting,
)
from testferry.model import ReportSummary, Tally
from testferry.screen import screen as screen_module
from testferry.screen.screen import (
    Screen,
    consoles,
    markdown,
    next_command,
    show_error,
    show_outcome,
)

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")


def paper(width: int = 100) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(
        file=out, width=width, markup=False, emoji=False, highlight=False, color_system=None
    ), out


def outcome(**more: object) -> Outcome:
    base = {
        "upload_id": "abc", "target": "testmo", "run_id": "7", "run_url": "https://x/7",
        "tests": Tally(passed=9, failed=1), "results": Counts(accepted=9, rejected=1),
        "requests": Requests(total=4, retried=1, throttled=1, in_doubt=1, waited_s=12.0),
        "refused": [RefusedResult("t", "s", "no such field")], "failed_tests": [RefusedResult("f", "s", "assert 1 == 2\nmore")],
    }  # fmt: skip
    return Outcome(**{**base, **more})  # type: ignore[arg-type]  # keyword by keyword


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_name_and_no_words_of_a_service_reach_the_terminal_as_control(
    name: str, reason: str
) -> None:
    told, out = paper()
    report = ReportSummary(name)
    report.fault(reason)
    found = outcome(
        refused=[RefusedResult(name, reason, reason)], failed_tests=[RefusedResult(name, "", reason)], reports=[report],
        run_url=reason, stop_reason=reason, stop_code=5,
    )  # fmt: skip
    show_outcome(told, found, verbose=1)
    show_error(told, reason, name)
    screen = Screen(told, FakeClock(), live=False, verbose=2)
    screen(Opened(name, reason))
    screen(Told(reason))
    screen(Waiting(100.0, 1e9, reason))
    assert not CONTROL.search(out.getvalue())
    for line in (*out.getvalue().splitlines(), *markdown(found).splitlines()):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@pytest.mark.parametrize(
    "name",
    ["[/red]", "[bold]x", "[link=file:///etc/passwd]x[/link]", "a\x1b]52;c;aGk=\x07", ":smile:"],
)
def test_markup_in_a_name_is_shown_not_obeyed(name: str) -> None:
    told, out = paper()
    show_outcome(told, outcome(refused=[RefusedResult(name, "", "")]))
    assert name.replace("\x1b", "\\x1b").replace("\x07", "\\x07") in out.getvalue()


def test_the_end_of_an_upload_in_part() -> None:
    told, out = paper()
    show_outcome(told, outcome(results=Counts(accepted=8, rejected=1, pending=1)))
    text = out.getvalue()
    assert "✘ 8 of 10 results are at testmo; nothing is lost" in text
    assert "8 accepted · 1 rejected · 1 pending" in text
    assert "9 passed · 1 failed" in text
    assert "4 sent · 1 retried · 1 throttled · 1 in doubt · waited 12 s" in text
    assert "s › t\n      no such field" in text
    assert "s › f\n      assert 1 == 2\n" in text
    assert text.rstrip().endswith("Next: testferry resume abc")


@pytest.mark.parametrize(
    ("more", "first"),
    [
        ({"results": Counts(accepted=10), "refused": []}, "✔ every one of 10 results is at testmo"),
        ({"results": Counts(accepted=1), "refused": []}, "✔ 1 result is at testmo"),
        (
            {"results": Counts(pending=10), "dry_run": True},
            "Dry run: 10 results would be sent to testmo; nothing was sent.",
        ),
        (
            {"results": Counts(accepted=10), "already": True},
            "Already uploaded: every one of 10 results is at testmo (upload abc); --again uploads once more.",
        ),
        (
            {"results": Counts(accepted=9, rejected=1), "already": True},
            "Already uploaded: 9 of 10 results are at testmo (upload abc); --again uploads once more.",
        ),
        ({"results": Counts(), "allow_empty": True}, "There was nothing to upload."),
        (
            {"results": Counts(accepted=9, in_doubt=1)},
            "! 9 of 10 results are at testmo; nothing is lost",
        ),
        ({"results": Counts(), "stop_code": 75}, "✘ No result was found, nothing was sent."),
        ({"results": Counts(accepted=9, rejected=1)}, "✘ 9 of 10 results are at testmo"),
        (
            {"results": Counts(accepted=9, pending=1), "stop_code": 5},
            "✘ 9 of 10 results are at testmo; nothing more was sent",
        ),
    ],
)
def test_first_lines(more: dict[str, object], first: str) -> None:
    told, out = paper()
    show_outcome(told, outcome(**more))
    assert first in out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("more", "command"),
    [
        ({"results": Counts(accepted=9, in_doubt=1)}, "testferry resume abc   (looks again"),
        ({"results": Counts(accepted=9, pending=1)}, "testferry resume abc"),
        (
            {"results": Counts(accepted=9, rejected=1)},
            "testferry uploads show abc   (the run stays open",
        ),
        ({"results": Counts(accepted=10)}, ""),
        ({"stop_code": 74}, ""),
        ({"dry_run": True}, ""),
    ],
)
def test_the_next_command(more: dict[str, object], command: str) -> None:
    found = next_command(outcome(**more))
    assert found.startswith(command)
    assert bool(found) is bool(command)


def test_long_lists_are_cut_and_say_so() -> None:
    many = [RefusedResult(f"t{at}", "", "no") for at in range(50)]
    told, out = paper()
    show_outcome(told, outcome(refused=many))
    assert "… and 40 more (testferry uploads show abc)" in out.getvalue()
    told, out = paper()
    show_outcome(told, outcome(refused=many), verbose=1)
    assert "t49" in out.getvalue()
    assert "and 1 more" in markdown(outcome(refused=[*many * 4, many[0]]))


def test_lines_where_nothing_moves_on_its_own() -> None:
    told, out = paper()
    clock = FakeClock()
    with Screen(told, clock, live=False) as screen:
        screen(Planned("abc", "testmo", 1200, 9, 200))
        progress = Progressed(600, 0, 0, 600, 4, 1, "4 of 144 per min", 5)
        screen(progress)
        clock.time += 11
        screen(progress)
        screen(progress)
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        screen(Waiting(42.0, clock.wall() + 42, "429: Too Many"))
        clock.time += 10
        screen(Waiting(32.0, clock.wall() + 32, "429: Too Many"))
        screen(Told("hidden"))
    lines = out.getvalue().splitlines()
    assert lines[0] == "upload abc: 1,200 results, 200 of them done before, 9 requests to go"
    assert (
        "600 of 1,200 results accepted, 4 requests, 4 of 144 per min, about 16 s left" in lines[1]
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
    assert "601 of 1,200 results" in text
    assert (
        "4 requests, 5 to go · 1 on the way · 4 of 144 per min · 2 results in doubt · 1 result refused"
        in text
    )
    assert "waiting 42 s" in text


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
    assert consoles("auto")[0].width == screen_module.WIDE
    monkeypatch.setenv("COLUMNS", "60")
    assert consoles("auto")[0].width == 60
    monkeypatch.setenv("COLUMNS", "x")
    assert consoles("auto")[0].width == screen_module.WIDE


def test_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed or broken standard output does not disturb an upload."""

    class Broken(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Broken())
    out, _ = consoles("auto")
    show_outcome(out, outcome())
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    out, _ = consoles("auto")
    show_outcome(out, outcome())


def test_markdown_shows_names_as_text() -> None:
    text = markdown(outcome(refused=[RefusedResult("<script>`x`|[a](b)", "s", "r")]))
    assert "&lt;script&gt;\\`x\\`\\|\\[a\\]\\(b\\)" in text
