"""JSON to and from a service: bodies, pages, what a 2xx says that it made."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import fields
from typing import Any

from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Verdict
from testferry.model import Result
from testferry.submission import Items, Label
from testferry.text import clean, shorten

_LONGEST_ID = 100  # characters
_LONGEST_WORD = 1000


def label(result: Result) -> Label:
    """What a person calls a result."""
    return Label(result.name, result.place, str(result.status))


_FIELDS = tuple(each.name for each in fields(Result))
_EMPTY: tuple[object, ...] = ("", None, ())

_ENCODE = json.JSONEncoder(
    separators=(",", ":")
).encode  # made once: ``json.dumps`` makes an encoder per call


def encode(value: object) -> bytes:
    """JSON on one line, the same for the same value."""
    return _ENCODE(value).encode("ascii")


def neutral(result: Result, longest: int) -> dict[str, Any]:
    """The fields of a result that are not empty, as JSON has them; texts of details are shortened.

    Written out: ``dataclasses.asdict`` copies every value and costs as much as all else together.
    """
    document: dict[str, object] = {}
    for name in _FIELDS:
        value = getattr(result, name)
        if value not in _EMPTY:
            document[name] = value
    if result.details:
        document["details"] = [
            {
                "kind": detail.kind,
                "message": detail.message,
                "type": detail.type,
                "text": shorten(detail.text, longest),
            }
            for detail in result.details
        ]
    return document


def wrap(name: str, items: Items, **more: object) -> bytes:
    """A body whose list ``name`` is the items as they were encoded once."""
    rest = b"".join(b"," + encode(key) + b":" + encode(value) for key, value in more.items())
    return b'{"' + name.encode() + b'":[' + b",".join(items.wire) + b"]" + rest + b"}"


def objects(listed: object) -> list[Mapping[str, Any]]:
    """The entries of a list that are what they should be: services answer odd things."""
    if not isinstance(listed, list):
        return []
    return [entry for entry in listed if isinstance(entry, Mapping)]


def created_id(reply: Reply) -> str:
    """The ``id`` of what a 2xx says it created, empty where the answer does not say."""
    document = reply.json()
    found = document.get("id") if isinstance(document, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, int | str):
        return ""
    text = str(found)
    # It becomes a part of addresses: one that is too long for them would be an outage for ever.
    return text if text.isalnum() and len(text) <= _LONGEST_ID else ""


def is_word(value: object) -> bool:
    """Whether what a service calls a run is one word that shows as itself. `run create` prints it,
    and people put it into other commands.
    """
    text = str(value)
    return text == clean(text) and len(text.split()) < 2 and len(text) <= _LONGEST_WORD


def created(reply: Reply, what: str) -> Verdict:
    """What a creation made, if the answer says so; in doubt if a 2xx does not."""
    if not reply.accepted:
        return reply.verdict
    found = created_id(reply)
    if found:
        return Accepted({"id": found})
    return unclear(reply, what)


def unclear(reply: Reply, what: str) -> InDoubt:
    """A 2xx that does not say what it should: applied or not, looking will tell."""
    words = f"the service answered {reply.status} to {what} without saying what it made"
    return InDoubt(words, working=False, unclear=True)


def pages(make: Callable[[int], Request]) -> Generator[Request, Reply, tuple[list[object], Reply]]:
    """Every entry of a paged list (``page``, ``next_page``, ``result``), and the last reply; stops
    at a failed page.

    Built page by page from our own address, never by following what the answer names.
    """
    found: list[object] = []
    page = 1
    size = 0
    while True:
        reply = yield make(page)
        document = reply.json()
        size += len(reply.body)
        if not reply.accepted:
            return found, reply
        if size > LARGEST_LIST or not is_page(document, page):
            return found, Reply(
                Rejected("not the documented answer"),
                reply.status,
                message="it is not the documented answer",
            )
        found += document["result"]
        if document.get("next_page") is None:
            return found, reply
        page += 1


# What is kept of a list is kept in memory, whatever a service sends.
LARGEST_LIST = 256 * 1024 * 1024  # bytes of its answers
MOST_IN_A_PAGE = 1000  # entries: nobody is asked for more
MOST_PAGES = 100_000


def is_page(document: object, page: int) -> bool:
    """Whether an answer is the page that was asked for, and its parts agree: nothing is concluded
    from any other.
    """
    if not isinstance(document, Mapping):
        return False
    entries = document.get("result")
    if not isinstance(entries, list) or len(entries) > MOST_IN_A_PAGE:
        return False
    total, following, number = (
        document.get("total"),
        document.get("next_page"),
        document.get("page", page),
    )
    if type(total) is not int or total < 0 or number != page or page > MOST_PAGES:
        return False
    if following is not None and (following != page + 1 or not entries):
        return False
    return page > 1 or bool(total) is bool(entries)
