"""Several reports in one file, whatever tools wrote them: a red one among them is never green."""

from __future__ import annotations

import json

import pytest

from fakes import of
from reds import GREEN, RED, told


def lines(*events: object) -> bytes:
    return "".join(f"{json.dumps(event)}\n" for event in events).encode()


STAMP = {"seconds": 1, "nanos": 0}
CASE = {"testCaseStartedId": "s", "willBeRetried": False, "timestamp": STAMP}
STEP = {"keyword": "Given ", "name": "x", "result": {"status": "passed"}}
SPEC = {"title": "x", "ok": True, "tests": [{"status": "expected", "results": []}]}
ENDED = {"nodeid": "a.py::t", "outcome": "passed", "$report_type": "TestReport"}
OTHERS: dict[str, bytes] = {
    "jest": lines(
        {
            "numTotalTests": 1,
            "numTotalTestSuites": 1,
            "success": True,
            "testResults": [{"name": "/a", "assertionResults": [{"title": "a", "status": "passed"}]}],
        }
    ),
    "playwright": lines({"config": {"rootDir": "/"}, "suites": [{"title": "a", "specs": [SPEC]}]}),
    "cucumber": lines([
        {
            "uri": "a",
            "keyword": "Feature",
            "name": "F",
            "elements": [{"type": "scenario", "name": "s", "steps": [STEP]}],
        }
    ]),
    "rspec": lines({"version": "3", "examples": [{"description": "a", "status": "passed"}]}),
    "mocha": lines({"stats": {"passes": 1}, "tests": [{"title": "a", "err": {}}], "failures": []}),
    "googletest": lines({"testsuites": [{"name": "A", "testsuite": [{"name": "a", "status": "RUN"}]}]}),
    "messages": lines(
        {"meta": {"protocolVersion": "22"}},
        {"pickle": {"id": "p", "uri": "a", "name": "s", "steps": []}},
        {"testCase": {"id": "tc", "pickleId": "p", "testSteps": []}},
        {"testCaseStarted": {"id": "s", "testCaseId": "tc", "attempt": 0, "timestamp": STAMP}},
        {"testCaseFinished": CASE},
        {"testRunFinished": {"success": True, "timestamp": STAMP}},
    ),
    "reportlog": lines(
        {"pytest_version": "8", "$report_type": "SessionStart"},
        *({**ENDED, "when": when} for when in ("setup", "call", "teardown")),
        {"exitstatus": 0, "$report_type": "SessionFinish"},
    ),
    "trx": b'<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>'
    b'<UnitTestResult testName="a" outcome="Passed"/></Results></TestRun>',
    "nunit3": b'<test-run><test-suite name="a"><test-case name="a" result="Passed"/></test-suite></test-run>',
    "robot": b'<robot><suite name="S"><test name="a"><status status="PASS"/></test></suite></robot>',
}  # fmt: skip
ALL_GREEN = {**GREEN, **OTHERS}


def smallest() -> dict[str, bytes]:
    """The smallest red report of each format."""
    found: dict[str, bytes] = {}
    for name, data in RED.items():
        kind = name.partition("/")[0]
        if kind not in found or len(data) < len(found[kind]):
            found[kind] = data
    return found


@pytest.mark.parametrize("name", ALL_GREEN)
def test_a_red_report_is_red_before_and_behind_a_green_one_of_any_format(name: str) -> None:
    green = ALL_GREEN[name]
    assert not told(green)
    for kind, red in smallest().items():
        for between in (b"\n", b"", b"\n\n> next step\n"):
            assert told(green + between + red), (kind, between)
            assert told(red + between + green), (kind, between)


@pytest.mark.parametrize("tail", ["\n[12:31:30] Done\n", "\n[INFO] Done", "\nDone in 1s.", "\n\0"])
@pytest.mark.parametrize("name", ["jest", "cucumber", "ctrf"])
def test_what_a_log_prints_behind_a_document_breaks_nothing(name: str, tail: str) -> None:
    _, summary = of(ALL_GREEN[name].decode() + tail)
    assert not any(problem.is_error for problem in summary.problems)


def test_a_document_behind_a_text_is_read_if_it_is_of_the_same_format() -> None:
    green = ALL_GREEN["jest"].decode()
    found, summary = of(f"{green}\n> npm run test:e2e\n\n{green}")
    assert len(found) == 2
    assert [problem.code for problem in summary.problems] == ["banner"]
