"""What is wrong with a table names the place, what there is, and the nearest word."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
from testferry.services.http.bad import one_of, pointer_in, table_in


def test_a_word_that_there_is_not() -> None:
    one_of("send", "json", ("json", "request"))
    with pytest.raises(UsageProblem, match=r"send: unknown key 'jsn'") as caught:
        one_of("send", "jsn", ("json", "request"))
    assert caught.value.hint == "known are json, request; did you mean json?"
    with pytest.raises(UsageProblem, match=r"send.format: 'xml' is not a format") as caught:
        one_of("send.format", "xml", ("json",), "a format")
    assert "did you mean" not in caught.value.hint


def test_tables_and_pointers() -> None:
    assert table_in({"a": {"b": 1}}, "a", "") == {"b": 1}
    assert table_in({}, "a", "") == {}
    with pytest.raises(UsageProblem, match=r"send.headers: a table is needed"):
        table_in({"headers": 3}, "headers", "send")
    assert pointer_in({"items": "/x"}, "items", "answer") == "/x"
    with pytest.raises(UsageProblem, match=r"answer.items: 3 is no text"):
        pointer_in({"items": 3}, "items", "answer")
