"""One line of TAP and what belongs to it."""

from __future__ import annotations

from testferry.model import Status
from testferry.reports.tapline import TEST, OpenTest, finished, result_of
from testferry.reports.values import Durations


def opened(line: str) -> OpenTest:
    match = TEST.match(line)
    assert match is not None
    return OpenTest(result_of(match, Durations()))


def test_a_line_and_its_diagnostics() -> None:
    current = opened("not ok 3 - pays # time=2ms")
    current.after = ["  ---", "  message: |", "    no money", "  duration_ms: 7", "  ..."]
    result = finished(current, Durations())
    assert (result.name, result.status, result.elapsed) == ("pays", Status.FAILED, 0.007)
    assert result.message == "no money"


def test_a_line_and_its_sub_test() -> None:
    current = opened("ok 1 - a")
    current.before = ["    not ok 1 - b # TODO x", "    not ok 2 - c", "    1..2"]
    result = finished(current, Durations())
    assert (result.status, result.message) == (Status.FAILED, "its sub-test 'c' is not ok")
    assert "not ok 2 - c" in result.stdout
    current = opened("ok 1 - a # TODO later")
    current.before = ["    not ok 2 - c"]
    assert finished(current, Durations()).status is Status.PASSED
