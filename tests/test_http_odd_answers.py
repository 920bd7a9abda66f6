"""No answer of a described service, whatever stands in it, is a defect here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from odd import ODD, places, with_another
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, Rejected, Sorted, Verdict
from testferry.services.http.answers import answer_of
from testferry.submission import Items, Label

ITEMS = Items(
    (b'{"name": "a"}',) * 3,
    (Label("a", "s", "passed"), Label("b", "s", "failed"), Label("c", "s", "skipped")),
)
ROWS = {"rows": [{"id": 1, "status": 201}] * 3, "count": 3, "errors": ["Row 1 is bad"]}
BODIES: list[Any] = [
    {"passed": 1, "failed": 1, "skipped": 1, "errors": []},
    {"took": 3, "errors": True, "items": [{"index": {"status": 400, "error": {"type": "x"}}}] * 3},
    {"created": 1, "updated": 2, "total": 3, "success": True, "message": "3 stored"},
    {"data": {"accepted": 3, "rejected": 0, "ids": [1, 2, 3]}, "code": 200, "status": "ok"},
    {"jsonrpc": "2.0", "id": 1, "result": 1, "error": {"code": -32603, "message": "x"}},
    {
        "run": {"id": 7, "passed": 1, "failed": 1, "total": 3},
        "partialSuccess": {"rejectedSpans": 1},
    },
    [201, 400, 201],
    {"a": 201, "b": 404, "c": 201},
]
# numbers that JSON has, and nobody can count with, at each place; of the others one in turn
NO_NUMBERS: list[Any] = [float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"failed": "/error"},
        {"count": "/count"},
        {"items": "/rows", "id": "/id", "failed": "/error"},
        {"items": "/rows", "status": "/status", "within": "*"},
        {"culprits": "/errors"},
        {"culprits": {"path": "/errors", "match": r"(?:Row (\w+))?"}},
    ],
)
def test_whatever_a_described_service_answers(table: dict[str, Any]) -> None:
    """What is named as refused is one of ours."""
    answer = answer_of(table)
    number = 0
    for document in (*[ROWS] * len(ODD), *BODIES):
        for where in places(document):
            number += 1
            for value in (*NO_NUMBERS, ODD[number % len(ODD)]):
                body = json.dumps(with_another(document, where, value)).encode()
                for verdict in (Accepted(), Rejected("no")):
                    found = answer.read(Reply(verdict, 200, {}, body), ITEMS, {"1": 0}, keyed=False)
                    assert named(found) <= {0, 1, 2}, body


def named(verdict: Verdict) -> set[int]:
    match verdict:
        case Sorted():
            return {*verdict.refused, *verdict.later}
        case Rejected():
            return set(verdict.culprits)
    return set()
