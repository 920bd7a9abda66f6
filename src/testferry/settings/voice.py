"""What click finds wrong with a line, said like every other error: what, and the cure."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import click
from click.exceptions import NoSuchCommand

from testferry.errors import UsageProblem
from testferry.services import services

_TAKES_A_LINE = "migrate"  # the command whose argument is another client's line
_SHORTEST_NAME = 4  # "-x" is like any other letter


def in_one_voice(problem: click.ClickException) -> UsageProblem:
    """Say the same as a known error."""
    context = getattr(problem, "ctx", None)
    if isinstance(problem, click.NoSuchOption):
        return _no_option(problem.option_name, context)
    if isinstance(problem, NoSuchCommand):
        return _no_command(problem.command_name, context)
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        return UsageProblem(f"{_called(problem.param)} is missing", _usage(context))
    if isinstance(problem, click.BadOptionUsage):
        return UsageProblem(_plain(problem), _help(context) or f"write {problem.option_name}=VALUE")
    return UsageProblem(_plain(problem), _usage(context))


def _no_option(
    name: str,
    context: click.Context | None,
) -> UsageProblem:
    where = ""
    if context is not None and context.parent is not None:
        where = f" of `{context.command_path}`"
    return UsageProblem(f"{name} is no option{where}", _cure_of_option(name, context))


def _cure_of_option(name: str, context: click.Context | None) -> str:
    if context is not None and context.command.name == _TAKES_A_LINE:
        return f"give the whole command line in quotes; {_help(context)}"
    if words := _foreign(name, context):
        return words
    shown = list(_options(context))
    hidden = list(_options(context, hidden=True))
    near = get_close_matches(name, shown) or get_close_matches(name, hidden)
    if near and len(name) >= _SHORTEST_NAME:
        return f"did you mean {near[0]}? {_help(context)}"
    return _help(context)


def _no_command(
    name: str,
    context: click.Context | None,
) -> UsageProblem:
    known: list[str] = []
    if context is not None and isinstance(context.command, click.Group):
        known = context.command.list_commands(context)
    cure = _foreign(name, context)
    near = get_close_matches(name, known, n=1)
    if near and not cure:
        cure = f"did you mean {near[0]}?"
    return UsageProblem(f"there is no command {name!r}", cure or f"use {', '.join(known)}")


def _foreign(
    name: str,
    context: click.Context | None,
) -> str:
    """What does here what the word does for another client; the target's own one comes first."""
    called = ""
    if context is not None:
        called = context.command.name or ""
    ordered = sorted(services(), key=lambda service: service.name != called)
    return next((service.foreign[name] for service in ordered if name in service.foreign), "")


def _options(
    context: click.Context | None,
    *,
    hidden: bool = False,
) -> Iterator[str]:
    here = context
    while here is not None:
        for param in here.command.params:
            if isinstance(param, click.Option) and param.hidden is hidden:
                yield from (name for name in param.opts if name.startswith("--"))
        here = here.parent


def _called(param: click.Parameter) -> str:
    if isinstance(param, click.Option):
        return param.opts[-1]
    return (param.metavar or param.name or "").upper()


def _usage(context: click.Context | None) -> str:
    if context is None:
        return ""
    return " ".join(context.command.get_usage(context).split()).replace("Usage: ", "use ")


def _help(context: click.Context | None) -> str:
    if context is None:
        return ""
    return f"`{context.command_path} --help` lists them"


def _plain(problem: click.ClickException) -> str:
    words = problem.format_message().rstrip(".")
    return words[:1].lower() + words[1:]
