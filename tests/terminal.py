"""A terminal of a given width: programs run in it, and what stands on it can be read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.cells import cell_len

_PART = re.compile(r"\x1b\[\??([0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
_LONGEST = 60.0  # seconds of a program


class Display:
    """What stands on a terminal after these characters: as many of its controls as rich uses."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.colors: set[str] = set()
        self.cursor = True
        self._lines: list[str] = [""]
        self._row = self._column = 0

    @property
    def lines(self) -> list[str]:
        """The lines from the top, those that have left the screen too."""
        return [line.rstrip() for line in self._lines]

    def feed(self, text: str) -> None:
        """Show what a program wrote."""
        for found in _PART.finditer(text):
            number, control, sign, words = found.groups()
            if words:
                self._write(words)
            elif sign:
                self._column = 0
                if sign == "\n":
                    self._down()
            else:
                self._obey(number, control)

    def resize(self, width: int, *, folds: bool) -> None:
        """Make it narrower: its lines are folded, as most terminals do it, or cut."""
        lines: list[str] = []
        for line in self._lines:
            parts = [line[at : at + width] for at in range(0, len(line), width)] or [""]
            lines += parts if folds else parts[:1]
        self._lines, self.width = lines, width
        self._row = len(lines) - 1
        self._column = min(self._column, width)

    def _write(self, words: str) -> None:
        for sign in words:
            if self._column + cell_len(sign) > self.width:
                self._down()
                self._column = 0
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + sign + line[self._column + 1 :]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append("")

    def _obey(self, number: str, control: str) -> None:
        if control == "A":
            self._row = max(0, self._row - int(number or 1))
        elif control == "K":
            self._lines[self._row] = ""
        elif control == "m":
            self.colors.add(number)
        elif control in "hl" and number == "25":
            self.cursor = control == "h"
        else:
            raise AssertionError(f"a control that this terminal does not know: {number}{control}")


def in_terminal(
    words: Sequence[str],
    width: int,
    environment: Mapping[str, str],
    folder: Path,
    sizes: Sequence[tuple[float, int]] = (),
) -> tuple[int, bytes]:
    """Run a program in a terminal; gives its exit code and all that it wrote.

    ``sizes``: after so many seconds the terminal has another width, and the program is told.
    """
    ours, theirs = pty.openpty()
    _resize(theirs, width)
    process = subprocess.Popen(
        list(words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
        # nothing but a call of the kernel: the terminal is this program's own
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    os.close(theirs)
    try:
        said = _read(ours, process, list(sizes))
    finally:
        os.close(ours)
        process.kill()
    return process.wait(), said


def _resize(terminal: int, width: int) -> None:
    """The kernel tells the program (SIGWINCH)."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))


def _read(terminal: int, process: subprocess.Popen[bytes], sizes: list[tuple[float, int]]) -> bytes:
    begun, said = time.monotonic(), b""
    while time.monotonic() - begun < _LONGEST:
        if sizes and time.monotonic() - begun >= sizes[0][0]:
            _resize(terminal, sizes.pop(0)[1])
        ended = process.poll() is not None  # asked first: all that it wrote can be read by now
        readable, _, _ = select.select([terminal], [], [], 0.02)
        if not readable:
            if ended:
                break
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the last one who had it open is gone
            break
        if not part:
            break
        said += part
    process.wait(_LONGEST)
    return said
