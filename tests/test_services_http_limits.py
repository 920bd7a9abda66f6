"""A refusal that names the most results at once is heeded; one that names anything else is not."""

from __future__ import annotations

import pytest

from testferry.services.http.limits import apart, most_of, portions


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("Too many rows, maximum allowed is 100", 100),  # Datasette, a 400
        ("Number of requests is limited to 25", 25),  # Kinto
        ("requests: The length must be no more than 50.", 50),  # PocketBase
        ("batch exceeds the limit of 200 results", 200),
        ("The maximum of 200 results per request was exceeded", 200),
        ("results must contain no more than 30 elements", 30),  # NestJS
        ("a batch has at most 10 items", 10),
        ("Too many tests: 500 sent, limit 40", 40),
        ("maximum batch size is 50", 50),
        ("Batch size must be <= 50", 50),
        ("must NOT have more than 100 items", 100),
        ("Request contains 500 results; limit 100", 100),
        ("exceeds the maximum number of records (100)", 100),
        ("max_results: 100", 100),
        ("maxItems: 100", 100),
        ("only 25 items may be sent at once", 25),
        ("you sent 500 results, but 100 is the maximum", 100),
        ("Batch too large (500 > 100)", 100),
        ("Array must contain at most 100 element(s)", 100),
        ("rate limit 100 requests per minute", None),
        ("rate limit: 100 requests/minute", None),
        ("quota of 100 results per day exceeded", None),
        ("item 3: name exceeds 50 characters", None),
        ("tests: value 250 > 100 ms", None),
        ("row 3: name may have at most 255 characters", None),
        ("the body exceeds 300 bytes", None),
        ("Row 7 has invalid columns: nom", None),
        ("maximum allowed is 9000 rows", None),
        ("", None),
    ],
)
def test_how_many_at_once(words: str, most: int | None) -> None:
    assert most_of(words, 500) == most


def test_portions_hold_every_place_once() -> None:
    assert portions(5, 2) == (frozenset({0, 1}), frozenset({2, 3}), frozenset({4}))


def test_equal_names_go_apart() -> None:
    assert apart(["a", "b", "a", "a", "c"]) == (
        frozenset({0, 1, 4}),
        frozenset({2}),
        frozenset({3}),
    )
