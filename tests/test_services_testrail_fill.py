"""Results are sent, and the answer is believed only for what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fakes import NoBook, looking, sending
from rail import BATCH, ITEMS, WIRE, Book, answer
from testferry.engine.step import Reply
from testferry.engine.verdict import (
    Accepted,
    Deferred,
    InDoubt,
    NotThere,
    Rejected,
    There,
)
from testferry.services.testrail.target import Testrail
from testferry.submission import Items, Kind, Submission

OF_C2 = "Field :results contains one or more invalid results (case C2 unknown or not part of the test run)"
TESTS = [{"id": 11, "case_id": 1}, {"id": 12, "case_id": 2}]


def answer_on(steps: Any, *documents: Any) -> Any:
    """What a generator that has begun returns when the service answers so."""
    with pytest.raises(StopIteration) as end:
        for document in documents:
            steps.send(Reply(Accepted(), 200, {}, json.dumps(document).encode()))
    return end.value.value


def sent(document: Any, status: int = 200, message: str = "") -> Any:
    steps = sending(Testrail(project="1"), BATCH, ITEMS, Book())
    next(steps)
    verdict = Accepted() if status == 200 else Rejected(message)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(verdict, status, {}, json.dumps(document).encode(), message))
    return end.value.value


def test_as_many_results_as_were_sent_or_doubt() -> None:
    assert sent([{"id": 70}, {"id": 71}]) == Accepted({"results": {"1": 70, "2": 71}})
    for odd in ([], [{"id": 70}], [1, 2, 3], {"id": 1}, None):
        assert isinstance(sent(odd), InDoubt), odd


def test_a_named_case_is_the_culprit() -> None:
    assert sent({}, 400, OF_C2) == Rejected(OF_C2, (1,))
    assert sent({}, 400, "Field :custom_x is a required field.").alike
    assert not sent({}, 400, "Field :results contains one or more invalid results").alike


def test_results_that_may_be_there_are_looked_for_when_their_cases_are_back() -> None:
    """Results may come back with the cases that another job took out of the run."""
    refused = Reply(Rejected(OF_C2), 400, {}, b"", OF_C2)
    back = [{"include_all": False}, {"tests": []}, {"id": 7}, {"tests": TESTS}]
    for applied in (False, True):
        target = Testrail(project="1", run_id="7")
        batch = Submission(5, Kind.BATCH, "results", count=2, applied=applied)
        steps = sending(target, batch, ITEMS, Book())
        next(steps)
        steps.send(refused)
        if applied:
            assert isinstance(answer_on(steps, *back), InDoubt)
        else:
            assert answer_on(steps, *back, [{"id": 70}, {"id": 71}]) == Accepted(
                {"results": {"1": 70, "2": 71}}
            )


class Sent(NoBook):
    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        yield from WIRE


LAST_LOOK = Submission(9, Kind.ATTACH, "last look at the run", body={"path": "run", "test": "all"})
CHANGED: list[Any] = [{"tests": []}, {"include_all": False}, {"tests": []}]
NO_ANSWER = Reply(InDoubt("the connection was lost"), 0, {}, b"")


def test_a_last_look_waits_until_what_it_sent_can_change_the_run_no_more() -> None:
    """Applied late, a change of the cases takes out what others have added meanwhile."""
    row, none = replace(LAST_LOOK), Items((), ())
    target = Testrail(project="1", run_id="7")
    steps = sending(target, row, none, Sent())
    next(steps)
    for document in CHANGED:
        steps.send(Reply(Accepted(), 200, {}, json.dumps(document).encode()))
    with pytest.raises(StopIteration) as end:
        steps.send(NO_ANSWER)
    assert isinstance(end.value.value, InDoubt)
    shown = {"tests": [{"case_id": 1, "status_id": 1}, {"case_id": 2, "status_id": 5}]}
    found = answer(looking(target, row, lambda: none, Sent()), shown)
    assert found == NotThere(remote={"missing": []}), "all is there, and may not stay"
    assert answer(sending(target, row, none, Sent()), shown) == Accepted()
    assert answer(looking(target, row, lambda: none, Sent()), shown) == There()


def test_a_batch_waits_as_long_after_a_change_whose_answer_was_lost() -> None:
    for verdict, least in ((InDoubt("lost"), 90.0), (InDoubt("500", working=False), 1.0)):
        steps = sending(Testrail(project="1", run_id="7"), BATCH, ITEMS, Book())
        next(steps)
        steps.send(Reply(Rejected(OF_C2), 400, {}, b"", OF_C2))
        for document in CHANGED[1:]:
            steps.send(Reply(Accepted(), 200, {}, json.dumps(document).encode()))
        with pytest.raises(StopIteration) as end:
            steps.send(Reply(verdict, 0, {}, b""))
        assert end.value.value == Deferred(verdict.reason, least)


def test_a_list_that_lags_makes_no_result_be_sent_twice() -> None:
    """Others fill the run too: what is not shown is doubt first, then batches of its own."""
    shown = {"tests": [{"case_id": 1, "status_id": 1}, {"case_id": 2, "status_id": 3}]}
    all_shown = {"tests": [{"case_id": 1, "status_id": 1}, {"case_id": 2, "status_id": 5}]}
    target = Testrail(project="1", run_id="7")
    row = replace(LAST_LOOK)
    assert isinstance(answer(sending(target, row, Items((), ()), Sent()), shown), InDoubt)
    assert answer(looking(target, row, lambda: Items((), ()), Sent()), all_shown) == There()
    missing = answer(looking(target, row, lambda: Items((), ()), Sent()), shown)
    assert missing == NotThere(remote={"missing": ["2"]})
    row.remote = missing.remote
    done = answer(sending(target, row, Items((), ()), Sent()), shown)
    ((batch, items),) = done.rows
    assert (batch.name, items.wire, items.results) == ("results", WIRE[1:], 0)
    assert answer(sending(target, row, Items((), ()), Sent()), all_shown) == Accepted()
