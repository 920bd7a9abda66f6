"""Of a table that changed meanwhile: what plans results anew, and what simply holds."""

from __future__ import annotations

from typing import Any

from testferry.services.http.carrying import compared, with_requests

OPENING = {"request": "POST /runs", "json": {"ref": "{upload.id}"}}
LOOK = {"request": "GET /runs", "items": "/a", "mark": "/ref"}
BEFORE: dict[str, Any] = {
    "endpoint": "e",
    "tables": {"item": {"a": "{name}"}, "open": OPENING, "close": [{}, {}]},
}


def test_each_table_is_compared_by_its_own_name() -> None:
    told = compared(BEFORE)
    assert told["item"] == {"a": "{name}"}
    assert (told["open_requests"], told["close_requests"]) == (1, 2)
    assert "tables" not in told
    looked = {**BEFORE, "tables": {**BEFORE["tables"], "open": {**OPENING, "look": LOOK}}}
    assert compared(looked) == told
    assert compared({"tables": {"open": ["?"]}})["open"] == ["?"]
    assert compared({})["item"] == {}


def test_what_opens_holds_until_the_run_is_there() -> None:
    other = {"request": "POST /builds"}
    held: Any = with_requests(BEFORE, {"open": other, "look": LOOK}, made=False)
    assert held["tables"]["open"] == [other]
    assert held["tables"]["look"] == LOOK
    made: Any = with_requests(BEFORE, {"open": {**other, "look": LOOK}}, made=True)
    assert made["tables"]["open"] == [{**OPENING, "look": LOOK}]
    assert "look" not in made["tables"]


def test_requests_of_another_number_stay_as_they_were_planned() -> None:
    held: Any = with_requests(BEFORE, {"close": {"request": "POST /end"}}, made=True)
    assert held["tables"]["close"] == [{}, {}]
    assert with_requests({"endpoint": "e"}, {}, made=True) == {"endpoint": "e"}
