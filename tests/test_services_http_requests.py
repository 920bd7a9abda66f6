"""The requests of a table, and what their answers mean."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from fakes import sending
from table import RESULTS, Book, items, refused, send, taken, talk
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted
from testferry.model import Detail, Result, Status
from testferry.services.http.requests import by_name
from testferry.services.http.target import Http
from testferry.submission import Kind, Label, Submission

ACCEPT = lambda _: taken({})  # noqa: E731 - the plainest service


def body(target: Http, **more: Any) -> Any:
    _, (request,) = send(target, items(target), ACCEPT, **more)
    return json.loads(request.body or b"")


def test_values_of_the_upload_and_the_run_are_in_items_address_and_body() -> None:
    tables = {
        "set": {"p": "A/B"},
        "open": {"request": "POST /runs", "keep": {"id": "/id"}},
        "item": {"run": "{run.id}", "of": "{upload.id}", "at": "{upload.started|iso}"},
        "send": {
            "request": "POST /{set.p}/{run.id}?n={upload.total}",
            "json": {"key": "{batch.key}", "rows": "{results}"},
        },
    }
    target = Http(tables=tables)
    _, (request,) = send(target, items(target, RESULTS[:1]), ACCEPT, Book({"id": 70}))
    assert request.target == "A%2FB/70?n=3"
    document = json.loads(request.body or b"")
    assert document["rows"] == [{"run": 70, "of": "mark", "at": "2023-11-14T22:13:20.000+00:00"}]
    assert len(document["key"]) == 32


def test_a_run_is_opened_with_what_is_kept_and_ended_once() -> None:
    tables = {
        "open": {
            "request": "POST /runs",
            "json": {"title": "{upload.name}"},
            "keep": {"id": "/r/id"},
        },
        "send": {"request": "POST /runs/{run.id}"},
        "close": [
            {"request": "POST /stop"},
            {"request": "PATCH /runs/{run.id}", "json": {"d": True}},
        ],
    }
    target = Http(tables=tables, name="Nightly")
    opening = Submission(1, Kind.OPEN, "open")
    verdict, (request,) = talk(
        sending(target, opening, items(target, []), Book()), lambda _: taken({"r": {"id": "x/1"}})
    )
    assert json.loads(request.body or b"") == {"title": "Nightly"}
    assert verdict == Accepted({"id": "x/1"})
    book = Book({"id": "x/1"})
    asked = []
    for row in target.closings():
        verdict, requests = talk(sending(target, row, items(target, []), book), ACCEPT)
        assert verdict == Accepted()
        asked += requests
    assert [(each.method, each.target, each.body) for each in asked] == [
        ("POST", "stop", None),
        ("PATCH", "runs/x%2F1", b'{"d":true}'),
    ]
    ours = Http(tables=tables, run_id="9")
    assert [row.name for row in ours.closings()] == ["close"]
    assert ours.openings(None, 0.0, "") == []  # type: ignore[arg-type]
    assert ours.run_closing().name == "close 2"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": None},
        {"id": {}},
        {"id": True},
        {"id": 3, "error": "no such project"},
        {"id": "7 --url https://evil.example"},
        {"id": "7\n::error::x"},
        {"id": "::error::x"},
        {"id": "\x1b[31m7"},
        {"id": "7" * 1001},
    ],
)
def test_an_opening_that_does_not_say_what_it_made_is_in_doubt(answer: object) -> None:
    target = Http(tables={"open": {"request": "POST /runs", "keep": {"id": "/id"}}})
    row = Submission(1, Kind.OPEN, "open")
    verdict, _ = talk(sending(target, row, items(target, []), Book()), lambda _: taken(answer))
    assert isinstance(verdict, InDoubt)
    refusal, _ = talk(
        sending(target, row, items(target, []), Book()), lambda _: refused({"message": "no"})
    )
    assert isinstance(refusal, Rejected)


def test_a_closing_that_speaks_of_errors_closed_nothing() -> None:
    target = Http(tables={"close": {"request": "POST /end"}})
    (row,) = target.closings()
    verdict, _ = talk(
        sending(target, row, items(target, []), Book()), lambda _: taken({"errors": ["open tests"]})
    )
    assert isinstance(verdict, Rejected)


OBJECT = {
    "item": {"{name}": {"result": "{status}"}},
    "send": {"as": "object", "format": "multipart", "json": {"tests": "{results}"}},
}


def test_two_results_of_one_name_go_into_two_requests() -> None:
    target = Http(tables=OBJECT)
    held = items(target, [*RESULTS, Result("a", Status.FAILED)])
    verdict, asked = send(target, held, ACCEPT)
    assert isinstance(verdict, Rejected)
    assert not asked
    assert verdict.unasked
    assert verdict.portions == (frozenset({0, 1, 2}), frozenset({3}))
    _, (request,) = send(target, items(target), ACCEPT)
    part = (request.body or b"").split(b"\r\n\r\n")[1].partition(b"\r\n")[0]
    assert json.loads(part) == {
        name: {"result": status}
        for name, status in (("a", "passed"), ("b", "failed"), ("c", "skipped"))
    }
    assert dict(request.headers)["Content-Type"].startswith("multipart/form-data; boundary=")


def test_a_rehearsal_shows_the_part_of_a_batch_that_leaves_first() -> None:
    target = Http(tables=OBJECT)
    twice = items(target, [*RESULTS, Result("a", Status.FAILED)])
    (request,) = target.rehearsed([(Submission(1, Kind.BATCH, "1"), twice)], Book())
    assert (request.body or b"").count(b'"result"') == 3
    target = Http(tables={"item": {"why": "{message}"}})
    row = Submission(1, Kind.BATCH, "1")
    assert list(target.rehearsed([(row, items(target))], Book())) == []
    failed = Result("a", Status.FAILED, details=(Detail("failure", "boom"),))
    (request,) = target.rehearsed([(row, items(target, [*RESULTS, failed]))], Book())
    assert json.loads(request.body or b"") == {"results": [{"why": "boom"}]}


def test_a_result_of_which_nothing_is_left_is_rejected_by_name_and_not_sent() -> None:
    target = Http(tables={"item": {"why": "{message}"}})
    verdict, asked = send(target, items(target), ACCEPT)
    assert isinstance(verdict, Rejected)
    assert verdict.culprits == (0, 1, 2)
    assert not asked


def test_lines_packed_and_with_their_own_type() -> None:
    tables = {
        "item": "tests,name={name|tag} status={status|json}",
        "send": {"format": "lines", "headers": {"content-type": "text/x-line"}},
    }
    target = Http(tables=tables, gzip=True)
    _, (request,) = send(target, items(target, [Result("a b\nc", Status.PASSED)]), ACCEPT)
    assert gzip.decompress(request.body or b"") == b'tests,name=a\\ b\\ c status="passed"\n'
    headers = {name.lower(): value for name, value in request.headers}
    assert headers["content-type"] == "text/x-line"
    assert headers["content-encoding"] == "gzip"


def test_a_second_try_that_meets_what_the_first_made_has_arrived() -> None:
    tables = {"item": {"id": "{key}"}}
    answer = {"items": "/rows", "failed": "/error"}
    target = Http(tables=tables, answer=answer)
    rows = taken({"rows": [{"error": "id already exists"}, {"error": "no such field"}, {}]})
    verdict, _ = send(target, items(target), lambda _: rows, applied=True)
    assert isinstance(verdict, Sorted)
    assert verdict.refused == {1: "no such field"}
    first, _ = send(target, items(target), lambda _: rows)
    assert isinstance(first, Sorted)
    assert set(first.refused) == {0, 1}


def test_answers_by_keys_that_the_table_cuts() -> None:
    tables = {"item": {"id": "{key|max 15}"}}
    target = Http(tables=tables, answer={"items": "/rows", "id": "/id", "failed": "/error"})

    def answers(request: Any) -> Any:
        ids = [row["id"] for row in json.loads(request.body)["results"]]
        assert {len(each) for each in ids} == {15}
        return taken({"rows": [{"id": ids[2], "error": "bad"}, {"id": ids[0]}, {"id": ids[1]}]})

    verdict, _ = send(target, items(target), answers)
    assert isinstance(verdict, Sorted)
    assert verdict.refused == {2: "bad"}


def test_culprits_of_a_refusal_have_their_own_words() -> None:
    answer = {"culprits": {"path": "/data", "reason": "/message"}}
    target = Http(answer=answer)
    words = refused({"message": "invalid", "data": {"1": {"message": "no title"}, "9": {}}})
    verdict, _ = send(target, items(target), lambda _: words)
    assert isinstance(verdict, Rejected)
    assert verdict.culprits == (1,)
    assert verdict.reasons == {1: "no title"}


def test_a_form_without_results_is_a_form_too() -> None:
    opening = {
        "request": "POST /runs",
        "format": "multipart",
        "json": {"name": "N"},
        "keep": {"id": "/id"},
    }
    target = Http(tables={"open": opening})
    row = Submission(1, Kind.OPEN, "open")
    _, (request,) = talk(
        sending(target, row, items(target, []), Book()), lambda _: taken({"id": 1})
    )
    assert b'name="name"\r\n\r\nN\r\n' in (request.body or b"")
    assert parse_qs("a=b") == {"a": ["b"]}


def test_results_named_by_their_keys_are_never_of_one_name() -> None:
    target = Http(tables={"item": {"{key}": "{status}"}, "send": {"as": "object"}})
    _, (request,) = send(target, items(target), ACCEPT)
    assert len(json.loads(request.body or b"")) == 3


def test_results_are_known_by_their_names_where_no_two_are_called_alike() -> None:
    labels = [Label("a", "s", ""), Label("b", "s", ""), Label("b", "t", ""), Label("7", "", "")]
    assert by_name(labels) == {"a": 0, "s › a": 0, "s › b": 1, "t › b": 2}
    target = Http(
        tables={
            "item": {"title": "{name}"},
            "answer": {"culprits": {"path": "/bad", "match": "name: (.+?);"}},
        }
    )
    answer = {"stored": 2, "bad": [{"name": "b", "why": "no"}]}
    verdict, _ = send(target, items(target), lambda _: taken(answer))
    assert isinstance(verdict, Sorted)
    assert list(verdict.refused) == [1]
    by_id = Http(
        tables={
            "item": {"title": "{name}"},
            "answer": {"items": "/rows", "id": "/t", "status": "/s"},
        }
    )
    rows = [{"t": "c", "s": "ok"}, {"t": "a", "s": "failed"}, {"t": "b", "s": "ok"}]
    verdict, _ = send(by_id, items(by_id), lambda _: taken({"rows": rows}))
    assert isinstance(verdict, Sorted)
    assert list(verdict.refused) == [0]
