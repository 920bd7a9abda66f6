"""What click is told of the options: their names, what they are called in help, and nothing else.

Click takes the line apart and hands over texts; ``read.py`` says what they mean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import click
from click.core import ParameterSource

from testferry import services
from testferry.option import (
    Form,
    Option,
    default_of,
    flag_of,
    options_of,
    variable_of,
)
from testferry.services import service_of
from testferry.services.service import Service
from testferry.settings.files import File, early_config, find
from testferry.settings.kind import type_of
from testferry.settings.page import (
    ALL,
    Line,
    OnPage,
    PageContext,
    Shown,
    is_long,
    write_page,
    write_part,
)
from testferry.settings.read import Given, Said, Settings, read, settings_of
from testferry.settings.shipped import with_tables

_METAVARS = {
    Form.TEXT: "TEXT",
    Form.NAME: "TEXT",
    Form.ADDRESS: "URL",
    Form.NUMBER: "N",
    Form.ID: "ID",
    Form.WORD: "ID",
    Form.SHARE: "SHARE",
    Form.SIZE: "SIZE",
    Form.DURATION: "DURATION",
    Form.RATE: "N/min",
    Form.FILE: "FILE",
    Form.OUTPUT: "FILE",
    Form.FOLDER: "DIR",
    Form.PAIRS: "K=V",
    Form.SET: "KEY=VALUE",
}
# What a shell offers for them.
_SHELL_TYPES = {Form.FILE: "file", Form.OUTPUT: "file", Form.FOLDER: "dir"}
_FILES = "testferry.files"  # where the configuration is kept in click's context
_BEHIND = "testferry.behind"
_HELP = "-h"


@dataclass(frozen=True, slots=True)
class Takes:
    """What a command takes: records in the order of help, and those it takes without a word.

    ``quietly``: one set of words serves all commands; what of these a command makes no use of is
    taken all the same, and an option that says so (``shown_by``) is shown: first, as what most
    people look for, or last.
    """

    records: tuple[type, ...] = ()
    quietly: tuple[type, ...] = ()
    quietly_last: bool = False
    files: bool = True  # whether configuration files are read


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line taken apart, and the files: everything that a command is asked."""

    given: Given
    takes: Takes
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    behind: tuple[str, ...] | None = None  # the COMMAND behind ``--``

    def word(self, name: str) -> str:
        """The one word of an argument, empty if it was not given."""
        return "".join(self.arguments[name])

    def settings(self) -> Settings:
        """What was said, if no target is named. Raises UsageProblem."""
        return read(self.given, self.takes.records)

    def of_target(self, name: str) -> Settings:
        """What was said to this target: the same whichever command asks. Raises UsageProblem."""
        kind = type_of(self.given.files, name, services.NAMES)
        return of_service(self.given, service_of(kind), name)

    def unchecked(self, name: str) -> Settings:
        """The same, with whatever is wrong in it: to be shown, and checked by the caller."""
        if not name:
            return settings_of(self.given, self.takes.records)
        service = service_of(type_of(self.given.files, name, services.NAMES))
        return settings_of(_with_tables(self.given, name), _records(service), name, service)


def of_service(given: Given, service: Service, name: str) -> Settings:
    """What was said to a target whose service is known. Raises UsageProblem."""
    return read(_with_tables(given, name), _records(service), name, service)


def _with_tables(given: Given, name: str) -> Given:
    """What was said, with the tables that the target stands on."""
    return replace(given, files=with_tables(given.files, name))


def _records(service: Service) -> tuple[type, ...]:
    from testferry.settings.options import records_of_upload

    return records_of_upload(service.options, embedded=service.embedded)


