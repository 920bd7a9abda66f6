"""The promise: whatever the network and the service do, every result arrives once, or is named."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import (
    DROPPED,
    FATES,
    FINE,
    LOST,
    UNSENT,
    Fate,
    Killed,
    World,
    on,
    once,
    scripted,
    to_its_end,
)
from testferry.dialects import Window
from testferry.events import Opened, Progressed, Waiting
from testferry.pace.limits import Rate
from testferry.pace.shared import Budget


def world(folder: Path, count: int = 20, **more: object) -> World:
    # keyword by keyword
    made = World(folder, [f"test_{at}" for at in range(count)], **more)  # type: ignore[arg-type]
    made.plan()
    return made


# --- one by one


def test_everything_arrives_and_the_run_is_completed(tmp_path: Path) -> None:
    it = world(tmp_path)
    wire = it.wire()
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.accepted) == (0, 20)
    assert it.stored() == once(20)
    assert [operation for _, operation, _, _ in wire.requests] == [
        "run",
        "thread",
        "append",
        "append",
        "append",
        "append",
        "complete",
    ]
    assert it.service.run(101)["is_completed"]
    assert Opened("101", "https://x/automation/runs/view/101") in it.events


@pytest.mark.parametrize("operation", ["run", "thread", "append", "complete"])
@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(LOST, id="answer-lost"),
        pytest.param(DROPPED, id="dropped"),
        pytest.param(UNSENT, id="unsent"),
        pytest.param(Fate(status=None, apply=12.0), id="applied-late"),
        pytest.param(Fate(status=500), id="500-applied"),
        pytest.param(Fate(status=500, apply=None), id="500-not-applied"),
        pytest.param(Fate(status=502, apply=20.0), id="502-applied-late"),
        pytest.param(Fate(status=504, apply=None), id="504-not-applied"),
        pytest.param(Fate(status=503, apply=None, headers={"retry-after": "9"}), id="503"),
        pytest.param(Fate(status=429, apply=None, headers={"retry-after": "7"}), id="429"),
        pytest.param(Fate(status=201, body=b"{", answer=0.1), id="cut-json"),
        pytest.param(Fate(status=200, body=b""), id="no-id"),
    ],
)
def test_one_fault_anywhere_costs_nothing(tmp_path: Path, operation: str, fate: Fate) -> None:
    """Each kind of failure at each kind of request: one run, every result once, exit 0."""
    it = world(tmp_path)
    outcome = it.go(it.wire(on(operation, fate)))
    assert outcome.exit_code == 0, outcome
    assert it.stored() == once(20)
    assert len(it.service.runs()) == 1
    assert it.service.run(101)["is_completed"]


def test_a_slow_answer_is_no_silence(tmp_path: Path) -> None:
    it = world(tmp_path)
    assert it.go(it.wire(on("append", Fate(answer=60.0)))).exit_code == 0
    told = [event for event in it.events if isinstance(event, Progressed) and event.in_flight]
    assert len(told) >= 5, "a minute in turns of ten seconds"


def test_a_batch_that_was_applied_in_part_is_completed_not_repeated(tmp_path: Path) -> None:
    it = world(tmp_path)
    outcome = it.go(it.wire(on("append", FINE, Fate(status=500, part=3))))
    assert outcome.exit_code == 0
    assert it.stored() == once(20)


def test_not_there_is_not_believed_while_the_service_may_still_be_at_work(tmp_path: Path) -> None:
    """The trap that doubled every result in the spike: looking too early."""
    it = world(tmp_path, settle=60.0)
    outcome = it.go(it.wire(on("append", Fate(status=None, apply=50.0))))
    assert it.stored() == once(20)
    assert outcome.requests.in_doubt == 1


def test_other_batches_go_on_while_one_is_in_doubt(tmp_path: Path) -> None:
    it = world(tmp_path, count=50, settle=60.0)
    wire = it.wire(on("append", DROPPED))
    it.go(wire)
    before_settled = [
        when
        for when, operation, _, _ in wire.requests
        if operation == "append" and when < 1000 + 30
    ]
    assert len(before_settled) == 10, (
        "all ten batches left within the first half of the settling time"
    )
    assert it.stored() == once(50)


def test_a_429_pauses_every_worker(tmp_path: Path) -> None:
    it = world(tmp_path, count=60, width=4)
    wire = it.wire(
        on("append", FINE, FINE, FINE, Fate(status=429, apply=None, headers={"retry-after": "30"}))
    )
    assert it.go(wire).exit_code == 0
    appends = sorted(when for when, operation, _, _ in wire.requests if operation == "append")
    refused_at = appends[3] + 0.05
    assert not [when for when in appends if refused_at + 0.2 < when < refused_at + 30]
    assert any(isinstance(event, Waiting) and event.reason.startswith("429") for event in it.events)
    assert it.stored() == once(60)


def test_rate_limit_headers_slow_down_before_a_429(tmp_path: Path) -> None:
    it = world(tmp_path, count=30, width=2)
    left = Fate(
        headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}, status=204, body=b""
    )
    unsaid = Fate(headers={"x-ratelimit-remaining": "0"}, status=204, body=b"")
    wire = it.wire(on("append", FINE, left, FINE, unsaid))
    assert it.go(wire).exit_code == 0
    times = [when for when, operation, _, _ in wire.requests if operation == "append"]
    gaps = [after - before for before, after in pairwise(times)]
    assert sorted(gaps)[-2:] == [pytest.approx(20.2, abs=0.5), pytest.approx(60, abs=1)], (
        "the reset, and the wait of the documents"
    )
    assert it.stored() == once(30)


def test_a_long_wait_is_told_again_and_again(tmp_path: Path) -> None:
    it = world(tmp_path, count=1)
    it.go(it.wire(on("append", Fate(status=429, apply=None, headers={"retry-after": "60"}))))
    waits = [event.seconds for event in it.events if isinstance(event, Waiting)]
    assert [round(one) for one in waits][:6] == [60, 50, 40, 30, 20, 10]


def test_a_wait_of_hours_stops_it_and_the_next_process_knows(tmp_path: Path) -> None:
    it = world(tmp_path, budget=lambda: Budget(tmp_path / "budget"))
    hours = Fate(status=429, apply=None, headers={"retry-after": "7200"})
    assert it.go(it.wire(on("append", FINE, hours))).exit_code == 75
    began, wire = it.clock.now(), it.wire()
    outcome = it.go(wire)
    assert outcome.exit_code == 75
    assert outcome.stop_reason.startswith("the service asks to be left alone until ")
    assert not wire.requests
    assert it.clock.now() - began < 10
    it.clock.pass_to(began + 7300)
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_429_without_end_stops_resumably(tmp_path: Path) -> None:
    it = world(tmp_path)
    fate = Fate(status=429, apply=None)
    outcome = it.go(it.wire(lambda _n, operation, _b: fate if operation == "append" else FINE))
    assert outcome.exit_code == 75
    assert outcome.results.pending == 20
    assert "429" in outcome.stop_reason
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_a_batch_that_always_fails_is_put_aside_and_holds_nobody_up(tmp_path: Path) -> None:
    it = world(tmp_path)

    def fates(_number: int, operation: str, body: bytes) -> Fate:
        return (
            Fate(status=500, apply=None) if operation == "append" and b'"test_7"' in body else FINE
        )

    outcome = it.go(it.wire(fates))
    assert outcome.exit_code == 75
    assert (outcome.results.accepted, outcome.results.pending) == (15, 5)
    assert not it.service.run(101)["is_completed"], "a run that misses results stays open"
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_three_batches_in_a_row_that_use_up_their_attempts_end_the_upload(tmp_path: Path) -> None:
    it = world(tmp_path, count=100)
    wire = it.wire(lambda _n, operation, _b: UNSENT if operation == "append" else FINE)
    outcome = it.go(wire)
    assert outcome.exit_code == 75
    assert outcome.results.pending == 100
    assert len(wire.requests) <= 2 + 3 * 5 + 5


def test_one_poisonous_result_is_found_named_and_costs_only_itself(tmp_path: Path) -> None:
    it = world(tmp_path, count=64, batch=32)
    wire = it.wire(poison=["test_40"])
    outcome = it.go(wire)
    assert outcome.exit_code == 6
    assert [(one.name, one.reason) for one in outcome.refused] == [
        ("test_40", "The given data was invalid.")
    ]
    assert it.stored() == once(64) - Counter(["test_40"])
    assert len(wire.requests) <= 2 + 1 + 17
    assert not it.service.run(101)["is_completed"]


def test_a_result_that_the_service_names_is_taken_out_at_once(tmp_path: Path) -> None:
    it = world(tmp_path, count=10, batch=10)
    body = b'{"message": "The given data was invalid.", "errors": {"tests.4.key": ["The key is too long."]}}'
    wire = it.wire(on("append", Fate(status=422, apply=None, body=body)))
    outcome = it.go(wire)
    assert [one.name for one in outcome.refused] == ["test_4"]
    assert "The key is too long" in outcome.refused[0].reason
    assert sum(operation == "append" for _, operation, _, _ in wire.requests) == 2


def test_when_every_result_is_refused_alike_the_upload_ends_early(tmp_path: Path) -> None:
    it = world(tmp_path, count=500, batch=250)
    names = [f"test_{at}" for at in range(500)]
    wire = it.wire(poison=names)
    outcome = it.go(wire)
    assert outcome.exit_code == 5
    assert outcome.results.pending + outcome.results.rejected == 500
    assert len(wire.requests) < 60


@pytest.mark.parametrize("batch", [1, 3, 5])
def test_small_batches_that_are_refused_alike_after_a_good_start_stay_pending(
    tmp_path: Path, batch: int
) -> None:
    """The run is full: nothing is rejected for good, and not many are asked."""
    it = world(tmp_path, count=60, batch=batch)
    full = Fate(status=422, apply=None, body=b'{"message": "the run is full"}')
    taken = iter([FINE, FINE])
    wire = it.wire(lambda _n, operation, _b: next(taken, full) if operation == "append" else FINE)
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.rejected) == (5, 0)
    assert outcome.results.pending == 60 - 2 * batch
    assert len(wire.requests) <= 40
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(60)


def test_what_came_in_time_after_all_is_no_upload_that_ran_out_of_it(tmp_path: Path) -> None:
    it = world(tmp_path, count=5, batch=5, max_time=3.0)
    it.run_id = ""
    outcome = it.go(it.wire(on("complete", Fate(answer=4.0))))
    assert (outcome.exit_code, outcome.stop_reason) == (0, "")


def test_an_outage_is_known_to_be_one_also_if_the_time_ends_first(tmp_path: Path) -> None:
    it = world(tmp_path, max_time=30.0)
    outcome = it.go(it.wire(lambda *_: UNSENT))
    assert outcome.exit_code == 75
    assert outcome.outcome.stop.outage


def test_a_body_that_is_too_large_is_halved_until_it_fits(tmp_path: Path) -> None:
    it = world(tmp_path, count=16, batch=16)

    def fates(_number: int, operation: str, body: bytes) -> Fate:
        return (
            Fate(status=413, apply=None)
            if operation == "append" and body.count(b'"name"') > 4
            else FINE
        )

    assert it.go(it.wire(fates)).exit_code == 0
    assert it.stored() == once(16)


@pytest.mark.parametrize("status", [401, 403, 405, 302])
def test_a_refusal_of_the_whole_upload_keeps_everything_pending(
    tmp_path: Path, status: int
) -> None:
    it = world(tmp_path)
    outcome = it.go(it.wire(on("append", FINE, Fate(status=status, apply=None))))
    assert outcome.exit_code == 5
    assert outcome.results.accepted == 5
    assert outcome.results.rejected == 0
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_a_web_page_with_200_is_not_taken_for_success(tmp_path: Path) -> None:
    it = world(tmp_path)
    page = Fate(
        status=200,
        apply=None,
        headers={"content-type": "text/html"},
        body=b"<!doctype html><title>Login</title>",
    )
    outcome = it.go(it.wire(on("append", page)))
    assert outcome.exit_code == 5
    assert outcome.results.accepted == 0
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(20)


def test_doubt_that_cannot_be_settled_is_kept_and_named(tmp_path: Path) -> None:
    """The service offers nothing to read back: exit 6, every result of the batch listed; ``resend``
    sends it.
    """

    def fates(number: int, operation: str, _body: bytes) -> Fate:
        if operation == "read":
            return Fate(status=404, apply=None)
        return DROPPED if number == 3 else FINE

    it = world(tmp_path)
    outcome = it.go(it.wire(fates))
    assert outcome.exit_code == 6
    assert outcome.results.in_doubt == 5
    assert len(outcome.refused) == 5
    it.in_doubt = "resend"
    assert it.go(it.wire(lambda n, operation, b: fates(99, operation, b))).exit_code == 0
    assert it.stored() == once(20)


def test_dropped_doubt_is_rejected_with_its_reason(tmp_path: Path) -> None:
    it = world(tmp_path, in_doubt="drop")
    outcome = it.go(
        it.wire(
            lambda n, operation, _b: (
                Fate(status=404, apply=None) if operation == "read" else DROPPED if n == 3 else FINE
            )
        )
    )
    assert (outcome.exit_code, outcome.results.rejected, outcome.results.in_doubt) == (6, 5, 0)


def test_reading_back_that_is_down_for_a_while_settles_later(tmp_path: Path) -> None:
    reads = iter([503, 500, 429])

    def fates(number: int, operation: str, _body: bytes) -> Fate:
        if operation == "read":
            status = next(reads, 0)
            return (
                Fate(status=status, apply=0.0) if status == 0 else Fate(status=status, apply=None)
            )
        return LOST if number == 3 else FINE

    it = world(tmp_path)
    assert it.go(it.wire(fates)).exit_code == 0
    assert it.stored() == once(20)


def test_the_time_limit_ends_the_upload_resumably_and_without_idle_waiting(tmp_path: Path) -> None:
    it = world(tmp_path, max_time=10.0)
    outcome = it.go(
        it.wire(on("append", Fate(status=429, apply=None, headers={"retry-after": "600"})))
    )
    assert outcome.exit_code == 75
    assert it.clock.now() < 1000 + 10
    assert "--max-time" in outcome.stop_reason
    it.max_time = float("inf")
    assert it.go(it.wire()).exit_code == 0


def test_an_existing_run_is_filled_and_left_open(tmp_path: Path) -> None:
    it = World(tmp_path, [f"test_{at}" for at in range(20)], run_id="101")
    it.service.handle(
        "POST", "/api/v1/projects/1/automation/runs", b'{"name": "others", "source": "x"}'
    )
    it.plan()
    wire = it.wire()
    assert it.go(wire).exit_code == 0
    assert it.stored() == once(20)
    assert not it.service.run(101)["is_completed"]
    assert wire.requests[-1][2].endswith("/complete")


def test_a_run_that_is_not_there_ends_the_upload(tmp_path: Path) -> None:
    it = World(tmp_path, ["test_0"], run_id="999")
    it.plan()
    outcome = it.go(it.wire())
    assert outcome.exit_code == 5
    assert "999" in outcome.stop_reason


def test_a_service_that_ignores_the_thread_filter_is_still_understood(tmp_path: Path) -> None:
    it = world(tmp_path, count=40, width=3)
    handle = it.service.handle
    it.service.handle = lambda method, target, body: handle(
        method, re.sub(r"(?<=[?&])thread_id=\d+&?", "", target), body
    )
    assert it.go(it.wire(on("append", FINE, LOST, FINE, DROPPED))).exit_code == 0
    assert it.stored() == once(40)


def test_the_pace_is_kept(tmp_path: Path) -> None:
    it = world(tmp_path, count=200, width=4, rate=Rate((Window(10, 5.0),)))
    wire = it.wire()
    assert it.go(wire).exit_code == 0
    times = [when for when, _, _, _ in wire.requests]
    assert max(sum(start <= when < start + 5.0 for when in times) for start in times) <= 10


def test_what_the_service_shows_may_lag_behind_what_it_has(tmp_path: Path) -> None:
    """Found by a breaker: 500 but applied, and the read-back shows it three seconds later."""
    it = world(tmp_path)
    shown_from = {"at": 0.0}
    handle = it.service.handle

    def lagging(method: str, target: str, body: bytes) -> Any:
        response = handle(method, target, body)
        path = target.partition("?")[0]
        if path.endswith("/append"):
            shown_from["at"] = it.clock.now() + 3.0
        if path.endswith("/tests") and it.clock.now() < shown_from["at"]:
            return replace(response, document={**response.document, "total": 0, "result": []})
        return response

    it.service.handle = lagging
    assert it.go(it.wire(on("append", Fate(status=500)))).exit_code == 0
    assert it.stored() == once(20)


def test_a_kill_after_an_answered_500_is_doubt_of_its_own(tmp_path: Path) -> None:
    """Found by the property: the first send was finished at the service, the second may still be at
    work.
    """
    it = world(tmp_path, count=1, batch=1)
    first = it.wire(on("run", Fate(status=500, apply=None), Fate(kill="after", apply=10.0)))
    with pytest.raises(Killed):
        it.go(first)
    second = it.wire().inherit(first)
    assert it.go(second).exit_code == 0
    second.finish()
    assert len(it.service.runs()) == 1


def test_the_next_process_keeps_to_the_pace_of_the_one_before(tmp_path: Path) -> None:
    """Also where no budget is shared: what left is on record."""
    it = world(tmp_path, count=4, batch=1, rate=Rate((Window(3, 60.0),), share=1.0))
    first = it.wire(on("append", Fate(kill="after")))
    with pytest.raises(Killed):
        it.go(first)
    second = it.wire().inherit(first)
    assert it.go(second).exit_code == 0
    times = [when for when, *_ in (*first.requests, *second.requests)]
    busiest = max(sum(start <= when < start + 60.0 for when in times) for start in times)
    assert busiest <= 3
    assert it.stored() == once(4)


# --- all at once


WORLDS: dict[str, st.SearchStrategy[Any]] = {
    "fates": st.lists(FATES, max_size=25),
    "width": st.integers(1, 4),
    "count": st.integers(1, 30),
    "batch": st.integers(1, 8),
    "poison": st.sets(st.integers(0, 29), max_size=2),
}


@given(**WORLDS)
@settings(max_examples=150)
def test_every_result_arrives_once_or_is_listed(**it: Any) -> None:
    """Any sequence of 429, 5xx, drops, late and partial applications and kills, at any width."""
    arrives_once(**it)


@pytest.mark.long
@given(**WORLDS)
@settings(max_examples=5000)
def test_every_result_arrives_once_or_is_listed_in_thousands_of_worlds(**it: Any) -> None:
    arrives_once(**it)


def arrives_once(fates: list[Fate], width: int, count: int, batch: int, poison: set[int]) -> None:
    with TemporaryDirectory() as folder:
        it = World(Path(folder), [f"test_{at}" for at in range(count)], batch=batch, width=width)
        it.plan()
        outcome = to_its_end(it, scripted(fates), len(fates) + 3, [f"test_{at}" for at in poison])
        refused = Counter(one.name for one in outcome.refused)
        assert it.stored() + refused == once(count)
        if not any(fate.status == 413 for fate in fates):  # which is a refusal of its own
            assert set(refused) <= {f"test_{at}" for at in poison}
        assert len(it.service.runs()) <= 1
        assert outcome.results.total == count
