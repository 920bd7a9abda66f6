"""What a value says depends on its name, on what stands beside it, and on what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.services.http.claims import Claims, counted, is_made
from testferry.submission import Items, Label

ENDED = ("passed", "failed", "skipped")
ITEMS = Items((b"{}",) * 3, tuple(Label("a", "s", status) for status in ENDED))


def claims(status: int = 200, told: int = 0, said: str = "") -> Claims:
    return Claims(status, ITEMS, told, frozenset({said}), frozenset({"a text of ours"}))


@pytest.mark.parametrize(
    ("table", "speaks"),
    [
        ({"ok": None}, True),
        ({"success": 1, "total": 3}, True),
        ({"success": 1}, False),
        ({"processed": 0}, True),
        ({"processed": 0, "queued": 3}, False),
        ({"created": False}, True),
        ({"created": False, "updated": True}, False),
        ({"created": False, "id": 7}, False),
        ({"id": None}, True),
        ({"id": None, "jsonrpc": "2.0"}, False),
        ({"data": None}, True),
        ({"data": None, "success": True}, False),
        ({"data": None, "error": None}, False),
        ({"items": None}, True),
        ({"status": "undecided"}, True),
        ({"status": "undecided", "id": 7}, False),
        ({"result": "a text of ours"}, False),
        ({"result": "T-17"}, False),
        ({"taken": 2}, True),
        ({"bundled": 2}, True),
        ({"bundled": 2, "stored": 3}, False),
        ({"used": 2}, False),
        ({"accepted": "two"}, True),
        ({"accepted": "some"}, True),
        ({"accepted": "2026-11-27"}, False),
        ({"results": "ok;failed;ok"}, True),
        ({"results": "ok;ok;ok"}, False),
        ({"resultCode": "E001"}, True),
        ({"resultCode": "00"}, False),
        ({"__typename": "PermissionDenied"}, True),
        ({"import": "failed"}, True),
        ({"batch_status": "rejected"}, True),
        ({"error": "no"}, True),
        ({"has_errors": "no"}, False),
        ({"fault": {"x": {}}}, True),
        ({"rate_limited": True}, True),
    ],
)  # fmt: skip
def test_what_speaks_against_an_answer(table: dict[str, Any], speaks: bool) -> None:
    name = next(iter(table))
    assert claims().speaks(name, table[name], table) is speaks


def test_a_job_that_goes_on_is_no_refusal() -> None:
    table = {"done": False}
    assert claims().speaks("done", table["done"], table)
    assert not claims(202).speaks("done", table["done"], table)
    assert not claims(202).speaks("processed", 0, {"processed": 0})


def test_what_was_sent_is_no_word_of_the_service() -> None:
    assert claims().speaks("message", "no access: denied", {})
    assert not claims(said="no access: denied").speaks("message", "no access: denied", {})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("errors", [1], True),
        ("errors", [1, 2], False),
        ("rows", [1], False),
        ("stored", 2, True),
        ("stored", 1, False),
        ("failed", 1, True),
        ("failed", 2, False),
        ("code", 400, True),
        ("errors", True, True),
        ("errors", {"a": 1}, False),
    ],
)
def test_what_says_no_more_than_is_known(name: str, value: object, told: bool) -> None:
    assert claims(told=1).is_told(name, value) is told
    assert not claims().is_told(name, value)


@pytest.mark.parametrize(
    ("table", "tally"),
    [
        ({"passed": 1, "failed": 1, "skipped": 1}, True),
        ({"passed": 1, "failed": 2}, False),
        ({"passed_count": 9, "failed_count": 4, "blocked_count": 2}, True),
        ({"passed": 9, "failed": 0}, False),
        ({"failed_tests": 1}, True),
        ({"failed": 1}, False),
        ({"passed": True}, False),
    ],
)
def test_which_table_counts_tests(table: dict[str, Any], tally: bool) -> None:
    assert claims().is_tally(table) is tally


def test_a_run_that_is_opened_or_closed_may_have_any_tally() -> None:
    nothing = Claims(200, Items((), ()), 0, frozenset(), frozenset())
    assert nothing.is_tally({"passed": 9, "failed": 4})


def test_numbers_and_names() -> None:
    assert (counted("forty-two"), counted("7"), counted(7), counted("x")) == (42, 7, 7, None)
    assert is_made({"id": 7}, besides="")
    assert not is_made({"id": -1, "url": ""}, besides="")
    assert not is_made({"id": 7}, besides="id")
