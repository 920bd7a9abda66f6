"""Texts are read by the words in them."""

from __future__ import annotations

import pytest

from testferry.services.http import sayings


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("3 rows inserted", False),
        ("2 rows inserted", True),
        ("1 created, 2 updated", False),
        ("stored 2/3", True),
        ("2 of 3 results", True),
        ("page 1 of 9, 11/27/2026", False),
        ("errors: 0, failed=none", False),
        ("You are not allowed to", True),
        ("Results are not yet visible", False),
        ("it wasn't stored", True),
        ("Please sign in", True),
        ("HTTP/1.1 400 Bad Request", True),
        ("Stored 3 results", False),
        ("stored: 2 results", True),
    ],
)
def test_texts(text: str, bad: bool) -> None:
    assert sayings.speaks_badly(text, 3) is bad
