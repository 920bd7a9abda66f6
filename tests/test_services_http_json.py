"""What services that speak JSON have in common: pages, ids, bodies."""

from __future__ import annotations

import json

import pytest

from fakes import sending
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt
from testferry.services.http_json import created_id, pages
from testferry.services.testmo.target import Testmo
from testferry.submission import Items
from wire import BATCH, Shelf


def test_lists_are_read_page_by_page_from_our_own_address() -> None:
    from testferry.engine.step import Request

    steps = pages(lambda number: Request("GET", "x", (("page", str(number)),)))
    assert next(steps).target == "x?page=1"
    first = {"next_page": 2, "last_page": 2, "total": 2, "result": [1]}
    assert steps.send(Reply(Accepted(), 200, {}, json.dumps(first).encode())).target == "x?page=2"
    with pytest.raises(StopIteration) as end:
        steps.send(
            Reply(
                Accepted(),
                200,
                {},
                json.dumps({"page": 2, "next_page": None, "total": 2, "result": [2]}).encode(),
            )
        )
    assert end.value.value[0] == [1, 2]
    steps = pages(lambda number: Request("GET", "x", (("page", str(number)),)))
    next(steps)
    evil = {"next_page": "https://evil.example/", "last_page": 2, "total": 2, "result": [1]}
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Accepted(), 200, {}, json.dumps(evil).encode()))
    assert not end.value.value[1].accepted


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"id": 5}', "5"),
        (b'{"id": "a1"}', "a1"),
        (b'{"id": true}', ""),
        (b"[]", ""),
        (b'{"id": "../x"}', ""),
        (b'{"id": "%s"}' % (b"a" * 100), "a" * 100),
        (b'{"id": "%s"}' % (b"a" * 101), ""),
        (b"", ""),
    ],
)
def test_ids_that_a_service_gives(body: bytes, found: str) -> None:
    assert created_id(Reply(Accepted(), 201, {}, body)) == found


def test_an_answer_that_is_no_json_leaves_doubt() -> None:
    steps = sending(Testmo(project_id=1), BATCH, Items((b"{}",), ()), Shelf(0))
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Accepted(), 200, {}, b'{"half'))
    assert isinstance(end.value.value, InDoubt)
