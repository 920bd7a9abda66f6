"""The bytes of a request as they leave, and of an answer as they came."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping

from testferry.attachments import FilePart

LARGEST_ANSWER = 8 * 1024 * 1024
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_EITHER_HEADER = 47  # zlib's wbits: of gzip or of zlib, whichever is there
# Half of a character of JSON: as two escapes it is a whole one, alone no text can be written that
# has it. What is escaped otherwise is passed over, a backslash too.
_ESCAPED = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_HALF = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_UTF_8 = ("utf-8", "utf-8-sig")

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


def writable(body: bytes) -> bytes:
    """The same with nothing in it that is no text when JSON reads it: such words of a service could
    neither be kept nor shown.
    """
    encoding = json.detect_encoding(body)
    if encoding not in _UTF_8:
        body = body.decode(encoding, "replace").encode("utf-8", "replace")
    if b"\\ud" in body or b"\\uD" in body:
        body = _ESCAPED.sub(_whole, body)
    return _HALF.sub(b"\xef\xbf\xbd", body)


def _whole(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return b"\\ufffd"
    return found[0]
