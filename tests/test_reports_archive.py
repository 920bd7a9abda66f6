from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import GOOD_REPORT, codes
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports import archive as archive_module
from testferry.reports import close, find, read
from testferry.reports.archive import Unpacking
from testferry.reports.store import Store

GOOD = GOOD_REPORT


def packed(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"reports.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(GOOD))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("a/one.xml", GOOD)
            file.writestr("two.xml", GOOD + b" ")
            file.mkdir("empty")
    else:
        with tarfile.open(
            path, {"tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}.get(kind, "w")
        ) as file:  # type: ignore[call-overload]  # all modes
            for name, content in (("one.xml", GOOD), ("../../evil.xml", GOOD + b" ")):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            file.addfile(link)
    return path


@pytest.mark.parametrize(
    ("kind", "reports"),
    [("gz", 1), ("zip", 2), ("tar", 2), ("tar.gz", 2), ("tar.bz2", 2), ("tar.xz", 2)],
)
def test_archives_of_reports(tmp_path: Path, kind: str, reports: int) -> None:
    path = packed(tmp_path, kind)
    for found in (
        find([str(path)]),
        find([str(tmp_path / "rep*")]),
        find(["-"], io.BytesIO(path.read_bytes())),
    ):
        assert len(found.sources) == reports
        assert (
            sum(len(list(read(source, ReportSummary("x")))) for source in found.sources)
            == 2 * reports
        )
        close(found.sources)
    assert not (tmp_path.parent / "evil.xml").exists()


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def test_bombs_and_broken_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    monkeypatch.setattr(archive_module, "ALWAYS_ALLOWED", 1_000_000)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"\0" * 50_000_000))
    with pytest.raises(ReportProblem, match="a bomb"):
        list(Unpacking(store, lambda name, head: True).members(str(bomb)))
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(GOOD)[:-9])
    found = find([str(broken)])
    assert len(list(read(found.sources[0], ReportSummary("x")))) == 2, (
        "what came out before it broke is read"
    )
    assert "cannot be unpacked" in found.broken[0][1].message
    close(found.sources)
    broken.write_bytes(b"\x1f\x8b\x08\0\0")
    assert "cannot be unpacked" in find([str(broken)]).broken[0][1].message
    (tmp_path / "good.xml").write_bytes(GOOD)
    found = find([str(broken), str(tmp_path / "good.xml")])
    assert len(found.sources) == 1
    assert found.broken[0][0] == str(broken)
    zipped = packed(tmp_path, "zip")
    zipped.write_bytes(zipped.read_bytes()[:60])
    with pytest.raises(ReportProblem, match="directory is missing"):
        list(Unpacking(store, lambda name, head: True).members(str(zipped)))


def test_a_member_without_a_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x", GOOD)
    # a name of no letters, in the directory and before the member
    whole = path.read_bytes()
    nameless = whole.replace(b"\x01\0\0\0x", b"\0\0\0\0").replace(b"x" + b"PK\x05", b"PK\x05")
    data = bytearray(nameless)
    at = data.index(b"PK\x01\x02")
    data[at + 28] = 0
    end = data.index(b"PK\x05\x06")
    data[end + 12 : end + 20] = (end - at).to_bytes(4, "little") + at.to_bytes(4, "little")
    path.write_bytes(bytes(data))
    found = find([str(path)])
    assert [len(list(read(source, ReportSummary("x")))) for source in found.sources] == [2]
    found.close()


def test_more_members_than_are_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "MOST_MEMBERS", 10)
    for kind in ("zip", "tar"):
        path = tmp_path / f"many.{kind}"
        contents = {f"{at:03}.xml": GOOD + b" " * at for at in range(15)}
        if kind == "zip":
            with zipfile.ZipFile(path, "w") as file:
                for name, content in contents.items():
                    file.writestr(name, content)
        else:
            with tarfile.open(path, "w") as tar:
                for name, content in contents.items():
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
        found = find([str(path)])
        assert len(found.sources) == 10
        assert [codes(told) for told in found.summaries()] == [["over-limit"]]
        close(found.sources)


def test_a_broken_member_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.xml", GOOD)
        file.writestr("b.xml", GOOD + b"  ")
        file.writestr("c.xml", GOOD + b" ")
    data = path.read_bytes()
    path.write_bytes(data.replace(GOOD + b"  ", GOOD.replace(b"'b'", b"'x'") + b"  "))
    found = find([str(path)])
    assert [source.path[-5:] for source in found.sources] == ["a.xml", "c.xml"]
    assert [told.path[-5:] for told in found.summaries()] == ["b.xml"]
    close(found.sources)


def test_memory_does_not_grow_with_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "big.zip"
    with zipfile.ZipFile(path, "w") as file:
        for at in range(30):
            file.writestr(
                f"{at}.xml",
                f"<testsuite name='{at}'>"
                + "<!-- pad -->" * 250_000
                + "<testcase name='a'/></testsuite>",
            )
    tracemalloc.start()
    found = find([str(path)])
    total = sum(len(list(read(source, ReportSummary("x")))) for source in found.sources)
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    close(found.sources)
    assert total == 30
    assert top < 40_000_000, "of ninety million bytes"


@pytest.mark.parametrize("more", ["cut", "appended"])
def test_the_directory_of_another_archive_is_not_believed(tmp_path: Path, more: str) -> None:
    """A cut archive ends in the directory of one within it, an appended one in its own."""
    inner, outer = tmp_path / "inner.zip", tmp_path / "outer.zip"
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("green.xml", GOOD)
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("red.xml", GOOD + b" ")
        file.writestr("inner.zip", inner.read_bytes())
        file.writestr("tail.xml", GOOD + b"  ")
    whole = outer.read_bytes()
    if more == "cut":
        outer.write_bytes(whole[: whole.index(b"tail.xml")])
    else:
        outer.write_bytes(whole + inner.read_bytes())
    found = find([str(outer)])
    names = {source.path.removeprefix(f"{outer}/") for source in found.sources}
    # by the heads of the members; equal ones once
    assert "red.xml" in names
    assert names & {"green.xml", "inner.zip/green.xml"}
    assert "missing or damaged (it is cut, or several" in found.broken[0][1].message
    found.close()


def test_a_head_of_a_tar_that_is_too_long_is_told_and_what_was_before_it_is_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as file:
        for name, headers in (("a.xml", {}), ("b.xml", {"comment": "x" * 2_000_000})):
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(GOOD), headers
            file.addfile(info, io.BytesIO(GOOD))
    found = find([str(path)])
    assert [source.path for source in found.sources] == [f"{path}/a.xml"]
    assert [problem.code for _, problem in found.broken] == ["over-limit"]
    found.close()


def test_links_and_encrypted_members_that_may_be_reports_are_told(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        for name, kind in (("latest.xml", tarfile.SYMTYPE), ("lib.so", tarfile.SYMTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "../elsewhere"
            file.addfile(link)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("r.xml", GOOD)
    data = bytearray(out.getvalue())
    data[6] |= 1  # the flag, in both places
    data[data.find(b"PK\1\2") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(data)
    (tmp_path / "c.zip").write_bytes(data[: data.find(b"PK\1\2")])  # its directory is gone
    found = find([str(tmp_path / name) for name in ("a.tar", "b.zip", "c.zip")])
    close(found.sources)
    told = [(path.rpartition("/")[2], problem.message) for path, problem in found.broken]
    assert told[:2] == [
        ("latest.xml", "is a link, and what it leads to is not read"),
        ("r.xml", "is encrypted"),
    ]
    assert ("r.xml", "is encrypted") in told[2:]
