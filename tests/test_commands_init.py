"""``init`` from outside: the file that it writes is one that works."""

from __future__ import annotations

import io
import sys
import tomllib
from pathlib import Path

import pytest

from shells import Shell


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_flags_make_a_file_that_works(shell: Shell, tmp_path: Path) -> None:
    assert shell("init", "--type", "testmo", "--target", "ours", "--project-id", "1") == 0
    assert "testferry.toml is written" in shell.out
    assert "✔ testmo project: can be read" in shell.out
    table = tomllib.loads((tmp_path / "testferry.toml").read_text())
    assert table["targets"]["ours"] == {
        "type": "testmo",
        "url": shell.sandbox.url,
        "project-id": 1,
    }
    assert shell("upload", "ours", "r.xml") == 0
    assert shell.stored == ["a", "b"]


def test_a_file_that_is_there_stays(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "testferry.toml").write_text("# mine\n")
    assert shell("init", "--type", "testmo") == 2
    assert "--force" in shell.err
    assert (tmp_path / "testferry.toml").read_text() == "# mine\n"
    assert shell("init", "--type", "testmo", "--force", "--project-id", "1") == 0


def test_no_link_of_a_checkout_leads_it_elsewhere(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "autostart"
    (tmp_path / "checkout").mkdir()
    monkeypatch.chdir(tmp_path / "checkout")
    Path("testferry.toml").symlink_to(outside)
    words = ("init", "--type", "testmo", "--project-id", "1")
    assert shell(*words) == 2
    assert "there is a testferry.toml here" in shell.err
    assert shell(*words, "--force") == 2
    assert f"leads out of this folder by a link, to {outside}" in shell.err
    assert not outside.exists()


def test_questions_on_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("testmo\n1\nbackend\n"))
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell("init") == 2, "the code of what it found"
    table = tomllib.loads((tmp_path / "testferry.toml").read_text())
    assert table["targets"]["testmo"]["source"] == "backend"
    assert "✘ configuration: there is no token for testmo" in shell.out
    assert shell.out.endswith("mend what has a ✘; `testferry doctor testmo` examines it again\n")


def test_nobody_to_ask(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shell("init") == 2
    assert "--type is missing" in shell.err
    assert shell("init", "--type", "http") == 2
    assert "--url is missing" in shell.err
    assert shell("init", "--type", "http", "--url", "ftp://x") == 2
    assert not (tmp_path / "testferry.toml").exists()


def test_a_table_of_an_api_says_what_to_write(shell: Shell, tmp_path: Path) -> None:
    words = ["--type", "http", "--url", f"{shell.sandbox.url}/bulk", "--target", "my sink"]
    assert shell("init", *words) == 2, "there is no token yet"
    text = (tmp_path / "testferry.toml").read_text()
    assert tomllib.loads(text)["targets"]["my sink"]["type"] == "http"
    assert "# answer = " in text
