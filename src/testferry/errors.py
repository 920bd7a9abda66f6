"""What can go wrong in a way that a person can mend; the exit code stands on the class.

    TestferryError
    ├── UsageProblem      2   an option, a configuration file
    │   ├── NoSecret      2   a token or its user is missing
    │   └── NoCommand     127 the COMMAND behind -- is not there
    ├── NothingToUpload   3   no report, or no result in any
    ├── ReportProblem     4   a report that cannot be read
    ├── JournalProblem    74  the journal cannot be written or read
    └── TryLater          75  nothing is lost, run it again

Anything else that reaches the top is a defect (70).
"""

from __future__ import annotations

import re
from typing import ClassVar

from testferry import exit_codes

_KEY = re.compile(r"\[([0-9]+)\]|\.?([^.\[]+)")  # the number of a list's entry, or a key


class TestferryError(Exception):
    """An expected failure: one line that says what happened, and the cure as ``hint``."""

    # what the next command has to say: without it, it would end in the same way
    needs: str = ""
    __test__ = False  # pytest collects classes named Test*
    exit_code: ClassVar[int] = exit_codes.DEFECT

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageProblem(TestferryError):
    """The command or its configuration is wrong.

    ``about`` is the option that the problem is about, by the name of its field, and the keys within
    it: whoever knows where that was said puts the place in front (``Settings.placed``).
    """

    exit_code = exit_codes.USAGE

    def __init__(
        self,
        message: str,
        hint: str = "",
        about: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint)
        self.about = about


def keys_of(where: str) -> tuple[str, ...]:
    """What leads to a place of a configuration: ``open[1].keep.id`` is open, 1, keep, id.

    A key with dots becomes several: whoever looks for it puts them together again. What stands
    behind a colon is no key.
    """
    path = where.partition(": ")[0]
    return tuple(number or key for number, key in _KEY.findall(path))


class NoCommand(UsageProblem):
    """The COMMAND behind ``--`` is not there: 127, as a shell says it."""

    exit_code = exit_codes.NO_COMMAND


class NoSecret(UsageProblem):
    """Nobody says the token, or who it belongs to."""


class NothingToUpload(TestferryError):
    """No report matched, or no report holds a result."""

    exit_code = exit_codes.NOTHING


class ReportProblem(TestferryError):
    """A report cannot be read; ``line`` and ``column`` say where, if the reader knows.

    ``code`` is the stable word that `inspect` gives for it.
    """

    exit_code = exit_codes.UNREAD

    def __init__(
        self,
        message: str,
        hint: str = "",
        line: int | None = None,
        column: int | None = None,
        *,
        code: str = "unreadable",
    ) -> None:
        super().__init__(message, hint)
        self.line = line
        self.column = column
        self.code = code


class JournalProblem(TestferryError):
    """The journal cannot be written or read; nothing was sent that is not on record."""

    exit_code = exit_codes.JOURNAL


class TryLater(TestferryError):
    """Stopped for now; nothing is lost."""

    exit_code = exit_codes.LATER
