"""Who an upload is: where and what, never how; and what equal reports mean a second time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shells import Shell, junit, with_cases
from testferry.identity import Change, Identity, attempt_of, change_of, identify
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
    before = {"name": "a", "field": "1", "size": 5}
    how, run = {"size"}, {"name"}
    assert change_of(before, {**before, "size": 9}, how, run) == (Change.NONE, [])
    assert change_of(before, {**before, "added": 1}, how, run) == (Change.NONE, [])
    assert change_of(before, {**before, "name": "b"}, how, run) == (Change.RUN_STAYS, ["name"])
    changed = {**before, "name": "b", "field": "2"}
    assert change_of(before, changed, how, run) == (Change.RESULTS, ["name", "field"])


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


def use_testrail(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTRAIL_URL", shell.sandbox.url)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    monkeypatch.setenv("TESTRAIL_KEY", shell.sandbox.settings.token)


RAIL = ("upload", "testrail", "--project", "1", "r.xml")


def test_options_that_shape_results_are_heeded_for_what_is_not_sent(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A required field is missing: the upload stops; the user adds it and runs it again."""
    use_testrail(shell, monkeypatch)
    with_cases(shell, ["t0", "t1", "t2"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "t2"]))
    shell.sandbox.testrail.required = {"custom_env"}
    assert shell(*RAIL, "--batch-size", "1") == 5
    assert shell(*RAIL, "--batch-size", "1", "--result-field", "custom_env=qa") == 0, shell.err
    stored = shell.sandbox.testrail.results
    assert [result["custom_env"] for result in stored] == ["qa"] * 3
    assert len(shell.sandbox.testrail.runs) == 1, "into the run that was made"
    assert shell("resume") == 0
    assert len(shell.sandbox.testrail.results) == 3


def closed(shell: Shell) -> list[bool]:
    """Which runs of TestRail's are closed."""
    return [run.closed for run in shell.sandbox.testrail.runs.values()]


def test_tests_without_a_case_may_be_let_be(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are named and counted, and nothing is amiss without them: the run is closed."""
    use_testrail(shell, monkeypatch)
    with_cases(shell, ["t0", "t1"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "other"]))
    assert shell(*RAIL, "--close-run") == 6
    assert "--create-missing makes their cases, --allow-unmatched leaves them out" in shell.out
    assert closed(shell) == [False]
    assert shell(*RAIL, "--close-run", "--allow-unmatched") == 0, "they are looked up once more"
    assert closed(shell) == [True]
    assert shell(*RAIL, "--close-run", "--allow-unmatched", "--again") == 0
    assert "✔ 2 of 3 results" in shell.out
    assert ": 1 without a case" in shell.out
    assert "other" in shell.out, "it is named all the same"
    assert "Next:" not in shell.out
    assert closed(shell) == [True, True]
    assert shell("uploads", "--output", "json") == 0
    states = [upload["state"] for upload in shell.json["uploads"]]
    assert sorted(states) == ["done", "done", "incomplete"]
    assert shell(*RAIL, "--close-run", "--allow-unmatched") == 0
    assert "Already uploaded" in shell.out
    assert len(closed(shell)) == 2


def test_no_advice_is_given_that_the_command_would_refuse(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that is looked for by its id has one: `--create-missing` does not go with it."""
    use_testrail(shell, monkeypatch)
    with_cases(shell, ["t0"])
    (first,) = shell.sandbox.testrail.cases
    (tmp_path / "r.xml").write_text(junit([f"t0 [C{first}]", "other"]))
    assert shell(*RAIL, "--match", "id") == 6
    assert "with --allow-unmatched leaves them out" in shell.out
    assert "--create-missing" not in shell.out


def test_the_same_results_in_another_shape_are_another_upload(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_testrail(shell, monkeypatch)
    with_cases(shell, ["t0"])
    (tmp_path / "r.xml").write_text(junit(["t0"]))
    assert shell(*RAIL, "--result-field", "version=1.0") == 0
    assert shell(*RAIL, "--result-field", "version=2.0") == 0
    assert [result["version"] for result in shell.sandbox.testrail.results] == ["1.0", "2.0"]
    assert shell(*RAIL, "--result-field", "version=2.0") == 0
    assert "Already" in shell.out


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
