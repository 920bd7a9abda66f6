"""``upload`` from outside: what it sends, what it says, exit codes and JSON of the contract."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from shells import GOOD, Shell, faulty, program, section
from shells import TOKEN as CANARY
from testferry.dialects import Window
from testferry.sandbox.server import Settings


def test_upload_and_what_it_says(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    assert shell.stored == ["a", "b"]
    assert "✔ 2 results in run " in shell.out
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
        "excluded": 0,
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
    assert "in run 101" in shell.out, "the run is named on failure too"
    assert "Next: testferry resume" in shell.out
    assert shell("uploads") == 0
    assert "unfinished" in shell.out
    assert shell.upload("r.xml") == 0
    assert shell.stored == ["a", "b"]
    assert len(shell.sandbox.testmo.runs()) == 1


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


def test_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert shell.upload("-") == 0
    assert shell.stored == ["a", "b"]


def test_the_summary_file(shell: Shell, tmp_path: Path) -> None:
    assert shell.upload("r.xml", "--summary-file", "summary.md") == 0
    assert "✔ 2 results in run " in (tmp_path / "summary.md").read_text()
    assert shell.upload("r.xml", "--again", "--summary-file", "/nowhere/summary.md") == 0
    assert "cannot be written" in shell.err


def test_a_summary_file_of_json_is_the_document(shell: Shell, tmp_path: Path) -> None:
    for _ in range(2):
        assert shell.upload("r.xml", "--again", "--summary-file", "s.json") == 0
        assert json.loads((tmp_path / "s.json").read_text())["results"]["accepted"] == 2


def test_a_dry_run_sends_nothing_and_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml", "--dry-run", "--journal", "j") == 0
    assert "Dry run: 2 results would be sent" in shell.out
    assert f"  to        {shell.sandbox.url}\n  with      project id 1 · name " in shell.out
    assert shell.sandbox.requests == 0
    assert not (tmp_path / "j").exists()


@faulty("append: 403 once")
def test_a_dry_run_beside_an_unfinished_upload_does_not_carry_it_on(shell: Shell) -> None:
    assert shell.upload("r.xml") == 5
    requests = shell.sandbox.requests
    assert shell.upload("r.xml", "--dry-run", "--output", "json") == 0
    assert shell.json["dry_run"]
    assert shell.sandbox.requests == requests


def test_quiet_says_nothing_unless_something_is_wrong(shell: Shell) -> None:
    assert shell.upload("r.xml", "-q") == 0
    assert shell.out + shell.err == ""
    assert shell("resume", "-q") == 0
    assert shell.out + shell.err == ""
    assert shell.upload("r.xml", "gone.xml", "-q", "--again") == 4
    assert "gone.xml" in shell.out


SKIPS = GOOD.replace(
    "</testsuite>", "<testcase classname='c' name='s'><skipped/></testcase></testsuite>"
)


def test_what_is_excluded_is_counted_and_not_sent(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "s.xml").write_text(SKIPS)
    assert shell.upload("s.xml", "--exclude-status", "skipped", "--output", "json") == 0
    assert shell.stored == ["a", "b"]
    assert shell.json["results"]["total"] == 2
    assert shell.json["results"]["excluded"] == 1
    assert shell.json["tests"]["total"] == 3
    assert shell.upload("s.xml", "--exclude-status", "skipped") == 0
    assert "Already uploaded" in shell.out
    assert shell.upload("s.xml") == 0, "with another set it is another upload"
    assert "✔ 3 results" in shell.out
    words = ["--exclude-status", "skipped", "--exclude-status", "passed,failed"]
    assert shell.upload("s.xml", *words) == 2
    assert "--exclude-status" in shell.err


def test_to_exclude_everything_is_no_error(shell: Shell) -> None:
    words = ["--exclude-status", "passed", "--exclude-status", "failed"]
    assert shell.upload("r.xml", *words) == 0
    assert "There was nothing to upload. · 1 failed · 2 excluded" in shell.out
    assert shell.sandbox.requests == 0
    assert shell("uploads") == 0
    assert "no uploads" in shell.out


@faulty("append: 403 once")
def test_an_unfinished_upload_heeds_what_is_excluded_now(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "s.xml").write_text(SKIPS)
    assert shell.upload("s.xml") == 5
    assert shell.upload("s.xml", "--exclude-status", "skipped", "--output", "json") == 0
    assert "other exclude-status" in shell.err
    assert shell.json["results"]["excluded"] == 1
    assert shell.stored == ["a", "b"]


def test_a_spooled_upload_is_kept_without_a_token_and_sent_later(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shell.sandbox.settings.token
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml", "--spool") == 0
    assert "Kept: 2 results for testmo; nothing is sent yet" in shell.out
    assert "Next: testferry resume" in shell.out
    assert shell.upload("r.xml", "--spool", "--output", "json") == 0, "kept once"
    assert shell.json["results"]["pending"] == 2
    assert shell.json["next"].startswith("testferry resume ")
    assert shell.sandbox.requests == 0
    monkeypatch.setenv("TESTMO_TOKEN", token)
    assert shell("resume") == 0
    assert shell.stored == ["a", "b"]


def test_a_spooled_upload_is_sent_by_the_same_command_too(rail: Shell) -> None:
    section(rail.sandbox, ["c.a", "c.b"])
    assert rail("upload", "testrail", "--project", "1", "r.xml", "--spool") == 0
    assert rail.sandbox.requests == 0
    assert rail("upload", "testrail", "--project", "1", "r.xml") == 0
    assert "✔ 2 results in run" in rail.out


@faulty("append: refuse a")
def test_quiet_and_exit_zero_hide_no_refusal(shell: Shell) -> None:
    """--exit-zero is about the code alone."""
    assert shell.upload("r.xml", "-q", "--exit-zero") == 0
    assert "Not accepted (2):" in shell.out
    assert "2 rejected" in shell.out


@faulty("append: 403 once")
def test_the_next_command_works_as_it_is_typed(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "token").write_text(CANARY)
    (tmp_path / "token").chmod(0o600)
    words = ["--journal", "a b", "--config", "c.toml", "--token-file", "token"]
    assert shell.upload("r.xml", *words) == 5
    line = shell.out.splitlines()[-1].removeprefix("Next: ")
    assert shell("resume") == 0, "there is nothing where journals usually lie"
    assert "nothing is unfinished" in shell.out
    assert shell(*shlex.split(line)[1:]) == 0
    assert shell.stored == ["a", "b"]


def test_other_words_for_what_is_there_already_are_told_not_dropped(shell: Shell) -> None:
    assert shell.upload("r.xml", "--name", "one") == 0
    assert shell.upload("r.xml", "--name", "two", "--tag", "x") == 0
    assert "its name, tag" in shell.err
    assert "--again sends these reports once more" in shell.err
    assert shell.stored == ["a", "b"]
    assert shell.upload("r.xml", "--name", "one") == 0
    assert "--again" not in shell.err


@faulty("append: 403 once")
def test_the_next_command_has_the_address_and_no_password(shell: Shell) -> None:
    """Of a proxy: who types it knows what to fill in."""
    address = ("--url", shell.sandbox.url)
    proxy = ("--proxy", "http://bob:hunter2@127.0.0.1:9")
    assert shell.upload("r.xml", *address, *proxy) == 5
    said = shell.out + shell.err
    assert "hunter2" not in said
    (line,) = (line for line in said.splitlines() if line.startswith("Next: "))
    assert f"--url {shell.sandbox.url} --proxy http://USER:PASSWORD@127.0.0.1:9" in line


def test_failed_tests_are_told_again_when_their_cases_are_found(rail: Shell) -> None:
    rail_upload = ["upload", "testrail", "--project", "1", "--output", "json", "r.xml"]
    assert rail(*rail_upload) == 6
    assert [failed["name"] for failed in rail.json["failed_tests"]] == ["b"]
    section(rail.sandbox, ["c.a", "c.b"])
    assert rail(*rail_upload) == 0
    assert [failed["name"] for failed in rail.json["failed_tests"]] == ["b"]
    assert rail("uploads", "show", rail.json["upload_id"]) == 0
    assert "Failed tests (1):" in rail.out


def test_failed_tests_are_data_unless_the_user_says_otherwise(shell: Shell) -> None:
    assert shell.upload("r.xml", "--fail-on-failed-tests") == 1


def test_repeated_entries_are_merged_only_when_asked(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "twice.xml").write_text(GOOD.replace('name="a"', 'name="b"'))
    assert shell.upload("twice.xml", "--attempts", "worst") == 0
    assert shell.stored == ["b"]
    assert shell.upload("twice.xml", "--again") == 0
    assert shell.stored == ["b", "b", "b"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.xml"], 3, "there is no file 'none.xml'"),
        (["none/*.xml"], 3, "no file matches 'none/*.xml'"),
        (["empty.xml"], 4, "is empty"),
        (["broken.xml"], 4, "line 2, column"),
        (["pom.xml"], 4, "a build file"),
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
    (tmp_path / "open.txt").chmod(0o666)
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
        "excluded": 0,
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
    assert shell("resume", upload_id) == 0
    before = shell("uploads"), shell.out
    assert shell("upload", "sandbox", "r.xml", "--fault", "nonsense") == 2
    assert (shell("uploads"), shell.out) == before, "a usage error leaves nothing behind"


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


def test_equal_reports_that_are_sent_once_more_say_why_and_once(
    shell: Shell, tmp_path: Path
) -> None:
    assert shell.upload("r.xml") == 0
    for run in (102, 103):
        os.utime(tmp_path / "r.xml", (run, run))
        assert shell.upload("r.xml") == 0
        told = [line for line in shell.err.splitlines() if "once more" in line]
        assert len(told) == 1
        assert told[0].startswith(f"the same results went into run {run - 1} at 20")
        assert told[0].endswith("the files were written since, so they are uploaded once more")
    assert shell.upload("r.xml") == 0
    assert "once more" not in shell.err, "already uploaded"
    assert shell.upload("r.xml", "--source", "other") == 0
    assert shell.upload("--batch-size", "1", "r.xml") == 0


def test_a_summary_in_a_form_that_there_is_not_is_refused_before_anything_is_sent(
    shell: Shell,
) -> None:
    assert shell.upload("--summary-file", "page.HTML", "r.xml") == 2
    assert "FILE.json is the JSON document; every other name is Markdown" in shell.err
    assert shell.stored == []


@faulty("append: refuse c")
def test_json_tells_the_reason_the_refused_and_the_next_command_on_standard_error_too(
    shell: Shell,
) -> None:
    assert shell.upload("--spool", "r.xml") == 0
    assert shell("resume", "--output", "json") == 6
    assert shell.json["uploads"][0]["results"]["rejected"] == 2
    assert "Not accepted (2):\n  c › a\n  c › b\n      The given data was invalid." in shell.err
    assert "Next: testferry uploads show " in shell.err


def test_what_is_looked_up_again_is_done_once_it_has_its_cases(rail: Shell) -> None:
    words = ["upload", "testrail", "--project", "1", "r.xml"]
    assert rail(*words) == 6
    assert rail(*words, "--create-missing") == 0
    assert "once more" not in rail.err, "nothing had arrived"
    assert rail(*words) == 0
    assert "Already uploaded" in rail.out
