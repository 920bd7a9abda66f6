"""JSON, streaming: a document's arrays are walked element by element, so that memory is that of one
element.

The standard library's own decoder works on a sliding window (measured: as fast as a C pull parser,
and a truncated file yields everything that was complete before the cut). NDJSON is read line by
line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from testferry.errors import ReportProblem
from testferry.model import ReportSummary, Status
from testferry.reports.decode import Text
from testferry.text import count

Path = tuple[str, ...]

_LARGEST = 1e15
LONGEST_VALUE = 64 * 1024 * 1024
_DECODER = json.JSONDecoder(strict=False)  # a raw tab in a message loses no file
MOST_DIGITS = 4000
# what raw_decode calls
_scan: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*(?=[^ \t\n\r])")  # and something behind it
_DOCUMENT = re.compile(r"^[ \t\ufeff]*(?:\{|\[\s*(?:\{|\]|\Z))", re.MULTILINE)
_SPACE = re.compile(r"[ \t\n\r]*")


def _decode(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits, which Python does not take at once
        return _PATIENT.raw_decode(text, at)


def _whole_number(digits: str) -> float:
    return int(digits) if len(digits) < MOST_DIGITS else math.inf


_PATIENT = json.JSONDecoder(strict=False, parse_int=_whole_number)


class _Window:
    """The text ahead, read as it is needed."""

    def __init__(self, file: BinaryIO) -> None:
        self._chunks = iter(Text(file, xml=False))
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self) -> bool:
        """Read on, at least as much as is held: a large value is begun again a few times only.
        False at the end of the file.
        """
        held = len(self.text) - self.at
        chunks: list[str] = []
        while sum(len(one) for one in chunks) <= held:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            chunks.append(chunk)
        if not chunks:
            self.ended = True
            return False
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + "".join(chunks), 0
        return True

    def where(self) -> int:
        """The line where we stand."""
        return self.line + self.text.count("\n", 0, self.at)

    def peek(self) -> str:
        """The next character that is no white space; ReportProblem at the end of the file."""
        while True:
            # it matches always
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                raise ReportProblem(
                    f"is cut off at line {self.where()}", "did the test run die?", self.where()
                )

    def skip_banner(self) -> None:
        """What a tool's runner printed before the document."""
        self.more()
        if begun := _DOCUMENT.search(self.text):
            self.at = begun.start()

    def is_there_more(self) -> bool:
        """Whether another document follows."""
        with suppress(ReportProblem):
            return self.peek() in "{["
        return False

    def take(self, wanted: str) -> None:
        """Pass a character that must be there."""
        if self.peek() != wanted:
            raise ReportProblem(
                f"is broken JSON at line {self.where()}: {wanted!r} expected", "", self.where()
            )
        self.at += 1

    def value(self) -> Any:
        """The next whole value."""
        self.peek()
        while True:
            try:
                found, end = _decode(self.text, self.at)
            except (ValueError, RecursionError) as problem:
                deep = isinstance(problem, RecursionError)
                if (
                    deep
                    or len(self.text) - self.at > LONGEST_VALUE
                    or self._is_broken(problem)
                    or not self.more()
                ):
                    raise self._complaint(deep=deep) from None
                continue
            if (
                end == len(self.text)
                and not self.ended
                and isinstance(found, int | float)
                and self.more()
            ):
                continue  # the number may go on
            self.at = end
            return found

    def elements(self) -> Iterator[Any]:
        """The values of an array whose bracket is passed, up to its end.

        Nearly all lie whole in the window, with a comma behind them: those go straight to the
        decoder in C.
        """
        while True:
            try:
                found, end = _scan(self.text, self.at)
                comma = _COMMA.match(self.text, end)
            except (ValueError, RecursionError, StopIteration):
                comma = None
            if comma:
                self.at = comma.end()
                yield found
                continue
            yield self.value()
            if self.peek() == "]":
                self.at += 1
                return
            self.take(",")
            self.peek()

    def _is_broken(self, problem: ValueError | RecursionError) -> bool:
        """An error well before the end of the window is no matter of reading on."""
        return (
            isinstance(problem, json.JSONDecodeError)
            and not problem.msg.startswith("Unterminated string")
            and problem.pos < len(self.text) - 64
        )

    def _complaint(self, *, deep: bool) -> ReportProblem:
        line = self.where()
        if deep:
            return ReportProblem(f"is nested too deeply at line {line}", "", line)
        if self.ended:
            return ReportProblem(
                f"is cut off or broken JSON at line {line}", "did the test run die?", line
            )
        return ReportProblem(f"is broken JSON at line {line}", "", line)


