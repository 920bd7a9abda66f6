"""The exit codes of every command (CONTRACT, "Exit codes"); which of them an upload ends with is
decided in ``outcome``.
"""

from __future__ import annotations

FAILED_TESTS = 1
USAGE = 2
NOTHING = 3
UNREAD = 4
# refused as a whole, and time alone will not mend it
REFUSED = 5
IN_PART = 6
DEFECT = 70
JOURNAL = 74
# stopped for now: nothing is lost
LATER = 75
NO_COMMAND = 127
SIGINT = 130
SIGTERM = 143

INTERRUPTED = (SIGINT, SIGTERM)
# what --exit-zero turns into 0
FORGIVEN = (IN_PART, LATER)
# of several uploads the first that one of them ends with
WORST_FIRST = (
    *INTERRUPTED,
    DEFECT,
    USAGE,
    JOURNAL,
    REFUSED,
    LATER,
    IN_PART,
    NOTHING,
    UNREAD,
    FAILED_TESTS,
)
