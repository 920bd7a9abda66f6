"""Every expected failure is one line with a cure, and has its exit code."""

from __future__ import annotations

import inspect

import pytest

from testferry import errors
from testferry.errors import (
    JournalProblem,
    NoCommand,
    NoSecret,
    NothingToUpload,
    ReportProblem,
    TestferryError,
    TryLater,
    UsageProblem,
)

CODES = {
    UsageProblem: 2,
    NoSecret: 2,
    NothingToUpload: 3,
    ReportProblem: 4,
    JournalProblem: 74,
    TryLater: 75,
    NoCommand: 127,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items(), ids=lambda it: str(it))
def test_what_happened_and_the_cure(kind: type[TestferryError], code: int) -> None:
    problem = kind("it broke", "mend it")
    assert (problem.message, problem.hint, str(problem)) == ("it broke", "mend it", "it broke")
    assert problem.exit_code == code


def test_no_error_is_without_its_code_or_its_place_in_the_drawing() -> None:
    every = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, TestferryError) and kind is not TestferryError
    ]
    assert set(every) == set(CODES)
    drawing = errors.__doc__ or ""
    for kind, code in CODES.items():
        (line,) = [line for line in drawing.splitlines() if f"── {kind.__name__} " in line]
        assert f" {code} " in line


def test_a_report_problem_says_where_if_it_knows() -> None:
    assert (ReportProblem("x").line, ReportProblem("x", line=7, column=3).column) == (None, 3)
