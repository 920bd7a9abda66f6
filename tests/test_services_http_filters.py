"""What filters make of values, and what they refuse."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
from testferry.services.http.filters import as_text, filter_of, is_empty, no_word

MAPS: dict[str, dict[str, object]] = {
    "status": {"failed": "FAIL"},
    "level": {"failed": 2, "*": 9},
    "strict": {"failed": 1},
}


@pytest.mark.parametrize(
    ("words", "value", "made"),
    [
        ("ms", 1.5, 1500),
        ("ms", "x", "x"),
        ("iso", 0, "1970-01-01T00:00:00.000+00:00"),
        ("iso", "x", "x"),
        ("iso", 1e30, None),
        ("iso", float("nan"), None),
        ("ms", float("nan"), None),
        ("ms", float("inf"), None),
        ("int", "7.9", 7),
        ("int", "x", None),
        ("str", 7, "7"),
        ("str", None, ""),
        ("json", 'a"', '"a\\""'),
        ("tag", "a b,c=d\ne\\f", "a\\ b\\,c\\=d\\ e/f"),
        ("tag", None, ""),
        ("max 3", "abcdef", "ab…"),
        ("max 3", 7, 7),
        ('join "/"', ("a", "b"), "a/b"),
        ("join /", 3, 3),
        ("or 0", None, 0),
        ("or 'x y'", "", "x y"),
        ("status", "passed", "passed"),
        ("level", "passed", 9),
        ("strict", None, None),
        ("strict", "failed", 1),
    ],
)
def test_what_a_filter_makes(words: str, value: object, made: object) -> None:
    assert filter_of(words, "item.a", MAPS)(value) == made


def test_a_map_without_a_word_that_occurs_is_told() -> None:
    with pytest.raises(UsageProblem, match=r"maps.strict: there is no word for 'skipped'"):
        filter_of("strict", "item.a", MAPS)("skipped")


def test_a_filter_that_there_is_not() -> None:
    with pytest.raises(UsageProblem, match=r"item.a: there is no filter 'uper'") as caught:
        filter_of("uper", "item.a", MAPS)
    assert "did you mean upper?" in caught.value.hint
    assert "did you mean" not in no_word("item", "w", "zzzzz", ["a"]).hint


def test_what_says_nothing() -> None:
    assert is_empty("")
    assert is_empty({})
    assert not is_empty(0)
    assert as_text(("a", 1)) == "a/1"
