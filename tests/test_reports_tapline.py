"""One line of TAP and what belongs to it."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("line", "name", "elapsed"),
    [
        ("ok 1 - a # duration 12ms", "a", 0.012),
        ("ok 1 - a # 3.2ms", "a", 0.0032),
        ("ok 1 - a [0.5s]", "a", 0.5),
        ("ok 1 - a (12 ms)", "a", 0.012),
        ("ok 1 - a # took: 2s # TODO later", "a", 2.0),
        ("ok 1 - handles 5 ms", "handles 5 ms", None),
        ("ok 1 - row [5]", "row [5]", None),
    ],
)
def test_durations_in_all_their_forms_are_no_part_of_a_name(
    line: str, name: str, elapsed: float | None
) -> None:
    match = TEST.match(line)
    assert match is not None
    found = result_of(match, Durations())
    assert (found.name, found.elapsed) == (name, elapsed)
