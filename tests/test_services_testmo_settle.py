"""Doubt about runs, threads and batches of Testmo, settled by what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fakes import looking
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, CannotTell, NotThere, PartlyThere, Rejected
from testferry.services.testmo.settle import by_content
from testferry.services.testmo.target import Testmo
from testferry.submission import Items, Kind, Submission
from wire import BATCH, Shelf


def look(
    one: Submission,
    answers: list[tuple[int, Any]],
    *,
    run_id: str = "",
    confirmed: int = 5,
    others: int = 0,
) -> Any:
    """What a look finds when the service answers so."""
    target = Testmo(project_id=1, name="N", source="s", run_id=run_id)
    steps = looking(target, one, lambda: Items((), ()), Shelf(confirmed, others))
    try:
        next(steps)
        for status, document in answers:
            verdict = Accepted() if status < 300 else Rejected("no")
            steps.send(Reply(verdict, status, {}, json.dumps(document).encode(), "no"))
    except StopIteration as end:
        return end.value
    raise AssertionError("asks for more")


def page(total: Any, tests: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "page": 1,
        "next_page": None,
        "last_page": 1,
        "total": total,
        "result": tests if tests is not None else [{}] * bool(total),
        **more,
    }


@pytest.mark.parametrize(
    ("answers", "finding"),
    [
        ([(200, page(9))], "There"),
        ([(200, page(5))], "NotThere"),
        ([(200, page(3))], "CannotTell"),
        ([(200, page(12)), (200, page(12, [{"id": at} for at in range(12)]))], "CannotTell"),
        ([(200, page("many", [{"id": at} for at in range(9)]))], "CannotTell"),
        ([(200, page(7)), (500, {})], "CannotTell"),
        ([(200, [])], "CannotTell"),
        ([(500, {})], "CannotTell"),
        ([(404, {}), (200, {"threads": [{"id": 70, "total_count": 9}]})], "There"),
        ([(404, {}), (200, {"total_count": 5})], "NotThere"),
        ([(404, {}), (200, {"total_count": 9})], "There"),
        ([(404, {}), (200, {"threads": [{"id": 70}]})], "CannotTell"),
        ([(404, {}), (404, {})], "CannotTell"),
        ([(404, {}), (500, {})], "CannotTell"),
    ],
)
def test_what_counts_say_of_a_batch_in_doubt(answers: list[tuple[int, Any]], finding: str) -> None:
    assert type(look(BATCH, answers)).__name__ == finding


def test_the_runs_own_count_is_of_use_only_where_nothing_else_is_under_way() -> None:
    assert isinstance(look(BATCH, [(404, {}), (200, {"total_count": 7})], others=3), CannotTell)
    assert type(look(BATCH, [(404, {}), (200, {"total_count": 12})], others=3)).__name__ == "There"
    shared = look(BATCH, [(404, {}), (200, {"total_count": 9})], run_id="7")
    assert shared == CannotTell(
        "the service does not say how many tests the thread has", again=False
    )


def test_what_is_there_of_a_batch_is_matchedby_content() -> None:
    wire = [
        json.dumps({"key": f"k{at}", "name": f"n{at}", "status": "passed"}).encode()
        for at in range(4)
    ]
    own: list[Mapping[str, Any]] = [
        {"key": "old", "name": "old", "status_id": 1},
        {"key": "k2", "name": "n2"},
        {"key": "k0", "name": "n0"},
    ]
    sent = [b'{"key": "old", "name": "old"}']
    assert by_content(own, 1, wire, sent) == PartlyThere(frozenset({0, 2}))
    assert isinstance(by_content([{"id": 1}], 0, wire, []), CannotTell)
    assert isinstance(by_content([{"key": "x", "name": "y"}], 0, wire, []), CannotTell)


RUN = Submission(
    2, Kind.OPEN, "run", left_at=1_800_000_000.0, body=Testmo(name="N", source="s").run_body("mark")
)


OURS = {
    "id": 7,
    "name": "N",
    "source": {"name": "s"},
    "created_at": "2027-01-15T08:00:05Z",
    "total_count": 0,
    "is_completed": False,
}


@pytest.mark.parametrize(
    ("runs", "finding"),
    [
        ([], "NotThere"),
        ([OURS], "There"),
        ([{**OURS, "source": "s", "created_at": "2027-01-15T08:00:05"}], "There"),
        ([{**OURS, "created_at": "soon"}], "There"),
        ([{**OURS, "fields": [{"value": "mark"}], "total_count": 5}], "There"),
        ([{**OURS, "fields": [{"value": "other"}]}], "NotThere"),
        ([{**OURS, "name": "M"}], "NotThere"),
        ([{**OURS, "source": "t"}], "NotThere"),
        ([{**OURS, "total_count": 3}], "NotThere"),
        ([{**OURS, "is_completed": True}], "NotThere"),
        ([{**OURS, "created_at": "2027-01-14T08:00:05Z"}], "NotThere"),
        ([OURS, {**OURS, "id": 8}], "CannotTell"),
        (["odd"], "NotThere"),
    ],
)
def test_a_lost_run_is_found_again_and_no_other_is_taken_for_it(
    runs: list[Any], finding: str
) -> None:
    assert type(look(RUN, [(200, page(len(runs), runs))])).__name__ == finding


def test_runs_that_cannot_be_listed() -> None:
    assert look(RUN, [(404, {})]) == CannotTell(
        "the runs of the project cannot be listed: no", again=False
    )
    assert look(RUN, [(500, {})]).again


def test_a_lost_thread_is_taken_only_where_it_can_be_nobody_elses() -> None:
    thread = Submission(4, Kind.LANE, "thread")
    assert type(look(thread, [(200, {"threads": [{"id": 70}, {"id": 71}]})])).__name__ == "There"
    assert look(thread, [(200, {"threads": [{"id": 70}]})]) == NotThere(retry_at_once=True)
    assert look(thread, [(404, {})]) == NotThere(retry_at_once=True)
    with pytest.raises(StopIteration):
        next(looking(Testmo(run_id="7"), thread, lambda: Items((), ()), Shelf(0)))


@pytest.mark.parametrize(
    "odd",
    [
        {"result": []},
        {"total": 3, "result": []},
        {"page": 5, "last_page": 9, "total": 0, "result": []},
        {"next_page": 2, "last_page": 3, "total": 0, "result": []},
        {"total": False, "result": []},
        {"total": 0, "result": [], "next_page": {}},
        {"total": "x", "next_page": {}, "last_page": [], "result": [5, None]},
        {"total": -1, "result": []},
    ],
)
def test_nothing_is_concluded_from_an_answer_whose_parts_do_not_agree(odd: dict[str, Any]) -> None:
    assert isinstance(look(BATCH, [(200, odd)]), CannotTell)
