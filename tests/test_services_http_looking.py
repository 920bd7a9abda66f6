"""A lost answer is looked up, page by page, and "not there" is believed only of a whole look."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from table import Book, items, look, refused, taken
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, CannotTell, NotThere, PartlyThere, There
from testferry.model import Result, Status
from testferry.services.http import looking
from testferry.services.http.bodies import keys_of
from testferry.services.http.target import Http
from testferry.submission import Items


def table(request: str, **more: Any) -> Http:
    looked = {"request": request, "keys": "/value/*/comment", **more}
    return Http(tables={"item": {"name": "{name}", "comment": "{key}"}, "look": looked})


class Store:
    """What a service shows of its keys, so many on a page."""

    def __init__(self, keys: list[str], size: int) -> None:
        self.keys, self.size = keys, size

    def __call__(self, request: Request) -> Reply:
        query = parse_qs(urlsplit(request.target).query)
        if "after" in query or "token" in query:
            start = int(query.get("token", ["0"])[0])
        elif "page" in query:
            start = (int(query["page"][0]) - 1) * self.size
        else:
            start = int(query.get("skip", ["0"])[0])
        shown = self.keys[start : start + self.size]
        following = start + self.size
        more = following if following < len(self.keys) else None
        return taken({"value": [{"comment": key} for key in shown], "next": more})


def many(count: int) -> list[Result]:
    return [Result(f"t{at}", Status.PASSED) for at in range(count)]


def keys(held: Items) -> list[str]:
    return keys_of("mark", held.wire)


def test_a_look_takes_only_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LARGEST_LIST", 1_000)
    target = table("GET /r?page={page.number}")
    store = Store([f"{number:030}" for number in range(10_000)], 10)
    found, _ = look(target, items(target, many(2)), store)
    assert found == CannotTell("what is there does not end", again=False)


@pytest.mark.parametrize(
    ("request_", "more"),
    [
        ("GET /r?top=10&skip={page.offset}", {}),
        ("GET /r?page={page.number}", {}),
        ("GET /r?token={page.next}", {"next": "/next"}),
    ],
)
def test_every_page_is_read_at_our_own_address(request_: str, more: dict[str, Any]) -> None:
    target = table(request_, **more)
    held = items(target, many(25))
    found, asked = look(target, held, Store(["other"] * 3 + keys(held), 10))
    assert found == There()
    assert len(asked) == 3
    assert all(request.target.startswith("r?") for request in asked)


def test_a_page_of_others_that_have_no_such_field_is_no_end_of_the_list() -> None:
    target = table("GET /r?page={page.number}")
    held = items(target, many(5))
    rows = [{"id": at} for at in range(25)] + [{"comment": key} for key in keys(held)]

    def store(request: Request) -> Reply:
        start = (int(parse_qs(urlsplit(request.target).query)["page"][0]) - 1) * 10
        return taken({"value": rows[start : start + 10]})

    assert look(target, held, store)[0] == There()


@pytest.mark.parametrize(("body", "again"), [(b'{"value": [', True), (b"7", False)])
def test_a_page_that_was_cut_is_looked_at_again(body: bytes, *, again: bool) -> None:
    target = table("GET /r")
    cut = Reply(Accepted(), 200, {}, body)
    found, _ = look(target, items(target, many(2)), lambda _: cut)
    assert found == CannotTell("what is there cannot be read: the answer is not JSON", again=again)


def test_what_is_there_in_part_and_what_is_not() -> None:
    target = table("GET /r?skip={page.offset}")
    held = items(target, many(4))
    assert look(target, held, Store(keys(held)[:2], 10))[0] == PartlyThere(frozenset({0, 1}))
    assert look(target, held, Store(["x"], 10))[0] == NotThere()
    assert look(target, held, Store([], 10))[0] == NotThere()


def test_a_look_that_does_not_show_what_was_taken_proves_nothing() -> None:
    target = table("GET /r")
    first, held = items(target, many(3)), items(target, many(2))
    book = Book()
    book.sent = list(first.wire)
    found, _ = look(target, held, Store(keys(first)[:2], 10), book)
    assert isinstance(found, CannotTell)
    assert found.lagging
    assert "does not show 1 of the results" in found.reason
    assert look(target, held, Store(keys(first), 10), book)[0] == NotThere()


@pytest.mark.parametrize(
    ("reply", "again"),
    [
        (refused({"message": "no"}, 404), False),
        (refused({"message": "later"}, 409), True),
        (Reply(taken({}).verdict, 200, {}, b"<html>"), True),
        (taken("a text"), False),
    ],
)
def test_a_look_that_fails_proves_nothing(reply: Reply, again: bool) -> None:
    target = table("GET /r")
    found, _ = look(target, items(target), lambda _: reply)
    assert isinstance(found, CannotTell)
    assert found.again is again


def test_a_next_page_is_a_token_and_never_an_address() -> None:
    target = table("GET /r?token={page.next}", next="/next")
    answer = taken({"value": [], "next": "https://elsewhere.example/"})
    found, asked = look(target, items(target), lambda _: answer)
    assert isinstance(found, CannotTell)
    assert len(asked) == 1


def test_the_batch_itself_may_be_what_is_shown() -> None:
    tables = {
        "item": {"{name}": "{status}"},
        "send": {"as": "object", "json": {"t": "{results}", "job": "{batch.key}"}},
        "look": {"request": "GET /runs?job={batch.key}", "keys": "/*/job"},
    }
    target = Http(tables=tables)
    held = items(target)

    def answers(request: Request) -> Reply:
        return taken([{"job": parse_qs(urlsplit(request.target).query)["job"][0]}])

    assert look(target, held, answers)[0] == There()
    assert look(target, held, lambda _: taken([]))[0] == NotThere()


def test_what_is_known_by_its_key_is_simply_sent_again() -> None:
    tables = {"item": {"id": "{key}"}, "look": {"request": "GET /r", "keys": "/*/id"}}
    target = Http(tables=tables, idempotent=True)
    found, _ = look(target, items(target), lambda _: taken([]))
    assert found == NotThere(retry_at_once=True)
    assert json.loads(taken([]).body) == []
