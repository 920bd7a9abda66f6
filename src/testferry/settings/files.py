"""The configuration files: which there are, what they hold, and where a key of theirs stands.

What ``--config FILE`` says lies over the user's own file, and that over the project's, key by key.
A project's file lies in a checkout and may be anybody's: it may set what is named as safe, and
nothing else, unless the user vouches for it by naming it himself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeGuard

from testferry import kernel
from testferry.errors import UsageProblem
from testferry.option import HEADERS
from testferry.scratch import own_folder

_PROJECT_FILE = "testferry.toml"
_NOWHERE = Path(os.sep) / "testferry"  # there is no home, and no temporary directory
_TABLES = ("targets", "dialects")
# Of what is not found, its surroundings are told: targets, NAME, item and no fewer keys.
_SHORTEST = dict.fromkeys(_TABLES, 3)
_SECRET = re.compile("token|secret|password|api.?key", re.IGNORECASE)
_LARGEST = 1_000_000  # characters
# A hundred keys within each other: the time that they take grows with their square.
_DEEP = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")
_NO_SECRET = frozenset({"token_file"})

Table = Mapping[str, object]


class Source(StrEnum):
    """Where a value comes from; the first that says something counts."""

    LINE = "command line"
    ENVIRONMENT = "environment"
    CONFIG = "--config"
    USER = "user's file"
    PROJECT = "project's file"
    SHIPPED = "testferry's own table"
    CI = "CI"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class File:
    """One configuration file, read and not yet understood."""

    source: Source
    path: str
    text: str = field(repr=False)
    above: tuple[str, ...]  # the tables that it is within: tool, testferry in pyproject.toml
    options: Table
    targets: Mapping[str, Table]
    dialects: Mapping[str, Table]
    called: str = ""  # what the file itself calls its target, if another one stands on it

    def place(self, *keys: str) -> str:
        """The file, and the line of a key or of a list's entry; else of the nearest around it."""
        if self.called and keys[:1] == ("targets",):
            keys = ("targets", self.called, *keys[2:])
        from testferry.settings.places import line_at  # start-up is a feature

        shortest = len(self.above) + _SHORTEST.get(keys[0], 1)
        line = line_at(self.text, (*self.above, *keys), shortest)
        return f"{self.path}, line {line}" if line else self.path


def key_in(table: Table, name: str) -> str | None:
    """The key of an option as the table spells it: with dashes or with underscores."""
    return next((key for key in table if plain(key) == name), None)


def plain(key: str) -> str:
    """A key as the fields of records are spelled."""
    return key.replace("-", "_")


def find(explicit: str | None) -> tuple[File, ...]:
    """Every file that is heeded, the first that counts first. Raises UsageProblem."""
    user, project = _user_file(), _nearest()
    found = []
    if explicit:
        found.append(_read(Path(explicit), Source.CONFIG))
    if user is not None and user.is_file():
        found.append(_read(user, Source.USER))
    if project is not None and not (explicit and project.samefile(explicit)):
        found.append(_read(project, Source.PROJECT))
    return tuple(found)


def dialects(files: tuple[File, ...]) -> dict[str, Table]:
    """The user's own dialects. Raises UsageProblem if a project's file redefines a shipped one: it
    could have every refusal taken for a success.
    """
    from testferry.dialects.load import RESERVED

    shipped = {name for file in files if file.source is Source.SHIPPED for name in file.dialects}
    found: dict[str, Table] = {}
    for file in reversed(files):
        for name in file.dialects:
            if file.source is Source.PROJECT and name in shipped.union(RESERVED):
                raise UsageProblem(
                    f"{file.place('dialects', name)}: a project's file cannot redefine the "
                    f"dialect {name!r}",
                    f'give it a name of its own: [dialects.my-{name}] with extends = "{name}"',
                )
            if file.source is Source.PROJECT:
                _check_variables(file, name)
        found |= file.dialects
    return found


def _check_variables(file: File, dialect: str) -> None:
    """A project's file sends no variable but one that is meant for it. Raises UsageProblem."""
    from testferry.dialects.load import FROM_ENVIRONMENT

    headers = file.dialects[dialect].get("headers")
    if not isinstance(headers, Mapping):
        return
    for name, text in headers.items():
        wanted = str(text).removeprefix(FROM_ENVIRONMENT).strip()
        if str(text).startswith(FROM_ENVIRONMENT) and not wanted.startswith(HEADERS):
            raise UsageProblem(
                f"{file.place('dialects', dialect, 'headers', name)}: {wanted!r} is not for a "
                "project's file to send",
                f"call the variable {HEADERS}…",
            )


def without_addresses(files: tuple[File, ...]) -> tuple[File, ...]:
    """The files, as if the project's named no address: where a journal may be sent is for its user
    to say.
    """
    return tuple(_without_address(file) for file in files)


def _without_address(file: File) -> File:
    if file.source is not Source.PROJECT:
        return file
    targets = {name: _all_but_url(table) for name, table in file.targets.items()}
    return replace(file, options=_all_but_url(file.options), targets=targets)


def _all_but_url(table: Table) -> Table:
    return {key: value for key, value in table.items() if plain(key) != "url"}


