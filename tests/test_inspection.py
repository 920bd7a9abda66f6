"""Reports read and nothing sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import NothingToUpload
from testferry.inspection import SLOWEST, Inspection
from testferry.settings.options import Reading


def report(*times: float) -> str:
    cases = "".join(f"<testcase name='t{time}' time='{time}'/>" for time in times)
    return f"<testsuite>{cases}</testsuite>"


def test_the_slowest_are_the_slowest_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(report(1, 9, 3, 0, 4))
    (tmp_path / "b.xml").write_text(report(8, 2, 7, 6, 5))
    seen = Inspection([str(tmp_path)])
    assert len(list(seen)) == 10
    assert [result.elapsed for result in seen.slowest] == [9, 8, 7, 6, 5]
    assert len(seen.slowest) == SLOWEST
    assert seen.tests.total == 10
    assert len(seen.summaries) == 2


def test_what_is_written_meanwhile_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(report(1))
    with pytest.raises(NothingToUpload):
        list(Inspection(["a.xml"], output="a.xml"))


def test_a_file_that_is_missing_is_a_report_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(report(1))
    seen = Inspection(["a.xml", "gone.xml"])
    list(seen)
    assert [summary.path for summary in seen.summaries] == ["a.xml", "gone.xml"]
    assert "there is no such file" in seen.summaries[1].problems[0].message


def test_entries_are_merged_as_the_user_says(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(report(1, 1))
    for reading, tests in ((Reading(), 2), (Reading(merge_retries=True), 1)):
        seen = Inspection(["a.xml"], reading)
        list(seen)
        assert seen.tests.total == tests
