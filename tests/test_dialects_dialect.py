"""A dialect that says nothing is one for the most usual service."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from testferry.dialects import Dialect, Window, build


def test_what_a_dialect_does_not_say() -> None:
    said_nothing = build("plain", {})
    assert said_nothing.windows == ()
    assert said_nothing.auth == "bearer"
    assert said_nothing.share == 0.8
    bare = Dialect("plain", said_nothing.rules, said_nothing.waits)
    assert bare == said_nothing, "the defaults of the record are the defaults of the file"


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Window(1, 2.0).limit = 3  # type: ignore[misc]  # that is the point
