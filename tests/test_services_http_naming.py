"""An answer that names some of the results that were sent speaks of these, and not of the others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testferry.services.http.naming import names_some
from testferry.submission import Items, Label

ENDED = ("passed", "failed", "skipped", "failed")
ITEMS = Items(
    tuple(json.dumps({"id": f"key-{at:04d}", "n": f"test_{at}"}).encode() for at in range(4)),
    tuple(Label(f"test_{at}", "s", status) for at, status in enumerate(ENDED)),
)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"ok": True, "leftover": ["key-0003"]}, "/leftover/0"),
        ({"other": {"named": "test_1"}}, "/other/named"),
        ({"message": "All but 'test_2', stored."}, "/message"),
        ({"odd": ["test_0", "test_1", "test_2"]}, "/odd/0"),
        ({"failed_tests": ["test_1"]}, "/failed_tests/0"),  # one of the two that failed
    ],
)
def test_some_are_named(document: object, pointer: str) -> None:
    found = names_some(document, ITEMS)
    assert found is not None
    assert found[1] == pointer
    assert "of 4 results" in found[0]


@pytest.mark.parametrize(
    "document",
    [
        {"ok": True},
        {"ids": [f"key-{at:04d}" for at in range(4)]},
        {"failed_tests": ["test_1", "test_3"]},  # those that failed, all of them
        {"slowest": "test_3", "first": "key-0000", "duplicates": ["key-0002"]},
        {"name": "test"},
        {"log": ["test_1"] * 41},
        {"log": "test_1 " * 100},
    ],
)
def test_all_are_named_or_none_or_one_for_all(document: Any) -> None:
    assert names_some(document, ITEMS) is None


def test_one_result_has_no_others() -> None:
    one = Items(ITEMS.wire[:1], ITEMS.labels[:1])
    assert names_some({"id": "key-0000"}, one) is None


def test_what_several_results_have_names_none_of_them() -> None:
    same = Items((b'{"s": "suite-2024"}',) * 3, (Label("same_name", "s", "passed"),) * 3)
    assert names_some({"a": "same_name", "b": "suite-2024"}, same) is None
