"""Twelve reports for those who compare testferry with what users come from: what JUnit XML holds in
the wild, each written small.
"""

from __future__ import annotations

SUITE = '<testsuite name="{name}" tests="1">{cases}</testsuite>'


def case(name: str, inside: str = "", *, classname: str = "tests.Login", time: str = "1.2") -> str:
    """One test."""
    return f'<testcase classname="{classname}" name="{name}" time="{time}">{inside}</testcase>'


def report(*cases: str, name: str = "Login") -> str:
    """A report of one suite."""
    suite = SUITE.format(name=name, cases="".join(cases))
    return f'<?xml version="1.0" encoding="UTF-8"?><testsuites name="all">{suite}</testsuites>'


def properties(**said: str) -> str:
    """The properties of a test."""
    each = "".join(f'<property name="{name}" value="{value}"/>' for name, value in said.items())
    return f"<properties>{each}</properties>"


FAILED = '<failure type="AssertionError" message="assert 1 == 2">Traceback\n  line 2</failure>'
REPORTS = {
    "passed": report(case("test_one"), case("test_two", time="0.4")),
    "failed": report(case("test_one", FAILED)),
    "error": report(case("test_one", '<error type="OSError" message="gone">Trace</error>')),
    "skipped": report(case("test_one", '<skipped type="pytest.skip" message="later"/>', time="0")),
    "fields": report(case("test_one", properties(testrail_result_field="version:1.2"))),
    "comment": report(case("test_one", properties(testrail_result_comment="Build 991") + FAILED)),
    "steps": report(case("test_one", properties(testrail_result_step="passed:Go home"))),
    "attachment": report(case("test_one", properties(testrail_attachment="shot.png"))),
    "output": report(case("test_one", "<system-out>said this</system-out>")),
    "unicode": report(case("prüft größe ✓"), name="Käse"),
    "entities": report(case("a &lt; b &amp;&amp; c"), name="A &amp; B"),
    "suites": (
        "<testsuites>"
        + SUITE.format(name="One", cases=case("test_one"))
        + SUITE.format(name="Two", cases=case("test_two", classname="tests.Other"))
        + "</testsuites>"
    ),
}
