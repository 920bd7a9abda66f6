"""NDJSON, streaming: an object on each line, other lines between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.between import Foreign
from testferry.reports.decode import Text
from testferry.reports.jsonstream import LONGEST_VALUE, SQUEEZED_FROM, decode, scan, squeezed
from testferry.text import count


class _Lines:
    """Whole lines of a text that comes in chunks; a giant line costs time in proportion to it."""

    def __init__(self, source: Text, summary: ReportSummary) -> None:
        self._source = source
        self._summary = summary
        self._held: list[str] = []
        self._size = 0
        self._limit = 4 * SQUEEZED_FROM

    def __iter__(self) -> Iterator[str]:
        for chunk in self._source:
            if "\n" not in chunk:
                self._hold(chunk)
                continue
            first, *others = chunk.split("\n")
            self._hold(first)
            yield "".join(self._held)
            self._held, self._size, self._limit = [], 0, 4 * SQUEEZED_FROM
            self._hold(others.pop())
            yield from others

    @property
    def last(self) -> str:
        """The line that has no end."""
        return "".join(self._held)

    def _hold(self, piece: str) -> None:
        self._held.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            text = squeezed("".join(self._held), self._summary)
            if len(text) > LONGEST_VALUE or not text.lstrip().startswith(("{", "[")):
                # no object that could be read
                text = text[:SQUEEZED_FROM]
            self._held = [text]
            self._size = len(text)
            self._limit = max(self._limit, 2 * self._size)


class _Others:
    """Lines of another format: counted, shown to the reader, looked through for another report."""

    def __init__(self, summary: ReportSummary, noise: Callable[[str], object]) -> None:
        self.foreign = Foreign(summary)
        self._summary = summary
        self._noise = noise
        self._count = 0
        self._first = 0

    def add(self, line: str, number: int) -> None:
        """Take one."""
        if line.strip():
            self._noise(line)
            self.foreign.line(line, number)
            self._count += 1
            self._first = self._first or number

    def tell(self) -> None:
        """Tell of them, at the end of the file."""
        self.foreign.end()
        if self._count:
            lines = count(self._count, "line of another format is", "lines of another format are")
            self._summary.warn("other-lines", f"{lines} left out", self._first)


def lines(
    file: BinaryIO,
    summary: ReportSummary,
    known: Callable[[dict[str, object]], bool],
    noise: Callable[[str], object] = len,
) -> Iterator[dict[str, Any]]:
    """Yield every object of an NDJSON file that is of the format.

    Other lines (a build's noise) are counted and told; ``noise`` is shown every one of them. A line
    may be an array of one object (Flutter). A last line that is cut is a ReportProblem.
    """
    number = 0
    others = _Others(summary, noise)
    source = Text(file, xml=False)
    walked = _Lines(source, summary)
    for line in walked:
        number += 1
        found = _object(line)
        if found is not None and known(found):
            others.foreign.end()
            yield found
        else:
            others.add(line, number)
    source.tell(summary)
    last = walked.last
    if last.strip():
        found = _object(last)
        if found is not None and known(found):
            yield found
        elif last.lstrip().startswith(("{", "[")):
            raise ReportProblem(
                f"is cut off at line {number + 1}",
                "did the test run die?",
                number + 1,
                code="cut-off",
            )
        else:
            others.add(last, number + 1)
    others.tell()


def _scanned(line: str) -> tuple[object, int]:
    try:
        return scan(line, 0)
    except json.JSONDecodeError:
        raise
    except ValueError:
        # a number of thousands of digits
        return decode(line, 0)


def _object(line: str) -> dict[str, object] | None:
    line = line.strip()
    try:
        found, end = _scanned(line)
    except (ValueError, RecursionError, StopIteration):
        return None
    if end != len(line):
        return None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if isinstance(found, dict):
        return found
    return None
