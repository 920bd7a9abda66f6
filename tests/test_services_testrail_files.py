"""Attachments are looked for once, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import RailWorld
from testferry.attachments import Folders
from testferry.model import Result, Status
from testferry.services.testrail import files


def test_each_file_is_looked_at_once_and_it_is_known_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a").write_text("x")
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "b").write_text("x")
    base = str(tmp_path / "reports")
    named = [("a", base), ("shots/b", base), ("shots/b", base), ("../shots/b", base), ("c", base)]
    found = files.look_at(named, lambda report: Folders(report, str(tmp_path)))
    assert found.in_working == 2
    assert found.refused == {("c", base): "the attachment c is not there"}
    assert found.told() == [
        f"2 attachments from the working directory, {tmp_path}",
        "1 attachment cannot be sent",
    ]
    assert files.look_at([], lambda report: Folders(report)).told() == []


def test_a_file_over_the_services_limit_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_ATTACHMENT", 10)
    (tmp_path / "large").write_bytes(b"x" * 11)
    it = RailWorld(tmp_path / "j", ["a"], options={"close_run": True})
    it.entries = [
        Result("a", Status.PASSED, classname="suite", attachments=("large",), base=str(tmp_path))
    ]
    it.plan()
    wire = it.wire()
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.accepted, outcome.attachments_missing) == (6, 1, 1)
    assert "attach" not in {operation for _, operation, _, _ in wire.requests}
    assert not any(run.closed for run in it.service.runs.values())


def test_a_file_of_the_working_directory_arrives(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a.png").write_bytes(b"png")
    it = RailWorld(tmp_path / "j", ["a"], options={"working_folder": str(tmp_path)})
    base = str(tmp_path / "reports")
    it.entries = [
        Result("a", Status.FAILED, classname="suite", attachments=("shots/a.png",), base=base)
    ]
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    assert it.service.attachments[0][1:] == ("a.png", b"png")
