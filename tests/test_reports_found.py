"""What a person is told when nothing is found, or not everything is read."""

from __future__ import annotations

from pathlib import Path

from fakes import codes
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports import Found


def test_each_thing_that_is_not_read_has_a_line(tmp_path: Path) -> None:
    note = ReportSummary("n.xml")
    note.warn("companion", "is left out")
    found = Found(
        missing=["gone.xml"],
        unmatched=["*.trx", str(tmp_path)],
        broken=[("b.zip", ReportProblem("cannot be unpacked", "try again"))],
        notes=[note],
        unseen={"r": [".git"]},
    )
    told = [(summary.path, codes(summary)) for summary in found.summaries()]
    assert told == [
        ("gone.xml", ["missing"]),
        ("*.trx", ["missing"]),
        (str(tmp_path), ["missing"]),
        ("b.zip", ["unreadable"]),
        ("n.xml", ["companion"]),
        ("r", ["hidden"]),
    ]
    severities = [summary.problems[0].severity for summary in found.summaries()]
    assert severities == ["error", "warning", "warning", "error", "warning", "note"]
    assert [summary.is_report for summary in found.summaries()][-1] is False


def test_the_first_reason_is_given() -> None:
    assert "no file 'a'" in Found(missing=["a"]).complain(excluded=False).message
    assert "no file matches '*.x'" in Found(unmatched=["*.x"]).complain(excluded=True).message
    assert "taken out" in Found().complain(excluded=True).message
    assert "no report is named" in Found().complain(excluded=False).message
