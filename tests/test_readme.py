"""What the README shows is run."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT
from testferry.cli import cli, run
from testferry.dialects import load
from testferry.sandbox.server import TOKEN, Sandbox, Settings

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    """Every testferry command line of the README."""
    found = []
    for language, text in BLOCKS:
        if language in ("console", "yaml", "groovy", "cron"):
            for line in text.splitlines():
                match = re.search(r"testferry (?!demo)[a-z].*", line.split("   #")[0])
                if match and "pip install" not in line and "-m venv" not in line:
                    found.append(match[0].rstrip(" )]"))
    found += re.findall(r"`(testferry [a-z][^`]*)`", README)
    return found


def known(words: list[str]) -> bool:
    """Whether a command line is one that the program has, option by option."""
    command: object = cli
    import click

    context = click.Context(cli, obj=[])
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        if found is None:
            return rest[0] == "sink"
        command, rest = found, rest[1:]
    assert isinstance(command, click.Command)
    options = {"--help", *(name for option in command.params for name in option.opts)}
    upto = rest[: rest.index("--")] if "--" in rest else rest
    return all(
        word.split("=")[0] in options for word in upto if word.startswith("-") and word != "-"
    )


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_and_option_exists(line: str) -> None:
    try:
        words = shlex.split(line)
    except ValueError:  # a quote of the surrounding YAML or Groovy
        words = re.sub("[\"')]", "", line).split()
    assert known(words), line


def test_the_testmo_recipes_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_bytes(
        (FIXTURES / "reports" / "junit" / "pytest.xml").read_bytes()
    )
    with Sandbox(Settings()) as sandbox:
        monkeypatch.setenv("TESTMO_URL", sandbox.url)
        monkeypatch.setenv("TESTMO_TOKEN", TOKEN)
        for line in (
            "doctor testmo --project-id 1",
            "upload testmo --project-id 1 --name Nightly --source backend reports/",
            "resume",
        ):
            assert f"testferry {line.split(' --')[0].split(' reports')[0]}" in README
            assert run(line.split()) == 0
        assert run(["run", "create", "testmo", "--project-id", "1", "--name", "Build 7"]) == 0
        run_id = capsys.readouterr().out.split()[-1]
        assert run(["upload", "testmo", "--run-id", run_id, "reports/"]) == 0
        assert run(["run", "complete", "testmo", "--run-id", run_id]) == 0
        assert sandbox.testmo.run(int(run_id))["is_completed"]


def test_the_described_service_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = next(text for language, text in BLOCKS if language == "toml")
    table = tomllib.loads(text)
    assert load("ours", table["dialects"]).name == "ours"
    (tmp_path / "testferry.toml").write_text(text)
    (tmp_path / "r.xml").write_text("<testsuite><testcase name='a'/></testsuite>")
    assert run(["upload", "sink", "--dry-run", "r.xml"]) == 0
    assert run(["explain", "simutest", "429", "--header", "Retry-After: 5"]) == 0
    assert run(["explain", "ours", "418", "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["kind"] == "busy"


def test_the_rehearsal_runs(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_text("<testsuite><testcase name='a'/></testsuite>")
    line = next(
        line
        for _, text in BLOCKS
        for line in text.splitlines()
        if line.startswith("testferry upload sandbox")
    )
    assert run(shlex.split(line)[1:]) == 0


def test_the_exit_codes_are_those_of_the_program() -> None:
    from testferry import errors

    listed = {
        int(number)
        for row in re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)
        for number in row.split(",")
    }
    classes = [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.TestferryError)
    ]
    assert {one.exit_code for one in classes} <= listed
    assert listed == {0, 1, 2, 3, 4, 5, 6, 70, 74, 75, 130, 143}


def test_ci_calls_the_readmes_own_commands() -> None:
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    assert len(re.findall(r"^python3 -m venv", README, re.MULTILINE)) == 2
    assert "commands[0]" in ci
    assert "commands[1]" in ci


def test_the_states_are_those_of_the_program() -> None:
    """Each state of the table, alone, ends in the code beside it."""
    from testferry.outcome import Counts, Figures, Flags, Outcome, exit_code
    from testferry.submission import State

    rows: dict[str, str] = dict(
        re.findall(
            r"^\| (sent|pending|sending|in_doubt|rejected|unmatched) \| [^|]+ \| (\d+) \|$",
            README,
            re.MULTILINE,
        )
    )
    assert set(rows) == {str(state) for state in State} | {"unmatched"}
    fields = {"sent": "accepted", "sending": "pending"}
    for state, code in rows.items():
        counts = Counts(**{str(fields.get(state, state)): 1})
        outcome = Outcome(figures=Figures(results=counts))
        assert exit_code(outcome, Flags()) == int(code), state


def test_the_testrail_recipes_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_bytes(
        (FIXTURES / "reports" / "junit" / "pytest.xml").read_bytes()
    )
    with Sandbox(Settings()) as sandbox:
        for name, value in (("URL", sandbox.url), ("USER", "you@example.com"), ("KEY", TOKEN)):
            monkeypatch.setenv(f"TESTRAIL_{name}", value)
        sandbox.testrail.projects[1]["name"] = "My project"
        lines = [
            line
            for _, text in BLOCKS
            for line in text.splitlines()
            if re.match("testferry (doctor|upload) testrail", line)
        ]
        assert len(lines) == 3
        for line in (lines[0], lines[2], lines[2].replace(" --dry-run", ""), lines[1]):
            assert run(shlex.split(line)[1:]) == 0
        assert any(one.closed for one in sandbox.testrail.runs.values())
