"""What an option is: said once, on the field of the record that holds its value.

A record of options is a frozen dataclass whose fields are made by :func:`option`. Commands list the
records that they take, services have one of their own, and ``settings`` reads them all in one way:
command line, environment, files, CI, default. Nothing here knows how a command line is parsed.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """How the text of a value is read; ``settings/types.py`` does it."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"  # above 0, at most 1
    FLAG = "flag"
    COUNT = "count"  # how often the flag is given
    CHOICE = "choice"
    SIZE = "size"
    DURATION = "duration"
    RATE = "rate"
    FILE = "file"
    FOLDER = "folder"
    PAIRS = "pairs"  # K=V


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``--name``, ``TESTFERRY_NAME``, ``name`` in a file.

    ``safe``: a project's file, which may be anybody's, is allowed to set it.
    """

    help: str
    form: Form = Form.TEXT
    flags: tuple[str, ...] = ()  # where they are not the field's name with dashes
    variables: tuple[str, ...] = ()  # besides TESTFERRY_<OPTION>
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    many: bool = False
    metavar: str = ""
    shown_default: str = ""
    hidden: bool = False
    safe: bool = False


def option(
    help: str,  # noqa: A002 - the word of every command line library
    form: Form = Form.TEXT,
    *,
    default: Any = None,
    **more: Any,
) -> Any:
    """A field of a record of options; its type is the annotation, as dataclasses have it."""
    return field(default=default, metadata={"option": Option(help, form, **more)})


def options_of(record: type) -> dict[str, Option]:
    """The options of a record by the names of its fields, in order."""
    return {each.name: _option(each) for each in fields(record) if "option" in each.metadata}


def _option(each: Field[Any]) -> Option:
    found: Option = each.metadata["option"]
    return found
