"""Requests, replies, and the steps of an upload by the rows that they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.engine.step import Reply, Request, Step, Steps, Target
from testferry.engine.verdict import Accepted, Rejected
from testferry.submission import Kind, Submission


def nothing(*_: object) -> Any:
    raise AssertionError("nobody is asked")


def test_the_target_of_a_request_is_quoted_and_its_query_stands_behind() -> None:
    assert Request("GET", "a b/ü").target == "a%20b/%C3%BC"
    assert Request("GET", "list", (("page", "2"), ("q", "a&b"))).target == "list?page=2&q=a%26b"
    assert Request("GET", "index.php?/api/v2/get_cases/1").target == "index.php?/api/v2/get_cases/1"
    assert str(Request("POST", "runs")) == "POST runs"


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'{"id": 1}', {"id": 1}),
        (b"", None),
        (b"<html>", None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
    ],
)
def test_a_reply_that_is_no_json_has_none(body: bytes, document: object) -> None:
    assert Reply(Accepted(), 200, {}, body).json() == document


def test_only_an_accepted_reply_is_accepted() -> None:
    assert Reply(Accepted(), 200).accepted
    assert not Reply(Rejected("no"), 200).accepted


def test_every_batch_has_the_one_step_of_batches_whatever_its_row_is_called() -> None:
    run = Step("run", Kind.OPEN, nothing, nothing)
    batch = Step("batch", Kind.BATCH, nothing, nothing)
    steps = Steps([run, batch])
    assert steps.of(Submission(1, Kind.OPEN, "run")) is run
    assert steps.of(Submission(2, Kind.BATCH, "as an older program called it")) is batch


def test_a_name_that_the_service_does_not_have_is_a_defect() -> None:
    with pytest.raises(KeyError, match="unheard of"):
        Steps([]).of(Submission(1, Kind.OPEN, "unheard of"))


def test_what_a_service_does_not_have_it_leaves_out() -> None:
    """A target without runs, lanes and closings writes none of them."""
    target = Target()
    assert target.new_lane() == []
    assert target.closings() == []
    assert not target.uses_lanes
    assert not target.plans_later
