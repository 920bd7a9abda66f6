"""Doubt about results of TestRail, settled by counters and by results."""

from __future__ import annotations

from typing import Any

from fakes import looking, sending
from rail import BATCH, ITEMS, Book, answer
from testferry.engine.verdict import (
    CannotTell,
    NotThere,
    PartlyThere,
    There,
)
from testferry.services.testrail.target import Testrail
from testferry.submission import Kind, State, Submission


def looked(others: int, *documents: Any, run_id: str = "") -> Any:
    target = Testrail(project="1", run_id=run_id, user="me@example.com")
    return answer(looking(target, BATCH, lambda: ITEMS, Book(others)), *documents)


def run(passed: int, failed: int = 0, **more: int) -> dict[str, int]:
    return {"passed_count": passed, "failed_count": failed, "untested_count": 90, **more}


RESULTS: dict[str, list[dict[str, object]]] = {
    "results": [
        {"id": 1, "test_id": 11, "status_id": 1},
        {"id": 2, "test_id": 12, "status_id": 5, "comment": "no\r\n", "elapsed": "1m 15s"},
    ]
}


TESTS = {"tests": [{"id": 11, "case_id": 1}, {"id": 12, "case_id": 2}]}


ME = {"id": 4}


def test_counters_tell_where_the_run_is_ours_alone() -> None:
    """That nothing was added; whose results were is for the results to say."""
    found = There({"results": {"1": 1, "2": 2}})
    assert looked(0, run(3)) == NotThere()
    assert looked(0, run(4, 1), ME, RESULTS, TESTS) == found
    assert looked(2, run(5, 2), ME, RESULTS, TESTS) == found, "all of them"
    assert looked(0, run(3, custom_status1_count=2), ME, RESULTS, TESTS) == found


def test_as_many_results_as_ours_may_be_somebody_elses() -> None:
    """A tester who marks tests of our run by hand; our request never arrived."""
    assert looked(0, run(4, 1), ME, {"results": []}) == NotThere()


def test_where_counters_and_tests_agree_another_text_is_ours() -> None:
    kept = {"results": [{**each, "comment": "cut"} for each in RESULTS["results"]]}
    assert looked(0, run(4, 1), ME, kept, TESTS) == There()
    assert isinstance(looked(2, run(5), ME, kept, TESTS), CannotTell)


def test_what_counters_cannot_tell_results_do() -> None:
    found = There({"results": {"1": 1, "2": 2}})
    assert looked(2, run(5), ME, RESULTS, TESTS) == found
    assert looked(0, {"name": "an old server"}, ME, RESULTS, TESTS) == found
    assert looked(0, ME, RESULTS, TESTS, run_id="7") == found
    assert looked(0, 403, RESULTS, TESTS, run_id="7") == found, (
        "who may not ask for users looks through all"
    )
    assert looked(0, ME, {"results": RESULTS["results"][:1]}, TESTS, run_id="7") == PartlyThere(
        frozenset({0})
    )
    assert looked(0, ME, {"results": []}, run_id="7") == NotThere()
    assert (
        looked(0, ME, {"results": [{"id": 9, "test_id": 12, "status_id": 1}]}, TESTS, run_id="7")
        == NotThere()
    )
    assert isinstance(looked(0, 500), CannotTell)


class Shown(Book):
    """A run in which another batch was acknowledged after ours had left."""

    def __init__(self) -> None:
        super().__init__()
        self.newest_result = 1

    def arrived(self) -> list[Submission]:
        return [
            Submission(
                4,
                Kind.BATCH,
                "results",
                State.SENT,
                count=1,
                remote={"results": {"1": 1}},
                there_at=5,
            )
        ]

    def since_left(self, submission: Submission) -> float:
        return self.age

    age = 599.0


class LongAgo(Shown):
    """The same, ten minutes later."""

    age = 600.0


def looked_behind(*documents: Any, book: Book | None = None) -> Any:
    target = Testrail(project="1", user="me@example.com")
    return answer(looking(target, BATCH, lambda: ITEMS, book or Shown()), *documents)


def test_a_count_proves_nothing_after_another_batch_was_acknowledged() -> None:
    """It may hold that batch, or, where it lags, ours in its place."""
    assert looked_behind(run(3), ME, RESULTS, TESTS) == There({"results": {"1": 1, "2": 2}})


def test_a_list_in_which_an_acknowledged_result_is_missing_is_behind() -> None:
    found = looked_behind(run(3), ME, {"results": []})
    assert isinstance(found, CannotTell)
    assert found.lagging
    assert looked_behind(run(2)) == CannotTell("the service's counters are behind", lagging=True)


def test_what_is_missing_long_after_it_was_acknowledged_was_taken_out_of_the_run() -> None:
    """No list lags for ten minutes: ours is judged by what is there."""
    found = There({"results": {"1": 1, "2": 2}})
    assert looked_behind(run(3), ME, {"results": []}, book=LongAgo()) == NotThere()
    assert looked_behind(run(2), ME, RESULTS, TESTS, book=LongAgo()) == found


def test_a_test_that_another_job_took_out_of_the_run_is_asked_for_its_case() -> None:
    """What the service has of it proves; what it does not know any more is gone with its results."""
    some = {"tests": TESTS["tests"][:1]}
    found = There({"results": {"1": 1, "2": 2}})
    partly = PartlyThere(frozenset({0}))
    assert looked(0, ME, RESULTS, some, {"id": 12, "case_id": 2}, run_id="7") == found
    for gone in (400, 404):
        assert looked(0, ME, RESULTS, some, gone, run_id="7") == partly
    odd: tuple[Any, ...] = (403, 500, {"id": 12}, [])
    for unclear in odd:
        assert isinstance(looked(0, ME, RESULTS, some, unclear, run_id="7"), CannotTell)


def test_a_batch_that_leaves_keeps_what_was_known_by_then() -> None:
    target = Testrail(project="1", run_id="7")
    batch = Submission(5, Kind.BATCH, "results", count=2)
    next(sending(target, batch, ITEMS, Shown()))
    assert batch.remote == {"newest": 1}
    steps = looking(target, batch, lambda: ITEMS, Shown())
    assert answer(steps, {"results": []}) == NotThere(), "nothing was acknowledged since"
