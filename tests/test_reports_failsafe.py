"""Failsafe's summary: passed over, unless its run broke off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import FIXTURES
from fakes import of
from testferry.ingest import Ingest
from testferry.reports import close, find
from testferry.reports.detect import detect

REPORTS = FIXTURES / "reports"
GREEN = '<testsuite name="A" tests="1" failures="0"><testcase name="a" classname="A"/></testsuite>'


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("crash", "java.lang.RuntimeException: The forked VM terminated without properly saying"),
        ("timeout", "its time was up"),
    ],
)
def test_a_run_that_broke_off_is_red_beside_green_reports(
    name: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "TEST-A.xml").write_text(GREEN)
    shutil.copy(REPORTS / f"failsafe/{name}-summary.xml", tmp_path / "failsafe-summary.xml")
    found = find([str(tmp_path)])
    ingest = Ingest(found.sources)
    results = [result for result in ingest if result.synthetic]
    close(found.sources)
    assert [result.message.startswith(why) for result in results] == [True]
    codes = [one.code for summary in ingest.summaries for one in summary.problems]
    assert codes == ["outside-failure"]


def test_what_repeats_the_counts_of_reports_is_passed_over() -> None:
    found = find([str(REPORTS / "junit/failsafe")])
    assert [Path(source.path).name for source in found.sources] == ["TEST-ShopIT.xml"]
    assert not found.summaries()


@pytest.mark.parametrize("end", ["", "<failureMessage/>", "<failureMessage></failureMessage>"])
def test_older_summaries_are_companions_too(end: str) -> None:
    head = f'<failsafe-summary result="255" timeout="false"><errors>1</errors>{end}'
    assert detect(f"{head}</failsafe-summary>".encode()).name == "companion"
    assert detect(head.encode()).name == "failsafe", "cut off: nobody knows what it said"
    _, summary = of(head)
    assert [problem.code for problem in summary.problems] == ["cut-off"]


def test_reports_that_are_joined_with_a_summary_are_read() -> None:
    summary = '<failsafe-summary result="null" timeout="false"><failureMessage/></failsafe-summary>'
    for joined in (f"{summary}\n{GREEN}", f"{GREEN}\n{summary}\n"):
        found, told = of(joined)
        assert [result.name for result in found] == ["a"]
        assert not any(problem.is_error for problem in told.problems)
    within = f"<testsuites><testsuite>{summary}</testsuite>{summary}</testsuites>"
    assert not of(within.replace("<failureMessage/>", "<failureMessage>\n</failureMessage>"))[0]
    red = summary.replace('"false"', '"true"')
    for joined in (f"{red}\n{GREEN}", f"{GREEN}\n{red}\n"):
        assert sum(result.synthetic for result in of(joined)[0]) == 1
