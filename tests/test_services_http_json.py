"""What services that speak JSON have in common: pages, ids, bodies."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fakes import sending
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, InDoubt
from testferry.services import http_json
from testferry.services.http_json import MOST_IN_A_PAGE, created_id, pages
from testferry.services.testmo.target import Testmo
from testferry.submission import Items
from wire import BATCH, Shelf


def test_lists_are_read_page_by_page_from_our_own_address() -> None:
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


def endless(make: Callable[[int], bytes], most: int) -> Reply:
    """The last reply of a list whose pages are made so; fails where it does not end."""
    steps = pages(lambda number: Request("GET", "x", (("page", str(number)),)))
    next(steps)
    for number in range(1, most):
        try:
            steps.send(Reply(Accepted(), 200, {}, make(number)))
        except StopIteration as end:
            last: Reply = end.value[1]
            return last
    pytest.fail("it goes on")


def test_a_list_takes_only_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a service sends, and says of its pages."""

    def page(number: int, entries: int) -> bytes:
        says = {"page": number, "next_page": number + 1, "total": 10**9}
        return json.dumps({**says, "result": [1] * entries}).encode()

    monkeypatch.setattr(http_json, "LARGEST_LIST", 5_000)
    assert not endless(lambda number: page(number, 10), 200).accepted
    monkeypatch.undo()
    assert not endless(lambda number: page(number, MOST_IN_A_PAGE + 1), 2).accepted


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
