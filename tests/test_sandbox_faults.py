"""Faults are read from words, and strike when they were told to."""

from __future__ import annotations

import json

import pytest

from testferry.errors import UsageProblem
from testferry.sandbox.faults import Fault, Faults, parse


def struck(text: str, times: list[float]) -> list[bool]:
    faults = parse([text])
    return [faults.next("append", b"a body", time) is not None for time in times]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("append: 500", [True, True, True, True]),
        ("append: 500 every 2", [False, True, False, True]),
        ("append: 500 once", [True, False, False, False]),
        ("append: 500 first 3", [True, True, True, False]),
        ("append: drop after 3", [False, False, False, True]),
        ("append: 500 for 1.5s", [True, True, False, False]),
        ("any: drop", [True, True, True, True]),
        ("run: drop", [False, False, False, False]),
        ("append: refuse body", [True, True, True, True]),
        ("append: refuse poison", [False, False, False, False]),
    ],
)
def test_when_a_fault_strikes(text: str, expected: list[bool]) -> None:
    assert struck(text, [0.0, 1.0, 2.0, 3.0]) == expected


def test_a_test_is_refused_for_what_it_says_and_not_for_its_key() -> None:
    def met(*tests: dict[str, str]) -> bool:
        body = json.dumps({"bad": 1, "tests": tests}).encode()
        return parse(["append: refuse bad"]).next("append", body, 0.0) is not None

    assert met({"key": "0a1", "name": "a bad one"})
    assert met({"key": "0a1", "name": "sits_badly"})
    assert not met({"key": "4bad0c1f2e3d4a5b", "name": "good"})
    assert not met({"bad": "0a1", "name": "good"})


def test_what_a_fault_does() -> None:
    (stated,) = parse(["append: 429 after 2"]).faults
    assert stated.response is not None
    assert (stated.response.status, stated.response.headers) == (429, {"Retry-After": "2"})
    assert not stated.applies
    assert parse(["append: 500 applied"]).faults[0].applies
    assert parse(["append: lost"]).faults == [Fault("append", applies=True)]
    assert parse(["append: drop"]).faults == [Fault("append")]
    (late,) = parse(["append: late 3s"]).faults
    assert (late.late, late.applies, late.seconds, late.keeps_answer) == (True, True, 3.0, False)
    (slow,) = parse(["append: slow 3s"]).faults
    assert (slow.late, slow.applies, slow.seconds, slow.keeps_answer) == (False, True, 3.0, True)
    assert parse(["append: hang"]).faults[0].seconds == 3600
    (page,) = parse(["append: html"]).faults
    assert page.response is not None
    assert (page.response.status, page.response.content_type) == (200, "text/html; charset=utf-8")


def test_the_first_that_strikes_counts() -> None:
    faults = parse(["append: 500 once", "append: 502"])
    seen = [faults.next("append", b"", 0.0) for _ in range(2)]
    assert [fault.response.status for fault in seen if fault and fault.response] == [500, 502]


def test_the_end_of_the_sandbox_lets_every_held_request_go() -> None:
    faults = Faults()
    faults.release()
    faults.hold(3600)


@pytest.mark.parametrize("operation", ["run", "thread", "append", "complete", "read", "section", "case", "update", "attach", "any"])  # fmt: skip
def test_every_operation_of_every_service_can_be_struck(operation: str) -> None:
    assert parse([f"{operation}: 500"]).faults[0].operation == operation


@pytest.mark.parametrize(
    "text",
    [
        "append",
        "append: 900",
        "append: explode",
        "walk: 500",
        "append: 500 sometimes",
        "late: append",
    ],
)
def test_a_fault_that_is_none(text: str) -> None:
    with pytest.raises(UsageProblem, match="no fault"):
        parse([text])
