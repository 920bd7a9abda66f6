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
    (200, {"errors": [{"status": "422", "source": {"pointer": "/data/1"}, "title": "Invalid"}]}),
    (201, {"data": [{"type": "r", "id": "1"}, {"type": "r", "id": "2"}], "errors": [{"title": "x"}]}),
    (200, {"data": None, "errors": [{"message": "boom"}]}),
    (200, {"data": {"createResults": None}}),
    (200, {"data": {"createResults": {"results": [{"id": 1}], "userErrors": [{"field": "x", "message": "bad"}]}}}),
    (200, {"success": False}),
    (200, {"Success": False, "Data": None}),
    (200, {"success": 0}),
    (200, {"ok": 0}),
    (200, {"succeeded": "no"}),
    (200, {"status": "error"}),
    (200, {"status": "fail", "data": {"title": "required"}}),
    (200, {"status": "ERROR: db locked"}),
    (202, {"id": 9, "state": "failed"}),
    (200, {"inserted": 0}),
    (200, {"created": 2}),
    (200, {"created": 2, "skipped": 1}),
    (200, {"saved": 2, "total": 3}),
    (200, {"total": 3, "success": 2}),
    (200, {"summary": {"stored": 2}}),
    (200, {"nInserted": 2}),
    (200, {"rowCount": 2}),
    (200, {"affectedRows": 2}),
    (200, {"affected_rows": 2}),
    (200, {"insertedIds": [1, 2]}),
    (200, {"result_ids": [1, 2]}),
    (200, {"testResults": [{"id": 1}, {"id": 2}]}),
    (200, {"ok": 1, "n": 2, "writeErrors": [{"index": 1, "code": 121}]}),
    (200, {"results": [{"id": 1, "status": "created"}, {"id": 2, "status": "rejected"}, {"id": 3, "status": "created"}]}),
    (200, {"results": [{"state": "OK"}, {"state": "ERROR"}, {"state": "OK"}]}),
    (200, [{"code": 201}, {"code": 400}, {"code": 201}]),
    (200, [{"statusCode": "201"}, {"statusCode": "400"}, {"statusCode": "201"}]),
    (200, {"responses": [{"http_status": 201}, {"http_status": 500}, {"http_status": 201}]}),
    (200, [{"accepted": True}, {"accepted": False}, {"accepted": True}]),
    (200, ["ok", "error: bad name", "ok"]),
    (200, [True, False, True]),
    (200, {"results": [True, False, True]}),
    (200, {"results": ["created", "failed", "created"]}),
    (200, {"results": {"a": "ok", "b": "error", "c": "ok"}}),
    (200, {"results": {"a": {"ok": True}, "b": {"ok": False, "msg": "x"}, "c": {"ok": True}}}),
    (200, {"errors": {"1": ["is invalid"]}}),
    (200, b'"rejected 1 of 3"'),
    (200, b"ERROR: quota exceeded"),
    (200, b"2 of 3 rows stored"),
    (200, b"stored 2/3"),
    (200, b"NACK"),
    (200, b"KO"),
    (200, b"NOK"),
    (200, b"0"),
    (200, b"2"),
    (200, b"false"),
    (200, b"<soap:Envelope><soap:Body><soap:Fault><faultcode>x</faultcode></soap:Fault></soap:Body></soap:Envelope>"),
    (200, b'<response status="fail"><err code="1"/></response>'),
    (200, b'{"status":201}\n{"status":400}\n{"status":201}\n'),
    (200, b'{"id":1}\n{"id":2}\n'),
    (200, b'{"id":1}\n{"error":"x"}\n{"id":3}\n'),
    (200, b'{"id":1}{"error":"x"}'),
    (200, b'data: {"status":"error"}\n\n'),
    (200, {"data": {"import": {"summary": {"failures": {"count": 1}}}}}),
    (200, {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"error": "x"}}}}}}}}}}),
    (200, {"partial": True, "id": 3}),
    (200, {"isPartial": True}),
    (200, {"incomplete": True}),
    (200, {"complete": False}),
    (202, {"accepted": False}),
    (200, {"stored": False}),
    (200, {"valid": False}),
    (200, {"done": False, "id": 1}),
    (200, {"dryRun": True, "created": 3}),
    (200, {"dry_run": True}),
    (200, {"simulated": True, "accepted": 3}),
    (202, {"jobId": "j1", "status": "failed", "error": None}),
    (200, b"\x1f\x8b\x08\x00X\xaf\tk\x02\xff\xabV*.MNN-.V\xb2RHK\xcc)N\xad\x05\x00\xee\x86\xb5\xff\x12\x00\x00\x00"),
    (200, b'\xff\xfe{\x00"\x00s\x00u\x00c\x00c\x00e\x00s\x00s\x00"\x00:\x00 \x00f\x00a\x00l\x00s\x00e\x00}\x00'),
    (200, b'callback({"success":false})'),
    (200, {"success": False}),
    (200, b'"{\\"success\\": false}"'),
    (200, {"statusCode": 200, "body": '{"success": false}'}),
    (200, {"errorMessage": "boom", "errorType": "X"}),
    (200, {"Message": "Rate exceeded", "__type": "ThrottlingException"}),
    (200, b'{"results":[{"id":1},'),
    (200, {"warnings": ["1 result was ignored"]}),
    (200, {"notImported": 1}),
    (200, {"unknown_tests": ["b"]}),
    (200, {"unmatched": ["b"]}),
    (200, {"not_found": ["b"]}),
    (200, {"rejectedRows": [{"row": 2}]}),
    (200, {"FailedRecordCount": 1, "Records": [{"SequenceNumber": "1"}, {"ErrorCode": "X", "ErrorMessage": "y"}, {"SequenceNumber": "3"}]}),
    (200, {"UnprocessedItems": {"t": [{}]}}),
    (200, {"kind": "bigquery#tableDataInsertAllResponse", "insertErrors": [{"index": 1}]}),
    (200, [{"success": True, "errors": []}, {"success": False, "errors": [{"message": "x"}]}, {"success": True, "errors": []}]),
    (200, b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n{}\r\n--b--"),
    (207, b"<multistatus/>"),
    (206, {"id": 1}),
    (200, {"result": "rejected"}),
    (200, {"result": False}),
    (200, {"result": "failure"}),
    (200, {"status": False}),
    (200, {"status": 0, "error": "x"}),
    (200, {"exitCode": 1}),
    (200, {"rc": 1}),
    (200, {"returnCode": 7, "reason": "x"}),
    (200, {"retcode": -1}),
    (200, {"errno": 5}),
    (200, {"code": "E_VALIDATION", "message": "title is required"}),
    (200, {"code": "INVALID_TOKEN"}),
    (200, {"code": 1001, "msg": "token expired"}),
    (200, {"non_field_errors": ["x"]}),
    (200, {"detail": "Authentication credentials were not provided."}),
    (200, {"message": "Session expired, please log in"}),
    (200, {"expected": 3, "actual": 2}),
    (200, {"sent": 3, "stored": 2}),
    (200, {"created": 2, "duplicates": 0}),
    (200, {"lost": 1}),
    (200, {"quarantined": 1}),
    (200, {"truncated": True}),
    (200, {"dead_letter": 1}),
    (200, {"numberOfFailures": 1}),
    (200, {"n_failed": "1"}),
    (200, {"accepted": "2"}),
    (200, {"created": "2"}),
    (200, {"ids": {"a": 1, "b": 2}}),
    (200, {"ids": None}),
    (200, {"ids": []}),
    (200, {"data": []}),
    (200, {"results": "none stored"}),
    (200, {"redirect": "/login"}),
    (200, {"message": "Stored 3 results (1 failed test)"}),
    (200, {"run": {"id": 1, "status": "failed"}, "created": 3}),
    (200, {"batch": {"submitted": 3, "accepted": 1}}),
    (200, ["ok", "ok", "too long: rejected"]),
    (200, [[True, None], [False, "too long"], [True, None]]),
    (200, [[200, ""], [422, "x"], [200, ""]]),
    (200, {"statuses": [201, 422, 201]}),
    (200, [201, 422, 201]),
    (200, {"statuses": ["ok", "error", "ok"]}),
    (200, {"a": 201, "b": 422, "c": 201}),
    (200, {"ack": False}),
    (200, {"acked": 2}),
    (200, {"acknowledged": False}),
    (200, {"persisted": False}),
    (200, {"rolled_back": True}),
    (200, {"message": "transaction rolled back"}),
    (200, b"0 rows affected"),
    (200, b"Query OK, 2 rows affected (0.01 sec)"),
    (200, b"INSERT 0 2"),
    (200, {"message": "Quota reached, upgrade your plan"}),
    (200, {"message": "We are down for maintenance"}),
    (200, b"Please enable JavaScript and cookies to continue"),
    (200, b"name,status\na,ok\nb,error\nc,ok\n"),
    (200, b"status=error&code=5"),
    (200, {"status_code": 503}),
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
    (200, b"null"),
    (200, b""),
    (202, {"jobId": "j1"}),
    (202, {"job": {"id": "j1", "status": "queued", "progress": 0}}),
    (202, {"id": "abc", "status": "pending"}),
    (201, {"created": 3}),
    (201, {"ids": [1, 2, 3]}),
    (200, {"success": True, "message": "ok"}),
    (200, {"status": "success", "data": {"count": 3}}),
    (200, {"data": {"createResults": {"results": [{"id": 1}, {"id": 2}, {"id": 3}], "userErrors": []}}}),
    (201, {"data": [{"type": "results", "id": "1"}, {"type": "results", "id": "2"}, {"type": "results", "id": "3"}], "meta": {"errors": 0}}),
    (200, {"ok": 1, "n": 3, "nInserted": 3, "writeErrors": []}),
    (200, {"acknowledged": True, "insertedIds": {"0": "a", "1": "b", "2": "c"}}),
    (200, b"ok\n"),
    (200, b"3 rows inserted"),
    (202, b"Accepted"),
    (200, b"Imported 3 results, 0 errors"),
    (200, b"3"),
    (200, b"true"),
    (200, b'"7b1c2a52-1111-4222-8333-444455556666"'),
    (200, {"run": {"id": 7, "passed": 1, "failed": 1, "skipped": 1, "total": 3}}),
    (200, {"id": 7, "total": 4500}),
    (200, {"took": 0, "errors": False}),
    (200, {"errors": None, "data": {"ids": [1, 2, 3]}}),
    (200, {"error": {}, "warnings": []}),
    (200, {"code": "OK"}),
    (200, {"code": 0, "msg": "success"}),
    (200, {"code": "SUCCESS", "data": {}}),
    (200, {"code": 200}),
    (200, {"code": "00000", "msg": "success"}),
    (200, {"data": [{"id": 1}, {"id": 2}, {"id": 3}], "page": 1, "total": 3, "has_more": False}),
    (200, b'{"id":1}\n{"id":2}\n{"id":3}\n'),
    (200, b"<response><status>ok</status></response>"),
    (200, {"inserted": 2, "duplicates": 1}),
    (200, {"results": [{"status": "created"}, {"status": "updated"}, {"status": "created"}]}),
    (200, {"ok": True, "rate_limit": {"limit": 100, "remaining": 99, "exceeded": False}}),
    (200, {"self": "/errors/1", "id": 4, "links": {"failed": "/runs/1/failed", "errors_url": "/runs/1/errors"}}),
    (200, {"id": 1, "name": "nightly", "failOnError": True}),
    (200, {"id": 1, "error_rate": 0.0, "failure_count": 0}),
    (200, {"severity": "info", "message": "created"}),
    (200, {"dryRun": False, "created": 3}),
    (200, {"message": "Your 3 results were received. You will find them in a moment."}),
    (200, {"message": "ok", "missing": []}),
    (200, {"ok": True, "warnings": ["v1 is deprecated, use v2"]}),
    (200, {"status": 1}),
    (200, {"status": True}),
    (200, {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": None, "id": 1}),
    (201, {"id": "abc"}),
    (201, b""),
    (200, {"ok": True}),
    (200, {"results": [{"id": 1, "outcome": "passed"}, {"id": 2, "outcome": "failed"}, {"id": 3, "outcome": "skipped"}]}),
    (200, [201, 201, 201]),
    (200, {"a": 201, "b": 200, "c": 201}),
    (200, {"a": 1, "b": 404}),
    (200, {"created": True}),
    (201, {"created": "2026-01-01T00:00:00Z", "id": 1}),
    (201, {"id": 7, "config": {"fail_fast": False, "max_errors": 10, "on_error": "continue"}}),
    (200, b"INSERT 0 3"),
    (200, b"Thank you. Run 2 has 3 new results."),
    (200, b"id\n1\n2\n3\n"),
    (200, {"message": "0 conflicts, 3 stored"}),
    (200, {"traceId": "x", "success": 1}),
    (202, {"done": False, "operation": "op/1"}),
]  # fmt: skip


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


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"status": 422}, 'items = "/rows", status = "/status"'),
        ({"status": "quarantined"}, 'items = "/rows", status = "/status"'),
        ({"id": None}, 'items = "/rows", failed = "/…"'),
        ({"reason": "not allowed"}, 'items = "/rows", failed = "/reason"'),
    ],
)
def test_the_key_says_how_an_entry_is_read(entry: dict[str, Any], key: str) -> None:
    good = {"id": 1, "status": "created"}
    rows = [good, {**good, "id": 2, **entry}, {**good, "id": 3}]
    for status in (200, 207):
        found = suspicion(reply(status, {"rows": rows}), ITEMS)
        assert found is not None
        assert found.key == f"answer = {{ {key} }}"


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


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"<p>hi</p><!-- --><form action='/login'>", {}),
        (b"\x1f\x8b\x08\x00\x00", {}),
        (b'{"title": "You are out of credit"}', {"content-type": "application/problem+json"}),
        (b"\xef\xbb\xbf" + b'{"success": false}', {}),
        (json.dumps({"success": False}).encode("utf-16"), {}),
        (b")]}',\n" + b'{"success": false}', {}),
        (json.dumps({"pad": "x" * 2_000_000, "errors": ["x"]}).encode(), {}),
    ],
)
def test_what_a_body_is_packed_in_hides_nothing(body: bytes, headers: dict[str, str]) -> None:
    assert suspicion(Reply(Accepted(), 200, headers, body), ITEMS) is not None


