"""The list of commands is the folder: a file each, each with a line that says what it is for."""

from __future__ import annotations

from pathlib import Path

import click

from testferry import commands
from testferry.cli import cli
from testferry.commands import COMMANDS


def test_a_command_is_a_file() -> None:
    folder = Path(commands.__file__).parent
    files = {path.stem for path in folder.glob("*.py")}
    assert files - {"__init__", "finish", "listed", "shared", "variables", "way"} == set(COMMANDS)


def test_each_command_is_found_under_its_name_and_says_what_it_is_for() -> None:
    context = click.Context(cli)
    for name, line in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert line.endswith((".", "?"))
        assert (command.help or "").strip(), name
