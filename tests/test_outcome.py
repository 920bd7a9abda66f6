"""The exit code follows from what is left to say; the flags are an argument."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from testferry.events import NamedResult
from testferry.model import ReportSummary, Tally
from testferry.outcome import (
    Counts,
    Figures,
    Flags,
    Named,
    Outcome,
    Requests,
    Run,
    Stop,
    exit_code,
    next_step,
    placed,
    rehearsed,
)


def ended(results: Counts | None = None, **more: Any) -> Outcome:
    return Outcome(figures=Figures(results=results or Counts(accepted=10)), **more)


def unread() -> ReportSummary:
    report = ReportSummary("r.xml")
    report.fault("broken", "cut")
    return report


def test_the_next_command_says_what_it_needs_to_get_any_further() -> None:
    stop = Stop(75, "nothing says whether the run was made", needs="--in-doubt resend")
    outcome = ended(Counts(pending=10), upload_id="3e08d00f5c2f", stop=stop)
    command, _ = next_step(outcome, Flags(place=" --journal j"))
    assert command == "testferry resume 3e08d00f5c2f --journal j --in-doubt resend"


def test_the_commands_of_a_cure_find_the_journals_that_the_line_named() -> None:
    cure = "`testferry uploads export 3e08d00f5c2f` saves; `testferry uploads` lists"
    found = placed(cure, " --journal j")
    assert found.startswith("`testferry uploads export 3e08d00f5c2f --journal j` saves; ")
    assert placed(cure, "") == cure


def test_an_outcome_has_no_more_than_ten_fields() -> None:
    assert len(fields(Outcome)) <= 10


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (ended(), 0),
        (ended(Counts()), 3),
        (ended(Counts(accepted=9, pending=1)), 75),
        (ended(Counts(accepted=9, rejected=1)), 6),
        (ended(Counts(accepted=9, in_doubt=1)), 6),
        (ended(Counts(accepted=9, unmatched=1)), 6),
        (ended(Counts(rejected=1, pending=1)), 75),
        (ended(unfinished=True), 75),
        (ended(Counts(accepted=9, rejected=1), unfinished=True), 6),
        (ended(reports=[unread()]), 4),
        (ended(stop=Stop(74)), 74),
        (ended(Counts(pending=10), stop=Stop(5)), 5),
        (ended(Counts(pending=10), stop=Stop(75)), 75),
        (ended(Counts(pending=10), stop=Stop(130)), 130),
        (ended(Counts(pending=10), stop=Stop(143)), 143),
        (ended(Counts(pending=10), stop=Stop(5), command_code=9), 9),
    ],
)
def test_the_first_that_holds(outcome: Outcome, code: int) -> None:
    assert exit_code(outcome, Flags()) == code


def test_what_has_no_place_is_no_error_where_the_user_lets_it_be() -> None:
    outcome = ended(Counts(accepted=9, unmatched=1))
    outcome.upload_id, outcome.figures.results.let_be = "3e08d00f5c2f", True
    assert exit_code(outcome, Flags()) == 0
    assert next_step(outcome, Flags()) == ("", "")
    outcome.figures.results.rejected = 1
    assert exit_code(outcome, Flags()) == 6
    assert next_step(outcome, Flags())[0]


def test_files_that_did_not_arrive() -> None:
    outcome = ended()
    outcome.figures.looks_refused = 1
    assert exit_code(outcome, Flags()) == 6
    outcome.figures.looks_refused = 0
    outcome.figures.attachments_missing = 1
    assert exit_code(outcome, Flags()) == 6


@pytest.mark.parametrize(
    ("outcome", "flags", "code"),
    [
        (ended(Counts(accepted=9, rejected=1)), Flags(exit_zero=True), 0),
        (ended(Counts(accepted=9, pending=1)), Flags(exit_zero=True), 0),
        (ended(Counts(pending=10), stop=Stop(5)), Flags(exit_zero=True), 5),
        (ended(Counts()), Flags(exit_zero=True), 3),
        (ended(Counts()), Flags(allow_empty=True), 0),
        (ended(Counts(pending=10)), Flags(dry_run=True), 0),
        (ended(Counts(pending=10), unfinished=True), Flags(dry_run=True), 0),
        (ended(Counts()), Flags(dry_run=True), 3),
        (ended(), Flags(fail_on_failed_tests=True), 0),
    ],
)
def test_what_the_user_says_about_it(outcome: Outcome, flags: Flags, code: int) -> None:
    assert exit_code(outcome, flags) == code


@pytest.mark.parametrize("tests", [Tally(failed=1), Tally(error=1)])
def test_failed_tests_count_if_the_user_says_so(tests: Tally) -> None:
    outcome = Outcome(figures=Figures(tests, Counts(accepted=1)))
    assert exit_code(outcome, Flags(fail_on_failed_tests=True)) == 1
    assert exit_code(outcome, Flags()) == 0


def test_a_dry_run_without_results_rehearsed_nothing() -> None:
    assert rehearsed(ended(Counts(pending=1)), Flags(dry_run=True))
    assert not rehearsed(ended(Counts()), Flags(dry_run=True))
    assert not rehearsed(ended(Counts(pending=1)), Flags())


def test_the_form_of_the_contract() -> None:
    outcome = Outcome(
        upload_id="abc",
        target="testmo",
        run=Run("7", "https://x/7"),
        reports=[unread()],
        figures=Figures(
            Tally(passed=1, failed=1),
            Counts(accepted=1, rejected=1),
            Requests(total=4, waited_s=1.23456),
            duration_s=2.34567,
        ),
        named=Named([NamedResult("t", "s", "no")]),
        stop=Stop(5, "401", "check the token"),
    )
    assert outcome.as_dict(Flags()) == {
        "schema": "testferry.upload/1",
        "kind": "upload",
        "upload_id": "abc",
        "target": "testmo",
        "run_id": 7,
        "run_url": "https://x/7",
        "exit_code": 5,
        "reports": [
            {
                "path": "r.xml",
                "format": "",
                "results": 0,
                "problems": [
                    {
                        "severity": "error",
                        "code": "broken",
                        "message": "cut",
                        "file": "r.xml",
                        "line": None,
                        "tests": 0,
                    }
                ],
            }
        ],
        "tests": {"total": 2, "passed": 1, "failed": 1, "error": 0, "skipped": 0},
        "results": {
            "total": 2, "accepted": 1, "rejected": 1, "in_doubt": 0, "pending": 0, "unmatched": 0,
            "excluded": 0,
        },
        "requests": {
            "total": 4, "retried": 0, "throttled": 0, "in_doubt": 0, "waited_s": 1.235,
        },
        "refused": [{"name": "t", "suite": "s", "reason": "no"}],
        "stopped": "401",
        "run_name": None,
        "ci": None,
        "failed_tests": [],
        "next": "testferry uploads show abc",
        "dry_run": False,
        "plan": None,
        "rehearsal": [],
        "would_make": [],
        "duration_s": 2.346,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("run", "shown"), [("7", 7), ("", None), ("a-b", "a-b"), ("²", "²"), ("007", "007")]
)
def test_a_run_is_a_number_wherever_it_is_one(run: str, shown: object) -> None:
    assert Outcome(run=Run(run)).as_dict(Flags())["run_id"] == shown


def test_a_file_that_is_missing_leaves_the_run_open_and_that_is_said() -> None:
    whole = Outcome("abc", "testrail", run=Run("7"))
    whole.figures.results = Counts(accepted=1)
    assert next_step(whole, Flags()) == ("", "")
    whole.figures.attachments_missing = 1
    assert next_step(whole, Flags()) == (
        "testferry uploads show abc",
        "names them; the run stays open",
    )
