"""What stands in the log file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakes import FakeClock
from shells import Shell
from testferry.errors import UsageProblem
from testferry.events import Opened, Planned, Progressed, Told, Waiting
from testferry.screen import log
from testferry.screen.log import LogFile


def test_a_line_for_everything_with_its_time(tmp_path: Path) -> None:
    path, clock = tmp_path / "t.log", FakeClock()
    listener = LogFile(str(path), clock)
    listener(Planned("abc", "testmo", 12, 3, 0))
    listener(Opened("7", "https://x/7"))
    listener(Told("a doubt \x1b[31m\nthat is ::error::none"))
    listener(Told("every byte", level=2))
    listener(Waiting(50.0, clock.wall() + 50, "429"))
    listener(Waiting(49.0, clock.wall() + 50, "429"))
    progress = Progressed(3, 0, 0, 9, 4, 1, "", 5)
    listener(progress)
    clock.time += 31
    listener(progress)
    lines = path.read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} ", line) for line in lines)
    said = [line.split(" ", 1)[1] for line in lines]
    assert said[0] == "upload abc: 12 results, 3 requests to go"
    assert said[1] == "run 7: https://x/7"
    assert said[2].startswith(r"a doubt \x1b[31m\nthat is")
    assert said[3].startswith("waiting until ")
    assert said[4] == "3 results accepted, 9 pending"
    assert len(said) == 5


def test_it_is_rotated_and_three_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST", 100)
    listener = LogFile(str(tmp_path / "t.log"), FakeClock())
    for number in range(30):
        listener.line(f"line {number}")
    names = sorted(path.name for path in tmp_path.glob("t.log*"))
    assert names == ["t.log", "t.log.1", "t.log.2", "t.log.3"]
    assert "line 29" in (tmp_path / "t.log").read_text() + (tmp_path / "t.log.1").read_text()


def test_a_log_that_cannot_be_written_is_told_before_anything_is_sent(
    shell: Shell, tmp_path: Path
) -> None:
    with pytest.raises(UsageProblem):
        LogFile(str(tmp_path / "no" / "t.log"), FakeClock())
    assert shell.upload("r.xml", "--log-file", "no/t.log") == 2
    assert "--log-file" in shell.err
    assert shell.sandbox.requests == 0


def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    listener = LogFile(str(tmp_path / "t.log"), FakeClock())
    (tmp_path / "t.log").unlink()
    (tmp_path / "t.log").mkdir()
    listener.line("lost")


def test_the_log_of_an_upload_has_its_end_and_no_secret(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml", "--log-file", "t.log", "-q") == 0
    assert not shell.out + shell.err
    said = (tmp_path / "t.log").read_text()
    assert "run 101: " in said
    assert "✔ 2 results in run 101" in said
    assert "(exit 0)" in said
    assert shell.sandbox.settings.token not in said
