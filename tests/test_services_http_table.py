"""The tables of a target are understood, or refused with the key named."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.errors import UsageProblem
from testferry.services.http.table import described


def test_what_is_not_there_is_not_described() -> None:
    found = described({})
    assert (found.make, found.sent, found.answer, found.keyed) == (None, None, None, False)


def test_a_key_in_an_item_or_before_it_makes_sending_again_safe() -> None:
    assert described({"item": {"id": "{key}"}}).keyed
    assert described({"item": {"a": "{name}"}, "send": {"lines": [{"_id": "{key}"}]}}).keyed
    assert not described({"item": {"id": "{name}"}}).keyed


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"send": {"request": "GET /x"}}, "is no request"),
        ({"send": {"format": "xml"}}, "unknown key 'xml'"),
        ({"send": {"headers": {"X": "{name}"}}}, "has no place in an address or a header"),
        ({"maps": {"level": 3}}, "a table of words is needed"),
        ({"answer": {"items": 3}}, "is no text"),
        ({"answer": {"empty": "maybe"}}, "unknown key 'maybe'"),
    ],
)
def test_what_is_wrong_is_named(tables: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        described(tables)
