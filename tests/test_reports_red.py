"""A report that is red is never taken for green, whatever tool wrote it, however its run ended."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES
from fakes import of
from testferry.ingest import Ingest
from testferry.model import Status
from testferry.reports import close, find


def lines(*events: object) -> str:
    return "\n".join(json.dumps(event) for event in events) + "\n"


def is_red(data: str) -> bool:
    """A failing result, and a problem that ends in exit code 4."""
    found, summary = of(data)
    return any(one.status in (Status.FAILED, Status.ERROR) for one in found) and any(
        one.is_error for one in summary.problems
    )


def is_told(data: str) -> bool:
    """Exit code 4 at least: something is missing."""
    _, summary = of(data)
    return any(one.is_error for one in summary.problems)


def go_event(action: str, **more: object) -> dict[str, object]:
    return {"Action": action, "Package": "p", **more}


TRX = '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>{}</Results>{}</TestRun>'
PASSED = '<UnitTestResult testName="a" outcome="Passed"/>'
STEP = {"keyword": "Given ", "name": "x"}


def scenario(*steps: object, **more: object) -> dict[str, object]:
    return {"type": "scenario", "name": "p", "steps": list(steps), **more}


def cucumber(*elements: object) -> str:
    return json.dumps([{"uri": "a", "keyword": "Feature", "name": "F", "elements": list(elements)}])


CLAIMS = {
    "ctrf": {
        "reportFormat": "CTRF",
        "results": {"summary": {"failed": 2}, "tests": [{"name": "a", "status": "passed"}]},
    },
    "jest": {"numTotalTests": 3, "numTotalTestSuites": 1, "numFailedTests": 2, "testResults": []},
    "playwright": {"config": {"rootDir": "/"}, "suites": [], "stats": {"unexpected": 4}},
    "mocha": {"stats": {"passes": 1, "failures": 3}, "tests": [], "failures": []},
    "mochawesome": {"stats": {"passes": 1, "passPercent": 1, "failures": 3}, "results": []},
    "rspec": {"examples": [], "summary": {"failure_count": 3}, "summary_line": ""},
    "gtest": {"tests": 1, "failures": 1, "testsuites": []},
    "pytest": {"created": 1, "exitcode": 1, "root": "/", "tests": []},
    "pytest-summary": {
        "created": 1,
        "exitcode": 2,
        "root": "/",
        "summary": {"failed": 3},
        "tests": [],
    },
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_summary_that_is_redder_than_its_entries(name: str) -> None:
    assert is_red(json.dumps(CLAIMS[name]))


RED = {
    "a suite's own word": '<testsuite name="s" status="failed"><testcase name="a" classname="c"/></testsuite>',
    "a run's own word": '<testsuites result="error"><testsuite><testcase name="a" classname="c"/></testsuite></testsuites>',
    "a count by another name": '<testsuite name="s" tests="2" failed="1"><testcase name="a" classname="c"/></testsuite>',
    "a word of the test itself": '<testsuite><testcase name="a" status="failed"/></testsuite>',
    "a word in capitals": '<testsuite><testcase name="a" status="run" result="ERROR"/></testsuite>',
    "an element in capitals": '<testsuite><testcase name="a"><Failure message="m"/></testcase></testsuite>',
    "background": cucumber(
        {"type": "background", "name": "", "steps": [{**STEP, "result": {"status": "failed"}}]},
        scenario({**STEP, "result": {"status": "skipped"}}),
    ),
    "step hook": cucumber(scenario({**STEP, "result": {"status": "passed"}, "after": [{"result": {"status": "failed"}}]})),
    "step in capitals": cucumber(scenario({**STEP, "result": {"status": "FAILED"}})),
    "sub-test": lines(
        {"$report_type": "SubTestReport", "nodeid": "t.py::a", "when": "call", "outcome": "failed", "longrepr": "x"},
        {"$report_type": "TestReport", "nodeid": "t.py::a", "when": "call", "outcome": "passed"},
        {"$report_type": "TestReport", "nodeid": "t.py::a", "when": "teardown", "outcome": "passed"},
        {"$report_type": "SessionFinish", "exitstatus": 1},
    ),
    "trx data rows": TRX.format(
        f'<UnitTestResult testName="p" outcome="Failed"><InnerResults>{PASSED}</InnerResults></UnitTestResult>', ""
    ),
    "trx ordered": TRX.format(
        f'<TestResultAggregation testName="o" outcome="Failed"><InnerResults>{PASSED}'
        '<UnitTestResult testName="b" outcome="Failed"/></InnerResults></TestResultAggregation>',
        "",
    ),
    "xunit class": (
        '<assembly name="x"><class name="T" failed="1"><failure><message>dispose</message></failure>'
        '<test name="T.a" type="T" result="Pass"/></class></assembly>'
    ),
    "tries that all failed": '<testsuite><testcase name="a" classname="c"><rerunFailure message="x"/></testcase></testsuite>',
    "errors in all tries": '<testsuite><testcase name="a" classname="c"><rerunError message="x"/></testcase></testsuite>',
    "the first outcome of Visual Studio": TRX.format(
        '<UnitTestResult testName="e"><Output><ErrorInfo><Message>boom</Message></ErrorInfo></Output></UnitTestResult>', ""
    ),
    "a word of CTRF's that hides a failure": json.dumps({
        "reportFormat": "CTRF", "results": {"tests": [{"name": "a", "status": "other", "rawStatus": "timedOut"}]},
    }),
    "dart that says no": lines(
        {"protocolVersion": "0.1.1", "type": "start", "time": 0}, {"success": False, "type": "done", "time": 5}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RED)
def test_red_entries(name: str) -> None:
    found, _ = of(RED[name])
    assert any(one.status in (Status.FAILED, Status.ERROR) for one in found)


OUTSIDE = {
    "go before 1.24": lines(go_event("pass", Test="A"), go_event("pass")) + "FAIL\tex.com/bad [build failed]\n",
    "go alone": "FAIL\tex.com/bad [setup failed]\n",
    "nunit suite": (
        '<test-run failed="0"><test-suite type="TestFixture" name="A" result="Failed"><failure><message>TearDown : x</message>'
        '</failure><test-case name="a" result="Passed"/></test-suite></test-run>'
    ),
    "nunit assembly": (
        '<test-run><test-suite type="Assembly" name="A" result="Failed" label="Invalid"><reason><message>no</message></reason>'
        "</test-suite></test-run>"
    ),
    "nunit2 suite": (
        '<test-results><test-suite name="A" result="Failure"><failure><message>x</message></failure><results>'
        '<test-case name="a" result="Success"/></results></test-suite></test-results>'
    ),
    "trx host": TRX.format(
        PASSED, '<ResultSummary outcome="Failed"><RunInfos><RunInfo outcome="Error"><Text>crashed</Text></RunInfo></RunInfos></ResultSummary>'
    ),
    "trx counters": TRX.format(PASSED, '<ResultSummary outcome="Completed"><Counters failed="2"/></ResultSummary>'),
    "xunit counters": '<assemblies><assembly name="x" failed="1" errors="1"/></assemblies>',
    "testng counters": '<testng-results failed="3"><suite name="s"/></testng-results>',
    "messages": lines(
        {"meta": {"protocolVersion": "1"}}, {"testRunFinished": {"success": False, "message": "boom"}}
    ),
    "libtest": lines(
        {"type": "suite", "event": "started", "test_count": 1}, {"type": "suite", "event": "failed", "failed": 1}
    ),
    "tap plan in the second document": "TAP version 13\n1..3\nok 1\nTAP version 13\n1..1\nok 1",
    "tap two plans": "1..2\nok 1\n1..2\nok 1\nok 2",
    "tap giant plan": "1..10000000000\nok 1",
    "tap more than planned": "1..1\nok 1\nok 2",
    "tap number missing": "1..3\nok 1\nok 3\nok 4",
    "tap without plan": "TAP version 13\nok 1 - a\nok 2 - b",
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_failed_outside_of_any_entry(name: str) -> None:
    assert is_red(OUTSIDE[name])


CUT = {
    "go": lines(go_event("start"), go_event("run", Test="A"), go_event("pass", Test="A")),
    "dart": lines({"protocolVersion": "0.1.1", "type": "start", "time": 0}),
    "dart null": lines(
        {"protocolVersion": "0.1.1", "type": "start", "time": 0}, {"success": None, "type": "done"}
    ),
    "reportlog": lines({"$report_type": "SessionStart"}),
    "reportlog internal error": lines(
        {"$report_type": "SessionStart"}, {"$report_type": "SessionFinish", "exitstatus": 3}
    ),
    "messages": lines({"meta": {"protocolVersion": "1"}}),
    "jest": json.dumps(
        {"numTotalTests": 0, "numTotalTestSuites": 0, "wasInterrupted": True, "testResults": []}
    ),
    "allure": json.dumps(
        {"uuid": "u", "historyId": "h", "name": "a", "status": None, "stage": "running"}
    ),
    "playwright": json.dumps(
        {
            "config": {"rootDir": "/"},
            "suites": [
                {
                    "title": "s",
                    "specs": [
                        {
                            "title": "t",
                            "ok": True,
                            "tests": [
                                {"status": "skipped", "results": [{"status": "interrupted"}]}
                            ],
                        }
                    ],
                }
            ],
        }
    ),
    "allure without history": json.dumps({"uuid": "u", "name": "a", "stage": "scheduled"}),
    "ctrf entry": json.dumps({"reportFormat": "CTRF", "results": {"tests": ["x"]}}),
}


@pytest.mark.parametrize("name", CUT)
def test_a_run_that_did_not_finish_is_told(name: str) -> None:
    assert is_told(CUT[name])


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(
            {"reportFormat": "CTRF", "results": {"tests": [{"name": "a", "status": "wibble"}]}}
        ),
        json.dumps(
            {
                "numTotalTests": 1,
                "testResults": [{"assertionResults": [{"title": "a", "status": "wibble"}]}],
            }
        ),
        json.dumps({"examples": [{"description": "a", "status": "wibble"}], "summary_line": ""}),
        cucumber(scenario({**STEP, "result": {"status": "wibble"}})),
    ],
)
def test_a_word_that_no_tool_has_is_an_error(data: str) -> None:
    assert is_red(data)


def test_the_cause_is_told_wherever_it_stands() -> None:
    found, _ = of("TAP version 14\n# Subtest: s\n    ok 1 - x\n    Bail out! db\nBail out! db\n")
    assert "bailed out: db" in found[-1].message
    _, summary = of(
        "<testsuites failures='1'><testsuite><testcase name='a'/></testsuite></testsuites>"
    )
    assert summary.problems[0].message.startswith("the report claims 1 failure")


def test_benchmarks_of_a_passed_package_pass() -> None:
    found, summary = of(lines(go_event("run", Test="BenchmarkX"), go_event("pass")))
    assert [one.status for one in found] == [Status.PASSED]
    assert not summary.problems


def test_todo_is_a_word_of_its_own() -> None:
    found, _ = of("1..3\nnot ok 1 - fix #todos\nnot ok 2 # todolist\nnot ok 3 # TODO later")
    assert [one.status for one in found] == [Status.FAILED, Status.FAILED, Status.SKIPPED]


def test_a_log_is_no_tap() -> None:
    found, summary = of("Starting\nok, connected\nok 3 files copied\nERROR: it died")
    assert not found
    assert summary.problems


def test_a_skipped_suite_teardown_skips_its_tests() -> None:
    test = '<test name="t"><status status="PASS"/></test>'
    teardown = '<kw name="Skip" type="TEARDOWN"><status status="SKIP"/></kw>'
    found, _ = of(
        f'<robot generator="Robot"><suite name="S">{test}{teardown}<status status="SKIP"/></suite></robot>'
    )
    assert [one.status for one in found] == [Status.SKIPPED]
    suite = {
        "name": "S",
        "tests": [{"name": "t", "status": "FAIL"}],
        "teardown": {"name": "Skip", "status": "SKIP"},
    }
    found, _ = of(json.dumps({"generator": "Robot", "rpa": False, "suite": suite}))
    assert [one.status for one in found] == [Status.SKIPPED]


def test_ctest_that_could_not_start_a_test() -> None:
    measured = '<NamedMeasurement name="Completion Status"><Value>Unable to find executable</Value></NamedMeasurement>'
    test = f'<Test Status="notrun"><Name>t</Name><Results>{measured}</Results></Test>'
    assert is_told(f"<Site><Testing>{test}</Testing></Site>")


@pytest.mark.parametrize("cut", ["<TestDefinitions><UnitTest id='1'>", ""])
def test_cut_trx_keeps_its_complete_results(cut: str) -> None:
    whole = TRX.format(PASSED * 3, "")
    found, summary = of(whole.replace("</TestRun>", "") + cut)
    assert len(found) == 3
    assert "cut off" in summary.problems[-1].message


def test_cut_testng_and_robot_keep_what_was_complete() -> None:
    method = '<test-method name="m" status="PASS"/>'
    found, _ = of(
        f'<testng-results><suite name="s"><test name="t"><class name="c">{method}{method}<test-me'
    )
    assert len(found) == 2
    test = '<test name="t"><status status="PASS"/></test>'
    found, summary = of(
        f'<robot generator="Robot"><suite name="S"><suite name="I">{test}</suite>{test}<te'
    )
    assert len(found) == 2
    assert "cut off" in summary.problems[-1].message


def test_a_number_of_thousands_of_digits_loses_no_other_report() -> None:
    found, _ = of(
        '{"reportFormat":"CTRF","results":{"tests":[{"name":"a","status":"failed","duration":'
        + "9" * 5000
        + "}]}}"
    )
    assert [one.elapsed for one in found] == [None]


def test_a_banner_before_json_and_a_second_document_behind_it() -> None:
    one = {"reportFormat": "CTRF", "results": {"tests": [{"name": "a", "status": "passed"}]}}
    two = {"reportFormat": "CTRF", "results": {"tests": [{"name": "b", "status": "failed"}]}}
    found, summary = of(
        "\n> x@1 test\n[INFO] so\n" + json.dumps(one) + "\n" + json.dumps(two) + "\nbye"
    )
    assert (summary.format, [one.status for one in found]) == (
        "ctrf",
        [Status.PASSED, Status.FAILED],
    )


def test_a_banner_with_a_tag_before_junit() -> None:
    found, _ = of("npm <warn> foo\n<testsuite><testcase name='a'/></testsuite>")
    assert len(found) == 1


@pytest.mark.parametrize(
    "green",
    [
        "ok 1\nok 2\n1..2\nok 1\n1..1\n",
        "t/g2.t .. \nok 1\n1..1\nok\nt/g3.t .. \nok 1\nok 2\n1..2\nok\nAll tests successful.\nResult: PASS\n",
        json.dumps({
            "created": 1, "exitcode": 0, "root": "/",
            "tests": [{"nodeid": "t.py::a", "outcome": "subtests passed", "setup": {"outcome": "passed"}, "call": {"outcome": "passed"}}],
        }),
        lines(
            go_event("run", Test="A"), go_event("output", Test="A", Output="no newline--- PASS: A (0.00s)\n"), go_event("pass")
        ),
        (
            '<testsuite errors="1" failures="0" tests="1"><properties><property value="5.15.2" name="QTestVersion"/></properties>'
            '<testcase result="pass" name="foo"/></testsuite>'
        ),
    ],
)  # fmt: skip
def test_what_is_green_stays_green(green: str) -> None:
    found, summary = of(green)
    assert {one.status for one in found} == {Status.PASSED}
    assert not any(one.is_error for one in summary.problems), summary.problems


@pytest.mark.parametrize(
    "stopped",
    [
        json.dumps({"created": 1, "exitcode": 2, "root": "/", "tests": [{"nodeid": "t.py::b", "outcome": "passed", "setup": {"outcome": "passed"}}]}),
        TRX.format(PASSED, '<ResultSummary outcome="Aborted"/>'),
        TRX.format('<UnitTestResult testName="b" outcome="Aborted"/>', ""),
        TRX.format(
            '<UnitTestResult testName="b" outcome="Failed"/>',
            '<ResultSummary outcome="Failed"><RunInfos><RunInfo outcome="Error"><Text>host crashed</Text></RunInfo></RunInfos></ResultSummary>',
        ),
    ],
)  # fmt: skip
def test_a_run_that_was_stopped_is_told(stopped: str) -> None:
    assert is_told(stopped)


def test_jest_that_failed_although_its_tests_passed_is_warned_of() -> None:
    _, summary = of(
        json.dumps(
            {"numTotalTests": 0, "numTotalTestSuites": 0, "success": False, "testResults": []}
        )
    )
    assert "not successful" in summary.problems[0].message


# --- whatever is done to a red report, it is not green

RED_REPORTS = {
    "gtest that failed and skipped": (FIXTURES / "reports/junit/googletest-skip.xml").read_bytes(),
    "pytest's sub-tests": (FIXTURES / "reports/junit/pytest9-subtests.xml").read_bytes(),
    "testng": (FIXTURES / "reports/junit/testng-junit.xml").read_bytes(),
    "an odd word": b"<testsuite name='s'><testcase name='a' classname='c' status='wibble'/></testsuite>",
    "an odd child": b"<testsuite name='s'><testcase name='a' classname='c'><wibble/></testcase></testsuite>",
    "a claim": b"<testsuite name='s' failures='1'><testcase name='a' classname='c'/></testsuite>",
    "jest": json.dumps({
        "numTotalTests": 1, "numTotalTestSuites": 1,
        "testResults": [{"name": "f", "assertionResults": [{"title": "a", "status": "failed"}]}],
    }).encode(),
    "vitest's tap": (FIXTURES / "reports/tap/vitest.tap").read_bytes(),
    "bats": (FIXTURES / "reports/tap/bats-timing.tap").read_bytes(),
    "go": (FIXTURES / "reports/go-test/go-no-newline.jsonl").read_bytes(),
    "messages": lines({"meta": {"protocolVersion": "1"}}, {"testRunFinished": {"success": False}}).encode(),
}  # fmt: skip
GREEN_XML = b"<testsuite name='g'><testcase name='g' classname='g'/></testsuite>"


def not_green(data: bytes) -> None:
    """A failing result, or a problem that makes the exit code 4."""
    found, summary = of(data)
    red = any(one.status.is_red for one in found)
    assert red or any(one.is_error for one in summary.problems), (data[:300], summary)


def in_folder(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    found = find([str(folder)])
    ingest = Ingest(found.sources)
    red = any(one.status.is_red for one in ingest)
    told = [problem for one in (*ingest.summaries, *found.summaries()) for problem in one.problems]
    close(found.sources)
    assert red or any(problem.is_error for problem in told)


@pytest.mark.parametrize("name", RED_REPORTS)
def test_red_stays_red_behind_and_before_anything(name: str) -> None:
    data = RED_REPORTS[name]
    not_green(data)
    for banner in (
        b"\n\n",
        b"> npm test\n",
        b"[dotenv@17] injecting\n",
        b"[12:31:30] go\n",
        b'{"level":"info"}\n',
    ):
        not_green(banner + data)
    not_green(data + b"\n")
    not_green(b"\xef\xbb\xbf" + data)
    if data.lstrip().startswith(b"<"):
        for tail in (b" <!-- x -->", b"<?x y?>", GREEN_XML, b"\nlog\n", b"\0\0"):
            not_green(data + tail)
            not_green(
                GREEN_XML + b"<!-- x -->" + data.partition(b"?>")[2]
                if b"<?xml" in data
                else GREEN_XML + data
            )
        not_green(
            b"<!-- x -->" + data.partition(b"?>")[2] if b"<?xml" in data else b"<!-- x -->" + data
        )


@pytest.mark.parametrize("name", RED_REPORTS)
def test_red_stays_red_in_any_encoding(name: str) -> None:
    text = RED_REPORTS[name].decode()
    for encoding in ("utf-16", "utf-8-sig"):
        not_green(text.replace('encoding="UTF-8"', "").encode(encoding))


@pytest.mark.parametrize("name", RED_REPORTS)
def test_red_stays_red_in_folders_and_archives(name: str, tmp_path: Path) -> None:
    data = RED_REPORTS[name]
    suffix = ".xml" if data.lstrip().startswith(b"<") else ".json"
    in_folder(tmp_path / "a", {"good.xml": GREEN_XML, f"red{suffix}": data})
    in_folder(
        tmp_path / "b", {"good.xml": GREEN_XML, f"deep/er/red{suffix}": data, f"copy{suffix}": data}
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(f"red{suffix}", data)
        file.writestr("good.xml", GREEN_XML)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("in.zip", packed.getvalue())
    for archive in (packed.getvalue(), outer.getvalue(), gzip.compress(data)):
        found = find(["-"], io.BytesIO(archive))
        ingest = Ingest(found.sources)
        red = any(one.status.is_red for one in ingest)
        told = [problem for one in ingest.summaries for problem in one.problems]
        close(found.sources)
        assert red or any(problem.is_error for problem in told)


@pytest.mark.parametrize("name", RED_REPORTS)
@given(share=st.floats(0.02, 0.999))
@settings(max_examples=40)
def test_a_red_report_that_is_cut_is_never_green(name: str, share: float) -> None:
    data = RED_REPORTS[name]
    cut = data[: int(len(data) * share)]
    if name == "bats" and b"\nnot ok" not in cut and cut.count(b"ok") >= 4:
        return
    found, summary = of(cut)
    passed_only = found and not any(one.status.is_red for one in found)
    told = [one for one in summary.problems if one.is_error]
    # what was complete may be green; that something is missing is told
    assert told or not passed_only or cut.rstrip() == data.rstrip()
