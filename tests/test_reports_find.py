from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from fakes import GOOD_REPORT, codes
from testferry.errors import NothingToUpload
from testferry.model import ReportSummary
from testferry.reports import close, find, folder, read

GOOD = "<testsuite><testcase name='a'/></testsuite>"


def test_other_reports_in_an_allure_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "1-result.json").write_text(
        json.dumps({"uuid": "1", "historyId": "h", "name": "t", "status": "passed"})
    )
    (tmp_path / "2-attachment.xml").write_text(GOOD)
    (tmp_path / "TEST-x.xml").write_text(GOOD)
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [
        str(tmp_path),
        str(tmp_path / "TEST-x.xml"),
    ]


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
        path.write_text(GOOD.replace("'a'", f"'{name}'"))
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


@pytest.mark.parametrize("name", ["r.json", "r.jsonl", "r.ndjson", "r.trx", "r.tap", "r.xml"])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty"),
        ("Error: connect ECONNREFUSED", "unknown-format"),
        ("<html>502</html>", "unknown-format"),
    ],
)
def test_a_file_that_is_meant_to_be_a_report_and_is_none_is_told(
    tmp_path: Path, name: str, content: str, code: str
) -> None:
    (tmp_path / "good.xml").write_text(GOOD)
    (tmp_path / name).write_text(content)
    found = find([str(tmp_path)])
    assert len(found.sources) == 2
    summary = ReportSummary(name)
    assert not list(read(found.sources[1], summary))
    assert codes(summary) == [code]
    assert summary.problems[0].is_error
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        file.writestr("good.xml", GOOD)
        file.writestr(name, content)
    found = find([str(tmp_path / "all.zip")])
    assert len(found.sources) == 2
    close(found.sources)


def test_other_json_in_a_folder_is_no_report_and_no_matter(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(GOOD)
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1"}')
    (tmp_path / "tsconfig.json").write_text('// comments <T>\n{\n  "compilerOptions": {}\n}\n')
    (tmp_path / "list.json").write_text("[1, 2]")
    (tmp_path / "log.jsonl").write_text('{"level": "info"}\n')
    assert paths(str(tmp_path)) == [str(tmp_path / "good.xml")]


def test_what_cannot_be_opened_in_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(GOOD)
    (tmp_path / "gone.json").symlink_to("nowhere")
    found = find([str(tmp_path)])
    summary = ReportSummary("x")
    assert not list(read(found.sources[0], summary))
    assert codes(summary) == ["unreadable"]


def test_a_banner_does_not_hide_a_report_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(GOOD)
    (tmp_path / "r.json").write_text(
        '[dotenv@17] injecting env\n{"config": {"rootDir": "/"}, "suites": []}'
    )
    assert len(paths(str(tmp_path))) == 2


def test_linked_folders_are_read_each_once(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "a.xml").write_text(GOOD)
    (real / "loop").symlink_to(tmp_path)
    top = tmp_path / "top"
    top.mkdir()
    (top / "one").symlink_to(real)
    (top / "two").symlink_to(real)
    assert len(paths(str(top))) == 1


def test_folders_without_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout may hold two thousand, one in the other."""
    monkeypatch.setattr(folder, "_DEEPEST", 20)
    (tmp_path / "top").joinpath(*"d" * 30).mkdir(parents=True)
    (tmp_path / "top" / "r.xml").write_bytes(GOOD_REPORT)
    monkeypatch.chdir(tmp_path)
    found = find(["top"])
    assert [source.path for source in found.sources] == ["top/r.xml"]
    ((_, problem),) = found.broken
    assert problem.code == "over-limit"
