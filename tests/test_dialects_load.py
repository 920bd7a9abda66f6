"""A dialect is read from TOML, the user's too, and a wrong one names its key."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from testferry.dialects import SHIPPED, build, decide, load
from testferry.errors import UsageProblem


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
        ({"plans": {"gold": [{"limit": 0, "per": 1}]}}, "plans.gold[0].limit: 0 is out of range"),
        ({"plans": {"gold": "much"}}, "plans.gold: 'much' is of the wrong type"),
        ({"message": ["/a", 1]}, "message[1]: 1 is of the wrong type"),
        ({"headers": {"X": 1}}, "headers.X: 1 is of the wrong type"),
        ({"title": 7}, "title: 7 is of the wrong type"),
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


def test_a_dialect_says_nothing_twice_that_it_merges() -> None:
    """What is replaced is replaced as a whole, what is not stays."""
    ours = load("ours", {"ours": {"extends": "testrail", "headers": {"X": "1"}}})
    assert ours.headers == {"Accept": "application/json", "X": "1"}
    assert ours.waits["backoff"] == load("nestjs").waits["backoff"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_rule_cites_its_document(name: str) -> None:
    assert all(rule.source and rule.reason for rule in load(name).rules)


def test_the_documented_windows() -> None:
    assert [(one.limit, one.per) for one in load("talentlms").windows] == [
        (200, 5.0),
        (2000, 3600.0),
    ]


def shipped(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("testferry.dialects") / f"{name}.toml").read_text())


def test_what_is_there_for_readers_stands_in_the_file() -> None:
    """The price plans' limits, and whom a limit counts together, with the document's sentence."""
    assert shipped("testrail")["plans"]["enterprise"][0]["limit"] == 300
    assert shipped("testrail")["plans"]["server"] == []
    assert shipped("testrail")["scope"] == "instance"
    assert shipped("talentlms")["scope"] == "domain"
    assert {shipped(name)["title"] for name in SHIPPED} >= {"TestRail", "Testmo", "TalentLMS"}
