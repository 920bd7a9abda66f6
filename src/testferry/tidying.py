"""The folder of journals does not grow without end: what is done and old is dropped in passing."""

from __future__ import annotations

import contextlib

from testferry.errors import TestferryError
from testferry.events import Told
from testferry.text import count
from testferry.workplace import Workplace

OLD = 30 * 86400.0  # seconds since the last change of a finished upload
AT_ONCE = 200  # a command that does something else takes no longer than it must


def tidy(workplace: Workplace) -> None:
    """Drop finished uploads that nothing happened to for thirty days, and say so.

    What was rejected or is in doubt stays. A folder that cannot be tidied is no trouble of the
    command that passes by.
    """
    gone: list[str] = []
    with contextlib.suppress(TestferryError):
        gone = workplace.store.prune(OLD, workplace.clock.wall(), AT_ONCE)
    if gone:
        words = f"{count(len(gone), 'finished upload')} of more than 30 days ago"
        workplace.listener(Told(f"{words}: dropped from the journal", level=0))
