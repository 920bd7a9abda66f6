"""What another client was told, in testferry's words."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

Value = str | int | bool | list[str] | dict[str, str]


@dataclass(slots=True)
class Migrated:
    """The command to type, the table for testferry.toml, and what has no counterpart."""

    target: str
    # words behind `testferry upload TARGET`
    words: list[str] = field(default_factory=list)
    table: dict[str, Value] = field(default_factory=dict)
    # NAME=VALUE of the environment; a secret is not among them
    environment: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def command(self) -> str:
        """The command that does the same without the table."""
        return shlex.join(["testferry", "upload", self.target, *self.words])

    def as_toml(self) -> str:
        """The table as it stands in testferry.toml."""
        lines = [f"[targets.{self.target}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in self.table.items()]
        return "\n".join(lines)


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
