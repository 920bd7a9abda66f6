"""Every dialect answers as its service's documents say; the cases stand in
fixtures/servers/dialects.toml.
"""

from __future__ import annotations

import csv
import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import FIXTURES, SHARED
from testferry.dialects import SHIPPED, Decision, build, decide, load
from testferry.errors import UsageProblem

NOW = 1_800_000_000.0
CASES = tomllib.loads((FIXTURES / "servers" / "dialects.toml").read_text("utf-8"))["case"]
MATRIX = SHARED / "dialects" / "matrix.csv"


def check(found: Decision, case: dict[str, Any]) -> None:
    assert (found.action, found.kind) == (case["action"], case["kind"])
    assert found.ambiguous is case.get("ambiguous", False)
    if "wait" in case:
        assert found.wait_s == pytest.approx((case["wait"], case["wait"] * 1.1))
    else:
        assert found.wait_s is None
    assert case.get("words", "").lower() in found.message.lower()
    assert found.reason
    assert found.source


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{one['dialect']}-{one['status']}-{at}" for at, one in enumerate(CASES)]
)
def test_own_cases(case: dict[str, Any]) -> None:
    body = case.get("body", "")
    headers = case.get("headers", {})
    check(
        decide(
            load(case["dialect"]),
            case["status"],
            headers,
            body.encode(),
            case.get("attempt", 1),
            NOW,
        ),
        case,
    )


@pytest.mark.skipif(not MATRIX.exists(), reason="the matrix is not beside this checkout")
def test_every_row_of_the_matrix() -> None:
    for row in csv.DictReader(MATRIX.read_text("utf-8").splitlines(keepends=True)):
        low, _, high = row["wait_s"].partition("-")
        found = decide(
            load(row["dialect"]),
            int(row["status"]),
            json.loads(row["headers"] or "{}"),
            row["body"].encode(),
            int(row["attempt"]),
            NOW,
        )
        assert (found.action, found.kind, str(found.ambiguous).lower()) == (
            row["action"],
            row["kind"],
            row["ambiguous"],
        ), row
        assert (found.wait_s is None) == (not row["wait_s"]), row
        if found.wait_s:
            assert found.wait_s == pytest.approx((float(low), float(high))), row
        assert row["message_contains"].lower() in str(found).lower(), row


@given(
    st.sampled_from(SHIPPED),
    st.integers(100, 999),
    st.dictionaries(
        st.sampled_from(["Retry-After", "Content-Type", "X-RateLimit-Remaining", "Date"]), st.text()
    ),
    st.binary(max_size=300),
    st.integers(1, 20),
)
def test_decide_is_total(
    name: str, status: int, headers: dict[str, str], body: bytes, attempt: int
) -> None:
    """Any bytes whatever get a decision."""
    found = decide(load(name), status, headers, body, attempt, NOW)
    assert (found.wait_s is not None) == (found.action in ("retry", "wait"))
    if found.wait_s:
        assert 1.0 <= found.wait_s[0] <= 3600.0


def test_a_wait_that_the_answer_names_is_told_apart_from_one_of_the_documents() -> None:
    assert decide(load("testmo"), 429, {"Retry-After": "5"}, b"").asked
    assert not decide(load("testmo"), 429, {}, b"").asked


def test_deeply_nested_json_is_no_trap() -> None:
    assert decide(load("nestjs"), 400, {}, b"[" * 100_000).action == "reject"


def test_a_dialect_of_the_users_extends_a_shipped_one() -> None:
    tables = {
        "ours": {
            "extends": "testrail",
            "title": "Ours",
            "waits": {"limit": {"base": 7, "directed": True}},
            "rules": [
                {
                    "status": 418,
                    "kind": "tea",
                    "action": "retry",
                    "wait": "limit",
                    "reason": "tea",
                    "source": "RFC 2324",
                }
            ],
        }
    }
    ours = load("ours", tables)
    assert decide(ours, 418, {}, b"").wait_s == pytest.approx((7, 7.7))
    assert decide(ours, 409, {}, b"").kind == "maintenance"
    assert decide(ours, 429, {}, b"").wait_s == pytest.approx((7, 7.7))
    assert ours.windows == load("testrail").windows


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        (
            {"rules": [{"status": 418, "kind": "x", "action": "retry", "wait": "nope"}]},
            "there is no wait 'nope'",
        ),
        (
            {"rules": [{"status": "9xx9", "kind": "x", "action": "reject"}]},
            "'9xx9' is no HTTP status",
        ),
        ({"rules": [{"status": 400, "kind": "x", "action": "explode"}]}, "'explode' is unknown"),
        ({"rules": [{"status": 400, "action": "reject"}]}, "the key 'kind' is missing"),
        (
            {"rules": [{"status": 400, "kind": "x", "action": "reject", "headers": {"A": "("}}]},
            "not a regular expression",
        ),
        ({"rules": ["x"]}, "a table is needed"),
        ({"rules": "x"}, "is of the wrong type"),
        ({"waits": {"x": {"base": 0}}}, "base: 0 is out of range"),
        ({"waits": {"x": {"base": True}}}, "base: True is out of range"),
        ({"windows": [{"limit": 0, "per": 60}]}, "limit: 0 is out of range"),
        ({"windows": [{"limit": 1, "per": 0}]}, "per: 0 is out of range"),
        ({"auth": "magic"}, "'magic' is unknown"),
        ({"auth": "header"}, "needs auth_header"),
        ({"share": 1.5}, "share: 1.5 is out of range"),
    ],
)
def test_a_wrong_dialect_names_the_key(table: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageProblem, match=r".") as caught:
        build("mine", table)
    assert words in caught.value.message
    assert "mine" in caught.value.message


def test_unknown_and_circular_dialects() -> None:
    with pytest.raises(UsageProblem, match="there is no dialect 'nope'"):
        load("nope")
    with pytest.raises(UsageProblem, match="extends itself"):
        load("a", {"a": {"extends": "b"}, "b": {"extends": "a"}})


def test_the_documented_windows() -> None:
    assert [(one.limit, one.per) for one in load("talentlms").windows] == [
        (200, 5.0),
        (2000, 3600.0),
    ]
    assert load("testrail").plans["enterprise"][0].limit == 300
    assert load("testrail").plans["server"] == ()
