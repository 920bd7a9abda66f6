"""What goes over the wire to Testmo, held against golden files in fixtures/requests/testmo."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conftest import FIXTURES
from fakes import NoBook, World, looking, sending
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, CannotTell, InDoubt, NotThere, PartlyThere, Rejected
from testferry.model import Detail, Result, Status, Tally
from testferry.services import service_of
from testferry.services.http.target import Http
from testferry.services.http_json import created_id, pages, wrap
from testferry.services.testmo.item import FIELD_LIMIT, TEXT_LIMIT
from testferry.services.testmo.settle import by_content
from testferry.services.testmo.target import Testmo
from testferry.submission import Items, Kind, Submission

GOLDEN = FIXTURES / "requests" / "testmo"


def golden(name: str, value: object) -> None:
    """Compare with the golden file; UPDATE_GOLDEN=1 writes it anew, to be read before it is
    committed.
    """
    path = GOLDEN / f"{name}.json"
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


def item(**more: Any) -> dict[str, Any]:
    result = Result(**{"name": "t4", "status": Status.PASSED, "classname": "C", **more})
    found: dict[str, Any] = json.loads(Testmo(project_id=1).item(result))
    return found


def test_the_key_keeps_histories_going() -> None:
    """The key of the documented wire example: sha256hex("C.t4")."""
    assert item()["key"] == "95ce855a66f7da8833b0576bb73eb88b3482407dee2776ebd003e7d6b7b58157"
    assert item(classname="")["key"] != item()["key"]
    assert item(name="e\u0301")["key"] == item(name="é")["key"]
    assert (item(classname="")["folder"], item(classname="", suite=("a", "b"))["folder"]) == (
        "Unnamed folder",
        "b",
    )


def test_a_failure_as_the_vendors_client_sends_it() -> None:
    details = (Detail("failure", "AssertionError message", "AssertionError", "call stack"),)
    assert item(status=Status.ERROR, details=details)["fields"] == [
        {
            "type": 4,
            "name": "Failure",
            "value": "call stack",
            "meta": {"message": "AssertionError message", "type": "AssertionError"},
            "is_highlight": True,
        }
    ]


def test_everything_that_a_test_can_carry() -> None:
    golden(
        "rich-test",
        item(
            status=Status.FAILED,
            elapsed=1.5,
            file="a.py",
            line=3,
            assertions=2,
            attempts=2,
            flaky=True,
            details=(
                Detail("failure", "m", "T", "trace"),
                Detail("skipped", "why"),
                Detail("rerunFailure", "", "", "first try"),
            ),
            properties=(
                ("owner", "me"),
                ("notes", "one\ntwo"),
                ("url:Ticket", "https://example.com/1"),
                ("html:Page", "<b>x</b>"),
                ("step", "open <script>"),
                ("step[passed]", "log in"),
                ("attachment", "https://example.com/shot.png"),
                ("attachment1", "http://example.com/video.mp4"),
                ("attachment2", "local/file.txt"),
            ),
            attachments=(
                "https://example.com/shot.png",
                "http://example.com/video.mp4",
                "local/file.txt",
                "found/in/output.log",
            ),
            stdout="before\n[[PROPERTY|browser=firefox]]\n[[PROPERTY|config]]\na: 1\nb: 2\n[[/PROPERTY]]\n[[ATTACHMENT|found/in/output.log]]\nafter",
            stderr="oops",
        ),
    )


def test_long_text_is_shortened_visibly_and_surplus_fields_are_told() -> None:
    shown = item(stdout="x" * 50_000, properties=tuple((f"p{at}", str(at)) for at in range(60)))
    assert len(shown["fields"]) == FIELD_LIMIT
    assert "p59: 59" in shown["fields"][-1]["value"]
    long = item(stdout="HEAD" + "x" * 50_000 + "TAIL")["fields"][0]["value"]
    assert len(long) <= TEXT_LIMIT
    assert long.startswith("HEAD")
    assert long.endswith("TAIL")
    assert "left out by testferry" in long
    assert (
        len(item(attachments=tuple(f"https://x/{at}" for at in range(60)))["artifacts"])
        == FIELD_LIMIT
    )


def test_a_whole_upload_on_the_wire(tmp_path: Path) -> None:
    it = World(tmp_path, [f"test_{at}" for at in range(3)], batch=2)
    it.plan()
    wire = it.wire()
    it.go(wire)
    golden(
        "upload",
        [[target, json.loads(body) if body else None] for _, _, target, body in wire.requests],
    )


def test_the_options_of_a_run() -> None:
    target = Testmo(project_id=1, name="N", source="s", tags=["a"], config="Chrome", milestone="M1")
    assert target.run_body("mark") == {
        "name": "N", "source": "s", "config": "Chrome", "milestone": "M1", "tags": ["a"],
        "fields": [{"type": 1, "name": "testferry", "value": "mark"}], "links": [], "artifacts": [],
    }  # fmt: skip
    assert service_of("testmo").make(target.describe()) == target
    lane = target.openings(Tally(), 2.5, "m")[1]
    assert lane.body["elapsed_computed"] == 2_500_000


class Shelf(NoBook):
    """The book of an upload with one lane."""

    def __init__(self, confirmed: int, others: int = 0) -> None:
        super().__init__()
        self._lane = Submission(1, Kind.LANE, "thread", remote={"id": "70"})
        self._confirmed = confirmed
        self._others = [Submission(9, Kind.BATCH, "append", count=others)] if others else []

    def lane(self, one: Submission) -> Submission:
        return self._lane

    def lanes(self) -> list[Submission]:
        return [self._lane]

    def confirmed(self, lane: int) -> int:
        return self._confirmed

    def others_open(self, one: Submission) -> list[Submission]:
        return self._others


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


BATCH = Submission(3, Kind.BATCH, "append", count=4, lane=1)


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


def test_lists_are_read_page_by_page_from_our_own_address() -> None:
    from testferry.engine.step import Request

    steps = pages(lambda number: Request("GET", "x", (("page", str(number)),)))
    assert next(steps).target == "x?page=1"
    first = {"next_page": 2, "last_page": 2, "total": 2, "result": [1]}
    assert steps.send(Reply(Accepted(), 200, {}, json.dumps(first).encode())).target == "x?page=2"
    with pytest.raises(StopIteration) as end:
        steps.send(
            Reply(
                Accepted(),
                200,
                {},
                json.dumps({"page": 2, "next_page": None, "total": 2, "result": [2]}).encode(),
            )
        )
    assert end.value.value[0] == [1, 2]
    steps = pages(lambda number: Request("GET", "x", (("page", str(number)),)))
    next(steps)
    evil = {"next_page": "https://evil.example/", "last_page": 2, "total": 2, "result": [1]}
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Accepted(), 200, {}, json.dumps(evil).encode()))
    assert not end.value.value[1].accepted


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"id": 5}', "5"),
        (b'{"id": "a1"}', "a1"),
        (b'{"id": true}', ""),
        (b"[]", ""),
        (b'{"id": "../x"}', ""),
        (b"", ""),
    ],
)
def test_ids_that_a_service_gives(body: bytes, found: str) -> None:
    assert created_id(Reply(Accepted(), 201, {}, body)) == found


def test_any_other_api_gets_the_neutral_model_and_a_stable_key(tmp_path: Path) -> None:
    target = Http(idempotency_header="Idempotency-Key", path="tests")
    result = Result(
        "t", Status.FAILED, details=(Detail("failure", text="x" * 40_000),), stdout="y" * 40_000
    )
    encoded = target.item(result)
    assert b'"status":"failed"' in encoded
    assert b'"line"' not in encoded
    assert len(encoded) < 40_000
    items = Items((encoded,), ())
    batch, twin = Submission(1, Kind.BATCH, "append"), Submission(2, Kind.BATCH, "append")
    request = next(sending(target, batch, items, Shelf(0)))
    assert request.body == wrap("tests", items)
    assert (
        dict(request.headers)["Idempotency-Key"]
        == dict(next(sending(target, batch, items, Shelf(0))).headers)["Idempotency-Key"]
    )
    other = dict(next(sending(target, twin, items, Shelf(0))).headers)
    assert other["Idempotency-Key"] != dict(request.headers)["Idempotency-Key"], "the row's"
    with pytest.raises(StopIteration) as end:
        next(looking(target, batch, lambda: items, Shelf(0)))
    assert end.value.value == NotThere(retry_at_once=True)
    with pytest.raises(StopIteration) as end:
        next(looking(Http(), batch, lambda: items, Shelf(0)))
    assert isinstance(end.value.value, CannotTell)
    assert next(sending(Http(), batch, items, Shelf(0))).headers == ()
    assert (target.new_lane(), target.closings(), target.run_url("b", "1")) == ([], [], "")
    assert service_of("http").make(target.describe()) == target


def test_an_answer_that_is_no_json_leaves_doubt() -> None:
    steps = sending(Testmo(project_id=1), BATCH, Items((b"{}",), ()), Shelf(0))
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Accepted(), 200, {}, b'{"half'))
    assert isinstance(end.value.value, InDoubt)


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
