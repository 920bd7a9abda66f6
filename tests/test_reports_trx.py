from __future__ import annotations

import pytest

from fakes import codes, of, statuses

RUN = '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>{}</Results>{}</TestRun>'
PASSED = '<UnitTestResult testName="a" outcome="Passed" duration="00:00:01.5"/>'


def test_the_class_of_a_test_stands_behind_the_results() -> None:
    unit = '<TestDefinitions><UnitTest id="1"><TestMethod className="A.B, dll"/></UnitTest></TestDefinitions>'
    found, _ = of(RUN.format('<UnitTestResult testId="1" testName="a" outcome="Passed"/>', unit))
    assert (found[0].classname, found[0].retried) == ("A.B", True)


def test_a_run_that_calls_itself_failed_stands_with_its_words() -> None:
    info = '<RunInfos><RunInfo outcome="Warning"><Text>the host was asked to stop</Text></RunInfo></RunInfos>'
    found, summary = of(
        RUN.format(PASSED, f'<ResultSummary outcome="Failed">{info}</ResultSummary>')
    )
    assert (found[-1].synthetic, str(found[-1].status)) == (True, "failed")
    assert "asked to stop" in found[-1].message
    assert codes(summary) == ["claims-more"]


def test_an_outcome_of_no_table_is_an_error() -> None:
    assert statuses(RUN.format('<UnitTestResult testName="a" outcome="Wibble"/>', "")) == [
        ("a", "error")
    ]
    assert of(RUN.format(PASSED, ""))[0][0].elapsed == 1.5


def run_of(results: str, summary: str) -> str:
    """A run with its own words."""
    space = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"
    return f"<TestRun xmlns='{space}'><Results>{results}</Results>{summary}</TestRun>"


GREEN = "<UnitTestResult testName='a' outcome='Passed'/>"
RED = "<UnitTestResult testName='b' outcome='Failed'/>"
CLEANUP = "<RunInfos><RunInfo outcome='Error'><Text>ClassCleanup: boom</Text></RunInfo></RunInfos>"
EXIT = "<RunInfos><RunInfo outcome='Error'><Text>Exit code indicates failure: '2'</Text></RunInfo></RunInfos>"


@pytest.mark.parametrize(
    ("results", "summary", "said"),
    [
        (GREEN, f"<ResultSummary outcome='Completed'>{CLEANUP}</ResultSummary>", "boom"),
        (RED, f"<ResultSummary outcome='Failed'>{CLEANUP}</ResultSummary>", "boom"),
        (RED, f"<ResultSummary outcome='Failed'>{EXIT}</ResultSummary>", ""),
        (RED, "<ResultSummary outcome='Failed'><Counters failed='3'/></ResultSummary>", "3"),
        (GREEN, "<ResultSummary outcome='Exploded'/>", "Exploded"),
        (GREEN, "<ResultSummary outcome='Odd'><Counters failed='0'/></ResultSummary>", ""),
    ],
)
def test_what_a_run_says_of_itself_beyond_its_entries_stands(
    results: str, summary: str, said: str
) -> None:
    found, _ = of(run_of(results, summary))
    stand_ins = [result.message for result in found if result.synthetic]
    assert len(stand_ins) == bool(said)
    assert all(said in message for message in stand_ins)


def test_words_of_all_formats_are_known() -> None:
    words = ("passed", "FAILED", "Blocked", "odd")
    found, _ = of(
        run_of("".join(f"<UnitTestResult testName='a' outcome='{word}'/>" for word in words), "")
    )
    assert [str(result.status) for result in found] == ["passed", "failed", "skipped", "error"]


@pytest.mark.parametrize("took", ["garbage", "-00:00:01"])
def test_a_duration_that_is_none_is_told(took: str) -> None:
    found, summary = of(
        run_of(f"<UnitTestResult testName='a' outcome='Passed' duration='{took}'/>", "")
    )
    assert (found[0].elapsed, codes(summary)) == (None, ["odd-duration"])
