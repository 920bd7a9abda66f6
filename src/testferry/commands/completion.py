"""``completion SHELL``: what makes a shell complete testferry's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from testferry.errors import UsageProblem
from testferry.settings.complete import word_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.suggest import cure

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TESTFERRY_COMPLETE"
_HOW = (
    ("~/.bashrc", 'eval "$(testferry completion bash)"'),
    ("~/.zshrc", 'eval "$(testferry completion zsh)", behind compinit'),
    ("fish", "testferry completion fish > ~/.config/fish/completions/testferry.fish"),
)
_ABOUT = "Print the script that completes commands, options, targets and upload ids."


def run(asked: Asked) -> None:
    """Print the script for a shell; commands, options, targets and upload ids are completed."""
    shell = asked.word("shell")
    found = get_completion_class(shell)
    if shell not in SHELLS or found is None:
        words = f"use one of {', '.join(SHELLS)}"
        raise UsageProblem(f"there is no completion for {shell!r}", cure(words, shell, SHELLS))
    script = found(click.get_current_context().find_root().command, {}, "testferry", VARIABLE)
    click.echo(script.source_template % script.source_vars())


def command() -> click.Command:
    """The command, as click has it."""
    argument = word_argument("shell", "|".join(SHELLS), lambda: SHELLS)
    return Command(
        "completion",
        run,
        Takes(files=False),
        [argument],
        about=_ABOUT,
        shows={"Where it goes": _HOW},
    )
