"""The transition table, over all pairs."""

from __future__ import annotations

import itertools

import pytest

from testferry.submission import TRANSITIONS, Happening, State


@pytest.mark.parametrize(("state", "happening"), list(itertools.product(State, Happening)))
def test_every_pair(state: State, happening: Happening) -> None:
    to = TRANSITIONS.get((state, happening))
    if state.final:
        assert to is None, "what is final stays final"
    if to is State.SENDING:
        assert (state, happening) == (State.PENDING, Happening.LEAVES)
    if to is State.PENDING:
        assert (state, happening) in {
            (State.SENDING, Happening.DEFERRED),
            (State.IN_DOUBT, Happening.NOT_THERE),
        }
    if to is State.SENT:
        assert happening in {Happening.ACCEPTED, Happening.THERE}
    if happening is Happening.FOUND and state is State.SENDING:
        assert to is State.IN_DOUBT, (
            "a process that died in the middle leaves doubt, never a resend"
        )


def test_every_state_can_be_left_or_is_final() -> None:
    for state in State:
        assert state.final or any(origin is state for origin, _ in TRANSITIONS)
