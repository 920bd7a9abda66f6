"""The directory of a large zip archive is read in parts."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from testferry.reports import zips
from testferry.reports.zips import portions


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
