"""What others put around the lines of a report: time stamps, names, colours."""

from __future__ import annotations

import re

# What CI systems, kernels, containers and log libraries put before each line of TAP.
STAMP = (
    r"(?:\[[ ]{0,9}\d{1,12}\.\d{1,9}\](?:\[[ ]{0,9}[A-Z]{1,2}\d{1,9}\])?"
    r"|\[?(?:\d{4}-\d\d-\d\d[T ])?(?:\d\d:)?\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"|\[(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR)\]|[\w./-]{1,60}[ ]{0,40}\|)"
)
# Colours, and what else moves a cursor.
COLOURS = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_STAMP = re.compile(rf"{STAMP}([ \t]{{1,8}})")


class Stamps:
    """Takes away what stands before each line, and no more: what is indented stays indented."""

    def __init__(self) -> None:
        self._gap = 8  # blanks between a stamp and what is not indented

    def without(self, line: str) -> str:
        """Return a line as its program wrote it."""
        line = line.rstrip("\r")
        if "\x1b" in line:
            line = COLOURS.sub("", line)
        # nearly every line begins with a word of TAP
        if line.startswith(("ok", "not ok", "#", "1..")):
            return line
        if line[:1] not in ("\t", " ") and (stamp := _STAMP.match(line)):
            self._gap = min(self._gap, len(stamp[1]))
            line = line[stamp.end() - len(stamp[1]) + self._gap :]
        bare = line.lstrip("\t ")
        return line[: len(line) - len(bare)].replace("\t", "    ") + bare
