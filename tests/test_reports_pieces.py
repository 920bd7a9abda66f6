"""What is packed is told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from testferry.reports.pieces import packed


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return file.getvalue()


def _old_tar() -> bytes:
    """The head of a tar before there was a mark in it: the checksum alone tells."""
    head = bytearray(_tar()[:512])
    head[257:265] = bytes(8)
    head[148:156] = b" " * 8
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    return bytes(head)


def _zip(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(b"x"), "gzip"),
        (bz2.compress(b"x"), "bzip2"),
        (lzma.compress(b"x"), "xz"),
        (_zip("a"), "zip"),
        (_zip(), "zip"),
        (_tar(), "tar"),
        (_old_tar(), "tar"),
        (lzma.compress(b"x", lzma.FORMAT_ALONE), "xz"),
        (b"<testsuite/>", ""),
        (b"", ""),
    ],
    ids=[
        "gzip",
        "bzip2",
        "xz",
        "zip",
        "empty zip",
        "tar",
        "old tar",
        "lzma",
        "a report",
        "nothing",
    ],
)
def test_what_is_packed_is_told_by_its_first_bytes(content: bytes, kind: str) -> None:
    assert packed(content[:512]) == kind
