"""Arguments whose words a shell can complete: targets, uploads, files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testferry import services
from testferry.errors import TestferryError
from testferry.settings.files import find, journal_folder

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem

    from testferry.journal import Store


def target_argument(*, required: bool = True) -> click.Argument:
    """The name of a target."""
    return click.Argument(["target"], required=required, shell_complete=_target)


def upload_argument() -> click.Argument:
    """The id of an upload; a shell offers every one."""
    return click.Argument(["upload_id"], metavar="ID", shell_complete=_upload)


def upload_arguments() -> click.Argument:
    """The ids of one upload or more."""
    return click.Argument(
        ["upload_id"],
        nargs=-1,
        required=True,
        metavar="ID...",
        shell_complete=_upload,
    )


def unfinished_arguments() -> click.Argument:
    """The ids of any number of uploads, also of none; a shell offers those that are unfinished."""
    return click.Argument(["upload_id"], nargs=-1, metavar="[ID]...", shell_complete=_unfinished)


def word_argument(
    name: str,
    metavar: str,
    words: Callable[[], Iterable[str]],
) -> click.Argument:
    """One of some words, which are found out when a shell asks for them."""

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
        return beginning_with(begun, words())

    return click.Argument([name], metavar=metavar, shell_complete=complete)


def report_argument() -> click.Argument:
    """The reports."""
    return click.Argument(["report"], nargs=-1, shell_complete=_file)


def target_names() -> list[str]:
    """The services, the shipped tables, and what configuration files name; a file that is wrong is
    told elsewhere.
    """
    from testferry.services.http import ready

    names = dict.fromkeys([*services.NAMES, *ready.names()])
    try:
        for file in find(None):
            names |= dict.fromkeys(file.targets)
    except TestferryError:
        pass
    return list(names)


def _target(
    _: click.Context,
    __: click.Parameter,
    begun: str,
) -> list[CompletionItem]:
    return beginning_with(begun, target_names())


def _upload(
    ctx: click.Context,
    _: click.Parameter,
    begun: str,
) -> list[CompletionItem]:
    try:
        return beginning_with(begun, reversed(_store(ctx).ids()))
    except TestferryError:
        return []


def _unfinished(
    ctx: click.Context,
    _: click.Parameter,
    begun: str,
) -> list[CompletionItem]:
    try:
        return beginning_with(begun, reversed(_store(ctx).unfinished()))
    except TestferryError:
        return []


def _store(ctx: click.Context) -> Store:
    from testferry.journal import Store

    said = ctx.params.get("journal") or os.environ.get("TESTFERRY_JOURNAL")
    folder = journal_folder()
    if said:
        folder = Path(said)
    return Store(folder)


def _file(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def beginning_with(begun: str, names: Iterable[str]) -> list[CompletionItem]:
    """Those of the names that begin so, for a shell. What it would not read as one plain word is
    not offered: a checkout names targets, and ``$(...)`` would stand in the user's line.
    """
    from click.shell_completion import CompletionItem

    plain = (name for name in names if shlex.quote(name) == name)
    return [CompletionItem(name) for name in plain if name.startswith(begun)]
