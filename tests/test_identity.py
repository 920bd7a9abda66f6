"""Who an upload is: where and what, never how; and what equal reports mean a second time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shells import Shell, junit
from testferry.identity import Difference, Identity, attempt_of, difference, identify
from testferry.journal import Header
from testferry.reports import Source
from testferry.services import service_of

CREATED = 1000.0


def header(**more: object) -> Header:
    values = {
        "upload_id": "x",
        "target": "testmo",
        "type": "testmo",
        "url": "https://x",
        "fingerprint": "x",
        "marker": "m",
        "created": CREATED,
        "sources": [["/a/r.xml", 900.0]],
    }
    return Header(**{**values, **more})  # type: ignore[arg-type]


def who(*files: list[object], attempt: str = "", just_run: bool = False) -> Identity:
    return Identity("w", "v", {}, files or [["/a/r.xml", 900.0]], attempt, just_run)


def test_the_same_files_not_written_since_are_done() -> None:
    assert who().is_done_by(header())


@pytest.mark.parametrize(
    "now",
    [
        who(["/a/r.xml", 1001.0]),
        who(["/a/r.xml", 899.0]),
        who(["/b/r.xml", 900.0]),
        who(["", 0.0]),
        who(["/a/r.xml", 900.0], attempt="CI_JOB_ID/7"),
        who(just_run=True),
    ],
    ids=[
        "written since",
        "written while a clock was behind",
        "another file",
        "standard input",
        "another attempt",
        "behind --",
    ],
)
def test_anything_else_is_a_new_run_of_the_tests(now: Identity) -> None:
    assert not now.is_done_by(header())


def test_an_upload_is_also_of_the_commands_that_carried_it_on() -> None:
    """Other attempts and copies in other places; each does not have to be sent once more."""
    rerun = [["CI_JOB_ID/7", [["/a/r.xml", 900.0]]], ["", [["/b/r.xml", 950.0]]]]
    known = header(carried_on=rerun)
    assert who().is_done_by(known)
    assert who(attempt="CI_JOB_ID/7").is_done_by(known)
    assert who(["/b/r.xml", 950.0]).is_done_by(known)
    assert not who(["/b/r.xml", 950.0], attempt="CI_JOB_ID/7").is_done_by(known)
    assert not who(["/b/r.xml", 951.0]).is_done_by(known)
    assert who(["/b/r.xml", 951.0]).is_of_the_same_files(known)


def test_a_journal_of_version_0_1_is_judged_by_the_date_alone() -> None:
    assert who(attempt="CI_JOB_ID/7").is_done_by(header(sources=[]))
    assert not who(["/a/r.xml", 1001.0]).is_done_by(header(sources=[]))


def word(place: dict[str, object], path: Path) -> str:
    return identify("testmo", "https://x", place, {}, [Source(str(path))], just_run=False).word


def test_only_what_differs_from_a_default_counts(tmp_path: Path) -> None:
    """An option that a release adds makes no upload another one."""
    report = tmp_path / "r.xml"
    report.write_text(junit(["a"]))
    plain = word({"project_id": 1}, report)
    assert word({"project_id": 1, "new": "", "more": [], "flag": False}, report) == plain
    assert word({"project_id": 2}, report) != plain


def test_known_fingerprints_stay(tmp_path: Path) -> None:
    """Journals are found by them: whoever changes one doubles unfinished uploads."""
    report = tmp_path / "r.xml"
    report.write_text("<testsuite/>")
    known = {
        "testmo": service_of("testmo").make({"project_id": 1, "name": "N", "source": "s"}),
        "testrail": service_of("testrail").make({"project": "1", "title": "T"}),
        "http": service_of("http").make({"endpoint": "", "batch_size": 7}),
    }
    words = {name: word(target.identity(), report)[:12] for name, target in known.items()}
    assert words == {
        "testmo": "3404cc614311",
        "testrail": "faff637a9f8e",
        "http": "4dc64ebf6df8",
    }


def test_what_is_set_for_a_table_is_a_place_and_what_results_look_like_is_not() -> None:
    def place(**tables: object) -> dict[str, object]:
        return service_of("http").make({"endpoint": "", "tables": tables}).identity()

    assert place(set={"project": "a"}) != place(set={"project": "b"})
    sent = {"request": "POST /a"}
    assert place(send=sent) != place(send={"request": "POST /b"})
    assert place(send=sent, item={"n": "{name}"}) == place(send=sent, item={"t": "{name}"})


def test_a_ci_job_names_its_attempt() -> None:
    first = attempt_of({"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_JOB": "t"})
    again = attempt_of({"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_JOB": "t"})
    assert first != again
    assert attempt_of({"CI_JOB_ID": "7"}) != attempt_of({"CI_JOB_ID": "8"})
    assert attempt_of({}) == ""


def test_what_options_change() -> None:
    target = service_of("testrail").make({"project": "1", "title": "a"})
    before = target.describe()

    def differing(**now: object) -> Difference:
        return difference(before, {**before, **now}, target)

    assert not differing(rerun="skip", added=1).any
    assert not differing(project="2").any, "by its place it was found"
    assert differing(title="b").of_the_run == "title"
    assert not differing(title="b").of_the_plan
    for name in ("create_missing", "match", "close_run"):
        assert differing(**{name: "x"}).of_the_plan == name.replace("_", "-")
        assert not differing(**{name: "x"}).of_results, "what arrived stays so"
    found = differing(title="b", close_run=True, section="s", result_fields={"v": "2"})
    assert found.any == "title, close-run, section, result-fields"
    assert found.of_results == "result-fields"


# --- through the program


def test_a_second_night_with_equal_reports_is_uploaded(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml") == 0
    assert shell.upload("r.xml") == 0
    assert "Already uploaded on " in shell.out
    os.utime(tmp_path / "r.xml", (4e9, 4e9))
    assert shell.upload("r.xml") == 0
    assert "Already" not in shell.out
    assert len(shell.sandbox.testmo.runs()) == 2


def test_another_job_with_the_same_bytes_is_uploaded(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "other.xml").write_bytes((tmp_path / "r.xml").read_bytes())
    assert shell.upload("r.xml") == 0
    assert shell.upload("other.xml") == 0
    assert len(shell.sandbox.testmo.runs()) == 2


def test_another_attempt_of_the_job_is_uploaded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_JOB_ID", "1")
    assert shell.upload("r.xml") == 0
    monkeypatch.setenv("CI_JOB_ID", "2")
    assert shell.upload("r.xml") == 0
    assert len(shell.sandbox.testmo.runs()) == 2


def test_a_mistake_that_was_refused_as_a_whole_leaves_nothing(shell: Shell) -> None:
    assert shell("upload", "testmo", "--run-id", "999", "r.xml") == 5
    assert shell("uploads", "--output", "json") == 0
    assert shell.json["uploads"] == []


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (who(["/a/r.xml", 1001.0]), "the files were written since"),
        (who(["/b/r.xml", 900.0]), "these files lie elsewhere"),
        (who(["", 0.0]), "standard input may be of another run"),
        (who(attempt="CI_JOB_ID/7"), "this is another job of the CI system, or another attempt"),
        (who(just_run=True), ""),
    ],
)
def test_why_equal_reports_are_sent_once_more_is_known(now: Identity, why: str) -> None:
    assert now.newer(header()) == why
