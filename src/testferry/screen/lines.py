"""The consoles, and what is printed on them: somebody's words, lines, tables, errors."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Literal, cast

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from testferry.text import clean

WIDE = 120
_NARROWEST = 20
# What the further lines of a long one stand under: behind its sign, or its label.
_LEADING = re.compile(r"\s*(?:[✔✘!] |error: |Next: |\w+ {2,})?")
_WORD = re.compile(r"\S+\s*")
_WIDEST = 100_000
_LONGEST_NUMBER = 4


def consoles(color: str, *, quiet: bool = False) -> tuple[Console, Console]:
    """Make the consoles of standard output and of standard error. NO_COLOR wins over FORCE_COLOR; a
    pipe never gets an animation.
    """
    # a stream that is closed is no other one
    out = sys.stdout or _Nowhere()
    error = sys.stderr or _Nowhere()
    return _console(out, color, quiet=False), _console(error, color, quiet=quiet)


class _Nowhere(io.StringIO):
    """What a closed stream stands for: nobody reads."""

    def write(self, text: str, /) -> int:
        return len(text)


class _Enduring:
    """A stream whose reader may go away (``| head``, a terminal that is closed): the upload goes
    on, and what is left to say is said to nobody.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _console(stream: IO[str], color: str, *, quiet: bool) -> Console:
    # a cp1252 pipe must not lose the upload over a tick
    with suppress(AttributeError, ValueError, OSError):
        # every real stream has it
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
    colored = _wants_color(stream, color)
    # None: as rich finds it
    terminal: bool | None = colored
    interactive: bool | None = None
    width: int | None = None
    system: Literal["auto"] | None = "auto" if colored else None
    if _is_tty(stream):
        terminal = colored or None
    else:
        interactive = False  # FORCE_COLOR must not animate a pipe
        width = _width()
    return Console(
        file=cast("IO[str]", _Enduring(stream)),
        quiet=quiet,
        force_terminal=terminal,
        force_interactive=interactive,
        no_color=not colored,
        color_system=system,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def _wants_color(stream: IO[str], color: str) -> bool:
    if color == "always":
        return True
    if color == "never" or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0") or _is_tty(stream)


def _is_tty(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # closed
        return False


def _width() -> int:
    """Find the width for a stream that has none of its own."""
    columns = os.environ.get("COLUMNS", "")
    if not (columns.isascii() and columns.isdigit()) or len(columns) > _LONGEST_NUMBER:
        return WIDE
    return max(_NARROWEST, int(columns))


def animated(console: Console, *, ci: bool, quiet: bool) -> bool:
    """Say whether a live display is for anybody: on a real terminal that can do it, outside of
    CI.
    """
    return _is_tty(console.file) and not ci and not quiet and os.environ.get("TERM") != "dumb"


def words(text: str, style: str = "") -> Text:
    """Make somebody else's text nothing but text."""
    return Text(clean(text), style=style)


def plain(console: Console, line: object, style: str = "") -> None:
    """Print one line of somebody's text."""
    show(console, words(str(line), style))


def as_it_is(console: Console, line: str) -> None:
    """Write a line of ours that a CI system reads as a command; an empty one is none."""
    if line and not console.quiet:
        with suppress(OSError, ValueError):
            console.file.write(f"{line}\n")


def show(console: Console, *lines: Text) -> None:
    """Print lines: whole ones into a pipe, on a terminal wrapped between words and indented."""
    with suppress(OSError, ValueError):
        for line in lines:
            for part in _wrapped(console, line):
                console.print(part, soft_wrap=True)


def _wrapped(console: Console, line: Text) -> Iterable[Text]:
    """Divide a line that does not fit; a word that is longer than a line (an address) stays
    whole.
    """
    width = console.width
    if not _is_tty(console.file) or line.cell_len <= width or width < _NARROWEST:
        return [line]
    found = _LEADING.match(line.plain)
    leading = found[0] if found else ""
    indent = min(len(leading), width // 2)
    breaks = _breaks(line.plain, indent, width)
    lines: list[Text] = []
    for part in line.divide(breaks):
        part.rstrip()
        margin = ""
        if lines:
            margin = " " * indent
        lines.append(Text.assemble(margin, part))
    return lines


def _breaks(text: str, indent: int, width: int) -> list[int]:
    """Find where further lines begin, each of them indented."""
    breaks = []
    taken = cell_len(text[:indent])
    for found in _WORD.finditer(text, indent):
        cells = cell_len(found[0])
        fits = taken + cell_len(found[0].rstrip()) <= width
        if not fits and found.start() > indent:
            breaks.append(found.start())
            taken = indent
        taken += cells
    return breaks


def show_error(console: Console, message: str, hint: str = "") -> None:
    """Print one or two lines: what happened, and the cure."""
    show(console, Text.assemble(("error: ", "bold red"), words(message)))
    if hint:
        show(console, words(f"       {hint}"))


def table(
    console: Console,
    heads: Iterable[str],
    rows: Iterable[Iterable[str]],
    *,
    cut: bool = False,
) -> None:
    """Print a plain table of somebody's texts. ``cut``: a line an entry, on a terminal the last
    column is cut at its end, and whole elsewhere.

    Off a terminal no cell is folded: the rest of a name at the beginning of a line could be a
    workflow command of the CI system whose log it is.
    """
    if cut:
        _lines_of_table(console, [tuple(heads), *(tuple(row) for row in rows)])
        return
    from rich.table import Table  # start-up is a feature

    terminal = _is_tty(console.file)
    grid = Table(
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
    )
    for head in heads:
        grid.add_column(
            head,
            style="",
            header_style="dim",
            overflow="fold",
            no_wrap=not terminal,
        )
    for row in rows:
        grid.add_row(*(words(cell) for cell in row))
    with suppress(OSError, ValueError):
        if terminal:
            console.print(grid)
            return
        needed = console.measure(grid, options=console.options.update_width(_WIDEST)).maximum
        usual = console.width
        console.width = max(usual, needed)
        console.print(grid)
        console.width = usual


def _lines_of_table(console: Console, rows: list[tuple[str, ...]]) -> None:
    lines = [[words(cell) for cell in row] for row in rows]
    widths = [max(row[at].cell_len for row in lines) for at in range(len(rows[0]) - 1)]
    for number, row in enumerate(lines):
        style = "" if number else "dim"
        line = Text(style=style)
        for cell, width in zip(row, widths, strict=False):
            line.append_text(cell)
            line.append(" " * (width - cell.cell_len + 2))
        line.append_text(row[-1])
        if _is_tty(console.file):
            line.truncate(console.width, overflow="ellipsis")
        show(console, line)
