"""On which line of a TOML text a key stands, or an entry of a list: a scan that keeps no values.

The text was read by ``tomllib`` before, so it is known to be right; what is not is scanned as far
as it goes. Entries of lists are named by their numbers: ``open``, ``1``, ``keep``, ``id``.
"""

from __future__ import annotations

import contextlib
import re
from functools import lru_cache

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\n]*")  # a number, a date, a truth
_END_OF_HEADER = re.compile(r"[ \t]*\]\]?")
_DEEPEST = 100  # lists and tables within each other

Path = tuple[str, ...]


def line_at(text: str, keys: Path, shortest: int) -> int | None:
    """The line of what ``keys`` lead to, or of the nearest around it that is led to by ``shortest``
    keys or more. None if there is none.

    A key with dots in it may be given as its parts.
    """
    lines = _lines(text)
    for length in range(len(keys), 0, -1):
        if length < len(keys) and length < shortest:
            return None
        line = lines.get(".".join(keys[:length]))
        if line is not None:
            return line
    return None


@lru_cache(maxsize=8)
def _lines(text: str) -> dict[str, int]:
    scan = _Scan(text)
    with contextlib.suppress(_NoToml, ValueError):  # what was found until there counts
        scan.document()
    return scan.lines


class _NoToml(Exception):
    """The text goes on in a way that TOML does not."""


class _Scan:
    """Walks through the text once; ``lines`` has the line of every path, its keys with dots."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self._text = text
        self._at = 0
        self._counted = (0, 1)  # an offset, and its line
        self._entries: dict[Path, int] = {}  # of each [[list of tables]]

    def document(self) -> None:
        here: Path = ()
        self._skip(_SPACE)
        while self._at < len(self._text):
            if self._takes("["):
                here = self._header()
            else:
                self._pair(here, 0)
            self._skip(_SPACE)

    def _header(self) -> Path:
        """The table that begins: a list's newest entry if it is within one."""
        line = self._line()
        listed = self._takes("[")
        *above, last = self._key()
        path: Path = ()
        for key in above:
            path = self._entry((*path, key), line)
        path = (*path, last)
        if listed:
            self._note(path, line)
            self._entries[path] = self._entries.get(path, -1) + 1
            path = (*path, str(self._entries[path]))
        self.lines[".".join(path)] = line
        self._skip(_END_OF_HEADER)
        return path

    def _entry(self, path: Path, line: int) -> Path:
        self._note(path, line)
        if path in self._entries:
            return (*path, str(self._entries[path]))
        return path

    def _pair(self, above: Path, depth: int) -> None:
        line = self._line()
        path = above
        for key in self._key():
            path = (*path, key)
            self._note(path, line)
        self._skip(_BLANK)
        if not self._takes("="):
            raise _NoToml
        self._skip(_BLANK)
        self._value(path, depth + 1)

    def _value(self, path: Path, depth: int) -> None:
        if depth > _DEEPEST:
            raise _NoToml
        if self._takes("["):
            self._list(path, depth)
        elif self._takes("{"):
            self._table(path, depth)
        elif not self._skip(_TEXT) and not self._skip(_PLAIN):
            raise _NoToml

    def _list(self, path: Path, depth: int) -> None:
        place = 0
        while not self._ends("]"):
            entry = (*path, str(place))
            self._note(entry, self._line())
            self._value(entry, depth + 1)
            self._ends(",")
            place += 1

    def _table(self, path: Path, depth: int) -> None:
        while not self._ends("}"):
            self._pair(path, depth)
            self._ends(",")

    def _key(self) -> list[str]:
        """The parts of a key, with dots between them."""
        parts = []
        while True:
            self._skip(_BLANK)
            begin = self._at
            if not self._skip(_WORD) and not self._skip(_TEXT):
                raise _NoToml
            parts.append(_meant(self._text[begin : self._at]))
            self._skip(_BLANK)
            if not self._takes("."):
                return parts

    def _ends(self, mark: str) -> bool:
        """Whether a mark stands behind spaces and lines; it is taken."""
        self._skip(_SPACE)
        if self._at >= len(self._text):
            raise _NoToml
        return self._takes(mark)

    def _takes(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += 1
        return True

    def _skip(self, what: re.Pattern[str]) -> bool:
        """Whether there is anything of it; it is passed over."""
        found = what.match(self._text, self._at)
        if found is None or found.end() == self._at:
            return False
        self._at = found.end()
        return True

    def _note(self, path: Path, line: int) -> None:
        self.lines.setdefault(".".join(path), line)

    def _line(self) -> int:
        at, line = self._counted
        line += self._text.count("\n", at, self._at)
        self._counted = self._at, line
        return line


def _meant(key: str) -> str:
    """A key without its quotes. Raises ValueError."""
    if key[0] not in "\"'":
        return key
    import tomllib

    return next(iter(tomllib.loads(f"{key} = 0")))
