"""Outputs and notes, before they are in any system's grammar."""

from __future__ import annotations

import dataclasses

import pytest

from hostile import SMUGGLED, ended
from papers import outcome
from testferry.events import NamedResult
from testferry.outcome import Counts, Flags, Named, Outcome, Stop
from testferry.runners import Ended
from testferry.runners.facts import MOST, Weight, facts, notes


def told(found: Outcome, flags: Flags | None = None) -> Ended:
    return Ended(found, flags or Flags(), "verdict", "summary")


def test_the_facts_are_texts_of_one_line() -> None:
    found = facts(ended().outcome, Flags())
    assert found["run_id"] == "7"
    assert found["upload_id"] == "abc"
    assert (found["accepted"], found["rejected"], found["pending"]) == ("8", "1", "1")
    assert (found["passed"], found["failed"]) == ("9", "1")
    assert found["exit_code"] == "75"
    assert found["next"] == "testferry resume abc"
    assert not [value for value in found.values() if len(value.splitlines()) > 1]
    assert len(found) <= 20, "gitlab.com's free plan takes no more"


def test_at_most_ten_of_a_kind_and_how_many_more() -> None:
    failed = [NamedResult(f"t{at}", "", "no", "a.py", at) for at in range(30)]
    found = notes(told(outcome(Counts(accepted=30), named=Named([], failed))))
    errors = [note for note in found if note.weight is Weight.ERROR]
    assert len(errors) == MOST
    assert errors[-1].text == "21 more; the summary lists them"
    assert found[-1].weight is Weight.NOTICE


def test_what_has_a_place_comes_first() -> None:
    failed = [NamedResult("nowhere", "", ""), NamedResult("here", "s", "no", "a.py", 3)]
    found = notes(told(outcome(Counts(accepted=10), named=Named([], failed))))
    assert [note.title for note in found if note.weight is Weight.ERROR] == ["s › here", "nowhere"]
    assert found[1].text == "it failed"


@pytest.mark.parametrize(
    ("found", "flags", "weight"),
    [
        (outcome(Counts(accepted=10)), Flags(), Weight.NOTICE),
        (outcome(Counts(accepted=9, pending=1), stop=Stop(75, "down")), Flags(), Weight.WARNING),
        (outcome(Counts(pending=10), stop=Stop(5, "401")), Flags(), Weight.ERROR),
        (outcome(Counts(accepted=9, rejected=1)), Flags(), Weight.ERROR),
        # the tests failed, and the service was away, too
        (
            outcome(Counts(accepted=9, pending=1), stop=Stop(75, "down"), command_code=1),
            Flags(),
            Weight.WARNING,
        ),
        (outcome(Counts(accepted=9, rejected=1)), Flags(exit_zero=True), Weight.WARNING),
    ],
)
def test_an_outage_is_yellow_and_a_refusal_red(
    found: Outcome, flags: Flags, weight: Weight
) -> None:
    own = [note for note in notes(told(found, flags)) if note.text.startswith("verdict")]
    assert [note.weight for note in own] == [weight]


def test_what_was_uploaded_before_is_not_told_as_failed_again() -> None:
    found = dataclasses.replace(outcome(Counts(accepted=10), named=Named([], [])), already=1.0)
    found.named.failed_tests = [NamedResult("t", "", "no")]
    assert [note.weight for note in notes(told(found))] == [Weight.NOTICE]


def test_hostile_words_are_notes_like_others() -> None:
    assert len(notes(ended())) <= 2 * MOST + 1
    assert len(SMUGGLED) > MOST
