"""The key that doubt prints, typed as it stands, never makes that answer a success."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

import heard
import unseen
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted
from testferry.services.http.answers import answer_of
from testferry.services.http.hint import key_to_write
from testferry.services.http.suspicion import suspicion
from testferry.submission import Items, Label


def sent(count: int, tail: str = "-abcdef") -> Items:
    rows = [{"id": f"key-{at:04d}{tail}", "name": f"test_{at}"} for at in range(count)]
    labels = tuple(Label(row["name"], "s", "passed") for row in rows)
    return Items(tuple(json.dumps(row).encode() for row in rows), labels)


def reply(status: int, body: Any, headers: dict[str, str] | None = None) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(Accepted(), status, headers or {}, data)


REFUSED = [
    *((sent(4, tail=""), reply(*case)) for case in heard.REFUSED + heard.REFUSED_AGAIN),
    *((sent(3), reply(200, body)) for body in unseen.REFUSED),
    *((sent(count), reply(*case)) for count, *case in unseen.REFUSED_OF),
]


def test_no_hint_makes_a_refusal_a_success() -> None:
    green = []
    for items, answered in REFUSED:
        found = suspicion(answered, items)
        if found is None or "…" in found.key:
            continue
        table = tomllib.loads(found.key)["answer"]
        keys = {json.loads(wire)["id"]: at for at, wire in enumerate(items.wire)}
        if isinstance(answer_of(table).read(answered, items, keys, keyed=True), Accepted):
            green.append((found.key, answered.body))
    assert green == []


@pytest.mark.parametrize(
    ("document", "pointer", "key"),
    [
        ({"ok": False}, "/ok", 'status = "/ok"'),
        ({"error": "x"}, "/error", 'failed = "/error"'),
        ({"n": {"stored": "2"}}, "/n/stored", 'count = "/n/stored"'),
        ({"stored": 2, "took": 3}, "", 'count = "/stored"'),
        ({"created": 1, "updated": 1}, "", 'items = "/…", failed = "/…"'),
        (
            {"rows": [{"end": 1, "state": "kept"}, {"state": "kept"}, {"state": "turned_away"}]},
            "/rows/2/state",
            'items = "/rows", status = "/state", taken = ["kept"]',
        ),
        ({"rows": [{"state": "ok"}] * 3}, "/rows/2/state", 'items = "/rows", status = "/state"'),
        ({"rows": [{"e": "x"}]}, "/rows/0/e", 'items = "/rows", failed = "/e"'),
        (
            {"inserted": 2, "errors": [{"index": 2, "error": "x"}]},
            "",
            'culprits = { path = "/errors", match = "index: ([0-9]+)" }',
        ),
        (
            {"a": {"errors": ["Row 0 is bad", "Row 1 is bad"]}},
            "/a/errors",
            'culprits = { path = "/a/errors", match = "^Row ([0-9]+)" }',
        ),
        ({"badRows": [0]}, "/badRows", 'culprits = { path = "/badRows", match = "^([0-9]+)" }'),
        ({"badRows": [1]}, "/badRows", 'failed = "/badRows"'),  # perhaps the first of them
        ({"errors": ["Row 1 is bad"]}, "/errors", 'failed = "/errors"'),
        ({"failed": ["key-1"]}, "/failed", 'failed = "/failed"'),  # its name, and no place
        ({"failed": [{"row": 9}]}, "/failed", 'failed = "/failed"'),  # it counts otherwise
    ],
)
def test_the_key_follows_the_shape(document: object, pointer: str, key: str) -> None:
    assert key_to_write(document, pointer, 3) == f"answer = {{ {key} }}"


def test_the_hint_of_those_that_are_named_rejects_just_these() -> None:
    body = {"inserted": 3, "errors": [{"index": 2, "error": "taboo"}]}
    found = suspicion(reply(200, body), sent(4))
    assert found is not None
    table = tomllib.loads(found.key)["answer"]
    verdict = answer_of(table).read(reply(200, body), sent(4), {}, keyed=True)
    assert isinstance(verdict, Sorted)
    assert list(verdict.refused) == [2]


def test_a_status_of_the_whole_is_read() -> None:
    table = answer_of({"status": "/ok", "reason": "/why"})

    def read(body: object) -> object:
        return table.read(reply(200, body), sent(3), {}, keyed=True)

    assert read({"ok": True}) == Accepted()
    assert read({"ok": False, "why": "locked"}) == Rejected("locked")
    assert isinstance(read({"ok": "perhaps"}), InDoubt)
    assert isinstance(read({}), InDoubt)
    assert isinstance(read({"ok": True, "dropped": 1}), InDoubt)


def test_a_yes_that_is_false_is_not_explained_by_failed() -> None:
    table = answer_of({"failed": "/ok"})
    assert isinstance(table.read(reply(200, {"ok": False}), sent(3), {}, keyed=True), InDoubt)
