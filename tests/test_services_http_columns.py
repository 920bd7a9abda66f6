"""One entry that is not like the others is what a service says of a result that it did not take."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.services.http.columns import echoed, kind_of, leaves, unlike


@pytest.mark.parametrize(
    ("entries", "name", "found"),
    [
        ([{"id": 1}, {"id": None}, {"id": 3}], "", (1, "id")),
        ([{"id": 1}, {"why": "too long"}, {"id": 3}], "", (1, "id")),
        ([{"id": 7}, {"id": 0}, {"id": 9}], "", (1, "id")),
        ([{"id": 7}, {"id": -1}, {"id": 9}], "", (1, "id")),
        ([{"id": "a"}, {"id": "b"}, {"id": "b"}], "", (2, "id")),
        ([{"id": "run"}, {"id": "run"}, {"id": "run"}], "", None),
        ([{"id": 0}, {"id": 1}, {"id": 2}], "", None),
        ([{"case_id": 1}, {"case_id": None}, {"case_id": 3}], "", None),
        ([{"code": 0}, {"code": 3}, {"code": 0}], "", (1, "code")),
        ([{"code": "A"}, {"code": "B"}, {"code": "C"}], "", None),
        ([{"st": 201}, {"st": 422}, {"st": 201}], "", (1, "st")),
        ([{"st": "201 Created"}, {"st": "422 No"}, {"st": "201 Created"}], "", (1, "st")),
        ([{"test_id": 403}, {"test_id": 404}, {"test_id": 405}], "", None),
        ([{"took": 210}, {"took": 450}, {"took": 333}], "", None),
        ([{"s": "ok"}, {"s": "nok"}, {"s": "ok"}], "", (1, "s")),
        ([{"status": "stored"}, {"status": "C"}, {"status": "stored"}], "", (1, "status")),
        ([{"status": "C"}, {"status": "R"}, {"status": "C"}], "", (1, "status")),
        ([{"name": "login ok"}, {"name": "failed"}, {"name": "add"}], "", None),
        ([{}, {"name": ["required"]}, {}], "", (1, "")),
        ([{"a": 1}, {}, {"a": 3}], "", (1, "")),
        ([{"a": 1}, {"b": 2}, {"a": 3}], "", (1, "")),
        ([{"a": 1}, None, {"a": 3}], "", (1, "")),
        ([1, 0, 2], "", (1, "")),
        ([0, 3, 0], "codes", (1, "")),
        ([1, 2, 3], "", None),
        ([5, 5, 6], "ids", (1, "")),
        ([5, 5, 6], "codes", None),
        ([0, 1], "ids", None),
        ([0, 1], "results", (0, "")),
        (["x", "", "y"], "", (1, "")),
        (["x", "y", "y"], "ids", (2, "")),
        (["ok", "too long", "ok"], "", (1, "")),
        ([True, "x", 1], "", None),
        ([1], "", None),
    ],
)
def test_which_entry_is_unlike(
    entries: list[Any], name: str, found: tuple[int, str] | None
) -> None:
    assert unlike(entries, name) == found


def test_of_two_that_are_unlike_the_first_is_named_in_every_process() -> None:
    pairs = [(f"refusal {at}", f"other refusal {at}") for at in range(20)]
    assert [unlike(pair) for pair in pairs] == [(0, "")] * 20


def test_what_says_back_what_was_sent_is_like_anything() -> None:
    entries = [{"status": "stored"}, {"status": "C"}, {"status": "stored"}]
    assert unlike(entries, "", {"status"}) is None


def test_an_echo_is_one_at_every_place() -> None:
    sent = [{"/name": "a", "/status": "passed"}, {"/name": "b", "/status": "failed"}]
    entries: list[object] = [{"t": "a", "s": "ok"}, {"t": "b", "s": "failed"}]
    assert echoed(entries, sent, "/rows") == {"/rows/0/t", "/rows/1/t"}
    assert echoed(entries[:1], sent, "/rows") == set()


def test_leaves_are_texts_and_where_they_stand() -> None:
    assert list(leaves({"a": ["x", {"b": "y"}], "c": 1, "d": ""})) == [
        ("/a/0", "x"),
        ("/a/1/b", "y"),
    ]
    deep: Any = "x"
    for _ in range(60):
        deep = {"a": deep}
    assert list(leaves(deep)) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"id": 1, "status": 201}, {"id": 2, "status": 201}, True),
        ({"id": 1, "status": 201}, {"id": 2, "status": 422}, False),
        ({"id": 1}, {"id": None}, False),
        ({"id": 1}, {"id": -1}, False),
        ({"ok": True}, {"ok": 1}, False),
        ({"ok": True}, {"ok": False}, False),
        ({"name": "a"}, {"name": "b"}, True),
        ({"name": "a"}, {"name": "a b"}, False),
        ({"name": "a"}, {"name": '{"error": 1}'}, False),
        ({"name": "a"}, {"name": ""}, False),
        ({"took": 3}, {"took": 4}, False),
        ({"seq": 3}, {"seq": 4}, True),
        ({"message": "a"}, {"message": "rejected"}, False),
        ([{"a": [1]}], [{"a": [2]}], True),
        (None, False, False),
    ],
)
def test_entries_of_one_kind_say_the_same(one: object, other: object, same: bool) -> None:
    assert (kind_of(one) == kind_of(other)) is same
