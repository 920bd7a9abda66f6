"""Questions outside of an upload: each asked once, and nothing of them journaled."""

from __future__ import annotations

import pytest

from fakes import FINE, FakeClock, FakeWire, Fate
from testferry.dialects import load
from testferry.engine.inquiry import Inquiry, Unanswered
from testferry.engine.step import Check, Checking, Request
from testferry.engine.verdict import cure_of, exit_code_of
from testferry.services.testmo.emulator import TestmoEmulator


def questions() -> Checking:
    first = yield Request("GET", "projects/1/automation/runs")
    second = yield Request("GET", "automation/runs/7", headers=(("X", "y"),))
    return [
        Check("runs", first.accepted, first.message),
        Check("run", second.accepted, second.message),
    ]


def inquiry(*fates: Fate) -> tuple[Inquiry, FakeWire]:
    clock = FakeClock()
    wire = FakeWire(clock, TestmoEmulator(":memory:"), lambda number, _op, _body: fates[number])
    return Inquiry(wire, load("testmo"), clock, lambda text: text.replace("No", "***")), wire


def test_each_question_is_asked_once_and_its_answer_is_understood() -> None:
    asks, wire = inquiry(FINE, FINE)
    runs, run = asks.carry_out(questions())
    assert (runs.passed, run.passed) == (True, False)
    assert run.message == "*** automation run 7.", "a secret that is echoed is hidden"
    assert [answer.status for answer in asks.answers] == [200, 404]
    assert len(wire.requests) == 2


def test_no_answer_ends_it_with_the_reason() -> None:
    asks, wire = inquiry(FINE, Fate(status=None))
    with pytest.raises(Unanswered) as problem:
        asks.carry_out(questions())
    assert problem.value.words == "the connection was lost"
    assert exit_code_of(problem.value.verdict) == 75
    assert len(wire.requests) == 2


def test_an_answer_that_is_nested_too_deep_is_told_and_no_defect() -> None:
    def deep() -> Checking:
        yield Request("GET", "projects/1/automation/runs")
        raise RecursionError

    asks, _ = inquiry(FINE)
    with pytest.raises(Unanswered, match="nested too deep") as problem:
        asks.carry_out(deep())
    assert exit_code_of(problem.value.verdict) == 5, "time does not mend it"
    assert "no API" in cure_of(problem.value.verdict)


def test_where_nothing_is_asked_the_answer_is_known() -> None:
    def nothing() -> Checking:
        yield from ()
        return [Check("table", passed=True, message="as written")]

    asks, wire = inquiry(FINE)
    assert [check.name for check in asks.carry_out(nothing())] == ["table"]
    assert not wire.requests
