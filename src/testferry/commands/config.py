"""``config show``: every setting with its value, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

import click

from testferry import services
from testferry.errors import UsageProblem
from testferry.option import Form, key_of, variable_of
from testferry.services.service import Service
from testferry.settings.address import shown
from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Group, Takes
from testferry.settings.files import Source
from testferry.settings.options import COMMON, Connection, Files, Screen
from testferry.settings.read import Setting, Settings

_STARS = "***"
_UNITS = (("MB", 1_000_000), ("KB", 1000))


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of it."""

    name: str
    value: object
    source: str  # one of the seven of the precedence
    origin: str  # the flag, the variable, the file and line
    variable: str = ""
    form: Form = Form.TEXT

    def as_dict(self) -> dict[str, object]:
        """The form of ``testferry.config/1``."""
        return {
            "name": self.name,
            "value": self.value,
            "source": self.source,
            "origin": self.origin,
            "variable": self.variable or None,
        }


def show(asked: Asked) -> None:
    """Every setting with its value, secrets masked, and where it comes from. What is wrong is told
    as every other command tells it.
    """
    from testferry.commands.shared import show_json
    from testferry.screen.lines import consoles, table

    settings = asked.unchecked(asked.word("target"))
    problem = _problem(settings)
    screen = _screen(settings)
    lines = list(_lines(settings))
    if screen.json:
        show_json(_document(settings, lines, problem))
    else:
        out, _ = consoles(screen.color)
        rows = [(line.name, _said(line), line.origin) for line in lines]
        table(out, ("setting", "value", "from"), rows)
    if problem is not None:
        raise problem


def _document(
    settings: Settings, lines: list[Shown], problem: UsageProblem | None
) -> dict[str, object]:
    """The form of ``testferry.config/1``."""
    kind, wrong = None, None
    if settings.service is not None:
        kind = settings.service.name
    if problem is not None:
        wrong = problem.message
    return {
        "schema": "testferry.config/1",
        "target": settings.target or None,
        "type": kind,
        "files": [{"path": file.path, "source": str(file.source)} for file in settings.given.files],
        "settings": [line.as_dict() for line in lines],
        "problem": wrong,
    }


def _problem(settings: Settings) -> UsageProblem | None:
    """What an upload would be refused for, but for what it is told itself: a service that nobody
    described is asked what may be said to it.
    """
    from testferry.commands.way import destination_of

    try:
        settings.check()
        if settings.described:
            destination_of(settings)
    except UsageProblem as problem:
        return problem
    return None


def _screen(settings: Settings) -> Screen:
    try:
        return settings.of(Screen)
    except UsageProblem:  # it is told at the end
        return Screen()


def _lines(settings: Settings) -> Iterator[Shown]:
    for setting in settings.listed():
        variable = ""
        if setting.option.in_environment:
            variable = variable_of(setting.name, setting.option)
        yield Shown(
            key_of(setting.name),
            _plain(_masked(setting)),
            str(setting.origin.source),
            str(setting.origin),
            variable,
            setting.option.form,
        )
    service = settings.service
    if service is not None and not service.embedded:
        yield _token(settings, service)


def _token(settings: Settings, service: Service) -> Shown:
    """Whether there is a token, and where; never the token."""
    from testferry.settings.secrets import token

    variable = service.secret.token
    try:
        file = settings.of(Connection).token_file
        found = token(file, service, settings.target)
    except UsageProblem as problem:
        return Shown("token", None, str(Source.DEFAULT), problem.message, variable)
    return Shown("token", _STARS, "secret", found.place, variable)


def _masked(setting: Setting) -> object:
    """An address may hold a password or a token, which are not shown."""
    value = setting.value
    if isinstance(value, str) and (setting.option.form is Form.ADDRESS or "://" in value):
        return shown(value)
    return value


def _plain(value: object) -> object:
    """A value as JSON has it; a rate as it is written."""
    from testferry.dialects import Window

    if isinstance(value, Window):
        return f"{value.limit}/{value.per:g}s"
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_entry(item) for item in value]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return str(value)


def _entry(value: object) -> object:
    """One of several; among them, nothing is a limit that there is not."""
    return "none" if value is None else _plain(value)


def _said(line: Shown) -> str:
    """A value as one types it: ``90s``, ``1 MB``."""
    value = line.value
    if isinstance(value, int | float) and line.form is Form.DURATION:
        return f"{value:g}s"
    if isinstance(value, int) and line.form is Form.SIZE:
        for unit, size in _UNITS:
            if value and value % size == 0:
                return f"{value // size} {unit}"
    return _words(value)


def _words(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_words(item)}" for key, item in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or "-"
    return str(value)


def _make_show() -> Command:
    known = tuple(service.options for service in services.services())
    argument = target_argument(required=False)
    return Command("config show", show, Takes(COMMON, known), [argument])


def schema(_: Asked) -> None:
    """A JSON Schema of testferry.toml, for editors."""
    from testferry.commands.shared import show_json
    from testferry.settings.schema import schema as made

    show_json(made())


def _make_schema() -> Command:
    return Command("config schema", schema, Takes(()))


def command() -> click.Command:
    """The command, as click has it."""
    return Group(
        "config",
        {"show": _make_show, "schema": _make_schema},
        Takes((Files,)),
        about="What testferry is told, and by whom.",
    )
