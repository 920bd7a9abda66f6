"""JSON, streaming: a document's arrays are walked element by element, so that memory is that of one
element.

The standard library's own decoder works on a sliding window (measured: as fast as a C pull parser,
and a truncated file yields everything that was complete before the cut). NDJSON is read line by
line. A string that is too long to keep is cut while it is read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.between import OneFormat
from testferry.reports.decode import Text
from testferry.reports.detect import HEAD, document_start, may_begin, report_in
from testferry.reports.values import Durations

Path = tuple[str, ...]

_LARGEST = 1e15
LONGEST_VALUE = 64 * 1024 * 1024
# Of a string; the middle of a longer one is left out once so much is held.
LONGEST_STRING = 64 * 1024
SQUEEZED_FROM = 1024 * 1024
_DECODER = json.JSONDecoder(strict=False)  # a raw tab in a message loses no file
MOST_DIGITS = 4000
# what raw_decode calls
scan: Callable[[str, int], tuple[object, int]] = _DECODER.scan_once  # type: ignore[attr-defined]
_COMMA = re.compile(r"[ \t\n\r]*+,[ \t\n\r]*+(?=[^ \t\n\r])")  # and something behind it
_SPACE = re.compile(r"[ \t\n\r]*")
_LONG_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)("|\\?\Z)', re.DOTALL)
_BLANKS = " \t\r\n\x00\ufeff"


def decode(text: str, at: int) -> tuple[object, int]:
    """Return the value that stands there, and where it ends. Raises ValueError if none does."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits, which Python does not take at once
        return _PATIENT.raw_decode(text, at)


def _whole_number(digits: str) -> float:
    if len(digits) < MOST_DIGITS:
        return int(digits)
    return math.inf


_PATIENT = json.JSONDecoder(strict=False, parse_int=_whole_number)


def squeezed(text: str, summary: ReportSummary | None = None) -> str:
    """Return JSON text, which may be cut, with the middle of every giant string left out.

    A string that is not closed stays one that is not closed. The ``summary`` knows of it.
    """
    if len(text) < SQUEEZED_FROM or not _may_hold_giants(text):
        return text

    def shortened(match: re.Match[str]) -> str:
        if len(match[1]) <= LONGEST_STRING * 2:
            return match[0]
        if summary is not None:
            summary.extras.has_cut = True
        return _shortened(match)

    return _LONG_STRING.sub(shortened, text)


def _may_hold_giants(text: str) -> bool:
    """Whether a string may be too long to keep: without quotes in it, it fills a whole block."""
    if '\\"' in text:
        return True
    blocks = range(0, len(text), LONGEST_STRING)
    return any(text.find('"', at, at + LONGEST_STRING) < 0 for at in blocks)


def _shortened(match: re.Match[str]) -> str:
    inside = match[1]
    head, tail = _whole_escapes(inside[:LONGEST_STRING]), ""
    if match[2] == '"':
        # no escape holds a space: behind one it is safe to begin
        tail = inside[-LONGEST_STRING:].partition(" ")[2]
    return f'"{head}\\n[…]\\n{tail}{match[2]}'


def _whole_escapes(head: str) -> str:
    """Return the head of a string without an escape that was cut."""
    backslash = head.rfind("\\", len(head) - 12)
    if backslash < 0:
        return head
    plain = head.rstrip("\\")
    # of two surrogates neither
    return plain[: plain.find("\\", len(plain) - 12)] if "\\" in plain[-12:] else plain


