"""The command line: a group that loads its commands when they are asked for."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem

from testferry import __version__
from testferry.commands import COMMANDS
from testferry.ending import ended, flush, warn

_WIDE = 76  # columns: there is room beside a line to type
_BETWEEN_LOOKS = 20_000  # objects
USAGE = 2  # the exit code of a command line that is wrong
_QUIET = frozenset({"-q", "--quiet"})  # no warnings
_ABOUT = "Upload test results in bulk: every result arrives once, whatever happens."
_FIRST_STEPS = [
    ("testferry demo", "Watch it work, nothing else needed."),
    ("testferry upload testmo --project-id 1 reports/", "The main job."),
    ("testferry resume", "Carry unfinished uploads on."),
]


class _Commands(click.Group):
    """The commands by the names of their files."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context; help is as wide as the terminal, for every command."""
        from testferry.text import width_of_help

        return super().make_context(
            info_name,
            args,
            parent,
            terminal_width=width_of_help(),
            **extra,
        )

    def format_options(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """The first steps, the options, the commands."""
        with formatter.section("Examples"):
            if formatter.width < _WIDE:
                # what few need is loaded for them alone
                from testferry.settings.page import write_example

                for line, _ in _FIRST_STEPS:
                    write_example(formatter, line)
            else:
                formatter.write_dl(_FIRST_STEPS, col_max=formatter.width)
        super().format_options(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which they are of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a file, None for a word that is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"testferry.commands.{cmd_name}")
        found: click.Command = module.command()
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Carry a command out; what the environment says in vain is told first."""
        if not _QUIET & set(ctx.obj) and any(map(_is_ours, os.environ)):
            from testferry.commands.variables import strays

            for words in strays(os.environ):
                warn(words)
        return super().invoke(ctx)

    def shell_complete(
        self,
        ctx: click.Context,
        incomplete: str,
    ) -> list[CompletionItem]:
        """The same for a shell: no command is loaded for it."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=line)
            for name, line in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """The list of the commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _is_ours(variable: str) -> bool:
    return variable.startswith("TESTFERRY_")


# The one option that no record declares here, because help must not load them; it is the record's
# own all the same (a test compares them), and is read with the others.
_CONFIG = click.Option(
    ["--config"],
    metavar="FILE",
    help="Configuration that lies over testferry.toml.  [TESTFERRY_CONFIG]",
)

cli = click.version_option(
    __version__,
    prog_name="testferry",
    message="%(prog)s %(version)s",
)(
    _Commands(
        "testferry",
        params=[_CONFIG],
        help=_ABOUT,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
)


def main() -> None:
    """The console script."""
    # A start makes many objects and no garbage: looking for it takes a twentieth of the time.
    gc.set_threshold(_BETWEEN_LOOKS)
    code = run(sys.argv[1:])
    flush()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of a command line."""
    return ended(partial(_carry_out, arguments))


def _carry_out(arguments: list[str]) -> None:
    """Raises what ends it; click's own endings are Python's here."""
    try:
        code = cli.main(arguments, "testferry", standalone_mode=False, obj=arguments)
    except click.exceptions.NoArgsIsHelpError as problem:
        problem.show()
        code = USAGE
    except click.ClickException as problem:
        from testferry.settings.voice import in_one_voice

        raise in_one_voice(problem) from None
    except click.exceptions.Exit as problem:
        code = problem.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    if isinstance(code, int):  # click returns the code of --help and --version
        raise SystemExit(code)
