"""A file is sent exactly as announced, and none from beyond the report's own folder."""

from __future__ import annotations

import ntpath
import os
from pathlib import Path

import pytest

from testferry import attachments
from testferry.attachments import Folders, open_attachment
from testferry.errors import ReportProblem


def body_of(path: str, base: Path, root: str = "", largest: int = 100) -> bytes:
    return b"".join(open_attachment(path, Folders(str(base), root=root), largest).stream())


def refusal(path: str, base: Path, root: str = "", largest: int = 100) -> str:
    with pytest.raises(ReportProblem) as caught:
        open_attachment(path, Folders(str(base), root=root), largest)
    return caught.value.message


@pytest.fixture
def report(tmp_path: Path) -> Path:
    base = tmp_path / "report"
    (base / "deep").mkdir(parents=True)
    (base / "a.txt").write_text("fine")
    (base / "deep" / "b.txt").write_text("deep")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.txt").write_text("other")
    return base


def test_a_file_below_the_reports_folder(report: Path) -> None:
    for path in ("a.txt", "./a.txt", "deep/../a.txt", str(report / "a.txt")):
        assert b"\r\nfine\r\n" in body_of(path, report)
    assert b"\r\ndeep\r\n" in body_of("deep/b.txt", report)


def test_the_body_is_as_long_as_it_says(report: Path) -> None:
    part = open_attachment("a.txt", Folders(str(report)), 100)
    body = b"".join(part.stream())
    assert (part.name, part.size, part.length) == ("a.txt", 4, len(body))
    boundary = part.content_type.partition("boundary=")[2].encode()
    assert body.startswith(b"--" + boundary)
    assert body.endswith(b"\r\n--" + boundary + b"--\r\n")


def test_a_file_that_shrinks_meanwhile_breaks_the_request_and_one_that_grows_does_not(
    report: Path,
) -> None:
    grown = open_attachment("a.txt", Folders(str(report)), 100)
    (report / "a.txt").write_text("fine, and more")
    assert len(b"".join(grown.stream())) == grown.length
    shrunk = open_attachment("a.txt", Folders(str(report)), 100)
    (report / "a.txt").write_text("x")
    assert len(b"".join(shrunk.stream())) < shrunk.length


def test_nothing_beyond_the_folder(report: Path, tmp_path: Path) -> None:
    for path in ("../other/c.txt", "/etc/passwd", str(tmp_path / "other" / "c.txt"), ".", ""):
        assert "lies outside of the report's folder; --attachments-root" in refusal(path, report)
    assert "lies outside" in refusal("a\0b", report)


def test_the_users_own_root_is_another_place(report: Path, tmp_path: Path) -> None:
    root = str(tmp_path / "other")
    assert b"other" in body_of("c.txt", report, root)
    assert b"other" in body_of("../other/c.txt", report, root), "named from the report's folder"
    assert b"fine" in body_of("a.txt", report, root)
    assert b"other" in body_of(str(tmp_path / "other" / "c.txt"), report, "/"), "a root is a folder"
    assert "outside of the report's folder and --attachments-root" in refusal(
        "/etc/x", report, root
    )


def test_no_part_of_the_way_is_a_link(report: Path, tmp_path: Path) -> None:
    (report / "link").symlink_to(report / "a.txt")
    (report / "folder").symlink_to(tmp_path / "other")
    for path in ("link", "folder/c.txt"):
        assert "symbolic link" in refusal(path, report)


def test_what_is_checked_is_what_is_opened(report: Path, tmp_path: Path) -> None:
    part = open_attachment("a.txt", Folders(str(report)), 100)
    (report / "a.txt").unlink()
    (report / "a.txt").symlink_to(tmp_path / "other" / "c.txt")
    assert b"other" not in b"".join(part.stream())


def test_only_regular_files_of_some_size(report: Path) -> None:
    os.mkfifo(report / "pipe")
    assert "no regular file" in refusal("pipe", report)
    assert "no regular file" in refusal("deep", report)
    assert "is not there" in refusal("missing", report)
    (report / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    assert "larger than 1 MB" in refusal("large", report, largest=1024 * 1024)


def test_a_name_breaks_out_of_no_header(report: Path) -> None:
    name = 'a"\r\nX-Evil: 1\r\n\r\n.txt'
    (report / name).write_text("x")
    part = open_attachment(name, Folders(str(report)), 100)
    head = next(part.stream())
    part.close()
    assert part.file.closed
    assert b"\r\nX-Evil" not in head
    assert head.count(b"\r\n\r\n") == 1


def test_no_report_attaches_what_is_hidden(tmp_path: Path) -> None:
    for place in (".git", "shots/.cache", ".out"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "config").write_text("secret")
    (tmp_path / ".env").write_text("secret")
    names = (".env", ".git/config", "shots/.cache/config", str(tmp_path / ".env"), "x/../.env")
    for name in names:
        with pytest.raises(ReportProblem, match="hidden"):
            open_attachment(name, Folders(str(tmp_path)), 100)
        with pytest.raises(ReportProblem, match="hidden"):
            open_attachment(name, Folders("", root=str(tmp_path)), 100)
    open_attachment("config", Folders(str(tmp_path), root=str(tmp_path / ".out")), 100).close()
    open_attachment(".out/config", Folders(str(tmp_path), root=str(tmp_path / ".out")), 100).close()


@pytest.mark.parametrize(
    "path",
    [
        "C:secret",
        "C:/secret",
        "/secret",
        "\\\\server\\share\\x",
        "..\\x",
        "a/../../x",
        "a\\..\\..\\x",
    ],
)
def test_no_path_of_windows_leads_out(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "path", ntpath)
    monkeypatch.setattr(os, "sep", ntpath.sep)
    assert attachments._inside(path, "D:/reports") is None
    assert attachments._inside("shots/a.png", "D:/reports") == "shots\\a.png"
