"""What click finds wrong is said in the one voice of all errors."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from others import TESTMO, TRCLI
from shells import Shell
from testferry.cli import cli
from testferry.commands.upload import command
from testferry.services import services

OF_OTHERS = [
    *(("testmo", option) for options in TESTMO.values() for option in options),
    *(("testrail", option) for options in TRCLI.values() for option in options),
]


@pytest.mark.parametrize(
    ("line", "what", "cure"),
    [
        (
            "upload testrail -y x",
            "-y is no option of `testferry upload testrail`",
            "use --create-missing",
        ),
        ("upload testrail --projct x", "--projct is no option", "did you mean --project?"),
        ("upload testmo --instance x", "--instance is no option", "use --url, or TESTMO_URL"),
        ("parse_junit x", "there is no command 'parse_junit'", "upload testrail --project NAME"),
        ("uplod", "there is no command 'uplod'", "did you mean upload?"),
        ("nonsense", "there is no command 'nonsense'", "use upload, resume"),
        ("uploads shw", "there is no command 'shw'", "did you mean show?"),
        ("upload tesmo", "there is no target 'tesmo'", "did you mean testmo?"),
        ("explain nestjs", "STATUS is missing", "use testferry explain [OPTIONS] DIALECT STATUS"),
        ("explain nestjs abc", "'abc' is no HTTP status", "use a number from 100 to 999"),
        ("upload testmo --name", "option '--name' requires an argument", "write --name=VALUE"),
        ("upload testmo -q=1", "-= is no option", "`testferry upload testmo --help` lists them"),
        (
            "uploads show a b",
            "got unexpected extra argument (b)",
            "testferry uploads show [OPTIONS] ID",
        ),
        ("-x", "-x is no option", "`testferry --help` lists them"),
    ],
)
def test_a_wrong_line_has_its_cure(shell: Shell, line: str, what: str, cure: str) -> None:
    assert shell(*line.split()) == 2
    assert shell.out == ""
    first, second = shell.err.splitlines()
    assert first.startswith(f"error: {what}")
    assert second.startswith("       ")
    assert cure in second


@pytest.mark.parametrize(("client", "line"), OF_OTHERS)
def test_an_option_of_another_client_is_taken_or_answered(
    shell: Shell, client: str, line: str
) -> None:
    """Whoever types what he typed there is told what does it here: never the help, never 0."""
    if client == "testmo":
        code = shell.upload(*shlex.split(line), "r.xml")
    else:
        code = shell("upload", "testrail", "--project", "1", *shlex.split(line), "r.xml")
    if f"{line.split(maxsplit=1)[0]} is no option" not in shell.err:
        assert "Usage" not in shell.out, "taken, and what it says is told where it is wrong"
        return
    assert code == 2
    cure = shell.err.splitlines()[1]
    assert re.search(
        r"\b(use|named|leave it out|set|put|write|there is none|behind --|keep)\b", cure
    )
    assert "lists them" not in cure


def test_a_help_that_is_no_help_of_ours(shell: Shell) -> None:
    assert shell("upload", "testrail", "-h", "https://x", "--project", "A", "r.xml") == 2
    assert "use --url, or TESTRAIL_URL" in shell.err
    assert shell("upload", "testrail", "-h") == 0
    assert shell("upload", "testrail", "r.xml", "-h") == 0


def test_a_configuration_of_the_service_is_no_file(shell: Shell) -> None:
    assert shell.upload("--config", "Chrome", "r.xml") == 2
    assert "no configuration of the service's" in shell.err


def test_words_of_other_clients_are_none_of_ours() -> None:
    """Else the answer would never be read."""
    context = click.Context(cli, obj=[])
    group = command()
    assert isinstance(group, click.Group)
    for service in services():
        upload = group.get_command(context, service.name)
        assert upload is not None
        options = {name for param in upload.params for name in param.opts}
        assert not options & set(service.foreign)
        assert not set(service.foreign) & set(cli.list_commands(context))
