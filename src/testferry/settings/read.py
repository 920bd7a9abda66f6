"""The reader: command line, environment, files, CI, default, for every option in one way.

``Settings`` is what was said to one command, perhaps about one target; ``of(record)`` gives a
record of options with a typed value in every field, and ``origin(name)`` says where it comes from.
A wrong value or an unknown key names itself, its place and the cure, whichever command reads it.
"""

from __future__ import annotations

import contextlib
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
from testferry.services.service import Service, loaded
from testferry.settings.check import check_asking, check_files, check_keys, unknown_key
from testferry.settings.files import File, Source, Table, key_in
from testferry.settings.overrides import put
from testferry.settings.types import Unfit, convert, listed

Said = str | bool | int | tuple[str, ...]
Record = TypeVar("Record")

_RUN_KEY = "run_key"
_CI = "ci"  # the option that says which CI system suggests
_AUTO = "auto"
_TEXTS = (Form.TEXT, Form.NAME, Form.ADDRESS)
_PATHS = (Form.FILE, Form.FOLDER, Form.OUTPUT)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from. ``place`` names the flag or the variable; a value of a file has the
    file, and the keys that lead to it.
    """

    source: Source
    place: str = ""
    file: File | None = None
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.at() or str(self.source)

    def at(self, *within: str) -> str:
        """The place, or that of a key within a value that is a table."""
        if self.file is None:
            return self.place
        return f"{self.file.place(*self.keys, *within)}: {self.keys[-1]}"

    def line(self, *within: str) -> str:
        """What a problem of the value begins with: the file and line, or the variable; empty if the
        command line says it, whose words the problem has.
        """
        if self.file is not None:
            return self.file.place(*self.keys, *within)
        return "" if self.source is Source.LINE else self.place


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

    @property
    def described(self) -> bool:
        """Whether a file says something of the target by its name."""
        return any(self.target in file.targets for file in self.given.files)

    def of(self, record: type[Record]) -> Record:
        """The record, with what was said in its fields. Raises UsageProblem."""
        make: Callable[..., Record] = record
        return make(**dict(self._values(record)))

    def origin(self, name: str) -> Origin:
        """Where the value of an option comes from."""
        option = self._named(name)
        if option is None:
            return DEFAULT
        _, origin = self._found(name, option)
        return origin

    def sayings(self, name: str) -> Iterator[tuple[object, Origin]]:
        """All that say something about an option, the first that counts first."""
        option = self._named(name)
        if option is not None:
            yield from self._sayings(name, option)

    def configured(self, **instead: object) -> dict[str, object]:
        """What the target is made of; ``instead`` are values that count instead of what was said.
        Raises UsageProblem for what cannot be meant together.
        """
        if self.service is None:
            raise TypeError("these settings are about no target")
        made = self.service.options(**{**dict(self._values(self.service.options)), **instead})
        with self.placed("targets"):
            return self.service.configured(made)

    def shown(self) -> list[tuple[str, str]]:
        """What the target does, in lines for people. Raises UsageProblem."""
        if self.service is None:
            raise TypeError("these settings are about no target")
        with self.placed("targets"):
            make: Callable[..., list[tuple[str, str]]] = loaded(self.service.shown)
            return make(self.service, self.of(self.service.options))

    @contextlib.contextmanager
    def placed(self, *about: str) -> Iterator[None]:
        """A problem that is raised within says where the option was said that it is about, or that
        ``about`` names.
        """
        try:
            yield
        except UsageProblem as problem:
            place = self._place(*problem.about) or self._place(*about)
            if not place:
                raise
            raise UsageProblem(f"{place}: {problem.message}", problem.hint) from None

    def _place(self, name: str = "", *within: str) -> str:
        """Where an option was said, or a dialect, or the target's table is."""
        if name == "targets":
            files = [file for file in self.given.files if self.target in file.targets]
            return files[0].place(name, self.target) if files else ""
        if name == "dialects":
            files = [file for file in self.given.files if within[0] in file.dialects]
            return files[0].place(name, *within) if files else ""
        return self.origin(name).line(*within)

    def listed(self) -> Iterator[Setting]:
        """Every option that the command takes, each once, in the order of help; one whose value
        does not fit has it as it was said.
        """
        seen: set[str] = set()
        for record in self.records:
            for name, option in options_of(record).items():
                if name in seen or option.hidden:
                    continue
                seen.add(name)
                said, origin = self._found(name, option)
                if origin.source is Source.DEFAULT:
                    value = shown_default(option, default_of(record, name))
                else:
                    value = _as_far_as_it_fits(option, said)
                yield Setting(name, option, value, origin)

    # --- how it is found

    def _named(self, name: str) -> Option | None:
        """The option of this name; None if none of the records has it."""
        for record in self.records:
            known = options_of(record)
            if name in known:
                return known[name]
        return None

    def _values(self, record: type) -> Iterator[tuple[str, object]]:
        for name, option in options_of(record).items():
            said, origin = self._found(name, option)
            if origin.source is not Source.DEFAULT:
                value = _converted(option, said, origin)
                if option.of_ci and value == _AUTO:
                    value = self._of_this_pipeline(origin)
                yield name, value

    def _found(self, name: str, option: Option) -> tuple[object, Origin]:
        """The first that says something, in the order of precedence."""
        for said, origin in self._sayings(name, option):
            # An empty text is as good as none, except where it must be an error.
            if said != "" or option.form not in _TEXTS:
                return said, origin
        return None, DEFAULT

    def _sayings(self, name: str, option: Option) -> Iterator[tuple[object, Origin]]:
        if name in self.given.line:
            yield self.given.line[name], Origin(Source.LINE, flag_of(name, option))
        yield from self._in_environment(name, option)
        if option.in_files:
            yield from self._in_files(name, option)
        if option.suggested:
            yield _suggested(option, self._ci(), of_many=self._is_of_many())

    def _of_this_pipeline(self, origin: Origin) -> str:
        from testferry.settings.ci import run_key

        found = run_key(self._ci())
        if not found:
            raise UsageProblem(
                f"{origin} auto: no CI system says which pipeline this is",
                "use a word of your own that all jobs of the pipeline know; --ci names the system",
            )
        return found

    def _ci(self) -> str:
        """The word of --ci, as it stands: what is wrong with it is told when it is read."""
        option = self._named(_CI)
        if option is None:
            return _AUTO
        said, _ = self._found(_CI, option)
        return said if isinstance(said, str) else _AUTO

    def _is_of_many(self) -> bool:
        """Whether other jobs fill the run too: then it is called like none of them."""
        option = self._named(_RUN_KEY)
        return option is not None and bool(self._found(_RUN_KEY, option)[0])

    def _in_environment(self, name: str, option: Option) -> Iterator[tuple[object, Origin]]:
        variables = list(option.variables)
        if option.in_environment:
            variables.insert(0, variable_of(name, option))
        if self.service is not None:
            variables.append(self.service.variable(name))
        for variable in variables:
            text = self.given.environment.get(variable, "")
            if text:
                said = _lines(text) if option.many else text
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
                yield said, Origin(file.source, file=file, keys=(*keys, key))
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
        check_files(self.given.files)
        if self.service is not None:
            check_keys(self.given.files, self.target, self._keys())
            check_asking(self.given.files, self.target, options_of(self.service.options))
            self._check_words(self.service)
        for record in self.records:
            for _ in self._values(record):
                pass
            self._check_unheard(record)

    def _check_unheard(self, record: type) -> None:
        """What a file says is checked, whether something else counts instead of it or not; a path
        may be another machine's.
        """
        for name, option in options_of(record).items():
            for said, origin in self._sayings(name, option):
                if origin.file is not None and option.form not in _PATHS:
                    _converted(option, said, origin)

    def _keys(self) -> set[str]:
        """What a table of the target may say."""
        return {
            name
            for record in self.records
            for name, option in options_of(record).items()
            if option.in_files
        }

    def _check_words(self, service: Service) -> None:
        known = self._keys()
        for name in self._overrides:
            if name not in known:
                raise unknown_key(f"--set: unknown key {name!r}", name, known)
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
    settings = settings_of(given, records, target, service)
    settings.check()
    return settings


