"""``migrate CLIENT SOURCE``: what another client was told, as a command and a table of ours."""

from __future__ import annotations

import click

from testferry.errors import UsageProblem
from testferry.option import key_of
from testferry.services import services
from testferry.services.migration import Migrated
from testferry.services.service import loaded
from testferry.settings.complete import word_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Screen, every_option
from testferry.suggest import choices, cure

_ABOUT = "Say in testferry's words what another client was told."
_EXAMPLES = (
    "testferry migrate trcli CONFIG.yml",
    'testferry migrate trcli "trcli …"',
    'testferry migrate testmo "testmo …"',
)


def run(asked: Asked) -> None:
    """The equivalent command and table of what another client was told."""
    from testferry.commands.shared import show_json

    known = _clients()
    client = asked.word("client")
    if client not in known:
        words = f"use {choices(known)}"
        raise UsageProblem(f"nothing is known of {client!r}", cure(words, client, known))
    said = asked.arguments["source"]
    # the line may be given in quotes or not
    line = said[0] if len(said) == 1 else _joined(said)
    found: Migrated = loaded(known[client])(line)
    _keep_to_the_line(found)
    if asked.settings().of(Screen).json:
        show_json(
            {
                "schema": "testferry.migrate/1",
                "command": found.command,
                "table": found.table,
                "environment": found.environment,
                "notes": found.notes,
            }
        )
        return
    _show(found)


def _clients() -> dict[str, str]:
    """The clients whose words are known, each with what reads them."""
    return dict(service.migrates for service in services() if service.migrates[0])


def _keep_to_the_line(found: Migrated) -> None:
    """A project's file may be anybody's: what it may not say stays on the line."""
    safe = {key_of(name): allowed for name, allowed in every_option().items()}
    for name in [name for name in found.table if not safe.get(name, False)]:
        del found.table[name]
        found.notes.append(
            f"--{name} stays on the line, or goes into your own file: a project's file may not "
            "say it"
        )


def _joined(words: tuple[str, ...]) -> str:
    import shlex

    return shlex.join(words)


def _show(found: Migrated) -> None:
    from testferry.text import clean

    for name, value in found.environment.items():
        click.echo(clean(f"export {name}={found.word(value)}"))
    click.echo(clean(found.command))
    if found.table:
        click.echo("\n# or in testferry.toml:\n")
        for line in found.as_toml().splitlines():
            click.echo(clean(line))
    if found.notes:
        click.echo()
    for note in found.notes:
        click.echo(clean(f"# {note}"))


def command() -> Command:
    """The command, as click has it."""
    arguments = [
        word_argument("client", "CLIENT", _clients),
        click.Argument(["source"], nargs=-1, required=True, type=click.UNPROCESSED),
    ]
    return Command(
        "migrate",
        run,
        Takes((Screen,), files=False),
        arguments,
        about=_ABOUT,
        shows={"Examples": _EXAMPLES},
    )
