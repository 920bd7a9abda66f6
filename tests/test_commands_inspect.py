"""``inspect`` from outside: what reports hold, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path

from shells import GOOD, Shell


def test_inspect(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "broken.xml").write_text("<testsuite><testcase name='a'/>")
    assert shell("inspect", "r.xml") == 0
    assert "junit" in shell.out
    assert shell("inspect", "r.xml", "broken.xml", "--output", "json") == 4
    document = shell.json
    assert document["schema"] == "testferry.inspect/1"
    assert document["total"] == {"total": 3, "passed": 2, "failed": 1, "error": 0, "skipped": 0}
    assert document["reports"][0]["path"] == "broken.xml"
    assert document["reports"][0]["problems"][0]["severity"] == "error"
    assert set(document["reports"][1]) >= {
        "path",
        "format",
        "results",
        "tests",
        "flaky",
        "reruns",
        "synthetic",
        "duration_s",
        "problems",
    }
    assert shell("inspect", "broken.xml") == 4
    assert "cut off" in shell.out
    assert shell("inspect", "none.xml", "--output", "json") == 3
    assert shell.json["reports"] == []
    assert shell("inspect", "none.xml", "--allow-empty") == 0
    assert shell("inspect", "r.xml", "gone.xml") == 4
    assert shell("inspect", "r.xml", "--fail-on-failed-tests") == 1
    assert shell.sandbox.requests == 0


def test_a_conversion_replaces_a_file_only_when_it_is_whole(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d.xml").write_text(GOOD)
    assert shell("inspect", "--convert", "junit", "-o", "d.xml", "d.xml") == 3, (
        "what is written is no report"
    )
    assert (tmp_path / "d.xml").read_text() == GOOD
    (tmp_path / "keep.json").write_text("kept")
    (tmp_path / "empty.xml").write_text("<testsuite/>")
    assert shell("inspect", "--convert", "ctrf", "-o", "keep.json", "empty.xml") == 3
    assert (tmp_path / "keep.json").read_text() == "kept"
    assert shell("inspect", "--convert", "ctrf", "-o", "keep.json", ".", "!empty.xml") == 0
    assert json.loads((tmp_path / "keep.json").read_text())["reportFormat"] == "CTRF"
    assert not list(tmp_path.glob("*.testferry-*"))
    assert shell("inspect", "--convert", "ndjson", "-o", "-", "d.xml") == 0
    assert all(json.loads(line)["testferry"] == 1 for line in shell.out.splitlines())
    assert "passed" in shell.err
    assert shell("inspect", "--convert", "ndjson", "-o", "no/such/place", "d.xml") == 2


def test_a_quiet_inspection_says_nothing_unless_something_is_wrong(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("inspect", "-q", "r.xml") == 0
    assert shell.out == ""
    (tmp_path / "cut.xml").write_text("<testsuite><testcase name='a'/><test")
    assert shell("inspect", "-q", "cut.xml") == 4
    assert "cut off" in shell.out


def test_merged_retries_are_told_and_judged(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d.xml").write_text(
        "<testsuite><testcase name='a'><failure/></testcase><testcase name='a'/></testsuite>"
    )
    assert shell("inspect", "--merge-retries", "--fail-on-failed-tests", "d.xml") == 0, (
        "the last try passed"
    )
    assert "2 entries are 1 result with their retries merged" in shell.out
    assert shell("upload", "sandbox", "--merge-retries", "d.xml", "--output", "json") == 0
    assert shell.json["tests"]["total"] == shell.json["results"]["total"] == 1