def settings_of(
    given: Given,
    records: tuple[type, ...],
    target: str = "",
    service: Service | None = None,
) -> Settings:
    """What was said, and nothing of it checked."""
    return Settings(given, records, target, service, _overrides(given, records, target))


def shown_default(option: Option, default: object) -> object:
    """The value of an option that nobody said, or the words for it if it is found out later."""
    if default not in (None, (), {}, "") or not option.shown_default:
        return default
    return _as_far_as_it_fits(option, option.shown_default)


def _converted(option: Option, said: object, origin: Origin) -> object:
    """What a value means. Raises UsageProblem that says where it was said."""
    try:
        return convert(option, said)
    except Unfit as problem:
        raise _problem(origin, option, problem) from None


def _as_far_as_it_fits(option: Option, said: object) -> object:
    try:
        return convert(option, said)
    except Unfit:
        return said


def _lines(text: str) -> tuple[str, ...]:
    """The values of a repeatable option in one variable: one a line, each with all its spaces."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _suggested(option: Option, ci: str, *, of_many: bool) -> tuple[object, Origin]:
    from testferry.settings.ci import build, suggestion

    names = suggestion(ci, with_job=not of_many)
    if option.suggested == "build":
        return build(ci), Origin(Source.CI, f"CI ({names.system or 'none'})")
    said = names.source if option.suggested == "source" else names.name
    place = f"CI ({names.system})" if names.system else "the folder's name"
    return said, Origin(Source.CI, place)


def _overrides(given: Given, records: tuple[type, ...], target: str) -> Table:
    """What ``--set`` puts into the target's table: a value for a ``{set.KEY}`` that stands in it,
    else one of its keys.
    """
    holes = repr([file.targets.get(target) for file in given.files])
    found: dict[str, object] = {}
    for record in records:
        for name, option in options_of(record).items():
            if option.form is Form.SET:
                said = _lines(given.environment.get(variable_of(name, option), ""))
                for text in listed(given.line.get(name, said)):
                    put(found, str(text), holes)
    return found


def _problem(origin: Origin, option: Option, problem: Unfit) -> UsageProblem:
    place = origin.at(*problem.within)
    hint = problem.cure
    if option.many and origin.source is Source.ENVIRONMENT:
        hint = f"{hint}; several values stand on a line each".removeprefix("; ")
    return UsageProblem(f"{place} {problem.words}", hint)
