"""The tables of a target are understood, or refused with the key named."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.errors import UsageProblem
from testferry.services.http.table import described


def test_without_tables_the_body_is_a_list_under_its_key() -> None:
    found = described({}, "rows", "Idempotency-Key")
    assert (found.send.method, found.send.body) == ("POST", {"rows": "{results}"})
    assert [name for name, _ in found.send.headers] == ["Idempotency-Key"]
    assert (found.keyed, found.answered, found.look, found.opens) == (False, False, None, ())


@pytest.mark.parametrize(
    ("tables", "keyed", "known"),
    [
        ({"item": {"id": "{key}"}}, True, True),
        ({"item": {"body": {"externalId": "{key}"}}}, True, True),
        (
            {
                "item": {"a": "{name}"},
                "send": {"format": "ndjson", "lines": [{"c": {"_id": "{key}"}}]},
            },
            True,
            True,
        ),
        ({"item": {"{key}": {"a": "{name}"}}}, True, True),
        ({"item": "m,id={key|max 12} took={elapsed}"}, True, True),
        ({"item": {"comment": "{key}"}}, True, False),
        ({"item": {"comment": "{key}"}, "answer": {"already": ["exists"]}}, True, True),
        ({"item": {"id": "{name}"}}, False, False),
    ],
)
def test_a_key_is_one_where_a_service_keeps_the_identity_of_what_it_has(
    tables: dict[str, Any], keyed: bool, known: bool
) -> None:
    found = described(tables)
    assert (found.keyed, found.known_by_key) == (keyed, known)


def test_what_opens_a_run_is_kept_for_what_follows() -> None:
    tables = {
        "open": [
            {"request": "POST /runs", "json": {"name": "{upload.name}"}, "keep": {"id": "/id"}},
            {"request": "POST /runs/{run.id}/sessions", "keep": {"session": "/session"}},
        ],
        "send": {"request": "POST /s/{run.session}"},
        "close": {"request": "PATCH /runs/{run.id}", "json": {"done": True}},
    }
    found = described(tables)
    assert found.kept == {"id", "session"}
    assert [call.where for call in found.opens] == ["open[0]", "open[1]"]
    with pytest.raises(UsageProblem, match=r"no 'run.sesion'"):
        described({**tables, "send": {"request": "POST /s/{run.sesion}"}})


MARKED = {"ref": "{upload.id}"}
OPENING = {"json": MARKED, "keep": {"id": "/id"}}
SEARCH = {"request": "GET /r", "items": "/a", "mark": "/ref"}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"send": {"request": "GET /x"}}, "is no request"),
        ({"send": {"format": "xml"}}, "'xml' is not a format"),
        ({"send": {"format": "lines"}}, "needs a text for each result"),
        ({"send": {"format": "multipart"}}, "multipart needs its fields"),
        ({"send": {"format": "ndjson", "json": {"a": "{results}"}}}, "there is nothing around"),
        ({"send": {"lines": [{"a": 1}]}}, "has no lines before a result"),
        ({"send": {"json": {"a": "of {results}"}}}, "have no place in it"),
        ({"send": {"as": "object"}}, "needs one key with a hole"),
        ({"send": {"as": "tuple"}}, "is not a form of the results"),
        ({"send": {"headers": {"A b": "x"}}}, "is no name of a header"),
        ({"send": {"headers": {"A": ["x"]}}}, "is no text"),
        ({"send": {"request": "POST /{results}"}}, "has no place in an address"),
        ({"send": {"request": "POST /x/{run.id}"}}, "there is no run.id here"),
        ({"send": {"json": 3}}, "have no place in it"),
        ({"send": [1]}, "a table is needed"),
        ({"open": {"request": "GET /x"}}, "is no request"),
        ({"open": {"keep": {"id": "id"}}}, "is no JSON pointer"),
        ({"open": {"keeep": {}}}, "unknown key 'keeep'"),
        ({"open": ["x"]}, "a table is needed"),
        ({"close": {"keep": {"id": "/id"}}}, "unknown key 'keep'"),
        ({"look": {"request": "PUT /x", "keys": "/a"}}, "is no request"),
        ({"look": {"request": "GET /x"}}, "is no JSON pointer"),
        ({"look": {"request": "GET /x", "keys": "/a", "next": 3}}, "3 is no text"),
        ({"open": {"look": {"request": "GET /r"}}}, "says whose it is"),
        ({"open": {"json": MARKED, "look": {"request": "GET /r"}}}, "is no JSON pointer"),
        ({"open": {"json": MARKED, "look": {"itms": "/a"}}}, "unknown key 'itms'"),
        ({"open": {**OPENING, "look": {**SEARCH, "keep": {"uid": "/id"}}}}, "id is kept by open"),
        ({"open": {**OPENING, "look": {**SEARCH, "request": "PUT /r"}}}, "is no request"),
        ({"look": {"request": "GET /{page.ofset}", "keys": "/a"}}, "no 'page.ofset'"),
        ({"answer": {"culprits": {"path": "/e", "match": "Row"}}}, "there is no group"),
        ({"answer": {"culprits": {"pth": "/e"}}}, "unknown key 'pth'"),
        ({"send": {"headers": {"X": "{name}"}}}, "has no place in an address or a header"),
        ({"maps": {"level": 3}}, "a table of words is needed"),
        ({"answer": {"items": 3}}, "is no text"),
        ({"send": {"request": "POST /%2e%2e/x"}}, "leaves the address"),
        ({"answer": {"within": "x"}}, "'x' is not a word for it"),
        ({"answer": {"empty": "maybe"}}, "'maybe' is not a word for it"),
    ],
)
def test_what_is_wrong_is_named(tables: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        described(tables)
