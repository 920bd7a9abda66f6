"""A signal before the upload itself heeds them ends what is done meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from testferry.interruption import Interrupted, interruptible


def test_a_signal_is_raised_where_the_command_stands() -> None:
    with pytest.raises(Interrupted) as raised, interruptible():
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    assert raised.value.number == signal.SIGTERM


def test_whoever_heeds_signals_hands_them_over() -> None:
    heard: list[Callable[[int], None]] = []

    @contextlib.contextmanager
    def heed(numbers: list[int], handler: Callable[[int], None]) -> Iterator[None]:
        assert signal.SIGTERM in numbers
        heard.append(handler)
        yield

    with interruptible(heed), pytest.raises(Interrupted):
        heard[0](signal.SIGINT)
