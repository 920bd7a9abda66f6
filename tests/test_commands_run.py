"""``run create`` and ``run complete``: one run that many jobs fill."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs import JOBS
from shells import GOOD, Shell, faulty


def test_an_existing_run_is_filled_by_many_jobs(shell: Shell, tmp_path: Path) -> None:
    assert (
        shell("run", "create", "testmo", "--project-id", "1", "--name", "All", "--source", "ci")
        == 0
    )
    assert shell.out == "101\n"
    for job in ("x", "y"):
        (tmp_path / f"{job}.xml").write_text(GOOD.replace('name="a"', f'name="{job}"'))
        assert shell.upload("--run-id", "101", f"{job}.xml") == 0
    assert shell.stored == ["b", "b", "x", "y"]
    assert not shell.sandbox.testmo.run(101)["is_completed"]
    assert shell("run", "complete", "testmo", "--run-id", "101") == 0
    assert shell.out == ""
    assert shell.sandbox.testmo.run(101)["is_completed"]
    assert shell("run", "complete", "testmo", "--run-id", "999") == 5
    assert shell("run", "complete", "testmo") == 2
    assert shell("run", "create", "nowhere") == 2


@faulty("run: 429 after 3000")
def test_the_next_command_of_a_run_names_its_journal(shell: Shell) -> None:
    words = ["--project-id", "1", "--journal", "j", "--max-time", "1s"]
    assert shell("run", "create", "testmo", *words) == 75
    assert shell.out == ""
    next_line = shell.err.splitlines()[-1]
    assert "testferry resume" in next_line
    assert next_line.endswith(" --journal j")


def test_jobs_that_say_the_same_key_need_no_id(shell: Shell, tmp_path: Path) -> None:
    where = ("testmo", "--project-id", "1", "--run-key", "k7")
    for job in ("x", "y"):
        (tmp_path / f"{job}.xml").write_text(GOOD.replace('name="a"', f'name="{job}"'))
        assert shell.upload("--run-key", "k7", "--name", "CI", f"{job}.xml") == 0
    assert shell("run", "create", *where) == 0
    assert shell.out == "101\n"
    assert shell.sandbox.testmo.run(101)["name"] == "CI [k7]"
    assert shell("run", "complete", *where) == 0
    assert "run 101 is complete" in shell.err
    assert shell.upload("--run-key", "k7", "--again", "x.xml") == 5
    assert "use another --run-key" in shell.err
    assert shell.stored == ["b", "b", "x", "y"]
    assert shell("run", "complete", "testmo", "--project-id", "1", "--run-key", "other") == 5


def test_a_key_and_an_id_contradict_each_other(shell: Shell) -> None:
    assert shell.upload("--run-key", "k7", "--run-id", "7", "r.xml") == 2
    assert "--run-key" in shell.err


def test_a_run_of_many_jobs_has_the_name_of_none(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in JOBS["github"].environment.items():
        monkeypatch.setenv(name, value)
    assert shell("run", "create", "testmo", "--project-id", "1") == 0
    assert shell.sandbox.testmo.run(101)["name"] == "CI #42 (attempt 3)"
    assert shell("run", "create", "testmo", "--project-id", "1", "--name", "N") == 0
    assert shell.sandbox.testmo.run(102)["name"] == "N"
    assert shell.upload("r.xml") == 0
    assert shell.sandbox.testmo.run(103)["name"] == "CI #42 e2e (attempt 3)"
    assert shell.upload("r.xml", "--run-key", "auto", "--again") == 0
    assert "e2e" not in str(shell.sandbox.testmo.run(104)["name"])
