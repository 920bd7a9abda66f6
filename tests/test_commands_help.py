"""Pages of help, held true by what they are about."""

from __future__ import annotations

import re

import pytest

from conftest import ROOT
from shells import Shell
from testferry.commands.help import topics
from testferry.settings.options import FORMATS
from testferry.settings.systems import NAMES


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_topic_has_a_page_and_a_page_fits(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert shell("help") == 0
    listed = shell.out
    assert max(map(len, listed.splitlines())) <= width
    for name in topics():
        assert re.search(rf"^  {name}\s+[A-Z][^…]+\.$", listed, re.MULTILINE), "no word is cut"
        assert shell("help", name) == 0
        assert max(map(len, shell.out.splitlines())) <= width
        if width >= 80:
            assert len(shell.out.splitlines()) <= 24
    assert shell("help", "exit", "codes") == 0
    assert "stopped for now" in shell.out
    assert shell("help", "CI") == 0


def test_a_topic_that_there_is_not(shell: Shell) -> None:
    assert shell("help", "juornal") == 2
    assert "did you mean journal?" in shell.err
    assert shell("help", "upload") == 2
    assert "`testferry upload --help` is about the command" in shell.err


def test_exit_codes_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\d, ]+) \|", readme, re.MULTILINE)
    known = {code for row in rows for code in row.split(", ")}
    page = re.findall(r"^  ([\d, ]+)  ", topics()["exit-codes"], re.MULTILINE)
    assert {code.strip() for row in page for code in row.split(",")} == known


def test_formats_and_systems_are_those_of_the_program() -> None:
    assert set(FORMATS[1:]) <= set(re.split(r"[\s,.]+", topics()["formats"]))
    assert set(NAMES) <= set(re.split(r"[\s,.]+", topics()["ci"]))


def test_every_option_that_a_page_names_exists(shell: Shell) -> None:
    assert shell("upload", "testmo", "--help-all") == 0
    known = set(re.findall(r"--[a-z-]+", shell.out)) | {"--help"}
    for text in topics().values():
        assert set(re.findall(r"--[a-z][a-z-]+", text)) <= known
