"""What stands behind the root of an XML document: comments and instructions, or the next document.

A well-formed document may end in comments, processing instructions and white space. Only an XML
declaration, a document type or a root element begins another document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from testferry.model import ReportSummary
from testferry.reports.detect import HEAD, report_in
from testferry.reports.kinds import REPORT_ROOTS

_BLANKS = " \t\r\n\x00\ufffd\ufeff"
# So much of a tag has to be there to tell what it is.
_ENOUGH = 120
# A line with which a report may begin.
_MAY_BEGIN = re.compile(r"[<{\[]|(?:not )?ok \d|1\.\.\d|K?TAP version ")


def beginning(roots: Iterable[str]) -> re.Pattern[str]:
    """Return what begins a document: a declaration, a document type, or one of those roots."""
    names = "|".join(roots)
    return re.compile(rf"<\?xml\s|<!DOCTYPE\s|<(?:[\w.-]{{1,60}}:)?(?:{names})(?=[\s/>])")


class Between:
    """Looks for the next document; ``held`` is what the next chunk has to be put behind."""

    def __init__(self, root: str) -> None:
        self._begins = beginning({*REPORT_ROOTS, re.escape(root[:60])})
        self._closing = ""  # what ends the comment or the instruction that is open
        self.held = ""
        self.junk = False  # whether there is anything else than comments and instructions
        self.text = ""  # the first of it, and what follows

    def find(self, text: str) -> int:
        """Return where a document begins in the text, -1 if none does."""
        self.held = ""
        at = 0
        while at < len(text):
            if self._closing:
                end = text.find(self._closing, at)
                if end < 0:
                    # the closing may itself be cut
                    self.held = text[max(at, len(text) - len(self._closing) + 1) :]
                    return -1
                at = end + len(self._closing)
                self._closing = ""
            opening = text.find("<", at)
            if opening < 0:
                self._look_at(text, at, len(text))
                return -1
            self._look_at(text, at, opening)
            if self._begins.match(text, opening):
                return opening
            at = self._pass(text, opening)
        return -1

    def _pass(self, text: str, opening: int) -> int:
        """Return where to go on behind a tag that begins no document."""
        if text.startswith("<!--", opening):
            self._closing = "-->"
            return opening + len("<!--")
        if len(text) - opening < _ENOUGH and ">" not in text[opening:]:
            self.held = text[opening:]
            return len(text)
        if text.startswith("<?", opening):
            self._closing = "?>"
            return opening + len("<?")
        self.junk = True
        return opening + 1

    def _look_at(self, text: str, begin: int, end: int) -> None:
        if not self.junk and text[begin:end].strip(_BLANKS):
            self.junk = True
            self.text = text[begin : begin + HEAD]


class OneFormat:
    """Sees to it that no document of another format than the first is passed over quietly."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self.first = ""
        self._told = False

    def see(self, name: str, line: int | None = None) -> None:
        """Take the format of a document; it is empty if the document is no report."""
        self.first = self.first or name
        if name and name != self.first and not self._told:
            self._told = True
            words = f"another report ({name}) stands in the same file, which is not read"
            self._summary.fault("unknown-format", f"{words}: divide the file", line)


class Foreign:
    """Looks for another report among lines that are no part of one: of several programs' words."""

    def __init__(self, summary: ReportSummary) -> None:
        self._formats = OneFormat(summary)
        self._formats.see(summary.format)
        self._held: list[str] = []
        self._size = 0
        self._number = 0

    @property
    def is_open(self) -> bool:
        """Whether lines are held that may be a report's."""
        return bool(self._held)

    def line(self, line: str, number: int) -> None:
        """Take such a line."""
        if not self._held and not _MAY_BEGIN.match(line):
            return
        self._number = self._number or number
        if self._size < HEAD:
            self._held.append(line)
            self._size += len(line) + 1

    def end(self) -> None:
        """Judge what is held: a line of the report itself comes, or the file ends."""
        if self._held:
            self._formats.see(report_in("\n".join(self._held)), self._number)
            self._held, self._size, self._number = [], 0, 0
