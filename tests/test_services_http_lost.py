"""What becomes of a lost answer is what the table, or the service itself, can prove."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from fakes import looking
from table import Book, items, look, refused, send, taken, talk
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, CannotTell, InDoubt, NotThere, Rejected
from testferry.model import Result, Status
from testferry.services.http.lost import KEY_LIFE, in_words
from testferry.services.http.target import Http
from testferry.submission import Kind, Submission

KEY: dict[str, Any] = {"idempotency_header": "Idempotency-Key"}
# The same header among the request's own: nobody says that the service honours it.
SEND = {"request": "POST /r", "headers": {"Idempotency-Key": "{batch.key}"}}
SENT: dict[str, Any] = {"tables": {"send": SEND}}
LOOKED = {"item": {"id": "{key}"}, "look": {"request": "GET /r", "keys": "/*"}}


def _says(answer: Reply, _: Request) -> Reply:
    return answer


@pytest.mark.parametrize(
    ("options", "again", "words"),
    [
        ({}, False, "kept in doubt: this table has no key in its items, and nothing to look at"),
        (KEY, True, "sent again (key in Idempotency-Key)"),
        ({**KEY, "idempotent": False}, False, "idempotent = false"),
        (SENT, False, "kept in doubt, until the service is seen to heed the key in"),
        ({**SENT, "idempotent": True}, True, "sent again (key in Idempotency-Key)"),
        ({**SENT, "answer": {"already": ["done"]}}, True, "sent again (key in Idempotency-Key)"),
        ({"tables": {"item": {"id": "{key}"}}}, True, "sent again (key in each item)"),
        ({"tables": {"item": {"id": "{key}"}}, "idempotent": False}, False, "idempotent = false"),
        ({"tables": {"item": {"comment": "{key}"}}}, False, "knows a result again by its key"),
        ({"tables": {"item": {"comment": "{key}"}}, "idempotent": True}, True, "sent again"),
        (
            {"tables": {"item": {"comment": "{key}"}, "look": {"request": "GET /r", "keys": "/*"}}},
            None,
            "looked up (GET, the keys at /*); sent again if two looks do not show it",
        ),
        (
            {"tables": LOOKED, "idempotent": True},
            None,
            "looked up (GET, the keys at /*); sent again at once if that does not show it",
        ),
    ],
)
def test_what_becomes_of_a_lost_answer(
    options: dict[str, Any], again: bool | None, words: str
) -> None:
    target = Http(**options)
    assert words in in_words(target)
    if again is not None:
        found, asked = look(target, items(target), lambda _: taken({}))
        assert (found == NotThere(retry_at_once=True)) is again
        assert not asked


@pytest.mark.parametrize(
    ("more", "at_once"),
    [
        ({}, False),
        ({"idempotent": True}, True),
        ({"answer": {"already": ["done"]}}, True),
        (KEY, True),
    ],
)
def test_a_field_that_is_called_an_id_is_not_believed_where_a_look_tells(
    more: dict[str, Any], at_once: bool
) -> None:
    """A service that only stores the key, and applies a request late, would have it twice."""
    target = Http(tables=LOOKED, **more)
    found, _ = look(target, items(target), lambda _: taken([]))
    assert found == NotThere(retry_at_once=at_once)


def test_a_header_is_believed_once_the_service_speaks_of_it_and_by_later_uploads_too() -> None:
    book = Book()
    for name in ("idempotency-key", "idempotent-replayed", "x-idempotency-status"):
        book.kept.clear()
        target = Http(**SENT)
        held = items(target)
        assert isinstance(look(target, held, lambda _: taken({}), book)[0], CannotTell)
        answer = replace(taken({}), headers={name: "x"})
        assert send(target, held, partial(_says, answer), book)[0] == Accepted()
        assert look(target, held, lambda _: taken({}), book)[0] == NotThere(retry_at_once=True)
        assert look(Http(**SENT), held, lambda _: taken({}), book)[0] == NotThere(
            retry_at_once=True
        )
    book.age = 61.0
    assert look(Http(**KEY), held, lambda _: taken({}), book)[0] == NotThere(retry_at_once=True)
    forgetful = Http(**KEY, idempotency_ttl=60.0)
    assert "older than 1 min" in str(look(forgetful, held, lambda _: taken({}), book)[0])
    book.age = KEY_LIFE + 1
    assert isinstance(look(Http(**SENT), held, lambda _: taken({}), book)[0], CannotTell)


def test_a_limit_that_a_refusal_names_is_kept_for_the_next_batches_and_uploads() -> None:
    target, book = Http(), Book()
    held = items(target, [Result(f"t{at}", Status.PASSED) for at in range(7)])
    words = refused({"message": "Too many rows, maximum allowed is 3"})
    verdict, _ = send(target, held, lambda _: words, book)
    assert isinstance(verdict, Rejected)
    assert [len(places) for places in verdict.portions] == [3, 3, 1]
    for known in (target, Http()):
        verdict, asked = send(known, held, lambda _: words, book)
        assert isinstance(verdict, Rejected)
        assert verdict.unasked
        assert not asked


def test_a_success_that_explains_nothing_is_not_sent_again() -> None:
    target = Http(tables={"item": {"id": "{key}"}})
    held = items(target)
    verdict, _ = send(target, held, lambda _: taken({"errors": ["no"]}))
    assert isinstance(verdict, InDoubt)
    found, _ = look(target, held, lambda _: taken({}))
    assert isinstance(found, CannotTell)


@pytest.mark.parametrize(("idempotent", "again"), [(None, False), (True, True)])
def test_a_run_that_may_have_been_made_is_made_again_only_if_the_service_knows_it_again(
    idempotent: bool | None, again: bool
) -> None:
    opening = {"request": "POST /runs", "json": {"ref": "{batch.key}"}, "keep": {"id": "/id"}}
    target = Http(tables={"open": opening}, idempotent=idempotent)
    row = Submission(1, Kind.OPEN, "open")
    found, _ = talk(looking(target, row, lambda: items(target), Book()), lambda _: taken({}))
    assert (found == NotThere(retry_at_once=True)) is again
