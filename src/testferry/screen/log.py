"""The log file: what happens, a line each with its time, for whoever looks later."""

from __future__ import annotations

import os
from pathlib import Path

from testferry.clock import Clock, to_the_second
from testferry.errors import UsageProblem
from testferry.events import Event, Opened, Planned, Progressed, Told, Waiting
from testferry.screen.live import opened_in_words, planned_in_words
from testferry.screen.waiting import waiting_in_the_log
from testferry.text import clean

LARGEST = 1024 * 1024  # bytes; then a new file is begun
KEPT = 3  # older files: FILE.1 is the latest
_LEVEL = 1
_EVERY = 30.0  # seconds between two lines on how far it is


class LogFile:
    """Listens to an upload. The file is opened for every line: others may move it meanwhile."""

    def __init__(self, path: str, clock: Clock) -> None:
        self._path = Path(path)
        self._clock = clock
        self._spoke = clock.now()
        self._waits_until = 0.0
        try:
            self._write("")
        except OSError as problem:
            raise UsageProblem(
                f"the log file {path} cannot be written: {problem.strerror}",
                "name another one with --log-file FILE",
            ) from None

    def __call__(self, event: Event) -> None:
        """Take one event of the upload."""
        match event:
            case Planned():
                self.line(planned_in_words(event, 1))
            case Opened():
                self.line(opened_in_words(event))
            case Told() if event.level <= _LEVEL:
                self.line(event.text)
            case Waiting() if abs(event.at - self._waits_until) > 1:
                self._waits_until = event.at
                self.line(waiting_in_the_log(event))
            case Progressed() if self._clock.now() - self._spoke >= _EVERY:
                self.line(f"{event.accepted:,} results accepted, {event.pending:,} pending")

    def line(self, text: str) -> None:
        """Append a line. A disk that is full later on is no reason to end an upload."""
        self._spoke = self._clock.now()
        try:
            self._write(f"{to_the_second(self._clock.wall())} {clean(text)}\n")
        except OSError:
            return

    def _write(self, line: str) -> None:
        if self._path.exists() and self._path.stat().st_size > LARGEST:
            self._rotate()
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(line)

    def _rotate(self) -> None:
        for number in range(KEPT, 0, -1):
            older = self._numbered(number)
            newer = self._numbered(number - 1)
            if newer.exists():
                os.replace(newer, older)

    def _numbered(self, number: int) -> Path:
        if not number:
            return self._path
        return self._path.with_name(f"{self._path.name}.{number}")
