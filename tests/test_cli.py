"""The program from outside: commands, options, exit codes and JSON of the contract."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shells import GOOD, Shell
from testferry import __version__
from testferry.dialects import Window
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings

CANARY = "SEKRET-canary-5f3a"


def faulty(*faults: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("settings", [Settings(faults=parse(faults))])


# --- the main job


def test_upload_and_what_it_says(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    assert shell.stored == ["a", "b"]
    assert "✔ every one of 2 results is at testmo" in shell.out
    assert "automation/runs/view/101" in shell.out
    assert "c › b" in shell.out.replace("s › b", "c › b")
    assert "run 101" in shell.err


def test_json_of_the_contract(shell: Shell) -> None:
    assert shell.upload("r.xml", "--output", "json") == 0
    found = shell.json
    assert found["schema"] == "testferry.upload/1"
    assert (found["target"], found["run_id"], found["exit_code"]) == ("testmo", 101, 0)
    assert found["run_url"] == f"{shell.sandbox.url}/automation/runs/view/101"
    assert found["reports"] == [{"path": "r.xml", "format": "junit", "results": 2, "problems": []}]
    assert found["tests"] == {"total": 2, "passed": 1, "failed": 1, "error": 0, "skipped": 0}
    assert found["results"] == {
        "total": 2,
        "accepted": 2,
        "rejected": 0,
        "in_doubt": 0,
        "pending": 0,
        "unmatched": 0,
    }
    assert set(found["requests"]) == {"total", "retried", "throttled", "in_doubt", "waited_s"}
    assert found["refused"] == []
    assert found["duration_s"] > 0


def test_the_same_command_again(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    assert shell.upload("r.xml", "--output", "json") == 0
    assert shell.json["results"]["accepted"] == 2
    assert shell.stored == ["a", "b"]
    assert shell.upload("r.xml") == 0
    assert "Already uploaded" in shell.out
    assert shell.upload("r.xml", "--again") == 0
    assert shell.stored == ["a", "a", "b", "b"]


@faulty("append: 401 first 1")
def test_an_unfinished_upload_is_carried_on_by_the_same_command(shell: Shell) -> None:
    assert shell.upload("r.xml") == 5
    assert "nothing more was sent" in shell.out
    assert "run       101" in shell.out, "the run is named on failure too"
    assert "Next: testferry resume" in shell.out
    assert shell("uploads") == 0
    assert "unfinished" in shell.out
    assert shell.upload("r.xml") == 0
    assert shell.stored == ["a", "b"]
    assert len(shell.sandbox.testmo.runs()) == 1


@faulty("append: 403 first 1")
def test_resume_needs_no_reports_and_no_address(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.upload("r.xml") == 5
    (tmp_path / "r.xml").unlink()
    monkeypatch.delenv("TESTMO_URL")
    assert shell("resume", "--output", "json") == 0
    assert shell.json["uploads"][0]["results"]["accepted"] == 2
    assert shell.stored == ["a", "b"]
    assert shell("resume") == 0
    assert "nothing is unfinished" in shell.out
    assert shell("resume", "zzz") == 2


@faulty("append: 403 first 1")
def test_the_token_goes_to_no_other_address(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A journal from elsewhere, or another address: exit 2 and not a byte is sent."""
    assert shell.upload("r.xml") == 5
    requests = shell.sandbox.requests
    assert shell("resume", "--url", "http://127.0.0.1:1") == 2
    assert "no other address" in shell.err
    monkeypatch.delenv("TESTMO_URL")
    (tmp_path / "home" / "testferry" / "seal.key").write_bytes(b"x" * 32)
    assert shell("resume") == 2
    assert "journaled elsewhere" in shell.err
    assert shell.sandbox.requests == requests
    assert shell("resume", "--url", shell.sandbox.url) == 0


