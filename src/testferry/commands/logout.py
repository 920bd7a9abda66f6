"""``logout TARGET``: take its token out of the keyring."""

from __future__ import annotations

from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Files, Screen


def run(asked: Asked) -> None:
    """Take a target's token out of the keyring."""
    from testferry.screen.lines import consoles, plain
    from testferry.settings import ring

    name = asked.word("target")
    screen = asked.settings().of(Screen)
    words = f"there was no token for {name} in the keyring"
    if ring.drop(name):
        words = f"the token for {name} is not in the keyring any more"
    if not screen.quiet:
        _, error = consoles(screen.color)
        plain(error, words)


def command() -> Command:
    """The command, as click has it."""
    return Command("logout", run, Takes((Files, Screen)), [target_argument()])