def test_only_what_stands_everywhere_as_it_was_sent_is_an_echo() -> None:
    """A test that failed, and a result that was refused, may have the same word."""
    words = ["created", "failed", "created"]
    assert suspicion(reply(200, {"results": [{"status": word} for word in words]}), ITEMS)
    sent_back = [{"id": at, "outcome": item["status"]} for at, item in enumerate(SENT)]
    assert suspicion(reply(200, sent_back), ITEMS) is None
    all_failed = Items((b'{"name": "b", "status": "failed"}',), (Label("b", "s", "failed"),))
    assert suspicion(reply(200, [{"status": "failed"}]), all_failed)
    assert suspicion(reply(200, [{"status": "failed", "name": "b"}]), all_failed) is None


def test_a_text_that_was_sent_is_not_the_services_own_word() -> None:
    answer = reply(201, {"id": 7, "message": "Regression of failed tests"})
    nothing = Items((), ())
    assert suspicion(answer, nothing)
    said = frozenset({"Regression of failed tests"})
    assert suspicion(answer, nothing, said=said) is None


def test_what_a_thing_that_was_made_is_called_is_no_word_on_it() -> None:
    called = {"title": "Regression of failed tests", "description": "errors are shown"}
    assert suspicion(reply(201, {"id": 7, **called}), ITEMS) is None
    assert suspicion(reply(201, called), ITEMS)


def test_it_names_the_key_that_would_excuse_it() -> None:
    found = suspicion(reply(200, {"run": {"status": "failed"}}), ITEMS)
    assert found is not None
    assert found.excuse == 'answer = { ignore = ["/run/status"] }'
    listed = suspicion(reply(200, {"rows": [{"id": 1}, {"error": "x y"}, {"id": 3}]}), ITEMS)
    assert listed is not None
    assert not listed.excuse


def test_what_a_header_says_is_excused_by_its_name() -> None:
    answer = Reply(Accepted(), 200, {"x-rejected": "2"}, b'{"ok": true}')
    found = suspicion(answer, ITEMS)
    assert found is not None
    assert found.words == "x-rejected: 2"
    assert found.excuse == 'answer = { ignore = ["x-rejected"] }'
    assert suspicion(answer, ITEMS, ["X-Rejected"]) is None
