"""The reports of a named folder: read, or told by name; what is hidden in one line."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from fakes import GOOD_REPORT, codes
from shells import Shell
from testferry.errors import NothingToUpload
from testferry.model import ReportSummary
from testferry.reports import Found, close, find, read

GOOD = GOOD_REPORT


def told(found: Found, folder: Path) -> dict[str, list[str]]:
    """What is said of files that are not read: relative path -> severities and codes."""
    return {
        os.path.relpath(summary.path, folder): [
            f"{problem.severity} {problem.code}" for problem in summary.problems
        ]
        for summary in found.summaries()
    }


def test_what_is_hidden_is_told_in_one_line_and_a_hidden_report_by_name(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(GOOD)
    for name in (".git/a.xml", "sub/.cache/b.xml", "sub/node_modules/c.xml", ".eslintrc.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"rules": {}}')
    (tmp_path / ".junit.xml").write_bytes(GOOD)
    (tmp_path / ".empty.json").write_text("")
    (tmp_path / "._good.xml").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(tmp_path / "good.xml")]
    assert told(found, tmp_path) == {
        ".junit.xml": ["warning hidden"],
        ".empty.json": ["warning hidden"],
        ".": ["note hidden"],
    }
    words = found.summaries()[-1].problems[0].message
    assert words == ("4 hidden entries are left out unseen: .git, .eslintrc.json, sub/.cache, …")


def test_what_is_taken_out_by_name_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(GOOD)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".junit.xml").write_bytes(GOOD)
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as file:
        file.writestr("r.xml", GOOD + b" ")
    found = find([str(tmp_path), "!.git", "!.junit.xml", "!old.zip"])
    assert (len(found.sources), found.summaries()) == (1, [])


def test_a_folder_of_hidden_things_says_so(tmp_path: Path) -> None:
    (tmp_path / ".results").mkdir()
    with pytest.raises(NothingToUpload) as caught:
        find([str(tmp_path)])
    assert caught.value.hint == (
        "1 hidden entry is left out unseen: .results: name what is to be read"
    )


def test_strict_is_not_strict_about_git(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r/good.xml").write_bytes(
        b"<testsuite><testcase name='a' classname='c'/></testsuite>"
    )
    (tmp_path / "r/.git").mkdir()
    assert shell("inspect", "--strict", "r") == 0
    assert "r: 1 hidden entry is left out unseen: .git" in shell.out
    assert shell.out.count("r  ") == 0, "a folder has no row of its own"
    (tmp_path / "r/.more.xml").write_bytes(GOOD)
    assert shell("inspect", "--strict", "r") == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("jest.json", '{"numTot'),
        ("playwright.json", '{\n  "config": {"x": [1, 2'),
        ("cucumber.json", '[{"uri": "a.feature", "na'),
        ("go.jsonl", '{"Time": "2026-11-27T10:00:00Z", "Act'),
        ("r.ndjson", "{"),
        ("list.json", "["),
        ("banner.json", 'npm notice\n{"numTot'),
        ("r.trx", "<TestRu"),
        ("r.xml", "<?xml vers"),
        ("r.tap", "TAP vers"),
    ],
)
def test_a_report_that_is_cut_in_its_first_bytes_is_told(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / "0.xml").write_bytes(GOOD)
    (tmp_path / name).write_text(content)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        file.writestr(f"within/{name}", content + " ")
    for place in (tmp_path, tmp_path / "z.zip"):
        found = find([str(place)])
        cut = [source for source in found.sources if source.path.endswith(name)]
        assert len(cut) == 2 - (place != tmp_path)
        summary = ReportSummary(name)
        assert not list(read(cut[0], summary))
        assert summary.problems[0].is_error
        if content.startswith(("{", "[", "npm")):
            assert codes(summary) == ["cut-off"]
        close(found.sources)


def test_large_json_of_another_kind_is_not_taken_for_a_cut_report(tmp_path: Path) -> None:
    (tmp_path / "0.xml").write_bytes(GOOD)
    (tmp_path / "coverage.json").write_text('{"/a.js": {"path": "' + "x" * 100_000 + '"}}')
    (tmp_path / "package.json").write_text('{"name": "x"}\n')
    assert len(find([str(tmp_path)]).sources) == 1


def tarred(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as file:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))


def test_archives_in_a_folder_are_read_like_the_folder(tmp_path: Path) -> None:
    (tmp_path / "0.xml").write_bytes(GOOD)
    (tmp_path / "x.xml.gz").write_bytes(gzip.compress(GOOD + b" "))
    with zipfile.ZipFile(tmp_path / "job-1.zip", "w") as file:
        file.writestr("r.xml", GOOD + b"  ")
        file.writestr("same.xml", GOOD)
        file.writestr("__MACOSX/._r.xml", b"\0\5\x16\7\0\2\0\0Mac OS X")
        file.writestr("shot.png", b"png")
    tarred(tmp_path / "job-2.tar.gz", {"r.xml": GOOD + b"   ", "bad.json": b""})
    # somebody else's
    for name in ("trace.zip", "app.jar", "report.docx"):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            file.writestr("a.txt", b"x")
            if name != "trace.zip":
                file.writestr("beans.xml", b"<beans/>")
    found = find([str(tmp_path)])
    assert [os.path.relpath(source.path, tmp_path) for source in found.sources] == [
        "0.xml",
        "job-1.zip/r.xml",
        "job-2.tar.gz/bad.json",
        "job-2.tar.gz/r.xml",
        "x.xml.gz",
    ]
    assert told(found, tmp_path) == {"job-1.zip/same.xml": ["warning duplicate-file"]}
    assert "has the same bytes as" in found.notes[0].problems[0].message
    assert {source.within for source in found.sources} == {str(tmp_path)}
    assert found.sources[1].archive == str(tmp_path / "job-1.zip")
    close(found.sources)


def test_a_broken_archive_in_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "0.xml").write_bytes(GOOD)
    (tmp_path / "cut.zip").write_bytes(b"PK\3\4 and no more")
    (tmp_path / "cut.gz").write_bytes(b"\x1f\x8b\x08\0\0")
    (tmp_path / "gone.zip").symlink_to("nowhere")
    (tmp_path / "cut.docx").write_bytes(b"PK\3\4 and no more")
    found = find([str(tmp_path)])
    assert told(found, tmp_path) == {
        "cut.zip": ["error cut-off"],
        "cut.gz": ["error unreadable"],
    }
    # a file that cannot be opened is told when it is read
    assert [source.path for source in found.sources][1:] == [str(tmp_path / "gone.zip")]


def test_a_link_that_leads_above_the_named_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    """Within it each folder is read once, by whatever way."""
    named = tmp_path / "checkout" / "named"
    (named / "inner").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for path in (tmp_path / "around.xml", named / "a.xml", tmp_path / "elsewhere/b.xml"):
        path.write_bytes(GOOD.replace(b"test", path.name.encode()))
    links = {"up": "..", "all": "../..", "inner/self": "..", "other": "../../elsewhere"}
    for name, target in links.items():
        (named / name).symlink_to(target)
    found = find([str(named)])
    assert [os.path.basename(source.path) for source in found.sources] == ["a.xml", "b.xml"]
    assert told(found, named) == {"up": ["warning hidden"], "all": ["warning hidden"]}


def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0.xml").write_bytes(GOOD)
    closed = tmp_path / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refusing(path: str) -> os._ScandirIterator[str]:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(closed))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find([str(tmp_path)])
    assert told(found, tmp_path) == {"closed": ["error unreadable"]}


def test_of_a_file_and_its_copy_in_an_archive_the_file_is_read(tmp_path: Path) -> None:
    """Attachments lie beside it."""
    (tmp_path / "report.xml").write_bytes(GOOD)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("report.xml", GOOD)
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(tmp_path / "report.xml")]
    assert told(found, tmp_path) == {"a.zip/report.xml": ["warning duplicate-file"]}


def packed(name: str, content: bytes) -> bytes:
    """A zip archive of one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def test_packed_reports_are_read_whatever_the_name_says_that_they_are(tmp_path: Path) -> None:
    (tmp_path / "server.xml").write_bytes(gzip.compress(GOOD))
    (tmp_path / "ARTIFACT.ZIP").write_bytes(packed("b.xml", GOOD + b" "))
    (tmp_path / "artifact").write_bytes(packed("c.xml", GOOD + b"  "))
    (tmp_path / "library.jar").write_bytes(packed("d.xml", GOOD + b"   "))
    found = find([str(tmp_path)])
    names = [os.path.relpath(source.path, tmp_path) for source in found.sources]
    assert names == ["ARTIFACT.ZIP/b.xml", "artifact/c.xml", "server.xml"]
    assert found.summaries() == []
    found.close()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("R.XML", b"", "empty"),
        ("e2e.TRX", b"", "empty"),
        ("a.zip", b"", "empty"),
        ("a.zip", b"<html>404</html>", "unknown-format"),
        ("a.tar.gz", b"not packed", "unknown-format"),
        ("r.xml.zst", b"\x28\xb5\x2f\xfd...", "unreadable"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c...", "unreadable"),
        ("r.xml", b"\x1f\x8b\x08\0nope", "unreadable"),
    ],
)
def test_what_is_meant_to_be_a_report_or_an_archive_and_is_none_is_told(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / "good.xml").write_bytes(GOOD)
    (tmp_path / name).write_bytes(content)
    found = find([str(tmp_path)])
    problems = [problem.code for summary in found.summaries() for problem in summary.problems]
    for source in found.sources:
        summary = ReportSummary(source.path)
        list(read(source, summary))
        problems += codes(summary)
    assert problems == [code]


