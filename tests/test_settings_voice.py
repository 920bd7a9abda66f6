"""What click finds wrong is said in the one voice of all errors."""

from __future__ import annotations

import click
import pytest

from shells import Shell
from testferry.cli import cli
from testferry.commands.upload import command
from testferry.services import services


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
