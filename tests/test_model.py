from __future__ import annotations

import pytest

from testferry.model import Detail, ReportSummary, Result, Status, badness, merge_attempts, worst


def test_repeated_entries_can_be_merged() -> None:
    entries = [Result("t", Status.FAILED), Result("u", Status.PASSED), Result("t", Status.PASSED)]
    last = merge_attempts(entries, "last")
    assert [(one.name, one.status, one.attempts, one.flaky) for one in last] == [
        ("t", Status.PASSED, 2, True),
        ("u", Status.PASSED, 1, False),
    ]
    worst = merge_attempts(entries, "worst")
    assert [(one.name, one.status, one.flaky) for one in worst] == [
        ("t", Status.FAILED, False),
        ("u", Status.PASSED, False),
    ]


def test_the_last_entry_counts_only_if_something_says_retry() -> None:
    entries = [Result("t", Status.FAILED), Result("t", Status.PASSED)]
    assert [one.status for one in merge_attempts(entries, "auto")] == [Status.FAILED]
    entries[1].retried = True
    assert [one.status for one in merge_attempts(entries, "auto")] == [Status.PASSED]


@pytest.mark.parametrize("elapsed", [-1.0, 1e12, float("nan"), float("inf")])
def test_a_summary_takes_out_what_cannot_be_a_duration(elapsed: float) -> None:
    summary, result = ReportSummary("x"), Result("t", Status.PASSED, elapsed=elapsed)
    summary.see(result)
    assert (result.elapsed, summary.extras.odd_durations, summary.duration) == (None, 1, 0.0)


def test_a_failed_test_speaks_with_its_failure() -> None:
    details = (Detail("skipped", "later"), Detail("failure", "no"))
    assert Result("t", Status.FAILED, details=details).message == "no"
    assert Result("t", Status.SKIPPED, details=details).message == "later"


def test_statuses_from_the_best_to_the_worst() -> None:
    assert worst([]) is Status.PASSED
    assert worst(Status) is Status.ERROR
    assert sorted(Status, key=badness)[1] is Status.SKIPPED
