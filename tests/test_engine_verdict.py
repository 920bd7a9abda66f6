"""Verdicts and findings are values with a reason, and say nothing that was not said."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    Sorted,
    There,
    hidden,
    hidden_in,
)

VALUES = [
    Accepted(),
    Rejected("no"),
    Deferred("later", 1.0),
    InDoubt("who knows"),
    Refused("go away"),
    There(),
    NotThere(),
    PartlyThere(frozenset({1})),
    CannotTell("silence"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_verdict_is_not_changed_after_it_was_given(value: object) -> None:
    name = getattr(type(value), "__match_args__")[0]  # noqa: B009 - an attribute of dataclasses
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, None)


def test_what_is_not_said_is_the_careful_reading() -> None:
    """Doubt is doubt about a request that is still at work; a look that cannot tell looks again."""
    assert InDoubt("lost").working
    assert not InDoubt("lost").exhausted
    assert CannotTell("silence").again
    assert not NotThere().retry_at_once
    refused = Refused("no")
    assert (refused.exit_code, refused.status, refused.doubtful) == (5, 0, False)


def test_two_answers_never_share_what_they_brought() -> None:
    first, second = Accepted(), Accepted()
    first.remote["id"] = 7
    assert second.remote == {}


def test_no_word_of_a_verdict_keeps_the_secret() -> None:
    for verdict in (
        Sorted("a key", {0: "b key"}, {1: "c key"}),
        Rejected("a key", culprits=(0,), reasons={0: "b key"}),
        Refused("a key"),
        InDoubt("a key"),
    ):
        told = hidden(verdict, lambda text: text.replace("key", "***"))
        assert "key" not in repr(told).replace("keyed", "")
        assert type(told) is type(verdict)


def test_nothing_is_called_by_the_secret() -> None:
    """The name would be shown, kept in the journal, and given to the CI system."""

    def hide(text: str) -> str:
        return text.replace("1234", "***")

    for remote in ({"id": "a-1234"}, {"id": "1", "url": "https://x/1234?"}):
        assert isinstance(hidden(Accepted(dict(remote)), hide), InDoubt)
        found = hidden_in(There(dict(remote)), hide)
        assert isinstance(found, CannotTell)
        assert not found.again
    for harmless in ({"id": "r7"}, {"id": 1234}, {"id": "1234"}, {}):
        assert hidden(Accepted(dict(harmless)), hide) == Accepted(dict(harmless))
        assert hidden_in(There(dict(harmless)), hide) == There(dict(harmless))
    assert hidden_in(CannotTell("no 1234"), hide) == CannotTell("no ***")
