from __future__ import annotations

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
