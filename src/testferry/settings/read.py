"""The reader: command line, environment, files, CI, default, for every option in one way.

``Settings`` is what was said to one command, perhaps about one target; ``of(record)`` gives a
record of options with a typed value in every field, and ``origin(name)`` says where it comes from.
A wrong value or an unknown key names itself, its place and the cure, whichever command reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from testferry.errors import UsageProblem
from testferry.option import (
    Form,
    Option,
    default_of,
    flag_of,
    key_of,
    options_of,
    variable_of,
)
from testferry.services.service import Service
from testferry.settings.files import File, Source, Table, check_project, key_in, plain
from testferry.settings.types import Unfit, choices, convert, cure, listed

Said = str | bool | int | tuple[str, ...]
Record = TypeVar("Record")

_TYPE = "type"  # the one key of a target's table that is no option


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from. ``place`` names the flag, the variable, or the file and line."""

    source: Source
    place: str = ""

    def __str__(self) -> str:
        return self.place or str(self.source)


DEFAULT = Origin(Source.DEFAULT)


@dataclass(frozen=True, slots=True)
class Given:
    """All that was said, and nothing of it understood yet."""

    line: Mapping[str, Said] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One option with what became of it, for people."""

    name: str
    option: Option
    value: object
    origin: Origin


@dataclass(frozen=True, slots=True)
class Settings:
    """What was said to a command. Make it by :func:`read`, which checks all of it."""

    given: Given
    records: tuple[type, ...]
    target: str = ""
    service: Service | None = None
    _overrides: Table = field(default_factory=dict)

    def of(self, record: type[Record]) -> Record:
        """The record, with what was said in its fields. Raises UsageProblem."""
        make: Callable[..., Record] = record
        return make(**dict(self._values(record)))

    def origin(self, name: str) -> Origin:
        """Where the value of an option comes from."""
        for record in self.records:
            known = options_of(record)
            if name in known:
                return self._found(name, known[name])[1]
        return DEFAULT

    def sayings(self, name: str) -> Iterator[tuple[object, Origin]]:
        """All that say something about an option, the first that counts first."""
        for record in self.records:
            known = options_of(record)
            if name in known:
                yield from self._sayings(name, known[name])
                return

    def listed(self) -> Iterator[Setting]:
        """Every option that the command takes, each once, in the order of help."""
        seen: set[str] = set()
        for record in self.records:
            values = dict(self._values(record))
            for name, option in options_of(record).items():
                if name not in seen and not option.hidden:
                    seen.add(name)
                    value = values.get(name, default_of(record, name))
                    yield Setting(name, option, value, self.origin(name))

    # --- how it is found

    def _values(self, record: type) -> Iterator[tuple[str, object]]:
        for name, option in options_of(record).items():
            said, origin = self._found(name, option)
            if origin.source is Source.DEFAULT:
                continue
            try:
                yield name, convert(option, said)
            except Unfit as problem:
                raise _problem(origin, problem) from None

    def _found(self, name: str, option: Option) -> tuple[object, Origin]:
        """The first that says something, in the order of precedence."""
        for said, origin in self._sayings(name, option):
            # An empty text is as good as none, except where it must be an error.
            if said != "" or option.form is not Form.TEXT:
                return said, origin
        return None, DEFAULT

    def _sayings(self, name: str, option: Option) -> Iterator[tuple[object, Origin]]:
        if name in self.given.line:
            yield self.given.line[name], Origin(Source.LINE, flag_of(name, option))
        yield from self._in_environment(name, option)
        if option.in_files:
            yield from self._in_files(name, option)
        if option.suggested:
            yield _suggested(option)

    def _in_environment(self, name: str, option: Option) -> Iterator[tuple[object, Origin]]:
        variables = list(option.variables)
        if option.in_environment:
            variables.insert(0, variable_of(name, option))
        if self.service is not None:
            variables.append(self.service.variable(name))
        for variable in variables:
            text = self.given.environment.get(variable, "")
            if text:
                said = tuple(text.split()) if option.many else text
                yield said, Origin(Source.ENVIRONMENT, variable)

    def _in_files(self, name: str, option: Option) -> Iterator[tuple[object, Origin]]:
        override = self._overrides.get(name)
        if override is not None and not isinstance(override, Mapping):
            yield override, Origin(Source.LINE, f"--set {key_of(name)}")
        for file in self.given.files:
            for keys, table in self._tables(file):
                key = key_in(table, name)
                if key is None:
                    continue
                said = table[key]
                if isinstance(override, Mapping) and isinstance(said, Mapping):
                    said = {**said, **override}
                origin = Origin(file.source, f"{file.place(*keys, key)}: {key}")
                yield said, origin
        if isinstance(override, Mapping):
            yield override, Origin(Source.LINE, f"--set {key_of(name)}")

    def _tables(self, file: File) -> Iterator[tuple[tuple[str, ...], Table]]:
        """What a file says of the target, then what it says of all."""
        if self.target in file.targets:
            yield ("targets", self.target), file.targets[self.target]
        yield (), file.options

    # --- what must not be

    def check(self) -> None:
        """Raises UsageProblem for an unknown key, and for any value that does not fit."""
        self._check_files()
        if self.service is not None:
            self._check_target(self.service)
        for record in self.records:
            for _ in self._values(record):
                pass

    def _check_files(self) -> None:
        if not self.given.files:
            return
        from testferry.settings.options import every_option

        known = every_option()
        of_tables = _of_tables_alone()
        for file in self.given.files:
            check_project(file, known)
            general = known.keys() - of_tables
            for key in file.options:
                if plain(key) not in general:
                    raise _unknown(f"{file.place(key)}: unknown key {key!r}", key, general)

    def _check_target(self, service: Service) -> None:
        known = {
            name
            for record in self.records
            for name, option in options_of(record).items()
            if option.in_files
        }
        for file in self.given.files:
            for key in file.targets.get(self.target, {}):
                if plain(key) not in known and key != _TYPE:
                    place = file.place("targets", self.target, key)
                    words = f"{place}: [targets.{self.target}] has an unknown key {key!r}"
                    raise _unknown(words, key, known)
        for name in self._overrides:
            if name not in known:
                raise _unknown(f"--set: unknown key {name!r}", name, known)
        taken = {name for record in self.records for name in options_of(record)}
        for name in self.given.line:
            if name not in taken:
                raise UsageProblem(
                    f"--{key_of(name)} is no option of {service.name}",
                    f"`testferry upload {self.target} --help` lists them",
                )


def read(
    given: Given,
    records: tuple[type, ...],
    target: str = "",
    service: Service | None = None,
) -> Settings:
    """What was said, every value and key of it checked. Raises UsageProblem."""
    settings = Settings(given, records, target, service, _overrides(given, records))
    settings.check()
    return settings


def type_of(files: tuple[File, ...], name: str, known: tuple[str, ...]) -> str | None:
    """The type of a target, empty if there is none of this name. Raises UsageProblem.

    The services are targets of themselves; what files say of those is heeded too.
    """
    found = None
    for file in files:
        if name not in file.targets:
            continue
        default = name if name in known else ""
        kind = file.targets[name].get(_TYPE, default)
        where = file.place("targets", name, _TYPE)
        if not isinstance(kind, str) or kind not in known:
            raise UsageProblem(
                f"{where}: [targets.{name}] has no type that testferry knows: {kind!r}",
                cure(f"use {choices(known)}", str(kind), known),
            )
        if found is not None and kind != found:
            raise UsageProblem(
                f"{where}: [targets.{name}] is {kind}, but another file says {found}",
                "give one of them another name",
            )
        if name in known and kind != name:
            raise UsageProblem(
                f"{where}: [targets.{name}] is {kind}, but {name} is a service itself",
                "give the target another name",
            )
        found = kind
    if found is None and name in known:
        return name
    return found


def _suggested(option: Option) -> tuple[object, Origin]:
    from testferry.settings.ci import suggestion

    names = suggestion()
    said = names.source if option.suggested == "source" else names.name
    if names.system:
        return said, Origin(Source.CI, f"CI ({names.system})")
    return said, Origin(Source.CI, "the folder's name")


def _overrides(given: Given, records: tuple[type, ...]) -> Table:
    """What ``--set`` puts into the target's table."""
    found: dict[str, object] = {}
    for record in records:
        for name, option in options_of(record).items():
            if option.form is Form.SET:
                said = given.environment.get(variable_of(name, option), "").split()
                for text in listed(given.line.get(name, said)):
                    _put(found, str(text))
    return found


def _put(table: dict[str, object], text: str) -> None:
    dotted, equals, value = text.partition("=")
    if not equals:
        return  # the option itself says that it is wrong
    *above, last = (plain(key) for key in dotted.strip().split("."))
    for key in above:
        inner = table.get(key)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        table[key] = inner
        table = inner
    table[last] = int(value) if value.isascii() and value.isdigit() else value


def _of_tables_alone() -> set[str]:
    """Options that stand in a target's table and nowhere else."""
    from testferry.services import services
    from testferry.settings.options import COMMON

    found: set[str] = set()
    for record in (*COMMON, *(service.options for service in services())):
        for name, option in options_of(record).items():
            if not option.on_line:
                found.add(name)
    return found


def _unknown(words: str, key: str, known: set[str]) -> UsageProblem:
    rule = "keys are the options by their names; secrets are in the environment or in --token-file"
    names = [key_of(name) for name in known]
    return UsageProblem(words, cure(rule, key_of(plain(key)), names))


def _problem(origin: Origin, problem: Unfit) -> UsageProblem:
    within = f".{problem.within}" if problem.within else ""
    return UsageProblem(f"{origin}{within} {problem.words}", problem.cure)
