"""The bytes of a request as they leave, and of an answer as they came."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

from testferry.attachments import FilePart

LARGEST_ANSWER = 8 * 1024 * 1024
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_EITHER_HEADER = 47  # zlib's wbits: of gzip or of zlib, whichever is there

Body = bytes | FilePart | None


def outgoing(
    body: Body, headers: Mapping[str, str]
) -> tuple[bytes | Iterator[bytes] | None, Mapping[str, str]]:
    """Give the content of a request and its headers; a file is streamed, and says its length."""
    if not isinstance(body, FilePart):
        return body, headers
    more = {
        "Content-Type": body.content_type,
        "Content-Length": str(body.length),
    }
    return body.stream(), {**headers, **more}


def unpacked(body: bytes, encoding: str) -> bytes:
    """Unpack the body of a server that compresses although it was asked not to; never more than
    the cap. Returns it as it is if it cannot be unpacked, or only in part.
    """
    if encoding not in _COMPRESSED:
        return body
    unpacker = zlib.decompressobj(wbits=_EITHER_HEADER)
    try:
        whole = unpacker.decompress(body, LARGEST_ANSWER)
    except zlib.error:
        return body
    return whole if unpacker.eof or len(whole) == LARGEST_ANSWER else body
