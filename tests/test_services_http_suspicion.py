"""A 2xx is believed for what it says: none of these answers is a success, none of those a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt
from testferry.services.http.answers import answer_of
from testferry.services.http.suspicion import suspicion
from testferry.submission import Items, Label

SENT = [
    {"name": "a", "status": "passed"},
    {"name": "b", "status": "failed", "message": "error: no"},
    {"name": "c", "status": "skipped"},
]
ITEMS = Items(
    tuple(json.dumps(item).encode() for item in SENT),
    tuple(Label(item["name"], "s", item["status"]) for item in SENT),
)

# 2xx answers to three results that were not all taken, as the services of the world write them.
REFUSALS: list[tuple[int, Any]] = [
    (201, [{"id": "1", "ok": True}, {"id": "2", "error": "forbidden", "reason": "no"}, {"ok": True}]),
    (200, {"took": 3, "errors": True, "items": [{"index": {"status": 201}}, {"index": {"status": 400, "error": {"type": "x"}}}, {"index": {"status": 201}}]}),
    (200, {"took": 3, "items": [{"create": {"status": 429}}, {"create": {"status": 201}}, {"create": {"status": 201}}]}),
    (200, {"responses": [{"status": 201}, {"status": 404, "body": {}}, {"status": 201}]}),
    (200, [{"status": 200}, {"status": 400, "body": {"message": "bad"}}, {"status": 200}]),
    (200, {"partialSuccess": {"rejectedSpans": 1, "errorMessage": "too old"}}),
    (200, {"partialSuccess": {"rejectedSpans": "1"}}),
    (200, [{"jsonrpc": "2.0", "id": 1, "result": 1}, {"jsonrpc": "2.0", "id": 2, "error": {"code": -32603, "message": "x"}}, {"id": 3, "result": 3}]),
    (200, {"data": None, "errors": [{"message": "denied"}]}),
    (207, {"results": [1, 2, 3]}),
    (207, b""),
    (200, {"error": {"message": "the target is unknown"}}),
    (200, {"error": "unauthorized"}),
    (200, {"ok": False}),
    (200, {"success": False, "data": []}),
    (200, {"success": "false"}),
    (200, {"status": "error", "message": "no such project"}),
    (202, {"status": "partial"}),
    (200, {"status": "FAILED"}),
    (200, {"result": "NOK"}),
    (200, {"code": 422, "msg": "x"}),
    (200, {"statusCode": 500}),
    (200, {"errcode": 40001, "errmsg": "invalid credential"}),
    (200, {"status": "409 Conflict"}),
    (200, {"message": "1 of 3 results could not be stored"}),
    (200, {"accepted": 2}),
    (200, {"accepted": 2, "rejected": 1}),
    (200, {"received": 3, "inserted": 2}),
    (200, {"insertedCount": 1, "updatedCount": 1}),
    (200, {"created": 2, "failed": 1}),
    (200, {"count": 2, "value": [{"id": 1}, {"id": 2}]}),
    (200, {"ids": [1, 2]}),
    (200, {"results": [{"id": 1}, None, {"id": 3}]}),
    (200, [1, 2]),
    (200, []),
    (200, {"failedCount": 1}),
    (200, {"num_errors": 2}),
    (200, {"invalid_rows": [2]}),
    (200, {"skipped": ["b"]}),
    (200, {"ignored": 1}),
    (200, {"dropped": 1, "ok": True}),
    (200, {"failures": [{"index": 1, "reason": "x"}]}),
    (200, {"data": {"attributes": {"exceptions": ["x"]}}}),
    (200, {"unprocessed_items": {"t": [1]}}),
    (200, {"results": [{"id": 1, "success": True}, {"id": 2, "success": False}, {"id": 3, "success": True}]}),
    (200, b'{"ok": true}\n{"error": "x"}\n{"ok": true}\n'),
    (200, b'{"results": [{"id": 1}'),
    (200, b"2 rows inserted, 1 failed"),
    (200, b"partial write: dropped=1"),
    (200, b"<response><error>no</error></response>"),
    (200, False),
    (200, {"text": "Invalid event", "code": 6}),
    (200, {"passed": 1, "failed": 2}),
    (200, [{"name": "a", "status": "failed"}, {"name": "b", "status": "failed"}, {"name": "c", "status": "skipped"}]),
]  # fmt: skip
SUCCESSES: list[tuple[int, Any]] = [
    (204, b""),
    (202, {"status": True}),
    (200, {"status": True, "result": {"ids": [1, 2, 3]}}),
    (201, {"ok": True}),
    (201, [{"ok": True, "id": "1", "rev": "1-x"}] * 3),
    (200, {"took": 3, "errors": False, "items": [{"index": {"status": 201}}] * 3}),
    (200, {"text": "Success", "code": 0}),
    (200, {"partialSuccess": {}}),
    (200, {"count": 3, "value": [{"id": 1}, {"id": 2}, {"id": 3}]}),
    (200, {"created": 1, "updated": 2, "failed": 0, "errors": []}),
    (200, {"accepted": 3, "rejected": 0, "error": None, "errorMessage": ""}),
    (200, {"code": 200, "message": "3 results stored, no errors"}),
    (201, b"17"),
    (200, b"OK"),
    (200, {"passed": 1, "failed": 1, "skipped": 1}),
    (201, SENT),
    (201, {"results": [{**item, "id": at} for at, item in enumerate(SENT)]}),
    (200, {"data": {"message": "Success"}}),
    (200, {"status": "accepted", "id": "x"}),
]


def reply(status: int, body: Any) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(Accepted(), status, {}, data)


@pytest.mark.parametrize(("status", "body"), REFUSALS)
def test_none_of_these_is_a_success(status: int, body: Any) -> None:
    found = suspicion(reply(status, body), ITEMS)
    assert found is not None
    assert found.words
    assert found.key.startswith("answer = {")


@pytest.mark.parametrize(("status", "body"), SUCCESSES)
def test_none_of_these_is_a_failure(status: int, body: Any) -> None:
    assert suspicion(reply(status, body), ITEMS) is None


def test_it_names_the_key_that_would_explain_it() -> None:
    body = {"data": {"rows": [{"id": 1}, {"id": 2, "error": "bad name"}, {"id": 3}]}}
    found = suspicion(reply(200, body), ITEMS)
    assert found is not None
    assert found.words == '"error": "bad name"'
    assert found.key == 'answer = { items = "/data/rows", failed = "/error" }'


EACH = {"items": "/rows", "failed": "/error"}
OK = [{"id": 1}, {"id": 2}, {"id": 3}]
ONE_BAD = [{"id": 1}, {"error": "no"}, {"id": 3}]


@pytest.mark.parametrize(
    ("answer", "document", "believed"),
    [
        (EACH, {"rows": OK}, True),
        (EACH, {"rows": OK, "errors": []}, True),
        (EACH, {"rows": OK, "errors": True}, False),
        (EACH, {"rows": OK, "message": "2 results were dropped"}, False),
        (EACH, {"rows": [{"id": 1}, {"ok": False, "why": "quota"}, {"id": 3}]}, False),
        (EACH, {"rows": ONE_BAD, "errors": True, "failed": 1, "message": "1 failed"}, True),
        (EACH, {"rows": ONE_BAD, "errors": [{"row": 1}]}, True),
        (EACH, {"rows": ONE_BAD, "failed": 2}, False),
        (EACH, {"rows": ONE_BAD, "errors": [{"row": 1}, {"row": 7}]}, False),
        ({**EACH, "ignore": ["/errors"]}, {"rows": OK, "errors": ["as always"]}, True),
        ({"failed": "/error"}, {"error": None, "warnings_failed": 0}, True),
        ({"failed": "/error"}, {"error": None, "rejected": 2}, False),
        ({"failed": "/error"}, {"error": "", "items": [1, 2]}, False),
        ({"count": "/count"}, {"count": 3, "errors": ["no"]}, False),
        ({"count": "/count"}, {"count": 3}, True),
        ({"failed": "/error", "ignore": ["/rejected"]}, {"error": None, "rejected": 2}, True),
    ],
)
def test_what_an_answer_does_not_explain_is_searched_too(
    answer: dict[str, Any], document: object, believed: bool
) -> None:
    reply = Reply(Accepted(), 200, {}, json.dumps(document).encode())
    verdict = answer_of(answer).read(reply, ITEMS, {}, keyed=False)
    assert isinstance(verdict, InDoubt) is not believed


def test_a_207_is_explained_by_what_says_what_became_of_each_result() -> None:
    reply = Reply(Accepted(), 207, {}, json.dumps({"rows": OK}).encode())
    assert answer_of(EACH).read(reply, ITEMS, {}, keyed=False) == Accepted()
    assert isinstance(answer_of({}).read(reply, ITEMS, {}, keyed=False), InDoubt)
