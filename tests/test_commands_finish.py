"""The end of an upload as each CI system gets it, and a fork's pull request."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from jobs import JOBS
from shells import Shell, faulty

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_WORKFLOW": "CI",
    "GITHUB_RUN_NUMBER": "7",
    "GITHUB_REPOSITORY": "me/app",
    "GITHUB_OUTPUT": "outputs",
    "GITHUB_STEP_SUMMARY": "summary.md",
}
FORK = {**GITHUB, "GITHUB_EVENT_PATH": "event.json", "GITHUB_ACTOR": "you"}


@pytest.fixture(autouse=True)
def fork(tmp_path: Path) -> None:
    head = {"sha": "abc", "repo": {"full_name": "you/app"}}
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"head": head}}))


def use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def outputs() -> dict[str, str]:
    lines = Path("outputs").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_github_gets_annotations_outputs_and_one_summary(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "--summary-file", "summary.md") == 0
    lines = shell.out.splitlines()
    assert "::error title=c › b::no" in lines
    assert any(
        line.startswith("::notice title=testferry::✔ 2 results in run 101") for line in lines
    )
    assert lines.index("::group::Tests that failed or were not accepted") == 0
    assert "::endgroup::" in lines
    assert outputs()["run_id"] == "101"
    assert outputs()["upload_id"]
    summary = Path("summary.md").read_text("utf-8")
    assert summary.count("### ✔ 2 results in run 101") == 1, "the same file is written once"


def test_with_json_only_the_document_is_on_standard_output(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "--output", "json") == 0
    assert shell.json["ci"] == "github"
    assert "::error title=c › b::no" in shell.err.splitlines()


def test_none_tells_nobody(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "--ci", "none", "--output", "json") == 0
    assert shell.json["ci"] is None
    assert shell.json["run_name"] != "CI #7"
    assert "::" not in shell.err
    assert not Path("outputs").exists()


def test_quiet_is_quiet_but_for_the_files(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "-q") == 0
    assert not shell.out + shell.err
    assert outputs()["accepted"] == "2"


@faulty("append: 401 once")
def test_a_refusal_is_an_annotation_with_the_next_command(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "--exit-zero") == 5
    (line,) = [line for line in shell.out.splitlines() if "::error title=testferry::" in line]
    assert "401" in line
    assert "Next: testferry resume" in line
    assert outputs()["exit_code"] == "5"


def test_outputs_that_cannot_be_written_are_told_and_end_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, {**GITHUB, "GITHUB_OUTPUT": "no/outputs"})
    assert shell.upload("r.xml") == 0
    assert "no/outputs cannot be written" in shell.err


def test_buildkites_agent_is_asked_if_it_is_there(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BUILDKITE", "true")
    assert shell.upload("r.xml") == 0, "it is not there"
    assert "+++ testferry" in shell.out
    agent = tmp_path / "bin" / "buildkite-agent"
    agent.parent.mkdir()
    agent.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"with open({str(tmp_path / 'asked')!r}, 'a') as f:\n"
        "    f.write(' '.join(sys.argv[1:]) + '|' + sys.stdin.read().splitlines()[0] + '\\n')\n"
        "    f.write(str('TESTMO_TOKEN' in os.environ) + '\\n')\n"
    )
    agent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{agent.parent}{os.pathsep}{os.environ['PATH']}")
    assert shell.upload("r.xml", "--again") == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0].startswith("annotate --context testferry-")
    assert "meta-data set testferry:run_id|102" in asked
    assert "True" not in asked, "the agent gets no secret of ours"


def test_gitlab_gets_its_files(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    assert shell.upload("r.xml") == 0
    assert "UPLOADED_RUN_ID=101\n" in Path("testferry.env").read_text("utf-8")
    assert "view/101" in Path("testferry-links.json").read_text("utf-8")
    assert "section_start:" in shell.out


def test_a_forks_pull_request_is_a_notice_and_0(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FORK)
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml") == 0
    words = "nothing is uploaded: there is no token for testmo, and a fork's pull request gets"
    assert shell.err.startswith(f"notice: {words} no secrets")
    assert shell.out.startswith(f"::notice title=testferry::{words}")
    assert shell.upload("r.xml", "--output", "json") == 0
    assert shell.json["stopped"].startswith("nothing is uploaded")
    assert shell.json["exit_code"] == 0
    assert shell.sandbox.requests == 0
    assert shell.upload("r.xml", "--ci", "none") == 2
    assert "there is no token" in shell.err


def test_its_tests_are_run_all_the_same(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FORK)
    monkeypatch.delenv("TESTMO_TOKEN")
    command = ["--", sys.executable, "-c", "open('ran', 'w'); raise SystemExit(3)"]
    assert shell.upload("r.xml", *command) == 3
    assert Path("ran").exists()


def test_with_a_token_a_fork_is_like_any_other(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, FORK)
    assert shell.upload("r.xml") == 0
    assert shell.stored == ["a", "b"]


def test_in_azure_a_forks_secret_is_a_text_that_nobody_filled_in(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = {**JOBS["azure"].environment, "SYSTEM_PULLREQUEST_ISFORK": "True"}
    use(monkeypatch, {**job, "TESTMO_TOKEN": "$(TESTMO_TOKEN)"})
    assert shell.upload("r.xml") == 0
    assert "notice: nothing is uploaded" in shell.err
    assert shell.sandbox.requests == 0


@pytest.mark.parametrize("options", [[], ["--output", "json"], ["-q"]])
def test_without_a_fork_a_missing_token_is_2_and_told_in_the_margin(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    use(monkeypatch, GITHUB)
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml", "--summary-file", "own.md", *options) == 2
    (line,) = [line for line in (shell.out + shell.err).splitlines() if line.startswith("::")]
    words = "::error title=testferry::✘ Nothing was sent; there is no token for testmo; set TESTMO"
    assert line.startswith(words)
    assert (outputs()["exit_code"], outputs()["accepted"]) == ("2", "0")
    assert outputs()["reason"] == "there is no token for testmo"
    summary = Path("summary.md").read_text("utf-8")
    assert summary.startswith("### ✘ Nothing was sent.\n")
    assert "**Why:** there is no token for testmo" in summary
    assert "**Cure:** set TESTMO" in summary
    assert Path("own.md").read_text("utf-8") == summary


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["--rate", "fast", "r.xml"], "2", "--rate"),
        (["--url", "http://far.example", "r.xml"], "2", "http:// would send"),
        (["r.xml", "--", "no-such-command"], "127", "there is no command 'no-such-command'"),
    ],
)
def test_what_is_wrong_with_the_line_is_told_there_too(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str], code: str, reason: str
) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload(*words) == int(code)
    assert outputs()["exit_code"] == code
    assert reason in outputs()["reason"]
    assert "::error title=testferry::" in shell.out


def test_a_wrong_name_of_a_ci_system_is_told_all_the_same(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, GITHUB)
    assert shell.upload("r.xml", "--ci", "githbu") == 2
    assert shell.err.startswith("error: --ci 'githbu' is")


def test_an_unwritable_summary_hides_no_problem(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, {**GITHUB, "GITHUB_STEP_SUMMARY": "no/summary"})
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml") == 2
    assert "no/summary cannot be written" in shell.err
    assert "there is no token for testmo" in shell.err


def test_a_last_line_without_an_end_stays_a_line_of_its_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, GITHUB)
    Path("outputs").write_text("mine=1")
    Path("summary.md").write_text("mine")
    assert shell.upload("r.xml") == 0
    assert outputs()["mine"] == "1"
    assert outputs()["run_id"] == "101"
    assert Path("summary.md").read_text("utf-8").startswith("mine\n### ✔")


def test_after_an_outage_gitlab_shows_no_old_link(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, {"GITLAB_CI": "true"})
    Path("testferry-links.json").write_text('{"testferry": ["old"]}')
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell.upload("r.xml") == 2
    assert json.loads(Path("testferry-links.json").read_text()) == {}
    assert "UPLOADED_RUN_ID=\n" in Path("testferry.env").read_text("utf-8")
