"""A zip archive without its end is read up to where it is cut."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.ingest import Ingest
from testferry.reports import find
from testferry.reports.cutzip import members

CONTENT = {f"d/{at}.xml": f"<testsuite name='{at}'/>".encode() * (at + 1) for at in range(6)}


class Pipe(io.RawIOBase):
    """What cannot be gone back in: sizes follow their members."""

    def __init__(self) -> None:
        super().__init__()
        self.out = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self.out.write(data)  # type: ignore[arg-type]


def packed(method: int = zipfile.ZIP_DEFLATED, *, piped: bool = False) -> bytes:
    pipe = Pipe()
    target = cast("IO[bytes]", pipe) if piped else pipe.out
    with zipfile.ZipFile(target, "w", method) as file:
        file.mkdir("d")
        for name, content in CONTENT.items():
            file.writestr(name, content)
    return pipe.out.getvalue()


WHOLE = {
    "deflated": packed(),
    "stored": packed(zipfile.ZIP_STORED),
    "piped": packed(piped=True),
    "two": packed() + packed(),
}


def read(data: bytes) -> dict[str, bytes]:
    """What came out of the members that were whole."""
    found = {}
    for name, content in members(io.BytesIO(data)):
        whole = b""
        while chunk := content.read1(7):
            whole += chunk
        found[name] = whole
    return found


@pytest.mark.parametrize("name", WHOLE)
def test_every_member_comes_without_the_directory(name: str) -> None:
    data = WHOLE[name]
    assert read(data) == CONTENT
    assert read(data[: data.index(b"PK\x01\x02")]) == CONTENT
    # nobody has to read what is passed over
    assert [inside for inside, _ in members(io.BytesIO(data))][:6] == list(CONTENT)


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_wherever_it_is_cut_what_comes_is_right(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    cut = data.draw(st.integers(0, len(whole) - 1))
    found: dict[str, bytes] = {}
    try:
        for inside, content in members(io.BytesIO(whole[:cut])):
            part = b""
            while chunk := content.read1():
                part += chunk
            found[inside] = part
    except (EOFError, zipfile.BadZipFile):
        pass
    assert found.items() <= CONTENT.items()


def test_content_that_is_another_is_told() -> None:
    data = bytearray(WHOLE["stored"])
    data[data.index(b"<testsuite") + 3] ^= 1
    with pytest.raises(zipfile.BadZipFile, match="checksum"):
        read(bytes(data))


def test_what_cannot_be_unpacked_costs_no_other_member() -> None:
    data = bytearray(packed(zipfile.ZIP_BZIP2))
    assert [name for name, _ in members(io.BytesIO(data))] == list(CONTENT)
    with pytest.raises(NotImplementedError):
        read(bytes(data))
    data = bytearray(WHOLE["deflated"])
    struct.pack_into("<H", data, data.index(b"PK\x03\x04", 4) + 6, 1)
    with pytest.raises(RuntimeError, match="encrypted"):
        read(bytes(data))


def test_a_size_of_more_than_four_gigabytes_is_read_from_where_it_stands() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, file.open("a.xml", "w", force_zip64=True) as inner:
        inner.write(b"<testsuite/>")
    assert read(out.getvalue()) == {"a.xml": b"<testsuite/>"}
    data = bytearray(out.getvalue())
    struct.pack_into("<H", data, data.index(b"a.xml") + 5, 9)
    with pytest.raises(zipfile.BadZipFile, match="how large"):
        read(bytes(data))


def test_a_cut_archive_is_read_up_to_the_cut_and_told(tmp_path: Path) -> None:
    report = "<testsuite><testcase name='{0}' classname='c'/>{1}</testsuite>"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for at in range(9):
            file.writestr(f"{at}.xml", report.format(at, "<!-- -->" * 50 * at))
    whole = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[: len(whole) // 2])
    found = find([str(tmp_path)])
    ingest = Ingest(found.take())
    names = [result.name for result in ingest]
    told = {problem.code for one in found.summaries() for problem in one.problems}
    found.close()
    assert names[:4] == ["0", "1", "2", "3"]
    assert "cut-off" in told
    paths = [one.path for one in found.summaries()]
    assert str(tmp_path / "a.zip") in paths
