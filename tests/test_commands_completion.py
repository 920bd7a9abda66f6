"""The words that each shell completes, asked of the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shells import GOOD, Shell
from testferry.cli import run
from testferry.settings.complete import beginning_with

BASH = """
eval "$(testferry completion bash)"
COMP_WORDS=(testferry {words}) COMP_CWORD={at}
_testferry_completion testferry
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
autoload -Uz compinit; compinit -u -D
eval "$(testferry completion zsh)"
print registered $_comps[testferry]
compadd() {{ print -l -- "${{@[-1]}}" ; eval 'print -l -- $'${{@[-1]}} }}
_describe() {{ eval 'print -l -- $'$3 }}
words=(testferry {words}) CURRENT={next}
_testferry_completion
"""
FISH = 'testferry completion fish | source\ncomplete --do-complete "testferry {line}"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program called testferry on the PATH, and a target of one's own."""
    program = tmp_path / "bin" / "testferry"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m testferry "$@"\n')
    program.chmod(0o755)
    (tmp_path / "testferry.toml").write_text(
        "[targets.nightly]\ntype = 'http'\nurl = 'https://x.example'\n"
    )
    return tmp_path


def ask(shell: str, script: str, folder: Path, *words: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    text = script.format(
        words=" ".join(words) or "''",
        at=len(words),
        next=len(words) + 1,
        line=" ".join(words),
    )
    environment = {**os.environ, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, "-c", text],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
        cwd=folder,
    )
    return [line.split("\t")[0].split(":")[0].split(",")[-1] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("shell", "script"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)], ids=lambda value: value[:4]
)
def test_commands_targets_and_options(folder: Path, shell: str, script: str) -> None:
    assert {"upload", "uploads"} <= set(ask(shell, script, folder, "uplo"))
    assert "nightly" in ask(shell, script, folder, "upload", "nig")
    assert "--project-id" in ask(shell, script, folder, "upload", "testmo", "--proj")


@pytest.mark.parametrize(
    ("shell", "script"), [("bash", BASH), ("zsh", ZSH), ("fish", FISH)], ids=lambda value: value[:4]
)
def test_ids_of_uploads(folder: Path, uploaded: str, shell: str, script: str) -> None:
    assert uploaded in ask(shell, script, folder, "uploads", "show", uploaded[:4])
    assert uploaded not in ask(shell, script, folder, "resume", uploaded[:4]), "it is finished"
    assert run(["upload", "sandbox", "r.xml", "-q", "--spool", "--again"]) == 0
    offered = ask(shell, script, folder, "resume", "''")
    assert f"{uploaded}-2" in offered
    assert uploaded not in offered
    assert "trcli" in ask(shell, script, folder, "migrate", "tr")
    assert "journal" in ask(shell, script, folder, "help", "jou")
    assert "junit" in ask(shell, script, folder, "inspect", "--convert", "ju")


@pytest.fixture
def uploaded(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    (folder / "r.xml").write_text(GOOD)
    assert run(["upload", "sandbox", "r.xml", "-q"]) == 0
    assert run(["uploads"]) == 0
    return capsys.readouterr().out.splitlines()[1].split()[0]


@pytest.mark.parametrize(
    "name", ["$(touch x)", "`touch x`", "a; b", "*", "two\nlines", "a\x1b[1m", ""]
)
def test_what_a_shell_would_not_read_as_one_word_is_not_offered(name: str) -> None:
    """Anybody may name a target; what stands in the user's line is run when he presses Enter."""
    assert [item.value for item in beginning_with("", [name, "fine"])] == ["fine"]


def test_a_shell_that_is_not_known(shell: Shell) -> None:
    assert shell("completion", "bsh") == 2
    assert "did you mean bash?" in shell.err


def test_a_broken_configuration_disturbs_no_completion(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "testferry.toml").write_text("= 1")
    assert "testmo" in ask("bash", BASH, folder, "upload", "test")
    journal = folder / "j"
    journal.write_text("")
    monkeypatch.setenv("TESTFERRY_JOURNAL", str(journal))
    assert ask("bash", BASH, folder, "uploads", "show", "a") == [""]
