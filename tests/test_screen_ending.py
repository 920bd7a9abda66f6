"""What people see at the end, and what they are told to type next."""

from __future__ import annotations

import pytest

from papers import outcome, paper
from testferry.clock import day_and_time
from testferry.events import NamedResult
from testferry.model import ReportSummary, Tally
from testferry.outcome import (
    RUN_COMPLETED,
    RUN_CREATED,
    RUN_FOUND,
    Counts,
    Flags,
    Forecast,
    Named,
    Outcome,
    Run,
    Stop,
    exit_code,
    next_step,
)
from testferry.screen.ending import show_named, show_outcome, verdict


@pytest.mark.parametrize(
    "name",
    ["[/red]", "[bold]x", "[link=file:///etc/passwd]x[/link]", "a\x1b]52;c;aGk=\x07", ":smile:"],
)
def test_markup_in_a_name_is_shown_not_obeyed(name: str) -> None:
    told, out = paper()
    show_outcome(told, outcome(named=Named([NamedResult(name, "", "")])), Flags())
    assert name.replace("\x1b", "\\x1b").replace("\x07", "\\x07") in out.getvalue()


def test_the_end_of_an_upload_in_part() -> None:
    told, out = paper()
    show_outcome(told, outcome(Counts(accepted=8, rejected=1, pending=1)), Flags(), verbose=1)
    text = out.getvalue()
    assert '✘ 8 of 10 results in run 7 "Nightly": 1 rejected, 1 pending; nothing is lost' in text
    assert "8 accepted · 1 rejected · 1 pending" in text
    assert "9 passed · 1 failed" in text
    assert "4 sent · 1 retried · 1 throttled · 1 without a clear answer · waited 12 s" in text
    assert "s › t\n      no such field" in text
    assert "s › f\n      assert 1 == 2\n" in text
    assert text.rstrip().endswith("Next: testferry resume abc")


@pytest.mark.parametrize(
    ("found", "flags", "first"),
    [
        (outcome(Counts(accepted=10)), Flags(), '✔ 10 results in run 7 "Nightly" · 1 failed'),
        (outcome(Counts(accepted=1)), Flags(), '✔ 1 result in run 7 "Nightly" · 1 failed'),
        (
            outcome(Counts(pending=10)),
            Flags(dry_run=True),
            "Dry run: 10 results would be sent to testmo; nothing was sent · 1 failed",
        ),
        (
            outcome(Counts(accepted=10), already=1.0),
            Flags(),
            f'Already uploaded on {day_and_time(1.0)}: 10 results in run 7 "Nightly" (upload abc); --again uploads once more.',
        ),
        (
            outcome(Counts(accepted=9, rejected=1), already=1.0),
            Flags(),
            f'Already uploaded on {day_and_time(1.0)}: 9 of 10 results in run 7 "Nightly": 1 rejected (upload abc); --again uploads once more.',
        ),
        (outcome(Counts()), Flags(allow_empty=True), "There was nothing to upload."),
        (
            outcome(Counts(accepted=9, in_doubt=1)),
            Flags(),
            '! 9 of 10 results in run 7 "Nightly": 1 in doubt; nothing is lost · 1 failed',
        ),
        (outcome(Counts(), stop=Stop(75)), Flags(), "✘ Nothing was sent."),
        (outcome(Counts()), Flags(), "✘ No result was found, nothing was sent."),
        (
            outcome(Counts(accepted=9, rejected=1)),
            Flags(),
            '✘ 9 of 10 results in run 7 "Nightly": 1 rejected · 1 failed',
        ),
        (
            outcome(Counts(accepted=9, pending=1), stop=Stop(5)),
            Flags(),
            '✘ 9 of 10 results in run 7 "Nightly": 1 pending; nothing more was sent · 1 failed',
        ),
    ],
)
def test_first_lines(found: Outcome, flags: Flags, first: str) -> None:
    told, out = paper()
    show_outcome(told, found, flags)
    assert first.startswith(verdict(found, flags))
    assert first in out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("found", "flags", "command"),
    [
        (outcome(Counts(accepted=9, in_doubt=1)), Flags(), "testferry resume abc"),
        (outcome(Counts(accepted=9, pending=1)), Flags(), "testferry resume abc"),
        (
            outcome(Counts(accepted=9, rejected=1)),
            Flags(),
            "testferry uploads show abc",
        ),
        (
            outcome(Counts(pending=10), stop=Stop(5, "over", closed=True)),
            Flags(),
            "testferry uploads forget abc",
        ),
        (
            outcome(Counts(pending=10), stop=Stop(5, "This run is completed.")),
            Flags(),
            "testferry resume abc",
        ),
        (outcome(Counts(accepted=10)), Flags(), ""),
        (outcome(stop=Stop(74)), Flags(), ""),
        (outcome(), Flags(dry_run=True), ""),
    ],
)
def test_the_next_command(found: Outcome, flags: Flags, command: str) -> None:
    said, _ = next_step(found, flags)
    assert said == command


