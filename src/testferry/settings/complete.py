"""Arguments whose words a shell can complete: targets, uploads, files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testferry import services
from testferry.errors import TestferryError
from testferry.settings.files import find, journal_folder

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem


def target_argument(*, required: bool = True) -> click.Argument:
    """The name of a target."""
    return click.Argument(["target"], required=required, shell_complete=_target)


def upload_argument(*, several: bool = False) -> click.Argument:
    """The id of an upload, or any number of them."""
    if several:
        words, count = "[ID]...", -1
    else:
        words, count = "ID", 1
    return click.Argument(["upload_id"], nargs=count, metavar=words, shell_complete=_upload)


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
    return _beginning_with(begun, target_names())


def _upload(
    ctx: click.Context,
    _: click.Parameter,
    begun: str,
) -> list[CompletionItem]:
    from testferry.journal import Store

    said = ctx.params.get("journal") or os.environ.get("TESTFERRY_JOURNAL")
    folder = Path(said) if said else journal_folder()
    try:
        return _beginning_with(begun, reversed(Store(folder).ids()))
    except TestferryError:
        return []


def _file(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def _beginning_with(begun: str, names: Iterable[str]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(begun)]
