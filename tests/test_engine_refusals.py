"""Whose fault a refusal is: the result's own, or everybody's."""

from __future__ import annotations

from testferry.engine.refusals import ALONE, Fault, Refusals
from testferry.engine.verdict import Rejected
from testferry.submission import Kind, Submission


def take(seen: Refusals, row: int) -> bool:
    """A batch leaves, and is taken."""
    seen.leaves(row)
    return seen.accepted(row)


def test_a_single_result_is_to_blame_only_if_something_was_taken_since() -> None:
    seen = Refusals()
    seen.refused(1, 8, "no")
    assert not seen.is_its_own(1, 5)
    take(seen, 9)
    assert seen.is_its_own(1, 5)


def test_a_second_refusal_alone_is_enough_if_nothing_else_is_left() -> None:
    seen = Refusals()
    seen.refused(1, 1, "no")
    assert not seen.is_its_own(1, 1)
    assert seen.is_its_own(1, 1)


def test_words_that_speak_of_all_are_believed_at_the_second_time() -> None:
    seen = Refusals()
    assert not seen.speaks_of_all("the run is closed")
    assert seen.speaks_of_all("the run is closed")


def test_other_words_or_an_acceptance_start_anew() -> None:
    seen = Refusals()
    assert not seen.speaks_of_all("the run is closed")
    assert not seen.speaks_of_all("the project is archived")
    seen = Refusals()
    seen.speaks_of_all("the run is closed")
    take(seen, 9)
    assert not seen.speaks_of_all("the run is closed")


def suspicious(words: str = "no") -> Refusals:
    seen = Refusals()
    for _ in range(2 * 3 + 8):
        assert not seen.suspicious(1)
        seen.refused(1, 8, words)
    return seen


def test_one_batch_refused_through_and_through_is_hopeless_if_there_is_no_other() -> None:
    assert suspicious().hopeless(others_left=False)
    assert not suspicious().hopeless(others_left=True), "another one is tried first"


def test_two_refusals_of_another_batch_are_enough() -> None:
    seen = suspicious()
    seen.refused(2, 8, "no")
    assert not seen.hopeless(others_left=True)
    seen.refused(2, 8, "no")
    assert seen.hopeless(others_left=True)


def test_different_words_are_different_results() -> None:
    seen = suspicious()
    seen.refused(1, 8, "something else")
    assert not seen.hopeless(others_left=False)


def test_what_was_taken_ends_the_suspicion() -> None:
    seen = suspicious()
    take(seen, 9)
    assert not seen.suspicious(1)
    assert not seen.hopeless(others_left=False)


def test_what_had_left_before_the_refusals_says_nothing_of_them() -> None:
    """Its answer came late: the run may have been closed in between."""
    seen = Refusals()
    seen.leaves(1)
    seen.leaves(2)
    seen.refused(2, 1, "no")
    assert not seen.accepted(1)
    assert seen.an_open_question
    assert not seen.is_its_own(2, 2)
    assert take(seen, 3)
    assert not seen.an_open_question


def test_one_result_that_is_too_large_alone_is_refused_like_any_other() -> None:
    seen = Refusals()
    verdict = Rejected("too large", too_large=True)
    for row in range(ALONE - 1):
        batch = Submission(row, Kind.BATCH, "results", count=1)
        assert seen.whose(batch, verdict, others_left=True) is Fault.UNKNOWN
    batch = Submission(ALONE, Kind.BATCH, "results", count=1)
    assert seen.whose(batch, verdict, others_left=True) is Fault.EVERYBODYS
    several = Submission(99, Kind.BATCH, "results", count=2)
    assert Refusals().whose(several, verdict, others_left=True) is Fault.SOMEBODYS
