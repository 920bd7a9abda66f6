"""A walk through an answer finds what speaks against it, whatever its shape; and nothing else."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest

import heard
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted
from testferry.services.http.suspicion import Suspicion, suspicion
from testferry.submission import Items, Label
from unseen import ENDINGS, REFUSED, REFUSED_OF, TAKEN, TAKEN_OF

SENT = (
    {"name": "a", "status": "passed"},
    {"name": "b", "status": "failed", "message": "error: no"},
    {"name": "c", "status": "skipped"},
)
ITEMS = Items(
    tuple(json.dumps(row).encode() for row in SENT),
    tuple(Label(row["name"], "s", row["status"]) for row in SENT),
)


def sent(count: int, tail: str = "-abcdef") -> Items:
    rows = [
        {"id": f"key-{at:04d}{tail}", "name": f"test_{at}", "status": ENDINGS[at % 3]}
        | ({"message": "AssertionError: failed"} if at % 3 == 1 else {})
        for at in range(count)
    ]
    labels = tuple(Label(row["name"], "s", row["status"]) for row in rows)
    return Items(tuple(json.dumps(row).encode() for row in rows), labels)


def found(
    items: Items, status: int, body: Any, headers: dict[str, str] | None = None
) -> Suspicion | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return suspicion(Reply(Accepted(), status, headers or {}, data), items)


def test_no_answer_is_believed_that_speaks_of_errors_or_of_fewer() -> None:
    believed = [body for body in REFUSED if found(ITEMS, 200, body) is None]
    assert believed == []


def test_whatever_number_of_results_it_answers_and_whatever_it_says_in_headers() -> None:
    batches = {count: sent(count) for count in (1, 2, 3, 5, 50)}
    believed = [case for case in REFUSED_OF if found(batches[case[0]], *case[1:]) is None]
    assert believed == []


def test_a_plain_success_is_one_without_a_key_to_write() -> None:
    batches = {count: sent(count) for count in (1, 2, 3, 5, 50)}
    doubted = [case for case in TAKEN if found(ITEMS, *case)]
    assert doubted == []
    assert [case for case in TAKEN_OF if found(batches[case[0]], *case[1:])] == []


def test_what_services_by_name_answer_to_four_results_and_to_five() -> None:
    four = sent(4, tail="")
    refused, taken = heard.REFUSED + heard.REFUSED_AGAIN, heard.TAKEN + heard.TAKEN_AGAIN
    assert [case for case in refused if found(four, *case) is None] == []
    assert [case for case in taken if found(four, *case)] == []
    five = sent(5, tail="")
    assert [case for case in heard.REFUSED_OF_FIVE if found(five, *case) is None] == []
    assert [case for case in heard.TAKEN_OF_FIVE if found(five, *case)] == []


def test_one_result_that_is_said_back_is_no_refusal() -> None:
    """As services answer that take one at a time: a failed test is no failed request."""
    ours = {"id": "key-0001", "test": "t", "result": "failed", "meta": {"call": "skipped"}}
    one = Items((json.dumps(ours).encode(),), (Label("t", "s", "failed"),))
    assert found(one, 201, ours) is None
    assert found(one, 201, {"data": {**ours, "created": "2026-01-01"}}) is None
    assert found(one, 201, [ours]) is None
    assert found(one, 201, {**ours, "error": "no such run"}) is not None
    assert found(one, 201, {**ours, "result": "rejected"}) is not None
    assert found(one, 200, {"result": "failed"}) is not None, "it may be the service's own word"


NOBODY = Items((), ())
RUNS: list[Any] = [
    {"id": 81, "is_completed": False, "failed_count": 3, "passed_count": 0, "blocked_count": 1},
    {"id": 81, "is_completed": True, "completed_on": 1646317844, "failed_count": 20},
    {"id": 9, "state": "Completed", "incompleteTests": 2, "notApplicableTests": 1},
    {"id": 9, "state": "InProgress", "incompleteTests": 0, "errorMessage": ""},
    {"id": 4, "status": "FAILED", "statistics": {"executions": {"failed": 1, "passed": 2}}},
    {"id": 4, "status": "created", "yaml_errors": None},
    {"message": "Run 5 is closed"},
    {"status": "closed"},
    {},
]


@pytest.mark.parametrize("run", RUNS)
def test_a_run_that_is_opened_or_closed_says_how_its_tests_ended(run: Any) -> None:
    assert found(NOBODY, 200, run) is None


@pytest.mark.parametrize(
    "run", [{"error": "no"}, {"id": 4, "error": "x"}, {"id": 4, "status": "error"}, {"ok": False}]
)
def test_a_run_that_was_not_made_is_none(run: Any) -> None:
    assert found(NOBODY, 200, run)


@pytest.mark.parametrize("depth", [60, 5000])
def test_what_is_nested_without_an_end_is_left(depth: int) -> None:
    body = b'{"a":' * depth + b"1" + b"}" * depth
    assert found(ITEMS, 200, body) is None or depth == 5000


@pytest.mark.parametrize("value", ["created", {"id": 1, "ok": True}])
def test_the_time_of_a_table_by_names_grows_with_their_number(value: Any) -> None:
    body = {"results": {f"test_{at}": value for at in range(3000)}}
    begin = process_time()
    assert found(sent(3000), 200, body) is None
    assert process_time() - begin < 3