@faulty("append: refuse poison")
def test_a_refused_result_is_named_in_the_services_words(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "p.xml").write_text(GOOD.replace('name="a"', 'name="poison"'))
    assert shell.upload("p.xml", "--output", "json") == 6
    assert shell.json["refused"] == [
        {"name": "poison", "suite": "c", "reason": "The given data was invalid."}
    ]
    upload_id = shell.json["upload_id"]
    assert shell("uploads", "show", upload_id[:6]) == 0
    assert "The given data was invalid." in shell.out
    assert shell("uploads", "show", upload_id, "--output", "json") == 0
    assert shell.json["results"]["rejected"] == 1
    assert shell.upload("p.xml") == 6, "asked again, it says the same"
    assert shell.upload("p.xml", "--exit-zero") == 0
    assert shell("uploads", "--output", "json") == 0
    assert shell.json["uploads"][0]["state"] == "incomplete"


@faulty("append: 429 after 3000")
def test_the_time_limit(shell: Shell) -> None:
    assert shell.upload("r.xml", "--max-time", "2s", "--output", "json") == 75
    assert shell.json["results"]["pending"] == 2
    assert "testferry resume" in shell.err or "--max-time" in shell.err
    assert shell.upload("r.xml", "--max-time", "1s", "--exit-zero") == 0


@pytest.mark.parametrize("settings", [Settings(windows=(Window(4, 1.0),), sliding=False)])
def test_a_429_without_warning_is_survived(shell: Shell, tmp_path: Path) -> None:
    cases = "".join(f'<testcase name="t{at}"/>' for at in range(12))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    assert shell.upload("many.xml", "--batch-size", "2", "--rate", "none", "--output", "json") == 0
    assert shell.json["requests"]["throttled"] >= 1
    assert len(shell.stored) == 12


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


def test_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert shell.upload("-") == 0
    assert shell.stored == ["a", "b"]


