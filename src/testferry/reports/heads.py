"""What the first bytes of a file show, whatever is in it: its encoding, what packed it."""

from __future__ import annotations

from collections.abc import Mapping

# The mark of UTF-32 begins with that of UTF-16.
_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8",
}
# Which of the first four bytes are zero, without a mark.
_ZEROS = {
    b"x0x0": "utf-16-le",
    b"0x0x": "utf-16-be",
    b"x000": "utf-32-le",
    b"000x": "utf-32-be",
}
_ZERO_OR_NOT = b"0" + b"x" * 255
# What packs files in a way that is not unpacked here.
_PACKERS = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x04\x22\x4d\x18": "LZ4",
    b"LZIP": "lzip",
    b"\x1f\x9d": "compress",
}


def encoding_by_bytes(head: bytes) -> str:
    """Return the encoding that the first bytes show, whatever a file declares; empty if they show
    none: a byte order mark, or where the zeros stand beside letters of ASCII.
    """
    return begun_by(head, _MARKS) or _ZEROS.get(head[:4].translate(_ZERO_OR_NOT), "")


def decode_head(head: bytes) -> str:
    """Return the first bytes as text, whatever their encoding."""
    return head.decode(encoding_by_bytes(head) or "utf-8-sig", "replace")


def packer_of(head: bytes) -> str:
    """Return the name of what packed a file in a way that is not unpacked here, else empty."""
    return begun_by(head, _PACKERS)


def begun_by(head: bytes, names: Mapping[bytes, str]) -> str:
    """Return the name of the first beginning that a head has, empty if it has none of them."""
    for beginning, name in names.items():
        if head.startswith(beginning):
            return name
    return ""