class Command(click.Command):
    """A command whose options are records, and whose work is a function of what was asked.

    ``name`` is what options call it: ``run create``. One that is made for a ``target`` has the
    target's name, and a COMMAND of the user's behind ``--``.

    ``shows`` are parts of its help: lines to type, or rows of a name and its words.
    """

    context_class = PageContext

    def __init__(
        self,
        name: str,
        run: Callable[[Asked], None],
        takes: Takes,
        arguments: Iterable[click.Argument] = (),
        *,
        about: str = "",
        target: tuple[str, Service] | None = None,
        shows: Mapping[str, Iterable[Line]] | None = None,
    ) -> None:
        called, service = name.rpartition(" ")[2], None
        if target is not None:
            called, service = target
        params: list[click.Parameter] = [*arguments, *declare(name, takes, service)]
        self._service = service
        self._shows = shows or {}
        self._is_long = is_long(params)
        if self._is_long:
            params.append(ALL)
        super().__init__(
            called,
            params=params,
            # click's mark of a paragraph that is not to be wrapped
            help=about or (run.__doc__ or "").replace("\\b\n", "\b\n"),
        )
        self.run = run
        self.takes = takes
        self._has_command = target is not None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What stands behind ``--`` is a command of the user's, if this one has any."""
        if self._has_command and "--" in args:
            at = args.index("--")
            ctx.meta[_BEHIND] = tuple(args[at + 1 :])
            args = args[:at]
        self._check_help(ctx, args)
        return super().parse_args(ctx, args)

    def _check_help(self, ctx: click.Context, args: list[str]) -> None:
        """Another client's option that is our help would end in 0, with nothing sent."""
        if self._service is None or _HELP not in self._service.foreign or _HELP not in args:
            return
        if args[args.index(_HELP) + 1 :]:
            raise click.NoSuchOption(_HELP, ctx=ctx)

    def format_options(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        """A long list is shown in groups, and in part."""
        for title, lines in self._shows.items():
            write_part(formatter, title, lines)
        if self._is_long:
            write_page(ctx, formatter, self._service)
        else:
            super().format_options(ctx, formatter)

    def invoke(self, ctx: click.Context) -> None:
        """Do it."""
        self.run(asked(ctx, self.takes))


class Group(click.Group):
    """A command with commands of its own, which are made when they are asked for.

    What it is told itself holds for them too, unless they are told otherwise.
    """

    context_class = PageContext

    def __init__(
        self,
        name: str,
        commands: Mapping[str, Callable[[], click.Command]],
        takes: Takes,
        *,
        about: str,
        run: Callable[[Asked], None] | None = None,
    ) -> None:
        super().__init__(
            name,
            params=list(declare(name, takes)),
            help=about,
            invoke_without_command=run is not None,
            callback=self._work,
        )
        self._makers = commands
        self._run = run
        self._takes = takes

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which they are of use."""
        return list(self._makers)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        make = self._makers.get(cmd_name)
        return make() if make else None

    def _work(self, **_: object) -> None:
        """Its own work if no command is named."""
        ctx = click.get_current_context()
        if self._run is not None and ctx.invoked_subcommand is None:
            self._run(asked(ctx, self._takes))


def asked(ctx: click.Context, takes: Takes) -> Asked:
    """What a command and those above it were told."""
    line: dict[str, Said] = {}
    for each in reversed(list(_upwards(ctx))):
        line |= _said(each)
    files: tuple[File, ...] = ()
    if takes.files:
        files = files_of(ctx)
    return Asked(
        Given(line, dict(os.environ), files),
        takes,
        _arguments(ctx),
        ctx.meta.get(_BEHIND),
    )


def files_of(ctx: click.Context) -> tuple[File, ...]:
    """The configuration files, read once a command line. Raises UsageProblem."""
    root = ctx.find_root()
    if _FILES not in root.meta:
        root.meta[_FILES] = find(early_config(root.obj or []))
    found: tuple[File, ...] = root.meta[_FILES]
    return found


def declare(
    command: str,
    takes: Takes,
    service: Service | None = None,
) -> Iterator[click.Option]:
    """Click's options for a command, each name once; if several records have it, it is shown if one
    of them shows it.
    """
    declared: set[str] = set()
    for each in _in_order(command, takes):
        if each.name not in declared:
            declared.add(each.name)
            yield _click_option(each, service)


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    option: Option
    default: object
    group: str
    hidden: bool = False
    often: bool = False


def _in_order(command: str, takes: Takes) -> Iterator[_Declared]:
    """What is shown of the services' options and of the command's own, then the rest."""
    quietly = list(_on_line(takes.quietly))
    own = [each for each in _on_line(takes.records) if _belongs(each.option, command)]
    own_shown = [
        replace(each, often=each.often or command in each.option.first_for)
        for each in own
        if not each.option.hidden
    ]
    of_services = [each for each in quietly if command in each.option.shown_by]
    if takes.quietly_last:
        yield from own_shown
        for each in of_services:
            yield replace(each, often=False)
    else:
        yield from of_services
        yield from own_shown
    for each in (*quietly, *own):
        yield replace(each, hidden=True)


def _on_line(records: Iterable[type]) -> Iterator[_Declared]:
    for record in records:
        for name, option in options_of(record).items():
            if option.on_line:
                default, group = default_of(record, name), record.__name__
                yield _Declared(name, option, default, group, often=option.often)


def _belongs(option: Option, command: str) -> bool:
    return not option.only or command in option.only


def _click_option(declared: _Declared, service: Service | None) -> click.Option:
    option = declared.option
    words = "" if declared.hidden else _help(declared, service)
    variable = variable_of(declared.name, option) if option.in_environment else ""
    made = _of_form(declared, words)
    rare = option.rare and not declared.often
    made.shown = Shown(declared.group, option.help, declared.often, rare, variable)
    return made


def _of_form(declared: _Declared, words: str) -> OnPage:
    name, option, hidden = declared.name, declared.option, declared.hidden
    names = [name, *(option.flags or (flag_of(name, option),))]
    if option.form is Form.FLAG:
        return OnPage(names, is_flag=True, hidden=hidden, help=words)
    if option.form is Form.COUNT:
        return OnPage(names, count=True, hidden=hidden, help=words)
    made = OnPage(
        names,
        type=click.STRING,
        multiple=option.many,
        metavar=_metavar(option),
        hidden=hidden,
        help=words,
    )
    if option.form is Form.CHOICE:
        made.words = option.choices
    made.path = _SHELL_TYPES.get(option.form, "")
    return made


def _metavar(option: Option) -> str:
    if option.metavar:
        return option.metavar
    if option.form is Form.CHOICE:
        return f"[{'|'.join(option.choices)}]"
    return _METAVARS[option.form]


def _help(declared: _Declared, service: Service | None) -> str:
    name, option = declared.name, declared.option
    words = option.help
    notes = []
    if option.in_environment:
        variable = variable_of(name, option)
        note = f"{variable}, one a line" if option.many else variable
        notes.append(note)
    if name == "url" and service is not None and service.address.variable:
        words = f"{words.removesuffix('.')}, {service.address.example}."
        notes.append(service.address.variable)
    default = option.shown_default or _default(declared)
    if default:
        notes.append(f"default: {default}")
    return f"{words}  [{'; '.join(notes)}]" if notes else words


def _default(declared: _Declared) -> str:
    if declared.option.form in (Form.FLAG, Form.COUNT):
        return ""
    if declared.default in (None, (), {}, ""):
        return ""
    return str(declared.default)


def _upwards(ctx: click.Context) -> Iterator[click.Context]:
    here: click.Context | None = ctx
    while here is not None:
        yield here
        here = here.parent


def _said(ctx: click.Context) -> dict[str, Said]:
    """What stands on the line itself; defaults are none of click's business."""
    found: dict[str, Said] = {}
    for param in ctx.command.params:
        name = param.name or ""
        if not isinstance(param, click.Option):
            continue
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            found[name] = ctx.params[name]
    return found


def _arguments(ctx: click.Context) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for param in ctx.command.params:
        if not isinstance(param, click.Argument) or param.name is None:
            continue
        value = ctx.params[param.name]
        if isinstance(value, tuple):
            found[param.name] = value
        else:
            found[param.name] = () if value is None else (str(value),)
    return found
