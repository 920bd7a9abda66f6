"""No answer of a described service, whatever stands in it, is a defect here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from test_odd_answers import ODD, places, with_another
from test_services_http_suspicion import ITEMS, REFUSALS, SUCCESSES
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, Rejected, Sorted, Verdict
from testferry.services.http.answers import answer_of

ROWS = {"rows": [{"id": 1, "status": 201}] * 3, "count": 3, "errors": ["Row 1 is bad"]}
BODIES = [body for _, body in (*REFUSALS, *SUCCESSES) if not isinstance(body, bytes)]
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
    bodies: list[Any] = [ROWS] * len(ODD)
    if not table:
        bodies += BODIES
    answer = answer_of(table)
    number = 0
    for document in bodies:
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
