"""What an upload tells are values that nobody changes on the way."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from testferry.events import Event, NamedResult, Opened, Planned, Progressed, Told, Waiting

EVENTS: list[Event] = [
    Planned("abc", "testmo", 1, 2, 0),
    Opened("7", "https://x"),
    Progressed(1, 0, 0, 0, 1, 0, "", 0),
    Waiting(1.0, 2.0, "429"),
    Told("a line"),
]


@pytest.mark.parametrize("event", [*EVENTS, NamedResult("t", "s", "why")])
def test_every_event_is_frozen(event: Event | NamedResult) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(event, fields(event)[0].name, "changed")


def test_a_named_result_in_the_form_of_json() -> None:
    assert NamedResult("t", "s", "why").as_dict() == {"name": "t", "suite": "s", "reason": "why"}


def test_a_line_is_shown_with_v_unless_it_says_otherwise() -> None:
    assert Told("a line").level == 1
