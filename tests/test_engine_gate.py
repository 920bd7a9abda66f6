"""The gate that every request passes: one pause holds everybody."""

from __future__ import annotations

from pathlib import Path

from fakes import FakeClock
from testferry.dialects import Window, load
from testferry.engine.gate import Gate
from testferry.engine.judge import Answer
from testferry.engine.verdict import Accepted, Deferred, InDoubt
from testferry.events import Event, Told
from testferry.pace.limits import Rate
from testferry.pace.pacer import Pacer
from testferry.pace.shared import Budget


def gate_of(budget: Budget, heard: list[Event] | None = None, rate: Rate | None = None) -> Gate:
    pacer = Pacer(rate or Rate(), 100)
    heard = heard if heard is not None else []
    return Gate(pacer, budget, load("nestjs"), FakeClock(), heard.append)


def test_a_429_holds_everybody_as_long_as_it_says_and_says_why() -> None:
    gate = gate_of(Budget())
    verdict = Deferred("429: slow down", 20.0, pause=True, refused_pace=True, asked=True)
    gate.heed(Answer(429), verdict, 1000.0)
    assert gate.ready(1000.0) >= 1020.0
    assert gate.why(1001.0) == "429: slow down"
    assert gate.why(1021.0) == ""


def test_a_500_that_names_a_wait_holds_everybody_too() -> None:
    gate = gate_of(Budget())
    gate.heed(Answer(500), InDoubt("500: not now", 30.0, asked=True), 1000.0)
    assert gate.ready(1000.0) >= 1030.0


def test_a_pause_that_another_process_met_holds_those_without_a_limit_too(tmp_path: Path) -> None:
    first = Budget(tmp_path / "b")
    gate_of(first).heed(Answer(429), Deferred("429", 20.0, pause=True, asked=True), 1000.0)
    gate = gate_of(Budget(tmp_path / "b"), rate=Rate(()))
    assert not gate.pacer.windows
    assert gate.take(1005.0) == 15.0
    assert gate.take(1020.0) == 0.0
    first.pause(1100.0)
    assert gate.take(1020.5) == 0.0, "it looks now and then"
    assert gate.take(1021.5) == 78.5


def test_an_answer_that_asks_for_nothing_holds_nobody() -> None:
    gate = gate_of(Budget())
    gate.heed(Answer(500), InDoubt("500: oops", 5.0), 1000.0)
    gate.heed(Answer(200), Accepted(), 1000.0)
    assert gate.ready(1000.0) == 1000.0


def test_a_limit_that_a_refusal_states_is_kept() -> None:
    gate = gate_of(Budget())
    body = b'{"error": "API Rate Limit Exceeded - 180 per minute maximum allowed."}'
    gate.heed(Answer(429, {}, body), Deferred("429", 1.0, pause=True, refused_pace=True), 1000.0)
    assert any(window.per == 60.0 for window in gate.pacer.windows)


def test_what_is_left_of_the_services_quota_is_heeded_before_it_refuses() -> None:
    gate = gate_of(Budget())
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "10", "x-ratelimit-reset": "7"}
    gate.heed(Answer(200, headers), Accepted(), 1000.0)
    assert gate.ready(1000.0) > 1000.0


def test_requests_in_flight_take_their_slots() -> None:
    gate = gate_of(Budget(), rate=Rate((Window(2, 60.0),), share=1.0))
    gate.leave(1000.0)
    gate.leave(1000.0)
    assert gate.in_flight == 2
    assert gate.ready(1000.0) == float("inf")
    gate.back(1001.0)
    assert 1060.0 <= gate.ready(1001.0) < float("inf")


def test_that_a_budget_cannot_be_shared_is_told_once() -> None:
    heard: list[Event] = []
    gate = gate_of(Budget(None, alone=True), heard, Rate((Window(9, 60.0),)))
    gate.take(1000.0)
    gate.take(1001.0)
    told = [event.text for event in heard if isinstance(event, Told)]
    assert len(told) == 1
    assert "cannot be shared" in told[0]


def test_a_429_holds_the_machines_other_processes_too(tmp_path: Path) -> None:
    place = tmp_path / "budget.db"
    gate = gate_of(Budget(place, scope="x"))
    verdict = Deferred("429: slow down", 20.0, pause=True, refused_pace=True, asked=True)
    gate.heed(Answer(429), verdict, 1000.0)
    other = Budget(place, scope="x")
    assert other.take([Window(9, 60.0)], 1001.0) >= 19.0
