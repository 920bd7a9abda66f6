from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import ReportSummary
from testferry.reports import Source, close, digest, find, read
from testferry.reports.detect import detect as detected

GOOD = "<testsuite><testcase name='a'/></testsuite>"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "a.xml",
        "b.xml",
        "sub/c.xml",
        "sub/deep/d.xml",
        "node_modules/x.xml",
        ".hidden/y.xml",
        "sub/no-extension",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD)
    (tmp_path / "sub" / "pom.xml").write_text("<project/>")
    (tmp_path / "sub" / "notes.txt").write_text("hello")
    (tmp_path / "sub" / "empty.xml").write_text("")
    (tmp_path / "sub" / "junit.xml").mkdir()
    return tmp_path


def paths(*arguments: str) -> list[str]:
    return [source.path for source in find(arguments).sources]


def test_files_directories_and_globs_sorted_and_each_once(tree: Path) -> None:
    assert paths("b.xml", "a.xml", "./a.xml", str(tree / "b.xml")) == ["a.xml", "b.xml"]
    assert paths("**/*.xml") == [
        "a.xml",
        "b.xml",
        "node_modules/x.xml",
        "sub/c.xml",
        "sub/deep/d.xml",
        "sub/empty.xml",
        "sub/pom.xml",
    ]
    everything = [
        "a.xml",
        "b.xml",
        "sub/c.xml",
        "sub/deep/d.xml",
        "sub/empty.xml",
        "sub/no-extension",
    ]
    assert paths(".") == everything
    assert paths("sub", "*.xml") == everything


def test_a_link_to_a_file_is_that_file(tree: Path) -> None:
    (tree / "link.xml").symlink_to("a.xml")
    assert len(paths("link.xml", "a.xml")) == 1


def test_exclusion(tree: Path) -> None:
    assert paths("**/*.xml", "!sub/**", "!node_modules/**") == ["a.xml", "b.xml"]
    assert paths("*.xml", "!b.xml") == ["a.xml"]
    assert paths(".", "!*.xml") == ["sub/no-extension"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.xml"], "there is no file 'none.xml'"),
        (["none/**/*.xml"], "no file matches 'none/**/*.xml'"),
        (["empty-folder"], "there is no report in the directory"),
        (["a.xml", "!a.xml"], "every report is taken out again"),
        ([], "no report is named"),
    ],
)
def test_nothing_to_upload_names_the_thing(tree: Path, arguments: list[str], words: str) -> None:
    (tree / "empty-folder").mkdir()
    with pytest.raises(NothingToUpload) as caught:
        find(arguments)
    assert words in caught.value.message
    assert caught.value.hint


def test_what_is_missing_beside_what_is_there(tree: Path) -> None:
    found = find(["a.xml", "gone.xml", "nothing/*.xml"])
    assert [source.path for source in found.sources] == ["a.xml"]
    assert found.missing == ["gone.xml"]
    assert found.unmatched == ["nothing/*.xml"]


def test_standard_input(tree: Path) -> None:
    found = find(["-", "-", "a.xml"], io.BytesIO(GOOD.encode()))
    assert [source.path for source in found.sources] == ["a.xml", "<stdin>"]
    for _ in range(2):
        assert len(list(read(found.sources[1], ReportSummary("-")))) == 1
    close(found.sources)


def test_the_same_reports_have_the_same_digest_wherever_they_lie(tree: Path) -> None:
    (tree / "copy.xml").write_text(GOOD)
    assert (
        digest([Source("a.xml")])
        == digest([Source("copy.xml")])
        != digest([Source("a.xml"), Source("copy.xml")])
    )
    assert digest([Source("gone.xml")]) == digest([Source("gone.xml")]) != digest([Source("a.xml")])


@pytest.mark.parametrize(
    "kind", ["gone", "directory", "fifo", "empty", "html", "binary", "text", "json", "boost"]
)
def test_what_cannot_be_read_is_a_problem_of_its_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "r.xml"
    contents = {
        "empty": b"",
        "html": b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
        "binary": bytes(range(256)) * 10,
        "text": b"no tests today",
        "json": b'{"hello": 1}',
        "boost": b"<?xml version='1.0'?><!-- c --><TestLog><TestCase/></TestLog>",
    }
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind != "gone":
        path.write_bytes(contents[kind])
    summary = ReportSummary(str(path))
    assert list(read(Source(str(path)), summary)) == []
    assert summary.problems[0].is_error
    expected = {
        "html": "an HTML page",
        "boost": "a Boost.Test log",
        "empty": "is empty",
        "json": "its keys are hello",
        "gone": "No such file",
    }
    assert expected.get(kind, "") in summary.problems[0].message


def test_a_report_without_a_test_is_warned_of() -> None:
    summary = ReportSummary("-")
    found = find(["-"], io.BytesIO(b"<testsuites/>"))
    assert list(read(found.sources[0], summary)) == []
    assert summary.problems[0].message == "holds no test at all"
    close(found.sources)


def test_a_wanted_format_is_not_guessed() -> None:
    summary = ReportSummary("-")
    found = find(["-"], io.BytesIO(b"<odd><testcase name='a'/></odd>"))
    assert len(list(read(found.sources[0], summary, "junit"))) == 1
    summary = ReportSummary("-")
    assert list(read(found.sources[0], summary)) == []
    close(found.sources)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<testsuites/>", "junit"),
        (b"\xef\xbb\xbf  <testsuite>", "junit"),
        ("<testsuite>".encode("utf-16"), "junit"),
        ("<testsuite>".encode("utf-16-be"), "junit"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite>", "junit"),
        (b"npm\n<x:testsuites xmlns:x='u'>", "junit"),
        (b"<testsuites xmlns='http://check.sourceforge.net/ns'>", "check"),
        (b"TAP version 13\n", "tap"),
        (b"1..4\nok 1", "tap"),
        (b"not ok 1 - x", "tap"),
        (b"<HTML>", "html"),
        (b"<unknown>", "xml"),
        (b"a < b", "text"),
        (b"[]", "cucumber"),
        (b"{}", "json"),
    ],
)
def test_formats_are_told_by_content(head: bytes, name: str) -> None:
    assert detected(head).name == name


def test_refusals_name_what_it_seems_to_be() -> None:
    assert (
        "check's own XML, not JUnit"
        in detected(b"<testsuites xmlns='http://check.sourceforge.net/ns'>").refusal
    )
    assert "root element is <pom>" in detected(b"<pom>").refusal


def test_a_source_says_why_it_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ReportProblem, match="No such file"), Source(str(tmp_path / "x")).open():
        pass
