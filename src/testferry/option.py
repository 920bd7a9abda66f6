"""What an option is: said once, on the field of the record that holds its value.

A record of options is a frozen dataclass whose fields are made by :func:`option`. Commands list the
records that they take, services have one of their own, and ``settings`` reads them all in one way:
command line, environment, files, CI, default. Nothing here knows how a command line is parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from typing import Any

PREFIX = "TESTFERRY_"  # of every option's environment variable
# Of variables that hold the value of a header, and are no option's.
HEADERS = f"{PREFIX}HEADER_"


class Form(StrEnum):
    """How the text of a value is read; ``settings/types.py`` does it."""

    TEXT = "text"
    NAME = "name"  # a text; a number is one too: a project, a tag
    ADDRESS = "address"  # a text that may hold a login, which is never shown
    NUMBER = "number"
    ID = "id"  # digits, kept as a text; an empty one is an error, not nothing
    WORD = "word"  # a text that is an error if it is empty, not nothing
    SHARE = "share"  # above 0, at most 1
    FLAG = "flag"
    COUNT = "count"  # how often the flag is given
    CHOICE = "choice"
    SIZE = "size"  # bytes
    DURATION = "duration"  # seconds
    RATE = "rate"
    FILE = "file"
    FOLDER = "folder"
    OUTPUT = "output"  # a file that is written
    PAIRS = "pairs"  # K=V; ``choices`` are the keys that there are
    TABLE = "table"  # of TOML; ``record`` says its keys
    DATA = "data"  # a table of TOML as it is: the service reads it
    TEMPLATE = "template"  # the same, or a list of tables, or a text
    SET = "set"  # KEY=VALUE, put into the table of the target


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``--name``, ``TESTFERRY_NAME``, ``name`` in a file.

    One record, so that an option is said once: the line, the files, help and the reader all ask it.
    """

    help: str
    form: Form = Form.TEXT
    flags: tuple[str, ...] = ()  # if they are not the field's name with dashes
    variables: tuple[str, ...] = ()  # besides TESTFERRY_<OPTION>
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    many: bool = False  # repeatable
    exists: bool = False  # the file or folder must be there
    record: type | None = None  # the keys of a table
    # What is wrong with an address, and the cure; None if nothing is.
    wrong: Callable[[str], tuple[str, str] | None] | None = None
    suggested: str = ""  # what the CI system suggests if nobody says it: name, source, build
    of_ci: bool = False  # the word "auto" stands for what the CI system says
    metavar: str = ""
    shown_default: str = ""
    hidden: bool = False
    # Where help shows it: among the first, or with --help-all alone.
    often: bool = False
    rare: bool = False
    # The commands besides `upload` that show it among the first.
    first_for: tuple[str, ...] = ()
    # Where it may be said.
    on_line: bool = True
    in_environment: bool = True
    in_files: bool = True
    # A project's file, which may be anybody's, is allowed to set it.
    safe: bool = False
    # It says what is asked of the service and what is believed: a project's file sets it for
    # targets of its own alone.
    asking: bool = False
    # The commands that take it at all; none: every command that takes its record.
    only: tuple[str, ...] = ()
    # The commands besides `upload` that show it, if it is a service's; others take it quietly.
    shown_by: tuple[str, ...] = ()


def option(
    help: str,  # noqa: A002 - the word of every command line library
    form: Form = Form.TEXT,
    *,
    default: object = None,
    factory: Callable[[], object] | None = None,
    **more: Any,
) -> Any:
    """A field of a record of options; its type is the annotation, as dataclasses have it.

    ``factory`` makes the default if it is one that can be changed, as of dataclasses' fields.
    """
    metadata = {"option": Option(help, form, **more)}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata)


def options_of(record: type) -> dict[str, Option]:
    """The options of a record by the names of its fields, in order."""
    return {each.name: _option(each) for each in fields(record) if "option" in each.metadata}


def default_of(record: type, name: str) -> object:
    """The value of an option that nobody said."""
    found = next(each for each in fields(record) if each.name == name)
    if found.default_factory is not MISSING:
        return found.default_factory()
    return found.default


def key_of(name: str) -> str:
    """How an option is written in a file and, behind two dashes, on the command line."""
    return name.replace("_", "-")


def flag_of(name: str, option: Option) -> str:
    """The flag by which an option is called."""
    long = (flag for flag in option.flags if flag.startswith("--"))
    return next(long, f"--{key_of(name)}")


def variable_of(name: str, option: Option) -> str:
    """The option's own environment variable."""
    return PREFIX + flag_of(name, option)[2:].upper().replace("-", "_")


def ways_to_say(record: type, name: str, *variables: str) -> str:
    """The cure for an option that nobody said: its flag, its variables and its key.

    ``variables`` are the service's own, which people know best.
    """
    option = options_of(record)[name]
    ways = []
    if option.on_line:
        ways.append(flag_of(name, option))
    ways += [variable for variable in variables if variable]
    if option.in_environment:
        ways.append(variable_of(name, option))
    if option.in_files:
        ways.append(f"{key_of(name)} in the target's table of testferry.toml")
    *first, last = ways
    return f"use {', '.join(first)} or {last}" if first else f"use {last}"


def _option(each: Field[object]) -> Option:
    found: Option = each.metadata["option"]
    return found
