"""A signal while nothing is being sent: the command ends where it stands."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from testferry.kernel import heeding, not_ignored, stopping_signals
from testferry.workplace import Heed


class Interrupted(BaseException):
    """A signal before the upload itself heeds them: while the tests run, while reports are read."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def interruptible(heed: Heed = heeding) -> Iterator[None]:
    """A signal that asks this process to stop raises Interrupted, unless it is ignored already."""

    def interrupt(number: int) -> None:
        raise Interrupted(number)

    with heed(not_ignored(stopping_signals()), interrupt):
        yield
