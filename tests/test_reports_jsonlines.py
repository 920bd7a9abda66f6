"""NDJSON: an object on each line, noise between them, whatever length a line has."""

from __future__ import annotations

import io
from typing import Any

import pytest

from fakes import codes, of
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.jsonlines import lines


def read(data: bytes, summary: ReportSummary | None = None) -> list[dict[str, Any]]:
    return list(lines(io.BytesIO(data), summary or ReportSummary("x"), lambda found: "a" in found))


def test_objects_of_the_format_are_found_among_noise_which_is_counted() -> None:
    summary = ReportSummary("x")
    assert read(b'building\n{"a": 1}\n{"b": 2}\n[{"a": 3}]\n', summary) == [{"a": 1}, {"a": 3}]
    (problem,) = summary.problems
    assert problem.code == "other-lines"
    assert problem.message.startswith("2 lines")
    assert problem.line == 1


def test_a_last_line_without_its_end_counts_if_it_is_whole() -> None:
    assert read(b'{"a": 1}') == [{"a": 1}]


def test_a_last_line_that_is_cut_is_a_problem_with_its_line() -> None:
    with pytest.raises(ReportProblem, match="cut off at line 2") as problem:
        read(b'{"a": 1}\n{"a": ')
    assert problem.value.line == 2


def test_a_giant_line_is_no_reason_to_stop() -> None:
    data = b'{"a": "' + b"x" * 3_000_000 + b'"}\n{"a": 2}\n'
    found = read(data)
    assert len(found) == 2
    assert found[1] == {"a": 2}


def test_a_broken_line_with_a_giant_number_is_a_line_of_another_format() -> None:
    number = "9" * 5000
    for line in (f'{{"type": "test", "n": {number} x', f'{{"n": {number}}}', f"[{number}"):
        found, summary = of(
            f'{{"type":"suite","event":"started","test_count":0}}\n{line}\n{{"type":"suite","event":"ok"}}\n'
        )
        assert not found
        assert "other-lines" in codes(summary)
