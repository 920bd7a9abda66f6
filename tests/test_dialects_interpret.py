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
from testferry.dialects import SHIPPED, Decision, decide, load
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


@pytest.mark.parametrize(
    ("status", "pauses", "finished", "outage"),
    [
        (429, True, False, True),
        (503, True, False, True),
        (500, False, True, True),
        (502, False, False, True),
        (401, False, False, False),
    ],
)
def test_what_else_follows_from_an_answer_is_a_value(
    status: int, pauses: bool, finished: bool, outage: bool
) -> None:
    found = decide(load("testmo"), status, {}, b"")
    assert found.status == status
    assert (found.pauses, found.finished, found.outage) == (pauses, finished, outage)


def test_a_refusal_that_the_user_can_mend_says_how() -> None:
    assert "token" in decide(load("testmo"), 401, {}, b"").cure
    assert "--url" in decide(load("testmo"), 302, {}, b"").cure
    assert not decide(load("testmo"), 422, {}, b"").cure


def test_a_rule_may_look_for_words_of_the_body() -> None:
    """Datasette says that there are too many rows with a 400, ClickHouse that data is bad with 500."""
    rules = [
        {"status": 400, "words": "(?i)too many rows", "kind": "too_large", "action": "split"},
        {"status": 500, "words": "Cannot parse", "kind": "bad_data", "action": "reject"},
    ]
    ours = load("ours", {"ours": {"extends": "nestjs", "rules": rules}})
    body = b'{"errors": ["Too many rows, maximum allowed is 100"]}'
    assert decide(ours, 400, {}, body).action == "split"
    assert (
        decide(ours, 400, {}, b'{"errors": ["Row 0 has invalid columns: nom"]}').action == "reject"
    )
    assert decide(ours, 500, {}, b"Code: 27. Cannot parse input").action == "reject"
    assert decide(ours, 500, {}, b"{}").action == "retry"
    with pytest.raises(UsageProblem, match="words: not a regular expression"):
        load("ours", {"ours": {"rules": [{**rules[0], "words": "("}]}})


@pytest.mark.parametrize(
    ("body", "action"),
    [(b"", "abort"), (b"<p>Sign in</p>", "abort"), (b"17", "accept"), (b'{"ok": true}', "accept")],
)
def test_a_page_has_tags_whatever_it_is_called(body: bytes, action: str) -> None:
    """SQUAD answers 201 text/html with the id of what it made."""
    found = decide(load("nestjs"), 201, {"content-type": "text/html"}, body, 1, 0.0)
    assert found.action == action