class _Window:
    """The text ahead, read as it is needed."""

    def __init__(self, file: BinaryIO, summary: ReportSummary | None) -> None:
        self.source = Text(file, xml=False)
        self._chunks = iter(self.source)
        self._summary = summary
        self._formats = OneFormat(summary or ReportSummary(""))
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def more(self) -> bool:
        """Read on, at least as much as is held: a large value is begun again a few times only.

        Returns False at the end of the file.
        """
        held = len(self.text) - self.at
        chunks: list[str] = []
        size = 0
        while size <= held:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            chunks.append(chunk)
            size += len(chunk)
        if not chunks:
            self.ended = True
            return False
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + "".join(chunks), 0
        self.text = squeezed(self.text, self._summary)
        return True

    def where(self) -> int:
        """Return the line where we stand."""
        return self.line + self.text.count("\n", 0, self.at)

    def peek(self) -> str:
        """Return the next character that is no white space; ReportProblem at the file's end."""
        while True:
            # it matches always
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                raise ReportProblem(
                    f"is cut off at line {self.where()}",
                    "did the test run die?",
                    self.where(),
                    code="cut-off",
                )

    def skip_banner(self) -> None:
        """Skip what a tool's runner printed before the document."""
        self.more()
        if not _may_have_banner(self.text):
            return
        self.at = document_start(self.text)
        if self.text[: self.at].strip(_BLANKS) and self._summary is not None:
            self._summary.warn(
                "banner",
                "there is text before the document, which is left out",
                1,
            )

    def see_format(self) -> None:
        """Look which format the document ahead has, if there is anybody to tell of another."""
        if self._summary is None:
            return
        self._formats.see(report_in(self._ahead()), self.where())

    def _ahead(self) -> str:
        if not self.ended and len(self.text) - self.at < HEAD:
            self.more()
        return self.text[self.at : self.at + HEAD]

    def is_there_more(self) -> bool:
        """Return whether another document follows, be it behind a text, which is told."""
        with suppress(ReportProblem):
            while self.peek() in _BLANKS:
                self.at += 1
            ahead = self._ahead()
            if may_begin(ahead):
                return True
            if self._summary is not None:
                self._summary.warn(
                    "banner", "there is text behind the document, which is left out", self.where()
                )
            self.see_format()
            begin = document_start(ahead)
            self.at += begin
            return begin > 0 and report_in(ahead[begin:]) == self._formats.first
        return False

    def take(self, wanted: str) -> None:
        """Pass a character that must be there."""
        if self.peek() != wanted:
            raise self._expected(repr(wanted))
        self.at += 1

    def name(self) -> str:
        """Return the next name of an object."""
        found = self.value()
        if isinstance(found, str):
            return found
        raise self._expected("a name")

    def _expected(self, what: str) -> ReportProblem:
        return ReportProblem(
            f"is broken JSON at line {self.where()}: {what} expected",
            "",
            self.where(),
            code="broken",
        )

    def value(self) -> object:
        """Return the next whole value."""
        self.peek()
        while True:
            try:
                found, end = decode(self.text, self.at)
            except (ValueError, RecursionError) as problem:
                deep = isinstance(problem, RecursionError)
                large = len(self.text) - self.at > LONGEST_VALUE
                if deep or large or self._is_broken(problem) or not self.more():
                    raise self._complaint(deep=deep, large=large) from None
                continue
            is_number = isinstance(found, int | float)
            if end == len(self.text) and is_number and not self.ended and self.more():
                continue  # the number may go on
            self.at = end
            return found

    def elements(self) -> Iterator[object]:
        """Yield the values of an array whose bracket is passed, up to its end.

        Nearly all lie whole in the window, with a comma behind them: those go straight to the
        decoder in C.
        """
        while True:
            try:
                found, end = scan(self.text, self.at)
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
        """Whether an error lies well before the end of the window: no matter of reading on."""
        return (
            isinstance(problem, json.JSONDecodeError)
            and not problem.msg.startswith("Unterminated string")
            and problem.pos < len(self.text) - 64
        )

    def _complaint(self, *, deep: bool, large: bool) -> ReportProblem:
        line = self.where()
        if deep:
            return ReportProblem(
                f"is nested too deeply at line {line}",
                "",
                line,
                code="over-limit",
            )
        if large:
            words = f"has a value of more than {LONGEST_VALUE // 1024 // 1024} MB at line {line}"
            return ReportProblem(
                words,
                "",
                line,
                code="over-limit",
            )
        if self.ended:
            return ReportProblem(
                f"is cut off or broken JSON at line {line}",
                "did the test run die?",
                line,
                code="cut-off",
            )
        return ReportProblem(
            f"is broken JSON at line {line}",
            "",
            line,
            code="broken",
        )


