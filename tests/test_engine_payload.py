"""The bytes of a request and of an answer."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from testferry.attachments import open_attachment
from testferry.engine.payload import LARGEST_ANSWER, outgoing, unpacked


def test_a_document_leaves_as_it_is() -> None:
    assert outgoing(b"{}", {"A": "1"}) == (b"{}", {"A": "1"})
    assert outgoing(None, {}) == (None, {})


def test_a_file_is_streamed_and_says_its_length(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    part = open_attachment("a", str(tmp_path), "", 100)
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
