"""Standard input may be closed: every command that reads it says so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from shells import Shell
from testferry.errors import UsageProblem
from testferry.piped import piped, somebody_is_there


def test_what_is_piped_is_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"<x/>")))
    assert piped("a report").read() == b"<x/>"
    assert not somebody_is_there()


def test_a_closed_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageProblem, match="which is closed"):
        piped("a report")
    assert not somebody_is_there()


def test_no_command_needs_it_open(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    for words in (
        ("upload", "testmo", "--project-id", "1", "-"),
        ("upload", "testmo", "--project-id", "1", "--token-file", "-", "r.xml"),
        ("inspect", "-"),
        ("explain", "testrail", "429", "--body", "-"),
    ):
        assert shell(*words) == 2, words
        assert "from standard input, which is closed" in shell.err
    assert shell("init") == 2
    assert "nobody can be asked" in shell.err
    assert not Path("testferry.toml").exists()
