"""Attributes and comments that are too long to keep, cut while they are read.

expat holds a tag in memory until it is complete, however long its attributes are. When nothing came
of the last quarter of a megabyte, what is open is looked for, and the rest of it is left out.
"""

from __future__ import annotations

import re

from testferry.errors import ReportProblem

LONGEST = 256 * 1024
MOST_WITHOUT_END = 64 * 1024 * 1024
# What opens what may be long, and what closes it.
_CLOSINGS = {"<!--": "-->", "<?": "?>"}
_QUOTED = re.compile(r"[^\"']*+(?:\"[^\"]*+\"|'[^']*+')")


class Narrow:
    """Passes text on to the parser; within a value that is too long it passes nothing on."""

    def __init__(self) -> None:
        self.has_cut = False  # whether values were cut
        self._chunks: list[str] = []  # since the parser last got on
        self._size = 0
        self._closing = ""  # what ends the value that is left out
        self._tail = ""

    def reset(self, chunk: str) -> None:
        """The parser got on: what is open begins in this chunk at the earliest."""
        self._chunks = [chunk]
        self._size = len(chunk)
        self._closing = ""

    def waits(self, chunk: str) -> bool:
        """Return whether more text may help the parser, which did not get on."""
        if self._closing:
            return False
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size < LONGEST:
            return True
        if self._size > MOST_WITHOUT_END:
            raise ReportProblem(
                f"has a tag of more than {MOST_WITHOUT_END // 1024 // 1024} MB",
                "",
                code="over-limit",
            )
        text = "".join(self._chunks)
        begin, closing = _open_in(text)
        # a closing that is cut is passed on whole
        if not closing or text[-1] in "-?":
            self._chunks = [text[begin:]]
            return True
        self.has_cut = True
        self._closing = closing
        self._tail = ""
        self._chunks = []
        return False

    def pass_on(self, chunk: str) -> str:
        """Return what of a chunk the parser gets."""
        if not self._closing:
            return chunk
        if len(self._closing) == 1:
            return self._behind_attribute(chunk)
        text = self._tail + chunk
        end = text.find(self._closing)
        if end < 0:
            self._tail = text[-2:]
            return ""
        self._closing = ""
        return text[end:]

    def _behind_attribute(self, chunk: str) -> str:
        end = chunk.find(self._closing)
        broken = chunk.find("<")
        if broken >= 0 and (end < 0 or broken < end):
            # not well-formed: the parser says so
            end = broken
        if end < 0:
            return ""
        self._closing = ""
        return chunk[end:]


def _open_in(text: str) -> tuple[int, str]:
    """Return where a tag begins that is open at the end of the text, and what closes the value
    that is open in it, empty if none is.
    """
    for opening, closing in _CLOSINGS.items():
        begin = text.rfind(opening)
        if begin >= 0 and text.find(closing, begin) < 0:
            return begin, closing
    begin = text.rfind("<")
    if begin < 0:
        return len(text), ""
    if text.startswith("<!", begin):
        return begin, ""
    at = begin
    while quoted := _QUOTED.match(text, at):
        at = quoted.end()
    marks = [(place, mark) for mark in "\"'" if (place := text.find(mark, at)) >= 0]
    if not marks:
        return begin, ""
    return begin, min(marks)[1]