def journal_folder() -> Path:
    """Where journals lie unless the user says otherwise: in the user's state, or, where that cannot
    be written or there is no home, in a private folder of the temporary directory.
    """
    usual = _usual_folder()
    if _is_usable(usual):
        return usual
    temporary = own_folder()
    if _is_usable(temporary):
        return temporary
    return usual or _NOWHERE


def _is_usable(folder: Path | None) -> TypeGuard[Path]:
    return folder is not None and kernel.can_be_made(folder)


def volume_folder(said: str) -> Path:
    """Where journals lie that the user wants in a folder. In a container without a home it is often
    a volume that everybody may write (an emptyDir): then they lie in a private folder of it.
    """
    folder = Path(said)
    if _usual_folder() is not None:
        return folder
    try:
        shared = kernel.writable_by_others(folder.stat())
    except OSError:
        return folder
    if shared:
        return folder / f"testferry-{kernel.user_word()}"
    return folder


def lies_in_passing() -> bool:
    """Whether journals lie in the temporary directory, which not every machine keeps."""
    return not _is_usable(_usual_folder()) and _is_usable(own_folder())


def _usual_folder() -> Path | None:
    import platformdirs

    try:
        return platformdirs.user_state_path("testferry")
    except (RuntimeError, KeyError, OSError):  # no HOME, and no entry for the user
        return None


def option_tables(file: File) -> Iterator[tuple[tuple[str, ...], Table]]:
    """Every table that says options, and the keys that lead to it."""
    yield (), file.options
    for name, table in file.targets.items():
        yield ("targets", name), table


def _user_file() -> Path | None:
    """The user's own file; None where the user has no home."""
    import platformdirs

    try:
        return platformdirs.user_config_path("testferry") / "config.toml"
    except (RuntimeError, KeyError, OSError):
        return None


def _nearest() -> Path | None:
    """The project's file: the first that is found from here upwards."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        own = folder / _PROJECT_FILE
        if own.is_file():
            return own
        shared = folder / "pyproject.toml"
        if shared.is_file() and _is_ours(shared):
            return shared
    return None


def _is_ours(shared: Path) -> bool:
    """Whether a ``pyproject.toml`` has a table of testferry's; one that never says its name is
    nothing to us, whatever else is in it.
    """
    text = _text(shared)
    return "testferry" in text and _tool_table(_toml(shared, text)) is not None


def _tool_table(document: Table) -> object:
    """The table of testferry in a ``pyproject.toml``; None if there is none."""
    tools = document.get("tool", {})
    return tools.get("testferry") if isinstance(tools, Mapping) else None


def _read(path: Path, source: Source) -> File:
    text = _text(path)
    document = _toml(path, text)
    shown = _shown(path)
    above: tuple[str, ...] = ()
    table: object = document
    if path.name == "pyproject.toml":
        above = ("tool", "testferry")
        table = _tool_table(document)
        table = {} if table is None else table
    if not isinstance(table, Mapping):
        raise UsageProblem(f"{shown}: testferry's configuration must be a table")
    options = {key: value for key, value in table.items() if key not in _TABLES}
    file = File(
        source,
        shown,
        text,
        above,
        options,
        _tables(table, "targets", shown),
        _tables(table, "dialects", shown),
    )
    _refuse_secrets(file)
    return file


def _shown(path: Path) -> str:
    """The path as a person here would write it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _text(path: Path) -> str:
    """The text of a file, or its beginning. Raises UsageProblem."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LARGEST + 1)
    except OSError as problem:
        raise UsageProblem(
            f"the configuration {path} cannot be read: {problem.strerror}",
            "--config names a file of testferry's settings, no configuration of the service's",
        ) from None
    except ValueError as problem:
        raise UsageProblem(f"the configuration {path} is not UTF-8: {problem}") from None


def _toml(
    path: Path,
    text: str,
) -> Table:
    """What the text of a file says. Raises UsageProblem."""
    import tomllib

    # Whoever opens a pull request writes such a file: it holds up nobody.
    if len(text) > _LARGEST or _DEEP.search(text):
        raise UsageProblem(f"the configuration {path} is too large, or too deep, to be one")
    try:
        return tomllib.loads(text)
    # Its own error, or a number of thousands of digits.
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"the configuration {path} is not valid TOML: {problem}") from None


def _tables(table: Table, key: str, origin: str) -> dict[str, Table]:
    found = table.get(key, {})
    if not isinstance(found, Mapping) or not all(
        isinstance(inner, Mapping) for inner in found.values()
    ):
        raise UsageProblem(f"{origin}: [{key}.NAME] must be tables")
    return {str(name): inner for name, inner in found.items()}


def _refuse_secrets(file: File) -> None:
    for keys, table in option_tables(file):
        for key in table:
            if _SECRET.search(key) and plain(key) not in _NO_SECRET:
                raise UsageProblem(
                    f"{file.place(*keys, key)}: {key!r} must not be in a file that others read",
                    "use the environment or token-file",
                )


def early_config(words: list[str]) -> str | None:
    """``--config`` wherever it stands before ``--``: the file names the targets, so it is needed
    before the rest of the line can be understood.
    """
    upto = words.index("--") if "--" in words else len(words)
    found = os.environ.get("TESTFERRY_CONFIG") or None
    for at, word in enumerate(words[:upto]):
        if word == "--config" and at + 1 < upto:
            found = words[at + 1]
        elif word.startswith("--config="):
            found = word.partition("=")[2]
    return found or None
