"""A body is made around results that were encoded once; keys are put in when it leaves."""

from __future__ import annotations

import json

from testferry.services.http.bodies import body_of, filled, key_of, numbered, with_keys
from testferry.services.http.table import Sent
from testferry.services.http.template import KEY
from testferry.services.http_json import encode
from testferry.submission import Items, Label

LABEL = Label("n", "s", "passed")


def test_a_key_is_the_same_in_any_batch_and_another_in_any_upload() -> None:
    wire = [
        numbered(at, encode({"id": KEY.format(""), "short": KEY.format("15")})) for at in (1, 2)
    ]
    items, keys = with_keys("mark", Items(tuple(wire), (LABEL, LABEL)), ())
    alone, again = with_keys("mark", Items((wire[1],), (LABEL,)), ())
    assert again == keys[1:]
    assert alone.wire == items.wire[1:]
    assert len({*keys, key_of("other", b"1")}) == 3
    document = json.loads(items.wire[0])
    assert document == {"id": keys[0], "short": keys[0].replace("-", "")[:15]}


def test_the_results_stand_where_the_template_has_them() -> None:
    items = Items((b'{"a":1}', b'{"a":2}'), (LABEL, LABEL))
    body = {"for": "{set.p}", "data": {"rows": "{results}"}}
    made = json.loads(body_of(Sent(body=body), items, {"set": {"p": "x"}}))
    assert made == {"for": "x", "data": {"rows": [{"a": 1}, {"a": 2}]}}
    assert body_of(Sent(), items, {}) == b'[{"a":1},{"a":2}]'
    assert body_of(Sent(format="ndjson"), items, {}) == b'{"a":1}\n{"a":2}\n'
    text = Items((b'"m,t=x f=1"',), (LABEL,))
    assert body_of(Sent(format="lines"), text, {}) == b"m,t=x f=1\n"


def test_a_value_cannot_leave_its_place_in_an_address() -> None:
    assert filled("/v/{set.p}/x", {"set": {"p": "../a?b"}}, quoted=True) == "/v/..%2Fa%3Fb/x"
