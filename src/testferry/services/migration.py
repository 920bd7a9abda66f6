"""What another client was told, in testferry's words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from testferry.errors import UsageProblem

Value = str | int | bool | list[str] | dict[str, str]

# A variable, or a command in its place: a shell fills it in.
_FILLED_IN = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\}|\([^)]*\))")
_ASSIGNED = re.compile(r"(?<!\w)([A-Za-z_]\w*)=.*", re.DOTALL)
# Where a command of a shell ends.
_ENDS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "2>", "2>&1", "<"})
_PLACE_OF_REPORTS = "REPORT"
_PROXY = "proxy"


@dataclass(slots=True)
class Migrated:
    """The command to type, the table for testferry.toml, and what has no counterpart."""

    target: str
    # the command before the target: upload, run create, run complete
    verb: str = "upload"
    # words behind the target
    words: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    # the user's COMMAND behind ``--``
    behind: list[str] = field(default_factory=list)
    table: dict[str, Value] = field(default_factory=dict)
    # NAME=VALUE of the environment; a secret is not among them
    environment: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # it was said to a shell, which fills in variables
    of_shell: bool = False

    @property
    def command(self) -> str:
        """The command that does the same without the table."""
        words = ["testferry", *self.verb.split(), self.target, *self.words]
        if self.verb == "upload":
            words += self.reports or [_PLACE_OF_REPORTS]
        if self.behind:
            words += ["--", *self.behind]
        return " ".join(map(self.word, words))

    def word(self, text: str) -> str:
        """A word as a shell takes it; variables in it are filled in if they were so before."""
        if not (self.of_shell and _FILLED_IN.search(text)):
            return shlex.quote(text)
        kept = _FILLED_IN.findall(text)
        rest = [re.sub(r'(["\\`$])', r"\\\1", part) for part in _FILLED_IN.split(text)]
        pairs = zip(rest, [*kept, ""], strict=True)
        return f'"{"".join(before + hole for before, hole in pairs)}"'

    def option(self, name: str, value: str) -> None:
        """An option of a command line and of the table. One with a password in it is told."""
        _, login, host = value.rpartition("@")
        if name == _PROXY and login and not _FILLED_IN.search(value):
            words = f"set HTTPS_PROXY=http://USER:PASSWORD@{host} in the environment"
            self.notes.append(f"--{name} has a password: {words}, never in a command")
            return
        self.words += [f"--{name}", value]
        self._row(name, value)

    def flag(self, name: str) -> None:
        """An option that is on."""
        self.words.append(f"--{name}")
        self.table[name] = True

    def each(self, name: str, values: list[str]) -> None:
        """A repeatable option."""
        known = self.table.get(name)
        before = list(known) if isinstance(known, list) else []
        for value in values:
            self.words += [f"--{name}", value]
        if not self._told_of_variables(name, "".join(values)):
            self.table[name] = [*before, *values]

    def pairs(self, name: str, pairs: Mapping[str, str]) -> None:
        """A repeatable option of names with values."""
        for key, value in pairs.items():
            self.words += [f"--{name}", f"{key}={value}"]
        known = self.table.get(name)
        before = dict(known) if isinstance(known, dict) else {}
        if not self._told_of_variables(name, "".join(pairs.values())):
            self.table[name] = {**before, **pairs}

    def only_on_line(self, *words: str) -> None:
        """What a table does not say."""
        self.words += words

    def _row(self, name: str, value: str) -> None:
        if not self._told_of_variables(name, value):
            self.table[name] = value

    def _told_of_variables(self, name: str, text: str) -> bool:
        """A file fills in no variables."""
        if not (self.of_shell and _FILLED_IN.search(text)):
            return False
        self.notes.append(f"--{name} stays on the line: a file fills in no variables")
        return True

    def as_toml(self) -> str:
        """The table as it stands in testferry.toml."""
        lines = [f"[targets.{self.target}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in self.table.items()]
        return "\n".join(lines)


def words_of(line: str, client: str) -> tuple[list[str], list[str]]:
    """The words behind the client's name, and what is to be noted of the rest: variables that are
    set in front, and what the shell does behind. Raises UsageProblem.
    """
    try:
        words = shlex.split(line.replace("\\\n", " "))
    except ValueError as problem:
        raise UsageProblem(f"the command line cannot be taken apart: {problem}") from None
    notes = []
    at = next((at for at, word in enumerate(words) if _is_named(word, client)), -1)
    for word in words[: max(at, 0)]:
        if assigned := _ASSIGNED.fullmatch(word):
            notes.append(f"{assigned[1]}: set it in front of the command, as before")
    words = words[at + 1 :]
    end = next((at for at, word in enumerate(words) if word in _ENDS or word == "--"), len(words))
    if words[end : end + 1] not in ([], ["--"]):
        notes.append(f"what stands behind {words[end]} is left as it was")
        words = words[:end]
    return words, notes


def _is_named(word: str, client: str) -> bool:
    """``trcli``, ``/usr/bin/trcli``, ``trcli.exe``, ``@testmo/testmo-cli``."""
    name = re.split(r"[/\\]", word)[-1]
    return name.partition(".")[0].partition("@")[0] in (client, f"{client}-cli")


def options_of_line(
    words: list[str],
    flags: frozenset[str],
    many: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, list[str]]]:
    """The options with their values, and each other word alone; ``--name=x`` and ``--name x``.

    ``flags`` take no value, ``many`` take all words up to the next option.
    """
    at = 0
    while at < len(words):
        name, equals, value = words[at].partition("=")
        at += 1
        if not name.startswith("-"):
            yield words[at - 1], []
            continue
        values = [value] if equals else []
        most = 0
        if not equals and name not in flags:
            most = len(words) if name in many else 1
        while most and at < len(words) and not _is_option(words[at]):
            values.append(words[at])
            at, most = at + 1, most - 1
        yield name, values


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and not word[1].isdigit()


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(quoted, value))}]"
    if isinstance(value, dict):
        pairs = [f"{quoted(key)} = {quoted(text)}" for key, text in value.items()]
        return f"{{ {', '.join(pairs)} }}"
    return quoted(value)


def quoted(text: str) -> str:
    """A text as TOML has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join(_visible(character) for character in escaped)
    return f'"{shown}"'


def _visible(character: str) -> str:
    if character < " " or character == "\x7f":
        return f"\\u{ord(character):04x}"
    return character
