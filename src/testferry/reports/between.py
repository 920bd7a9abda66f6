"""What stands behind the root of an XML document: comments and instructions, or the next document.

A well-formed document may end in comments, processing instructions and white space. Only an XML
declaration, a document type or a root element begins another document.
"""

from __future__ import annotations

import re

from testferry.model import ReportSummary
from testferry.reports.kinds import REPORT_ROOTS

_BLANKS = " \t\r\n\x00\ufffd\ufeff"
# So much of a tag has to be there to tell what it is.
_ENOUGH = 120


class Between:
    """Looks for the next document; ``held`` is what the next chunk has to be put behind."""

    def __init__(self, root: str) -> None:
        names = "|".join(
            {
                *REPORT_ROOTS,
                re.escape(root[:60]),
            }
        )
        self._begins = re.compile(
            rf"<\?xml\s|<!DOCTYPE\s|<(?:[\w.-]{{1,60}}:)?(?:{names})(?=[\s/>])"
        )
        self._closing = ""  # what ends the comment or the instruction that is open
        self.held = ""
        self.junk = False  # whether there is anything else than comments and instructions
        self.text = ""  # the first of it

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
                self._look_at(text[at:])
                return -1
            self._look_at(text[at:opening])
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

    def _look_at(self, text: str) -> None:
        if not self.junk and text.strip(_BLANKS):
            self.junk = True
            self.text = text


class OneFormat:
    """Sees to it that no document of another format than the first is passed over quietly."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self._first = ""
        self._told = False

    def see(self, name: str, line: int | None = None) -> None:
        """Take the format of a document; it is empty if the document is no report."""
        self._first = self._first or name
        if name and name != self._first and not self._told:
            self._told = True
            words = f"another report ({name}) stands in the same file, which is not read"
            self._summary.fault("unknown-format", f"{words}: divide the file", line)
