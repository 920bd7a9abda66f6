"""The group of commands: their names, their help, one set of words for all."""

from __future__ import annotations

from shells import Shell
from testferry import __version__


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
