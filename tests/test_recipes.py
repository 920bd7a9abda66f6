"""The README's recipes are run: each command line as it stands there, with the variables and files
that the runner sets.
"""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from jobs import JOBS
from shells import GOOD, Shell, faulty
from testferry import __version__

README = (ROOT / "README.md").read_text("utf-8")
IN_CI = README.partition("## In CI")[2].partition("\n## ")[0]


def job(monkeypatch: pytest.MonkeyPatch, system: str, **more: str) -> str:
    """What the runner of a system sets, and the name of a run there."""
    use(monkeypatch, **JOBS[system].environment, **more)
    return JOBS[system].name


def recipe(title: str) -> str:
    """The block of code under a title of the README's section on CI."""
    found = re.search(
        rf"^{title}(?:[^\n]|\n(?!\n))*:\n\n```\w+\n(.*?)```", IN_CI, re.DOTALL | re.MULTILINE
    )
    assert found, title
    return found[1]


def commands(text: str) -> list[str]:
    """The command lines of testferry in a recipe, without what the file's own grammar adds."""
    found = re.findall(r"testferry (?:upload|resume|run|uploads)[^\n\]]*", text)
    return [re.sub(r"\s+#.*$|'$", "", line).strip() for line in found]


def words(line: str, **variables: str) -> list[str]:
    for name, value in variables.items():
        line = line.replace(name, value)
    return shlex.split(line)[1:]


@pytest.fixture(autouse=True)
def reports(tmp_path: Path) -> None:
    for name in ("reports", "build"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "r.xml").write_text(GOOD)
    (tmp_path / "report.xml").write_text(GOOD)


def use(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_github(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = recipe("GitHub Actions")
    assert "if: always()" in text
    files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
    name = job(monkeypatch, "github", **{key: str(tmp_path / file) for key, file in files.items()})
    for file in files.values():  # the runner makes them
        (tmp_path / file).touch()
    (line,) = commands(text)
    assert shell(*words(line)) == 0
    assert shell.sandbox.testmo.run(101)["name"] == name
    assert "run_id=101" in (tmp_path / "output").read_text()
    assert (tmp_path / "summary").read_text().startswith("### ✔ 2 results")
    assert any(line.startswith("::error ") for line in shell.out.splitlines())


def test_gitlab(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = recipe("GitLab")
    assert "after_script" in text
    assert "when: always" in text
    name = job(monkeypatch, "gitlab")
    (line,) = commands(text)
    assert shell(*words(line)) == 0
    assert shell.sandbox.testmo.run(101)["name"] == name
    for file in re.findall(r"testferry[\w-]*\.(?:env|json)", text):
        assert (tmp_path / file).is_file()


def test_azure(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = recipe("Azure Pipelines")
    assert "condition: always()" in text
    name = job(monkeypatch, "azure", AGENT_TEMPDIRECTORY=str(tmp_path))
    (line,) = commands(text)
    line = line.replace("$(Build.SourcesDirectory)", str(tmp_path))
    assert shell(*words(line)) == 0
    assert shell.sandbox.testmo.run(101)["name"] == name
    (summary,) = re.findall(r"##vso\[task\.uploadsummary\](.*)", shell.out)
    assert Path(summary).is_file()
    assert "variable=UPLOADED_RUN_ID;isOutput=true;]101" in shell.out


def test_jenkins(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    text = recipe("Jenkins")
    assert "post { always {" in text
    name = job(monkeypatch, "jenkins")
    (line,) = commands(text)
    assert shell(*words(line)) == 0
    assert shell.sandbox.testmo.run(101)["name"] == name


def test_buildkite(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line, *_ = commands(recipe("Buildkite"))
    name = job(monkeypatch, "buildkite", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    make = tmp_path / "make"
    make.write_text(f"#!{sys.executable}\nimport pathlib\npathlib.Path('reports/r.xml').touch()\n")
    make.chmod(0o755)
    assert shell(*words(line)) == 0
    assert shell.sandbox.testmo.run(101)["name"] == name
    assert "+++ testferry" in shell.out


@faulty("append: 500 first 1")
def test_cron_is_silent_on_success_and_a_line_otherwise(shell: Shell, tmp_path: Path) -> None:
    text = recipe("cron")
    (line,) = [line for line in text.splitlines() if "testferry resume" in line]
    fields = line.split(None, 5)
    assert len(fields) == 6
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
    assert "%" not in fields[5], "it is a line end there"
    assert shell.upload("r.xml", "--spool", "-q") == 0
    home = Path(os.environ["HOME"])
    (home / ".config" / "testferry").mkdir(parents=True)
    token = f"TESTMO_TOKEN={os.environ['TESTMO_TOKEN']}\n"
    (home / ".config" / "testferry" / "environment").write_text(token)
    installed = home / ".local" / "bin" / "testferry"
    installed.parent.mkdir(parents=True)
    installed.write_text(f'#!/bin/sh\nexec {sys.executable} -m testferry "$@"\n')
    installed.chmod(0o755)
    # what cron sets, and where our journals lie in a test
    alone = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LOGNAME": "me", "SHELL": "/bin/sh"}
    state = {"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}
    done = subprocess.run(
        ["/bin/sh", "-c", fields[5]],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**alone, **state},
        cwd=home,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert shell.stored == ["a", "b"]
    assert "✔ 2 results in run 101" in (home / "testferry.log").read_text()


def test_a_systemd_timer(shell: Shell, tmp_path: Path) -> None:
    text = recipe("systemd")
    units = {}
    for name, body in re.findall(r"# [^\n]*?(testferry\.\w+)\n(.*?)(?=\n# |\Z)", text, re.DOTALL):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
        parser.read_string(body)
        units[name] = parser
    service = units["testferry.service"]["Service"]
    assert service["Type"] == "oneshot"
    assert "75" in service["SuccessExitStatus"].split()
    assert units["testferry.timer"]["Timer"]["Persistent"] == "true"
    assert shell.upload("r.xml", "--spool", "-q") == 0
    assert shell(*shlex.split(service["ExecStart"])[1:]) == 0
    assert shell.stored == ["a", "b"]


def test_docker(shell: Shell, tmp_path: Path) -> None:
    text = recipe("Docker")
    line = next(line for line in text.splitlines() if line.startswith("docker run"))
    inner = shlex.split(line.partition(" testferry ")[2])
    mounts = re.findall(r"-v (\S+):(/\S+)", line)
    assert ('"$PWD"', "/work") in mounts
    where = {inside: outside for outside, inside in mounts}
    inner = [word.replace("/journal", str(tmp_path / "j")) for word in inner]
    assert "/journal" in where
    assert shell(*inner) == 0
    assert list((tmp_path / "j").glob("*.journal")) or list((tmp_path / "j").iterdir())


def test_the_image_of_docker_is_built_of_what_the_readme_says() -> None:
    assert re.search(r"`FROM python:3\.\d+-slim`", IN_CI)
    pinned = re.findall(r"pip install testferry==([\d.]+)", IN_CI)
    assert pinned == [__version__] * len(pinned)
    assert len(pinned) == 6, "each that installs"
