"""What several commands do alike: the JSON document, the journals' folder, the flags of the end."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testferry.ending import complain
from testferry.option import flag_of, options_of
from testferry.settings.files import journal_folder, volume_folder
from testferry.settings.options import Connection, Ending, Files, Place, Whereto
from testferry.settings.read import Settings
from testferry.text import inert_json

if TYPE_CHECKING:  # start-up is a feature
    from testferry.outcome import Flags


def show_json(document: object) -> None:
    """The one JSON document of a command on standard output."""
    show_json_parts([json.dumps(document, ensure_ascii=True)])


def show_json_parts(parts: Iterable[str]) -> None:
    """The one JSON document, made while it is written."""
    try:
        for part in parts:
            click.echo(inert_json(part), nl=False)
        click.echo()
    except BrokenPipeError:
        pass
    except (OSError, ValueError) as problem:
        complain(f"standard output cannot be written: {problem}")


def folder_of(settings: Settings) -> Path:
    """Where the journals lie."""
    said = settings.of(Place).journal
    return volume_folder(said) if said else journal_folder()


def flags_of(ending: Ending, *, dry_run: bool = False) -> Flags:
    """What the user said about the exit code."""
    from testferry.outcome import Flags

    return Flags(
        exit_zero=ending.exit_zero,
        allow_empty=ending.allow_empty,
        fail_on_failed_tests=ending.fail_on_failed_tests,
        dry_run=dry_run,
    )


def flags_with_words(settings: Settings, *, dry_run: bool = False) -> Flags:
    """The same, and what was said that the next command needs to be told too."""
    return with_words(flags_of(settings.of(Ending), dry_run=dry_run), settings)


def with_words(flags: Flags, settings: Settings) -> Flags:
    """The flags with the words of the line that the next command needs too."""
    return replace(
        flags,
        place=_again(settings, Place, Files),
        way=_again(settings, Whereto, Connection),
    )


def _again(settings: Settings, *records: type) -> str:
    """The words of the line that say these options, to be typed once more; no password among
    them.
    """
    found = ""
    for record in records:
        for name, option in options_of(record).items():
            said = settings.given.line.get(name)
            if isinstance(said, str):
                found += f" {flag_of(name, option)} {shlex.quote(_without_login(said))}"
    return found


def _without_login(said: str) -> str:
    """What was said; of an address with a login, with a place for it."""
    scheme, slashes, rest = said.rpartition("://")
    login, at, host = rest.rpartition("@")
    if not at or ":" not in login:
        return said
    return f"{scheme}{slashes}USER:PASSWORD@{host}"