def test_what_is_hidden_in_an_archive_is_told_in_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("./good.xml", GOOD)
        archive.writestr("node_modules/x/r.xml", GOOD + b" ")
        archive.writestr(".git/r.xml", GOOD + b"  ")
        archive.writestr(".git/config", "[core]")
    found = find([str(tmp_path / "a.zip")])
    assert [source.path for source in found.sources] == [f"{tmp_path}/a.zip/./good.xml"]
    assert [summary.problems[0].message for summary in found.summaries()] == [
        "2 hidden entries are left out unseen: .git/r.xml, node_modules/x/r.xml"
    ]
    found.close()


def test_json_that_is_no_report_is_told_in_one_line_that_is_no_warning(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(GOOD)
    for name in ("package.json", "sub/tsconfig.json", "log.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"version": 1}')
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as file:
        file.writestr("in/meta.json", "{}")
    (tmp_path / "empty.zip").write_bytes(b"PK\5\6" + b"\0" * 18)
    found = find([str(tmp_path)])
    assert told(found, tmp_path) == {
        ".": ["note unknown-format"],
        "more.zip": ["note unknown-format"],
        "empty.zip": ["error unreadable"],
    }
    words = next(one for one in found.summaries() if one.path == str(tmp_path)).problems[0].message
    assert (
        words
        == "3 JSON files are no report, and left out: log.jsonl, package.json, sub/tsconfig.json"
    )
    without = find([str(tmp_path), "!*.json", "!*.jsonl", "!empty.zip"])
    assert not told(without, tmp_path)
    close(found.sources)
