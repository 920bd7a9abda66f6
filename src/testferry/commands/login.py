"""``login TARGET``: keep its token in the keyring."""

from __future__ import annotations

import click

from testferry.commands.way import service_of_settings
from testferry.errors import UsageProblem
from testferry.piped import somebody_is_there
from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Connection, Files, Screen


def run(asked: Asked) -> None:
    """Keep a target's token in the keyring: asked for, or read from --token-file FILE or -."""
    from testferry.screen.lines import consoles, plain
    from testferry.settings import ring
    from testferry.settings.secrets import token

    name = asked.word("target")
    settings = asked.of_target(name)
    service = service_of_settings(settings)
    if service.embedded:
        raise UsageProblem(f"{name} needs no token", "it is served by testferry itself")
    ring.needed()  # before anybody is asked
    file = settings.of(Connection).token_file
    if file:
        value = token(file, service, name).secret.reveal()
    elif somebody_is_there():
        value = click.prompt(f"Token for {name}", hide_input=True, err=True)
    else:
        raise UsageProblem(
            "nobody can be asked for the token: standard input is no terminal",
            f"`testferry login {name} --token-file -` reads it there",
        )
    ring.keep(name, str(value).strip())
    screen = settings.of(Screen)
    if not screen.quiet:
        _, error = consoles(screen.color)
        plain(error, f"the token for {name} is in the keyring")


def command() -> Command:
    """The command, as click has it."""
    return Command("login", run, Takes((Connection, Files, Screen)), [target_argument()])