def test_long_lists_are_cut_and_say_so() -> None:
    many = outcome(named=Named([NamedResult(f"t{at}", "", f"no {at}") for at in range(50)]))
    told, out = paper()
    show_outcome(told, many, Flags())
    assert "… and 40 more (testferry uploads show abc)" in out.getvalue()
    told, out = paper()
    show_outcome(told, many, Flags(), verbose=1)
    assert "t49" in out.getvalue()
    assert "more (" not in out.getvalue()


def test_tests_by_name() -> None:
    told, out = paper()
    show_named(told, "Failed tests:", [], 0)
    assert not out.getvalue()
    show_named(told, "Failed tests:", [NamedResult("t", "", "why\nmore")] * 11, 0)
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["Failed tests:", "  t", "      why"]
    assert lines[-1] == "  … and 1 more (-v lists more)"


def test_what_was_accepted_in_full_may_still_lack_something() -> None:
    whole = outcome(Counts(accepted=10))
    whole.figures.attachments_missing = 2
    assert verdict(whole, Flags()).endswith("but 2 attachments did not arrive")
    whole.figures.attachments_missing, whole.figures.looks_refused = 0, 1
    assert verdict(whole, Flags()).endswith("but what follows them was refused in part")
    told, out = paper()
    whole.named.refused = [NamedResult("last look at the run", "", "no such run")]
    show_outcome(told, whole, Flags())
    assert "Requests behind the results that were refused (1):" in out.getvalue()
    report = ReportSummary("r.xml")
    report.fault("broken", "cut")
    whole.reports = [report]
    assert verdict(whole, Flags()).endswith("but 1 report could not be read in full")


@pytest.mark.parametrize(
    ("alone", "done"),
    [
        (RUN_CREATED, "made"),
        (RUN_FOUND, "found or made"),
        (RUN_COMPLETED, "complete"),
    ],
)
def test_a_run_alone_has_no_results_to_miss(alone: str, done: str) -> None:
    ended = Outcome(run=Run("7", "https://x.example/7", "Nightly", alone))
    assert exit_code(ended, Flags()) == 0
    assert verdict(ended, Flags()) == f'✔ Run 7 "Nightly" is {done}'
    ended.unfinished = True
    assert exit_code(ended, Flags()) == 75
    assert verdict(ended, Flags()) == f"✘ The run is not {done} yet"


def test_a_dry_run_says_what_it_would_do() -> None:
    told, out = paper()
    plan = outcome(Counts(pending=10))
    plan.run = Run()
    plan.named.forecast = Forecast(
        9, "https://x", ("project id 1", "name N"), "144 per min, 80% of 180", 60.0
    )
    show_outcome(told, plan, Flags(dry_run=True))
    assert out.getvalue().splitlines()[-5:] == [
        "Dry run: 10 results would be sent to testmo; nothing was sent · 1 failed",
        "  to        https://x",
        "  with      project id 1 · name N",
        "  requests  9 · at most 144 per min, 80% of 180",
        "  takes     at least 1 min",
    ]
    assert plan.as_dict(Flags(dry_run=True))["plan"] == {
        "requests": 9,
        "url": "https://x",
        "rate": "144 per min, 80% of 180",
        "least_s": 60.0,
    }


def test_the_end_of_a_good_upload_fits_into_a_chat() -> None:
    found = outcome(Counts(accepted=1200), named=Named())
    found.figures.tests = Tally(passed=1164, failed=8, error=1, skipped=27)
    found.figures.duration_s = 12.0
    told, out = paper()
    show_outcome(told, found, Flags())
    assert out.getvalue().splitlines() == [
        '✔ 1,200 results in run 7 "Nightly" · 8 failed, 1 error, 27 skipped · 12 s',
        "  https://x/7",
    ]


def test_five_failed_tests_with_file_line_and_assertion_then_how_to_see_the_rest() -> None:
    failed = [NamedResult(f"t{at}", "s", "assert 1 == 2\nmore", "a.py", at) for at in range(7)]
    told, out = paper()
    show_outcome(told, outcome(Counts(accepted=10), named=Named([], failed)), Flags())
    lines = out.getvalue().splitlines()
    assert lines[:3] == ["Failed tests (1):", "  s › t0", "      a.py:0  assert 1 == 2"]
    assert lines[11:13] == ["  … and 2 more (testferry uploads show abc)", ""]


def test_what_is_shown_in_full_does_not_lead_back_to_itself() -> None:
    told, out = paper()
    show_outcome(told, outcome(), Flags(), verbose=1, listed=True)
    assert "uploads show" not in out.getvalue()
    assert out.getvalue().splitlines()[-1] == (
        "Next: once mended, the same command with --retry-rejected sends them; the run stays open"
    )
