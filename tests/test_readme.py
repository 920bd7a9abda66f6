"""What the README shows is run."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT
from testferry.cli import cli, run
from testferry.dialects import load
from testferry.errors import UsageProblem
from testferry.model import Status
from testferry.sandbox.server import TOKEN, Sandbox, Settings
from testferry.submission import Kind, State

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
        try:
            found = command.get_command(context, rest[0])
        except UsageProblem:
            return rest[0] == "sink"  # the target that the page describes
        if found is None:
            return False
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
        if line.startswith("testferry upload sandbox reports/ --")
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
    assert listed == {0, 1, 2, 3, 4, 5, 6, 70, 74, 75, 127, 130, 143}


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
        counts = Counts()
        setattr(counts, fields.get(state, state), 1)
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


# --- the words

WORDS = re.findall(r"^\| `(\w+)` \| (.+) \|$", README.partition("## How it works")[2], re.MULTILINE)
SOURCE = ROOT / "src" / "testferry"
# From a report to the exit code.
ROAD = (
    "beginning.py",
    "uploads.py",
    "ingest.py",
    "sending.py",
    "engine/loop.py",
    "engine/exchange.py",
    "engine/effects.py",
    "engine/scheduler.py",
    "outcome.py",
)


def defined() -> set[str]:
    """Every public class, and every name for one of several classes."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
                found.add(ast.unparse(node.targets[0]))
    return found


def met(path: str) -> set[str]:
    """The names that a file imports from other rooms, or defines."""
    found = set()
    for node in ast.walk(ast.parse((SOURCE / path).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("testferry"):
            if node.module != "testferry.errors":  # they say what they are
                found |= {name.name for name in node.names}
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)
    return found


def test_the_glossary_is_short_and_each_of_its_words_is_one_of_the_code() -> None:
    names = [name for name, _ in WORDS]
    assert 0 < len(names) <= 60
    assert len(names) == len(set(names))
    assert set(names) <= defined()


def test_whoever_is_met_three_times_on_the_road_stands_in_the_glossary() -> None:
    times = Counter(name for path in ROAD for name in met(path))
    often = {name for name, count in times.items() if count >= 3} & defined()
    steps = {"Steps"}  # several of one that stands there
    assert often - steps - {name for name, _ in WORDS} == set()


def test_the_values_that_the_glossary_lists_are_all_there_are() -> None:
    said = dict(WORDS)
    for word, values in (("State", State), ("Kind", Kind), ("Status", Status)):
        listed = said[word].partition(":")[0] if word != "Status" else said[word]
        assert [name.strip() for name in listed.split(",")] == [str(value) for value in values]


def test_what_a_contributor_is_sent_to_exists() -> None:
    table = README.partition("## Contribute")[2]
    for place in re.findall(r"`([a-z_]+/[a-z_/.]*)`", table):
        assert (SOURCE / place).exists() or (ROOT / place).exists(), place


def test_the_first_use_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_text(
        '<testsuite><testcase classname="c" name="a"/></testsuite>', "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    for line in ("inspect reports/", "upload sandbox reports/"):
        assert f"testferry {line} " in README
        assert run(line.split()) == 0
