"""The directory of a large zip archive is read in parts."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from testferry.reports import zips
from testferry.reports.zips import opened, portions


def packed(entries: int, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for at in range(entries):
            file.writestr(f"r/{at:06}.xml", f"<testsuite name='{at}'/>")
        file.comment = comment
    return out.getvalue()


def read(data: bytes) -> list[tuple[str, bytes]]:
    found, totals = [], set()
    for inside, total in portions(io.BytesIO(data)):
        totals.add(total)
        found += [(entry.filename, inside.read(entry)) for entry in inside.infolist()]
    assert {len(found)} == totals
    return found


@pytest.mark.parametrize("comment", [b"", b"made by a tool PK\x01\x02"])
@pytest.mark.parametrize("entries", [0, 1, 7, 20, 21, 25])
def test_all_entries_come_whatever_the_portion(
    monkeypatch: pytest.MonkeyPatch, entries: int, comment: bytes
) -> None:
    data = packed(entries, comment)
    whole = read(data)
    monkeypatch.setattr(zips, "PORTION", 7)
    assert read(data) == whole
    assert [name for name, _ in whole] == [f"r/{at:06}.xml" for at in range(entries)]


def test_more_entries_than_an_old_directory_can_count(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for at in range(66_000):
            file.writestr(zipfile.ZipInfo(f"{at}"), b"")
    tracemalloc.start()
    names, totals = 0, set()
    for inside, total in portions(out):
        totals.add(total)
        names += len(inside.infolist())
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {names} == totals == {66_000}
    assert top < 8_000_000, "Python's own reader takes fifty"


@pytest.mark.parametrize("cut", [30, 300, 900])
def test_a_cut_directory_is_broken(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    monkeypatch.setattr(zips, "PORTION", 7)
    with pytest.raises(zipfile.BadZipFile):
        read(packed(25)[:-cut])


def test_the_directory_of_another_archive_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "PORTION", 7)
    with pytest.raises(zipfile.BadZipFile):
        read(b"more" + packed(25))
    with pytest.raises(zipfile.BadZipFile):
        read(packed(3) + packed(25))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_densely_comes_in_pieces(method: int) -> None:
    data, out = b"<testsuite/>" * 2_000_000, io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("a.xml", data)
    with zipfile.ZipFile(out) as inside:
        tracemalloc.start()
        content = opened(out, inside, inside.infolist()[0])
        found: int = sum(len(chunk) for chunk in iter(lambda: content.read(1 << 16), b""))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert found == len(data)
    assert peak < 12_000_000  # a dictionary of eight; at once it would be 24


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_content_that_is_another_one_than_its_checksum_says_is_broken(method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("a.xml", "<testsuite/>")
    with zipfile.ZipFile(out) as inside:
        entry = inside.infolist()[0]
        assert opened(out, inside, entry).read() == b"<testsuite/>"
        entry.CRC ^= 1
        with pytest.raises(zipfile.BadZipFile, match="checksum"):
            opened(out, inside, entry).read()


def test_what_lzma_packed_without_a_mark_at_its_end_is_read() -> None:
    """Others say how much comes out, and nothing behind it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a.xml", "<testsuite/>")
    with zipfile.ZipFile(out) as inside:
        entry = inside.infolist()[0]
        entry.flag_bits &= ~2
        assert opened(out, inside, entry).read(12) == b"<testsuite/>"
