"""``uploads`` from outside: the list, one upload, what is dropped."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shells import Shell, faulty, section
from testferry.sandbox.faults import parse


@faulty("append: 403 once")
def test_an_upload_that_is_not_wanted_any_more_is_forgotten(shell: Shell) -> None:
    assert shell.upload("r.xml", "--output", "json") == 5
    upload_id = shell.json["upload_id"]
    assert shell("uploads") == 0
    assert "unfinished: HTTP 403" in shell.out.replace("\n", " ") or "403" in shell.out
    assert shell("uploads", "forget", upload_id[:5]) == 0
    assert "is forgotten: 2 results not sent" in shell.err
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell.upload("--run-id", "", "r.xml") == 2


def test_several_are_forgotten_at_once_or_none(shell: Shell) -> None:
    ids = []
    for name in ("first", "second"):
        assert shell.upload("r.xml", "--name", name, "--again", "--output", "json") == 0
        ids.append(shell.json["upload_id"])
    assert shell("uploads", "forget", ids[0], "no-such-id") == 2
    assert shell("uploads", "--output", "json") == 0
    assert len(shell.json["uploads"]) == 2
    assert shell("uploads", "forget") == 2
    assert shell("uploads", "forget", *ids, ids[0]) == 0
    assert shell("uploads") == 0
    assert "no uploads" in shell.out


def test_a_damaged_journal_is_saved_by_the_command_that_is_printed(
    shell: Shell, tmp_path: Path
) -> None:
    """The list does not say as well that there are none; the command finds the folder."""
    where = ("--journal", "./j")
    assert shell.upload("r.xml", *where, "--output", "json") == 0
    upload_id = shell.json["upload_id"]
    (journal,) = (tmp_path / "j").glob(f"{upload_id}*.journal")
    journal.write_bytes(b"no journal" * 500)
    for words in (("uploads",), ("uploads", "show", upload_id), ("resume", upload_id)):
        assert shell(*words, *where) == 74, words
        assert f"`testferry uploads export {upload_id} --journal ./j` saves" in shell.err
        assert "no uploads" not in shell.out


def test_an_empty_word_names_no_upload(shell: Shell) -> None:
    """`testferry uploads forget "$ID"`, where nothing is in the variable."""
    assert shell.upload("r.xml") == 0
    for words in (("uploads", "forget", ""), ("uploads", "show", ""), ("resume", "")):
        assert shell(*words) == 2, words
        assert "empty" in shell.err
    assert shell("uploads", "export", "", "--to", "saved") == 2
    assert not Path("saved").exists()
    assert shell("uploads", "--output", "json") == 0
    assert len(shell.json["uploads"]) == 1


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("fate", ["closed", "deleted"])
def test_the_next_command_of_an_upload_whose_run_takes_no_more_is_not_to_resume(
    rail: Shell, fate: str, *, given: bool
) -> None:
    service = rail.sandbox.testrail
    section(rail.sandbox, ["s.a", "s.b", "c.a", "c.b"])
    words = ["upload", "testrail", "--project", "1", "--journal", "j", "--output", "json"]
    where = []
    if given:
        assert rail("run", "create", "testrail", "--project", "1") == 0
        where = ["--run-id", rail.out.strip()]
    well = rail.sandbox.settings
    rail.sandbox.settings = replace(well, faults=parse(["append: 403 after 1"]))
    slowly = ("--batch-size", "1", "--width", "1")
    assert rail(*words, *slowly, *where, "r.xml") == 5
    rail.sandbox.settings = well
    if fate == "closed":
        next(iter(service.runs.values())).closed = True
    else:
        service.runs.clear()
    upload_id = rail.json["upload_id"]
    assert rail("resume", "--journal", "j", "--output", "json") == 5
    forget = f"testferry uploads forget {upload_id} --journal j"
    assert rail.json["uploads"][0]["next"] == forget
    if fate == "deleted":
        assert ("--run-id" in rail.err) is given, rail.err
    assert rail("uploads", "show", upload_id, "--journal", "j") == 0
    assert f"Next: {forget}   (that run takes no more results" in rail.out
    assert rail("uploads", "show", upload_id, "--journal", "j", "--output", "json") == 0
    assert rail.json["next"] == forget
    assert rail(*forget.split()[1:]) == 0
    assert rail(*words, "r.xml") == 0, "it makes a new one"
    assert len(service.runs) == {"closed": 2, "deleted": 1}[fate]


def test_uploads_of_nothing(shell: Shell) -> None:
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell("uploads", "show", "x") == 2


def test_an_address_of_the_configuration_hides_no_upload(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml") == 0
    (tmp_path / "testferry.toml").write_text("url = 'https://elsewhere.example'\n")
    assert shell("uploads", "--output", "json") == 0
    assert len(shell.json["uploads"]) == 1
    for url in (shell.sandbox.url, f"{shell.sandbox.url}/", f"{shell.sandbox.url}/api/v1"):
        assert shell("uploads", "--url", url, "--output", "json") == 0
        assert len(shell.json["uploads"]) == 1
    assert shell("uploads", "--url", "https://elsewhere.example", "--output", "json") == 0
    assert shell.json["uploads"] == []


def test_what_is_said_before_the_subcommand_holds_for_it(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml", "--journal", "j", "--output", "json") == 0
    upload_id = shell.json["upload_id"]
    assert shell("uploads", "--journal", "j", "--output", "json", "show", upload_id) == 0
    assert shell.json["upload_id"] == upload_id
    assert shell("uploads", "show", upload_id) == 2
    assert shell("uploads", "--journal", "j", "export", upload_id, "--state", "sent") == 0
    assert len(shell.out.splitlines()) == 2
    assert shell("uploads", "--journal", "j", "export", upload_id, "--state", "snet") == 2
    assert "did you mean sent?" in shell.err


def test_finished_ones_are_dropped_by_age_and_one_is_a_line(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    assert shell("uploads") == 0
    listed = shell.out.splitlines()
    assert len(listed) == 2
    assert listed[1].split()[3:6] == ["testmo", "101", "2"]
    (journal,) = Path("home").rglob("*.journal")
    long_ago = time.time() - 31 * 86400
    os.utime(journal, (long_ago, long_ago))
    assert shell.upload("r.xml", "--dry-run") == 0
    assert journal.exists(), "a rehearsal touches nothing"
    assert shell("resume") == 0
    assert "1 finished upload of more than 30 days ago: dropped from the journal" in shell.err
    assert not journal.exists()
    assert shell.upload("r.xml") == 0
    assert shell("uploads", "prune") == 0
    assert "0 finished uploads dropped" in shell.err
    assert shell("uploads", "prune", "--older", "0s") == 0
    assert "1 finished upload dropped; the commands that sent them would send" in shell.err
    assert shell("uploads") == 0
    assert "no uploads" in shell.out


def test_a_run_alone_says_what_it_is(shell: Shell) -> None:
    assert shell("run", "create", "testmo", "--project-id", "1") == 0
    run = shell.out.strip()
    assert shell.upload("r.xml", "--run-id", run) == 0
    assert shell("run", "complete", "testmo", "--run-id", run) == 0
    assert shell("uploads") == 0
    assert "run created" in shell.out
    assert "run completed" in shell.out
    assert shell("uploads", "--output", "json") == 0
    kinds = sorted(upload["kind"] for upload in shell.json["uploads"])
    assert kinds == ["run completed", "run created", "upload"]


def test_an_upload_without_cases_is_not_called_done(rail: Shell) -> None:
    assert rail("upload", "testrail", "--project", "1", "r.xml") == 6
    assert rail("uploads") == 0
    assert "0/2" in rail.out
    assert "incomplete" in rail.out


def test_one_run_alone_is_shown_as_what_it_is(shell: Shell) -> None:
    assert shell("run", "create", "testmo", "--project-id", "1", "--name", "Build 7") == 0
    run = shell.out.strip()
    assert shell("run", "complete", "testmo", "--run-id", run) == 0
    assert shell("uploads", "--output", "json") == 0
    created, completed = shell.json["uploads"]
    assert (created["name"], completed["name"]) == ("Build 7", "")
    for upload, kind in ((created, "run created"), (completed, "run completed")):
        assert shell("uploads", "show", upload["upload_id"]) == 0
        assert kind in shell.out
        assert shell.out.splitlines()[-1] == upload["run_url"]
        assert "No result was found" not in shell.out


def test_an_upload_to_the_sandbox_has_no_address_and_no_gap_for_it(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell("upload", "sandbox", "r.xml") == 0
    assert shell("uploads") == 0
    assert shell.out.splitlines()[-1].endswith(f"  done · {tmp_path.name}")
