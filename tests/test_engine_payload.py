"""The bytes of a request and of an answer."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import pytest

from testferry.attachments import Folders, open_attachment
from testferry.engine.payload import LARGEST_ANSWER, outgoing, unpacked, writable


def test_a_document_leaves_as_it_is() -> None:
    assert outgoing(b"{}", {"A": "1"}) == (b"{}", {"A": "1"})
    assert outgoing(None, {}) == (None, {})


def test_a_file_is_streamed_and_says_its_length(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    part = open_attachment("a", Folders(str(tmp_path)), 100)
    content, headers = outgoing(part, {"A": "1"})
    assert content is not None
    assert not isinstance(content, bytes)
    assert len(b"".join(content)) == int(headers["Content-Length"]) == part.length
    assert headers["Content-Type"] == part.content_type
    assert headers["A"] == "1"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"words", mtime=0)),
        ("x-gzip", gzip.compress(b"words", mtime=0)),
        ("deflate", zlib.compress(b"words")),
        ("", b"words"),
        ("br", b"words"),
        ("gzip", b"words"),
    ],
)
def test_a_compressed_answer_is_unpacked_if_it_can_be(encoding: str, body: bytes) -> None:
    assert unpacked(body, encoding) == b"words"


def test_what_is_packed_and_cut_is_no_answer() -> None:
    """An empty success would be a success."""
    packed = gzip.compress(b'{"success": false}')
    for end in range(1, len(packed)):
        assert unpacked(packed[:end], "gzip") == packed[:end]


def test_never_more_than_the_cap() -> None:
    assert len(unpacked(gzip.compress(b"x" * (LARGEST_ANSWER + 1)), "gzip")) == LARGEST_ANSWER


WORDS = ["\ud800", "a\udc00b", "\U0001f600", "\\ud800", "\\\\", "\udc00\ud800", "żółw", "\0", ""]


@pytest.mark.parametrize("word", WORDS)
def test_whatever_json_says_can_be_written(word: str) -> None:
    """A service's words are kept, shown and encoded: half a character must not end that."""
    raw = json.dumps({word: [word]}, ensure_ascii=False)
    bodies = [json.dumps({word: [word]}).encode()]
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"):
        bodies.append(raw.encode(encoding, "surrogatepass"))
        bodies.append(json.dumps({word: [word]}).encode(encoding))
    for body in bodies:
        ((key, (value,)),) = json.loads(writable(body)).items()
        assert key == value
        key.encode()
        if word.isprintable():
            assert key == word, "and what can be written stays as it is"


def test_what_is_no_json_stays_as_it_is() -> None:
    for body in (b"", b"<html>\xe9 \\users", b"\\u", b"\\", b'"\\ud8"', "ż\\u00e9".encode()):
        assert writable(body) == body
