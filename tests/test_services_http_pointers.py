"""JSON pointers, with one wildcard, and the words that stand there."""

from __future__ import annotations

from testferry.services.http.pointers import at, every, put, without, words_at, words_of

DOCUMENT = {"a": {"b/c": [{"id": 1}, {"id": 2}, {}]}, "t": {"x": {"id": 3}}}


def test_what_stands_at_a_pointer() -> None:
    assert at(DOCUMENT, "/a/b~1c/1/id") == 2
    assert at(DOCUMENT, "/a/b~1c/9") is None
    assert at(DOCUMENT, "/a/b~1c/x") is None
    assert at(DOCUMENT, "/t/x/id/z") is None
    assert at(DOCUMENT, "/") is DOCUMENT


def test_a_star_is_every_entry() -> None:
    assert every(DOCUMENT, "/a/b~1c/*/id") == [1, 2]
    assert every(DOCUMENT, "/t/*/id") == [3]
    assert every(["k"], "/*") == ["k"]
    assert every("x", "/*") == []


def test_a_document_without_a_part_or_with_another() -> None:
    assert without({"a": {"b": 1, "c": 2}}, "/a/b") == {"a": {"c": 2}}
    assert without({"a": 1}, "/b") == {"a": 1}
    assert without([1], "/0") == [1]
    assert put({"a": {"b": 1}}, "/a/b", 2) == {"a": {"b": 2}}
    assert put([1], "/", [2]) == [2]
    assert put(3, "/a", [2]) == 3


def test_words() -> None:
    assert words_of({"code": "x", "data": {"title": {"message": "too long"}}}) == (
        "code: x; message: too long"
    )
    assert words_of(["a", None, 3]) == "a; 3"
    assert words_at({"a": True}, "/a") == "the service gives no reason"
    assert (words_of(None), words_at({}, "")) == ("", "")
    deep: object = "x"
    for _ in range(20):
        deep = [deep]
    assert words_of(deep) == ""