def _may_have_banner(text: str) -> bool:
    """Whether anything but the document may stand first: text, or an object on a line of its own.

    Nearly every file begins with its document, and is not searched.
    """
    stripped = text.lstrip(_BLANKS)
    line, _, rest = stripped.partition("\n")
    if stripped.startswith("{"):
        return line.rstrip().endswith("}") and bool(rest.strip())
    return not stripped.startswith("[") or line[1:2].isalnum() or line.rstrip().endswith("]")


def walk(
    file: BinaryIO, opened: set[Path], summary: ReportSummary | None = None
) -> Iterator[tuple[Path, object]]:
    """Yield every value of a document with its path; ``*`` stands for an array's element.

    Objects and arrays whose path is in ``opened`` are entered, anything else comes whole. Raises
    ReportProblem if the document breaks off; what was complete before it was yielded.
    """
    window = _Window(file, summary)
    window.skip_banner()
    try:
        window.see_format()
        yield from _walk(window, (), opened)
        while window.is_there_more():  # a second document behind the first
            window.see_format()
            yield from _walk(window, (), opened)
    finally:
        if summary is not None:
            window.source.tell(summary)


def _walk(window: _Window, path: Path, opened: set[Path]) -> Iterator[tuple[Path, object]]:
    start = window.peek()
    if path not in opened or start not in "{[":
        yield path, window.value()
        return
    window.take(start)
    end = "}"
    if start == "[":
        end = "]"
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
            name = window.name()
            window.take(":")
            inner = (*path, name)
        yield from _walk(window, inner, opened)
        if window.peek() == end:
            window.take(end)
            return
        window.take(",")


# --- values of unknown kind, made usable; none of these raises


def text(value: object) -> str:
    """Return a string, empty for anything else than text or a number."""
    if isinstance(value, str):
        return value
    if type(value) in (int, float):
        return str(value)
    return ""


def number(value: object) -> float | None:
    """Return a finite number."""
    # NaN is not between anything
    if isinstance(value, int | float) and type(value) is not bool and -_LARGEST < value < _LARGEST:
        return float(value)
    return None


def seconds(value: object, *, unit: float = 1.0) -> float | None:
    """Return a duration in seconds, from units of so many seconds.

    A text names its own unit, or means these. What cannot be a duration is taken out, and counted,
    by ``ReportSummary.see``.
    """
    if type(value) is float and 0.0 <= value < _LARGEST:
        return value * unit
    if isinstance(value, str):
        return _spelt(value, unit)
    found = number(value)
    if found is not None:
        return found * unit
    if isinstance(value, int | float) and type(value) is not bool:
        return math.inf
    return None


def _spelt(value: str, unit: float) -> float | None:
    with suppress(ValueError):
        return float(value) * unit
    reader = Durations()
    found = reader.seconds(value)
    if reader.odd:
        return math.nan
    return found


def whole(value: object) -> int | None:
    """Return a whole number, as a line is."""
    found = number(value)
    if found is None:
        return None
    return int(found)


def items(value: object) -> list[dict[str, object]]:
    """Return the objects of a list."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, dict)]


def strings(value: object) -> tuple[str, ...]:
    """Return the texts of a list, or a text alone."""
    if isinstance(value, str):
        return tuple(filter(None, (value,)))
    if isinstance(value, list):
        return tuple(filter(None, map(text, value)))
    return ()


def joined(value: object) -> str:
    """Return a text, or the texts of a list as its lines."""
    if isinstance(value, list):
        return "\n".join(strings(value))
    return text(value)


def mapping(value: object) -> dict[str, object]:
    """Return an object, empty for anything else."""
    if isinstance(value, dict):
        return value
    return {}
