"""Variables of the environment that look like testferry's and are none: whoever set one meant
something by it, so it is told.

It is no error: an image may carry what another version reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from testferry.commands import COMMANDS
from testferry.option import HEADERS, PREFIX, options_of, variable_of
from testferry.services import services
from testferry.settings.options import COMMON
from testferry.settings.page import OnPage
from testferry.suggest import cure


def strays(environment: Mapping[str, str]) -> Iterator[str]:
    """A line about each variable that nobody reads, with the nearest that somebody does."""
    said = {
        name for name in environment if name.startswith(PREFIX) and not name.startswith(HEADERS)
    }
    known = _of_uploads() if said else said
    if said <= known:
        return
    known |= _of_commands()
    for name in sorted(said - known):
        words = f"{name} in the environment is ignored: no option has this variable"
        yield cure(words, name, known)


def _of_uploads() -> set[str]:
    """What most people set: the variables of `upload`."""
    found = set()
    for service in services():
        found |= {service.secret.token, service.secret.user, service.address.variable}
    for record in (*COMMON, *(service.options for service in services())):
        for name, option in options_of(record).items():
            if option.in_environment:
                found |= {variable_of(name, option), *option.variables}
    return found


def _of_commands() -> set[str]:
    """The variables of every option that any command takes on its line."""
    found: set[str] = set()
    for name in COMMANDS:
        found |= set(_variables(import_module(f"{__package__}.{name}").command()))
    return found


def _variables(command: click.Command) -> Iterator[str]:
    for param in command.params:
        if isinstance(param, OnPage) and param.shown.variable:
            yield param.shown.variable
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _variables(inner)
