"""The body of an answer is a document, whatever it is written in."""

from __future__ import annotations

from time import process_time

import pytest

from testferry.services.http.documents import NO_DOCUMENT, document_of, words_of_list


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"", {}),
        (b" \n", {}),
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1}\n\n{"a": 2}\n', {"lines": [{"a": 1}, {"a": 2}]}),
        (b'{"a": 1}{"a": 2}', {"lines": [{"a": 1}, {"a": 2}]}),
        (b'\x1e{"a": 1}\n\x1e{"a": 2}\n', {"lines": [{"a": 1}, {"a": 2}]}),
        (b"callback([1]);", [1]),
        (b")]}',\n[1]", [1]),
        (b"while(1);[1]", [1]),
        (b'data: {"a": 1}\n\n', {"event": [{"a": 1}], "state": []}),
        (
            b'data: {"a": 1}\n\nevent: error\ndata: {"a": 2}\n\n',
            {"lines": [{"a": 1}, {"a": 2}], "state": ["error"]},
        ),
        (b"<ok/>", {"ok": ""}),
        (b"<s:Fault xmlns:s='u'/>", {"Fault": True}),
        (b"<r a='1' xmlns='u'><i>x</i><i><j/></i><i/>t</r>", {"r": {"a": "1", "i": ["x", {"j": ""}, ""], "text": "t"}}),
        (b"HTTP/1.1 201 Created\r\n\r\nHTTP/1.1 422 No\r\n", {"lines": [201, 422]}),
        (b"accepted=2&note=", {"accepted": "2", "note": ""}),
        (b"accepted: 2\n\nrejected: 1\n", {"accepted": "2", "rejected": "1"}),
    ],
)  # fmt: skip
def test_what_is_read_as_a_document(body: bytes, document: object) -> None:
    assert document_of(body) == document


@pytest.mark.parametrize(
    "body",
    [
        b"OK",
        b"Fatal: db",
        b'{"a": 1',
        b"callback(1",
        b"data: x\nmore",
        b"<p>hello</p>",
        b"<html xmlns='u'/>",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<a>" * 60 + b"</a>" * 60,
        b"a: 1\nno pair",
    ],
)
def test_what_is_none(body: bytes) -> None:
    assert document_of(body) is NO_DOCUMENT


def test_a_text_that_lists_something() -> None:
    assert words_of_list("ok\n\nerr\n") == ["ok", "err"]
    assert words_of_list("ok, err;ok") == ["ok", "err", "ok"]
    assert words_of_list("ok") == ["ok"]


def test_the_time_of_many_lines_grows_with_their_number() -> None:
    body = b'{"status": "created"}\n' * 40_000
    begin = process_time()
    assert document_of(body) == {"lines": [{"status": "created"}] * 40_000}
    assert process_time() - begin < 1
