"""What the first bytes of a file show."""

from __future__ import annotations

import pytest

from testferry.reports.heads import decode_head, encoding_by_bytes, packer_of


@pytest.mark.parametrize(
    "name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig"]
)
def test_the_encoding_shows_in_marks_and_zeros(name: str) -> None:
    assert decode_head('{"a": "é"}'.encode(name)).lstrip("\ufeff") == '{"a": "é"}'


def test_most_files_show_none() -> None:
    assert [encoding_by_bytes(head) for head in (b"", b"<t", b"<testsuite/>", b"\0\0\0\0")] == [
        ""
    ] * 4


def test_what_is_packed_in_another_way_is_named() -> None:
    assert packer_of(b"\x28\xb5\x2f\xfd\0") == "Zstandard"
    assert packer_of(b"7z\xbc\xaf\x27\x1c") == "7-Zip"
    assert packer_of(b"<testsuite/>") == ""
