"""A variable that nobody reads is told; whatever anybody reads is not."""

from __future__ import annotations

import pytest

from shells import TOKEN, Shell
from testferry.cli import cli
from testferry.commands.variables import strays


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TESTFERRY_RAET", "TESTFERRY_RATE"),
        ("TESTFERRY_BATCHSIZE", "TESTFERRY_BATCH_SIZE"),
        ("TESTFERRY_PROJECTID", "TESTFERRY_PROJECT_ID"),
        ("TESTFERRY_TOKN", "TESTFERRY_TOKEN"),
        ("TESTFERRY_LATNCY", "TESTFERRY_LATENCY"),
        ("TESTFERRY_XYZZY_OF_NO_OPTION_AT_ALL", ""),
    ],
)
def test_a_variable_that_nobody_reads(name: str, nearest: str) -> None:
    (said,) = strays({name: "s3cret", "TESTFERRY_RATE": "1/s"})
    assert said.startswith(f"{name} in the environment is ignored")
    assert said.endswith(f"did you mean {nearest}?") is bool(nearest)
    assert "s3cret" not in said


def test_nothing_is_said_of_others() -> None:
    known = ["TESTFERRY_TOKEN", "TESTFERRY_CONFIG", "TESTFERRY_SET", "TESTFERRY_TOKEN_FILE"]
    known += ["TESTFERRY_URL", "TESTFERRY_FAULT", "TESTFERRY_STRICT", "TESTFERRY_LATENCY"]
    assert list(strays(dict.fromkeys([*known, "_TESTFERRY_COMPLETE", "PATH", "RATE"], "1"))) == []
    assert list(strays({})) == []


def test_every_command_tells_it_and_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTFERRY_RAET", TOKEN)
    for words in (("uploads",), ("inspect", "r.xml"), ("explain", "testmo", "429")):
        assert shell(*words) == 0
        first, *_ = shell.err.splitlines()
        assert first.startswith("warning: TESTFERRY_RAET in the environment is ignored")
        assert shell.err.count("RAET") == 1
        assert TOKEN not in shell.err + shell.out
    assert shell.upload("-q", "r.xml") == 0
    assert "RAET" not in shell.err
    assert shell("--version") == 0
    assert "RAET" not in shell.err


def test_a_name_is_no_command_for_a_runner(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTFERRY_X\n::error::\x1b[31m", "1")
    assert shell("uploads") == 0
    assert "\n::error" not in shell.err
    assert "\x1b" not in shell.err


def test_the_prefix_is_that_of_options() -> None:
    from testferry.cli import _is_ours
    from testferry.option import PREFIX

    assert _is_ours(PREFIX)
    assert cli.name == "testferry"