def test_the_summary_file(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml", "--summary-file", "summary.md") == 0
    assert "every one of 2 results is at testmo" in (tmp_path / "summary.md").read_text()
    assert shell.upload("r.xml", "--again", "--summary-file", "/nowhere/summary.md") == 0
    assert "cannot be written" in shell.err


def test_a_dry_run_sends_nothing_and_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml", "--dry-run", "--journal", "j") == 0
    assert "Dry run: 2 results would be sent" in shell.out
    assert f"4 requests to {shell.sandbox.url} (project id 1, name" in shell.out
    assert shell.sandbox.requests == 0
    assert not (tmp_path / "j").exists()


@faulty("append: 403 once")
def test_a_dry_run_beside_an_unfinished_upload_does_not_carry_it_on(shell: Shell) -> None:
    assert shell.upload("r.xml") == 5
    requests = shell.sandbox.requests
    assert shell.upload("r.xml", "--dry-run", "--output", "json") == 0
    assert shell.json["dry_run"]
    assert shell.sandbox.requests == requests


@faulty("append: 403 once")
def test_an_upload_that_is_not_wanted_any_more_is_forgotten(shell: Shell) -> None:
    assert shell.upload("r.xml", "--output", "json") == 5
    upload_id = shell.json["upload_id"]
    assert shell("uploads") == 0
    assert "unfinished: HTTP 403" in shell.out.replace("\n", " ") or "403" in shell.out
    assert shell("uploads", "forget", upload_id[:5]) == 0
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell.upload("--run-id", "", "r.xml") == 2


@faulty("append: 403 after 1")
def test_the_rate_is_kept_by_the_process_that_carries_on(shell: Shell, tmp_path: Path) -> None:
    """Neither the rate nor what was sent a moment ago is forgotten."""
    cases = "".join(f'<testcase name="t{at}"/>' for at in range(8))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    words = [
        "many.xml",
        "--batch-size",
        "1",
        "--rate",
        "6/100s",
        "--rate-share",
        "1",
        "--width",
        "1",
        "--output",
        "json",
    ]
    assert shell.upload(*words) == 5
    shell.sandbox.settings.faults.faults.clear()
    assert shell("resume", "--max-time", "2s", "--output", "json") == 75
    assert shell.json["uploads"][0]["requests"]["total"] <= 3, "three of six an hour were left"


def test_quiet_says_nothing_unless_something_is_wrong(shell: Shell) -> None:
    assert shell.upload("r.xml", "-q") == 0
    assert shell.out + shell.err == ""
    assert shell("resume", "-q") == 0
    assert shell.out + shell.err == ""
    assert shell.upload("r.xml", "gone.xml", "-q", "--again") == 4
    assert "gone.xml" in shell.out


def test_failed_tests_are_data_unless_the_user_says_otherwise(shell: Shell) -> None:
    assert shell.upload("r.xml", "--fail-on-failed-tests") == 1


def test_repeated_entries_are_merged_only_when_asked(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "twice.xml").write_text(GOOD.replace('name="a"', 'name="b"'))
    assert shell.upload("twice.xml", "--attempts", "worst") == 0
    assert shell.stored == ["b"]
    assert shell.upload("twice.xml", "--again") == 0
    assert shell.stored == ["b", "b", "b"]


# --- COMMAND behind --


@pytest.mark.parametrize(("code", "expected"), [("0", 0), ("3", 3)])
def test_a_command_runs_first_and_its_exit_code_stands(
    shell: Shell, code: str, expected: int
) -> None:
    script = (
        f"import sys; open('made.xml', 'w').write('''{GOOD}'''); print('noise'); sys.exit({code})"
    )
    assert (
        shell.upload("made.xml", "--output", "json", "--", sys.executable, "-c", script) == expected
    )
    assert shell.json["exit_code"] == expected
    assert shell.stored == ["a", "b"]


def test_a_command_that_a_signal_ended_and_reports_of_an_earlier_run(
    shell: Shell, tmp_path: Path
) -> None:
    os.utime(tmp_path / "r.xml", (1_000_000_000, 1_000_000_000))
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert shell.upload("r.xml", "--", sys.executable, "-c", kill) == 137
    assert "wrote no report" in shell.err
    assert shell.stored == []
    assert shell.upload("r.xml", "--", sys.executable, "-c", "pass") == 3
    assert shell.upload("r.xml", "--", "no-such-command") == 2
    assert shell.upload("r.xml", "--") == 2


# --- bad input


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.xml"], 3, "there is no file 'none.xml'"),
        (["none/*.xml"], 3, "no file matches 'none/*.xml'"),
        (["empty.xml"], 3, "is empty"),
        (["broken.xml"], 3, "line 2, column"),
        (["pom.xml"], 3, "a build file"),
        (["r.xml", "broken.xml"], 4, "broken XML at line 2, column"),
        (["r.xml", "gone.xml"], 4, "there is no such file"),
        (["none.xml", "--allow-empty"], 0, "nothing to upload"),
        (["none-at-all.xml"], 0, ""),
        ([], 3, "no report is named"),
        (["r.xml", "--url", "ftp://x"], 2, "is no address"),
        (["r.xml", "--url", "http://example.com"], 2, "in the clear to example.com"),
        (["r.xml", "--url", "https://u:p@example.com"], 2, "must not hold credentials"),
        (["r.xml", "--url", "https://exa mple.com"], 2, "is no address"),
        (["r.xml", "--url", "https://x:y"], 2, "is no address"),
        (["r.xml", "--url", "http://[::1"], 2, "is no address"),
        (["r.xml", "--timeout", "0"], 2, "too short"),
        (["r.xml", "--rate-share", "nan"], 2, "rate-share"),
        (["r.xml", "--run-id", ""], 2, "is empty"),
        (["r.xml", "--config", "odd.toml"], 2, "unknown key 'bogus'"),
        (["r.xml", "late.xml"], 4, "its first 2 complete tests are kept"),
        (["r.xml", "--token-file", "."], 2, "cannot be read"),
        (["r.xml", "--token-file", "open.txt"], 2, "chmod 600"),
        (["r.xml", "--token-file", "blank.txt"], 2, "is empty"),
        (["r.xml", "--rate", "fast"], 2, "is no rate"),
        (["r.xml", "--rate", "0/min"], 2, "is no rate"),
        (["r.xml", "--batch-bytes", "0"], 2, "is no size"),
        (["r.xml", "--max-time", "soon"], 2, "is no duration"),
        (["r.xml", "--rate-share", "2"], 2, "rate-share"),
        (["r.xml", "--in-doubt", "panic"], 2, "panic"),
        (["r.xml", "--run-id", "x"], 2, "is no number"),
        (["r.xml", "--nonsense"], 2, "--nonsense"),
        (["r.xml", "--token", CANARY], 2, "--token"),
        (["r.xml", "--config", "none.toml"], 2, "cannot be read"),
        (["r.xml", "--config", "bad.toml"], 2, "not valid TOML"),
        (["r.xml", "--config", "secret.toml"], 2, "must not be in a file"),
        (["r.xml", "--journal", "r.xml"], 74, "--journal DIR"),
    ],
)
def test_bad_input_names_the_thing_and_the_cure(
    shell: Shell, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    files = {
        "empty.xml": "", "broken.xml": "<testsuite>\n<testcase name='<'/></testsuite>", "pom.xml": "<project/>", "open.txt": "x",
        "blank.txt": " ", "bad.toml": "= 1", "secret.toml": "api-key = 'x'", "odd.toml": "bogus = 3",
        "late.xml": "<testsuite>\n<testcase name='1'/>\n<testcase name='2'/>\n<testcase name='3' &/>\n</testsuite>", "none-at-all.xml": "<testsuites/>",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "open.txt").chmod(0o644)
    (tmp_path / "blank.txt").chmod(0o600)
    if words == ["none-at-all.xml"]:
        words = [*words, "--allow-empty"]
    assert shell.upload(*words) == code
    text = shell.out + shell.err
    assert said in text
    assert "Traceback" not in text
    assert CANARY not in text or "--token" in words
    if code in (2, 3, 74):
        assert shell.sandbox.requests == 0, "nothing was sent"


def test_no_token_no_address_no_project(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("upload", "testmo", "r.xml") == 2
    assert "--project-id" in shell.err
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml") == 2
    assert "TESTMO_TOKEN" in shell.err
    monkeypatch.setenv("TESTMO_TOKEN", "bad\x07token")
    assert shell.upload("r.xml") == 2
    monkeypatch.delenv("TESTMO_URL")
    assert shell.upload("r.xml") == 2
    assert "--url" in shell.err
    assert shell("upload", "nowhere", "r.xml") == 2
    assert "there is no target 'nowhere'" in shell.err
    assert shell.sandbox.requests == 0


def test_a_wrong_token_is_the_services_refusal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTMO_TOKEN", "another")
    assert shell.upload("r.xml", "--output", "json") == 5
    assert shell.json["results"] == {
        "total": 2,
        "accepted": 0,
        "rejected": 0,
        "in_doubt": 0,
        "pending": 2,
        "unmatched": 0,
    }
    assert "invalid or missing API token" in shell.err
    assert "check the token" in shell.err


def test_json_even_where_nothing_was_planned(shell: Shell) -> None:
    for words, code in ((["none.xml"], 3), (["r.xml", "--journal", "r.xml"], 74)):
        assert shell.upload(*words, "--output", "json") == code
        assert shell.json["exit_code"] == code
        assert shell.json["results"]["total"] == 0


def test_the_token_is_nowhere(shell: Shell, tmp_path: Path) -> None:
    """The canary at -vv in every stream and every file that is left."""
    assert shell.upload("r.xml", "-vv", "--summary-file", "s.md") == 0
    assert CANARY not in shell.out + shell.err
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_a_token_file(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TESTMO_TOKEN")
    token = tmp_path / "token"
    token.write_text(CANARY + "\n")
    token.chmod(0o600)
    assert shell.upload("r.xml", "--token-file", str(token)) == 0


def test_two_at_once_on_one_upload(shell: Shell) -> None:
    from testferry.journal import Store
    from testferry.settings.files import journal_folder

    assert shell.upload("r.xml", "--output", "json") == 0
    upload_id = shell.json["upload_id"]
    with Store(journal_folder()).open(upload_id, write=True):
        assert shell.upload("r.xml", "--output", "json") == 75
        assert "another process" in shell.err
        assert shell.json["exit_code"] == 75
        assert shell("resume", upload_id) == 75


def test_a_damaged_journal_does_not_stop_the_others(shell: Shell) -> None:
    from testferry.settings.files import journal_folder

    (journal_folder()).mkdir(parents=True, exist_ok=True)
    (journal_folder() / "bad.journal").write_bytes(b"hello" * 100)
    (journal_folder() / "bad.journal").chmod(0o600)
    assert shell.upload("r.xml") == 0
    assert shell("uploads") == 74
    assert "done" in shell.out
    assert "bad.journal" in shell.err
    assert shell("resume", "bad") == 74
    assert shell("resume") == 74, "what cannot be read is not passed over"
    assert "bad.journal" in shell.err
    (journal_folder() / "bad.journal").write_bytes(b"")
    assert shell("resume") == 74


# --- configuration


def test_a_target_of_the_configuration(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESTMO_URL")
    (tmp_path / "testferry.toml").write_text(
        f'batch-size = 1\n[targets.nightly]\ntype = "testmo"\nurl = "{shell.sandbox.url}/api/v1"\nproject-id = 3\nname = "From file"\n'
    )
    assert shell("upload", "nightly", "r.xml", "-vv") == 0
    assert shell.err.count("/append") == 2
    assert shell.sandbox.testmo.run(101)["name"] == "From file"
    assert shell.sandbox.testmo.run(101)["project_id"] == 3
    assert shell("upload", "nightly", "r.xml", "--again", "--name", "From option") == 0
    assert shell.sandbox.testmo.run(102)["name"] == "From option"
    monkeypatch.setenv("TESTFERRY_NAME", "From environment")
    assert shell("upload", "nightly", "r.xml", "--again") == 0
    assert shell.sandbox.testmo.run(103)["name"] == "From environment"
    assert shell("doctor", "nightly") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[targets.x]\ntype = "fax"', "has no type that testferry knows"),
        ("targets = 5", "must be tables"),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\ncolour = "red"',
            "unknown key 'colour'",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\nbatch = { most = 1 }',
            "unknown key 'most'",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\nbatch = 5',
            "batch must be a table",
        ),
        (
            '[targets.x]\ntype = "http"\nurl = "http://127.0.0.1:1"\ndialect = "klingon"',
            "there is no dialect 'klingon'",
        ),
        ('[targets.x]\ntype = "http"', "there is no address"),
        ("[tool]\n", "there is no target 'x'"),
    ],
)
def test_configuration_that_is_wrong_names_the_key(
    shell: Shell, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "testferry.toml").write_text(text)
    assert shell("upload", "x", "r.xml") == 2
    assert said in shell.err


def test_the_configuration_of_pyproject_and_of_the_user(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.testferry]\nname = "Project"\n')
    (tmp_path / "home" / "testferry").mkdir(parents=True, exist_ok=True)
    (tmp_path / "home" / "testferry" / "config.toml").write_text('name = "User"\nsource = "user"\n')
    assert shell.upload("r.xml") == 0
    assert (shell.sandbox.testmo.run(101)["name"], shell.sandbox.testmo.run(101)["source"]) == (
        "Project",
        "user",
    )
    assert shell.upload("r.xml", "--again", "--config=pyproject.toml") == 0
    assert shell.upload("r.xml", "--again", "--config", "pyproject.toml") == 0
    (tmp_path / "pyproject.toml").write_text("[tool]\ntestferry = 5\n")
    assert shell.upload("r.xml") == 2


@pytest.mark.parametrize(
    ("environment", "name", "source"),
    [
        (
            {
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKFLOW": "CI",
                "GITHUB_RUN_NUMBER": "7",
                "GITHUB_REPOSITORY": "me/app",
            },
            "CI #7",
            "app",
        ),
        (
            {"GITLAB_CI": "true", "CI_PROJECT_NAME": "app", "CI_PIPELINE_IID": "9"},
            "app pipeline #9",
            "app",
        ),
        ({"JENKINS_URL": "x", "JOB_NAME": "job"}, "job", "job"),
    ],
)
def test_names_from_the_ci_system(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    name: str,
    source: str,
) -> None:
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert shell.upload("r.xml") == 0
    assert (shell.sandbox.testmo.run(101)["name"], shell.sandbox.testmo.run(101)["source"]) == (
        name,
        source,
    )


def test_any_other_api_described_in_toml(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread's append call as if it were a bulk API of its own."""
    assert shell("run", "create", "testmo", "--project-id", "1") == 0
    shell.sandbox.testmo.handle("POST", "/api/v1/automation/runs/101/threads")
    (tmp_path / "testferry.toml").write_text(
        f'[targets.sink]\ntype = "http"\nurl = "{shell.sandbox.url}/api/v1/automation/runs/threads/501/append"\ndialect = "ours"\n'
        'idempotency_header = "Idempotency-Key"\nbatch = { max_results = 500, max_bytes = "1 MB", path = "tests" }\n'
        '[dialects.ours]\nextends = "nestjs"\n[[dialects.ours.rules]]\nstatus = 422\nkind = "validation"\naction = "reject"\n'
    )
    monkeypatch.setenv("TESTFERRY_TOKEN", CANARY)
    assert shell("upload", "sink", "r.xml", "--output", "json") == 6, (
        "the emulator wants other fields, and says so"
    )
    assert "The given data was invalid." in shell.json["refused"][0]["reason"]
    assert shell("upload", "sink", "r.xml", "--set", "batch.path=other", "--again") == 0
    assert shell("upload", "sink", "r.xml", "--set", "nonsense") == 2
    assert shell("doctor", "sink", "--output", "json") == 0


# --- other commands


def test_version_and_help(shell: Shell) -> None:
    assert shell("--version") == 0
    assert shell.out == f"testferry {__version__}\n"
    for words in (
        [],
        ["upload"],
        ["upload", "testmo"],
        ["resume"],
        ["run"],
        ["sandbox"],
        ["explain"],
        ["doctor"],
        ["demo"],
        ["uploads"],
    ):
        assert shell(*words, "--help") == 0
        assert "Usage: testferry" in shell.out
    assert shell("nonsense") == 2
    assert shell() == 2


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


def test_explain(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "body").write_text('{"message": "Slow down"}')
    assert (
        shell(
            "explain",
            "testmo",
            "429",
            "--header",
            "Retry-After: 17",
            "--body",
            "body",
            "--output",
            "json",
        )
        == 0
    )
    assert shell.json == {
        "schema": "testferry.explain/1", "dialect": "testmo", "status": 429, "attempt": 1, "action": "wait", "kind": "rate_limited",
        "ambiguous": False, "wait_s": [17.0, 18.7], "message": "Slow down",
        "reason": "the rate limit is reached; the service asks for 17 s", "source": shell.json["source"],
    }  # fmt: skip
    assert shell("explain", "testrail", "500", "--attempt", "2") == 0
    assert "retry, in 10 to 11 s (server_error); it may have been applied all the same" in shell.out
    assert shell("explain", "testmo", "200") == 0
    assert shell("explain", "nowhere", "200") == 2
    assert shell("explain", "testmo", "200", "--header", "nonsense") == 2
    assert shell("explain", "testmo", "1") == 2


def test_one_set_of_words_serves_all_commands(shell: Shell) -> None:
    words = [
        "--project-id",
        "1",
        "--name",
        "N",
        "--source",
        "s",
        "--tag",
        "t",
        "--url",
        shell.sandbox.url,
    ]
    assert shell("upload", "testmo", "r.xml", *words) == 0
    assert shell("doctor", "testmo", *words) == 0
    assert shell("resume", *words) == 0
    assert shell("uploads", *words) == 0
    assert "done" in shell.out
    assert shell("uploads", "--url", "https://elsewhere.example") == 0
    assert "no uploads" in shell.out


def test_uploads_of_nothing(shell: Shell) -> None:
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell("uploads", "show", "x") == 2


def test_upload_into_the_embedded_sandbox(shell: Shell) -> None:
    assert (
        shell("upload", "sandbox", "r.xml", "--fault", "append: lost once", "--output", "json") == 0
    )
    assert shell.json["results"]["accepted"] == 2
    assert shell.json["requests"]["in_doubt"] == 1
    assert shell("upload", "sandbox", "r.xml") == 0
    assert "Already uploaded" not in shell.out, "a rehearsal that is done starts afresh"
    assert (
        shell("upload", "sandbox", "r.xml", "--fault", "append: 401 once", "--output", "json") == 5
    )
    upload_id = shell.json["upload_id"]
    assert shell("resume") == 0
    assert "nothing is unfinished" in shell.out, "a rehearsal waits to be named"
    assert shell("resume", upload_id) == 0
    before = shell("uploads"), shell.out
    assert shell("upload", "sandbox", "r.xml", "--fault", "nonsense") == 2
    assert (shell("uploads"), shell.out) == before, "a usage error leaves nothing behind"


def test_doctor(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("doctor", "testmo", "--project-id", "1") == 0
    assert shell.out.count("✔") >= 6
    monkeypatch.setenv("TESTMO_TOKEN", "wrong")
    assert shell("doctor", "testmo") == 2
    assert shell("doctor", "testmo", "--project-id", "1", "--output", "json") == 5
    assert [one["name"] for one in shell.json["checks"] if not one["passed"]] == ["testmo project"]
    assert shell("doctor", "testmo", "--project-id", "1", "--url", "http://127.0.0.1:1") == 75
    assert "no connection" in shell.out
    assert shell("doctor", "testmo", "--project-id", "1", "--url", "http://example.com") == 2
    assert shell("doctor", "testmo", "--project-id", "1", "--journal", "r.xml") == 74
    assert shell("doctor", "nowhere") == 2


def test_a_defect_is_one_line_and_a_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("testferry.uploads.Session.start", lambda *_a, **_k: 1 / 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert shell.upload("r.xml") == 70
    assert "a defect in testferry (ZeroDivisionError)" in shell.err
    assert "Traceback" not in shell.err
    assert "ZeroDivisionError" in next(tmp_path.glob("*.traceback")).read_text()
    monkeypatch.setattr("tempfile.mkstemp", lambda **_k: (_ for _ in ()).throw(OSError("full")))
    assert shell.upload("r.xml") == 70
    for error, code in ((MemoryError(), 75), (KeyboardInterrupt(), 130), (BrokenPipeError(), 0)):

        def fail(*_a: object, problem: BaseException = error, **_k: object) -> None:
            raise problem

        monkeypatch.setattr("testferry.uploads.Session.start", fail)
        assert shell.upload("r.xml") == code


# --- real processes


def program(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "testferry", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


def test_as_a_program_with_pipes_and_with_ci(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(GOOD)
    done = program(
        "upload", "sandbox", "r.xml", env={**os.environ, "CI": "true", "FORCE_COLOR": "1"}
    )
    assert done.returncode == 0
    assert "\x1b[2K" not in done.stderr, "no animation in a pipe"
    assert "✔" in done.stdout


@pytest.mark.parametrize("shape", ["closed-out", "closed-both", "head", "dumb"])
def test_odd_surroundings_do_not_disturb_an_upload(tmp_path: Path, shape: str) -> None:
    (tmp_path / "r.xml").write_text(GOOD)
    tail = {
        "closed-out": ">&-",
        "closed-both": ">&- 2>&-",
        "head": "| head -c 1 >/dev/null",
        "dumb": "",
    }[shape]
    command = f"set -o pipefail; {sys.executable} -m testferry upload sandbox r.xml {tail}"
    environment = {**os.environ, "TERM": "dumb", "LANG": "C", "COLUMNS": "1"}
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    again = program("uploads", "--output", "json")
    assert json.loads(again.stdout)["uploads"][0]["state"] == "done"


def test_the_served_sandbox_and_the_demo(tmp_path: Path) -> None:
    import signal

    served = subprocess.Popen(
        [sys.executable, "-m", "testferry", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    url = served.stdout.readline().strip().partition("=")[2]
    assert served.stdout.readline().strip() == f"export TESTMO_TOKEN={TOKEN}"
    (tmp_path / "r.xml").write_text(GOOD)
    environment = {**os.environ, "TESTMO_URL": url, "TESTMO_TOKEN": TOKEN}
    assert (
        program("upload", "testmo", "--project-id", "1", "r.xml", env=environment).returncode == 0
    )
    port = url.rpartition(":")[2]
    assert program("sandbox", "--port", port).returncode == 2
    served.send_signal(signal.SIGINT)
    assert served.wait(10) == 0
    served.stdout.close()
    shown = program("demo", "-v")
    assert shown.returncode == 0
    assert "The sandbox holds 1,200 tests: each result once." in shown.stdout
    assert (
        json.loads(program("demo", "--output", "json", "-q").stdout)["results"]["accepted"] == 1200
    )


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_a_signal_while_the_tests_run(tmp_path: Path, number: int, code: int) -> None:
    import signal

    words = [
        sys.executable,
        "-m",
        "testferry",
        "upload",
        "sandbox",
        "r.xml",
        "--output",
        "json",
        "--",
    ]
    child = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)"
    upload = subprocess.Popen(
        [*words, sys.executable, "-c", child],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "started").exists():
        assert upload.poll() is None
    upload.send_signal(signal.Signals(number))
    out, _ = upload.communicate(timeout=30)
    assert upload.returncode == code
    assert json.loads(out)["exit_code"] == code


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_signals_stop_resumably(tmp_path: Path, number: int, code: int) -> None:
    import signal

    cases = "".join(f'<testcase name="t{at}"/>' for at in range(400))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    with Sandbox(Settings(latency=0.1)) as sandbox:
        environment = {**os.environ, "TESTMO_URL": sandbox.url, "TESTMO_TOKEN": TOKEN}
        words = [
            sys.executable,
            "-m",
            "testferry",
            "upload",
            "testmo",
            "--project-id",
            "1",
            "--batch-size",
            "2",
            "many.xml",
        ]
        upload = subprocess.Popen(
            [*words, "--output", "json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert upload.stderr is not None
        while "run 101" not in upload.stderr.readline():
            pass
        upload.send_signal(signal.Signals(number))
        out, _ = upload.communicate(timeout=30)
        assert upload.returncode == code
        document = json.loads(out)
        assert document["exit_code"] == code
        assert document["results"]["pending"] > 0
        assert document["results"]["in_doubt"] == 0, "what was out was given time to settle"
        done = subprocess.run(
            [*words, "--output", "json", "--width", "8", "--rate", "none"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert json.loads(done.stdout)["results"]["accepted"] == 400
        assert (
            len({test["name"] for test in sandbox.testmo.tests(101)})
            == len(sandbox.testmo.tests(101))
            == 400
        )


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