def walk(file: BinaryIO, opened: set[Path]) -> Iterator[tuple[Path, Any]]:
    """Every value of a document with its path; ``*`` stands for an array's element.

    Objects and arrays whose path is in ``opened`` are entered, anything else comes whole. Raises
    ReportProblem where the document breaks off; what was complete before it was yielded.
    """
    window = _Window(file)
    window.skip_banner()
    yield from _walk(window, (), opened)
    while window.is_there_more():  # a second document behind the first
        yield from _walk(window, (), opened)


def _walk(window: _Window, path: Path, opened: set[Path]) -> Iterator[tuple[Path, Any]]:
    start = window.peek()
    if path not in opened or start not in "{[":
        yield path, window.value()
        return
    window.take(start)
    end = "}" if start == "{" else "]"
    if window.peek() == end:
        window.take(end)
        return
    inner: Path = (*path, "*")
    if start == "[" and inner not in opened:
        for value in window.elements():
            yield inner, value
        return
    while True:
        if start == "{":
            name = window.value()
            if not isinstance(name, str):
                raise ReportProblem(
                    f"is broken JSON at line {window.where()}: a name expected", "", window.where()
                )
            window.take(":")
            inner = (*path, name)
        yield from _walk(window, inner, opened)
        if window.peek() == end:
            window.take(end)
            return
        window.take(",")


def lines(
    file: BinaryIO,
    summary: ReportSummary,
    known: Callable[[dict[str, Any]], bool],
    noise: Callable[[str], object] = len,
) -> Iterator[dict[str, Any]]:
    """Every object of an NDJSON file that is of the format; other lines (a build's noise) are
    counted and told.

    A line may be an array of one object (Flutter). ``noise`` is shown every other line. A last line
    that is cut is a ReportProblem.
    """
    other, first_other, held, number = 0, 0, "", 0
    for chunk in Text(file, xml=False):
        *whole, held = (held + chunk).split("\n")
        for line in whole:
            number += 1
            found = _object(line)
            if found is not None and known(found):
                yield found
            elif line.strip():
                noise(line)
                other += 1
                first_other = first_other or number
    if held.strip():
        found = _object(held)
        if found is not None and known(found):
            yield found
        elif held.lstrip().startswith(("{", "[")):
            raise ReportProblem(
                f"is cut off at line {number + 1}", "did the test run die?", number + 1
            )
        else:
            noise(held)
            other += 1
    if other:
        summary.warn(
            f"{count(other, 'line')} of another format {'is' if other == 1 else 'are'} left out",
            first_other or None,
        )


def _object(line: str) -> dict[str, Any] | None:
    line = line.strip()
    try:
        found, end = _scan(line, 0)
    except (json.JSONDecodeError, RecursionError, StopIteration):
        return None
    except ValueError:
        found, end = _decode(line, 0)
    if end != len(line):
        return None
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, dict) else None


# --- values of unknown kind, made
# usable; none of these raises


def unknown(summary: ReportSummary, name: Any, word: Any) -> Status:
    """The status of a test that ended in a way which the format does not have: never taken for
    green.
    """
    summary.fault(f"{text(name)} ended in a way that is not known: {word!r}")
    return Status.ERROR


def text(value: Any) -> str:
    """A string, empty for anything else than text or a number."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) in (int, float) else ""


def number(value: Any) -> float | None:
    """A finite number."""
    if (
        type(value) not in (int, float) or not -_LARGEST < value < _LARGEST
    ):  # NaN is not between anything
        return None
    return float(value)


def seconds(value: Any, *, unit: float = 1.0) -> float | None:
    """A duration, from units of so many seconds; never negative."""
    found = value if type(value) is float and 0.0 <= value < _LARGEST else number(value)
    return max(0.0, found * unit) if found is not None else None


def whole(value: Any) -> int | None:
    """A whole number, as a line is."""
    found = number(value)
    return int(found) if found is not None else None


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def strings(value: Any) -> tuple[str, ...]:
    """The texts of a list, or a text alone."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(one for one in map(text, value) if one) if isinstance(value, list) else ()


def mapping(value: Any) -> dict[str, Any]:
    """An object, empty for anything else."""
    return value if isinstance(value, dict) else {}
