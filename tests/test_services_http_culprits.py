"""Results that an answer names one by one: in a refusal, and in a success."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted, Verdict
from testferry.errors import UsageProblem
from testferry.services.http.answers import answer_of
from testferry.services.http.culprits import culprits_of
from testferry.submission import Items, Label

ITEMS = Items((b'{"a": 1}', b'{"a": 2}', b'{"a": 3}'), (Label("a", "", "passed"),) * 3)
KEYS = {"key-a": 0, "key-b": 1, "key-c": 2}


def read(said: Any, document: object, status: int = 200, **more: Any) -> Verdict:
    verdict: Verdict = Accepted()
    if status >= 400:
        verdict = Rejected("no")
    reply = Reply(verdict, status, {}, json.dumps(document).encode())
    return answer_of({"culprits": said, **more}).read(reply, ITEMS, KEYS, keyed=True)


@pytest.mark.parametrize(
    ("said", "document"),
    [
        # As BigQuery, Jira, SQS and DynamoDB say it: by a place, by a key, by what was sent.
        (
            {"path": "/insertErrors", "match": "index: ([0-9]+)", "reason": "/errors"},
            {"insertErrors": [{"index": 1, "errors": [{"reason": "taboo"}]}]},
        ),
        (
            {"path": "/errors", "match": "failedElementNumber: ([0-9]+)"},
            {
                "issues": [1, 2],
                "errors": [{"status": 400, "why": "taboo", "failedElementNumber": 1}],
            },
        ),
        (
            {"path": "/Failed", "match": r"Id: (\S+);", "reason": "/Message"},
            {
                "Successful": [{"Id": "key-a"}, {"Id": "key-c"}],
                "Failed": [{"Id": "key-b", "Code": "x", "Message": "taboo"}],
            },
        ),
        ({"path": "/bad"}, {"bad": {"key-b": "taboo"}, "accepted": 2}),
        ({"path": "/bad"}, {"bad": {"1": "taboo"}, "errors": True, "failed": 1}),
    ],
)
def test_a_success_may_name_those_that_were_not_taken(said: Any, document: object) -> None:
    for status in (200, 207):
        verdict = read(said, document, status)
        assert isinstance(verdict, Sorted)
        assert list(verdict.refused) == [1]
        assert "taboo" in verdict.refused[1]
        assert not verdict.later


def test_what_it_says_besides_is_searched_as_ever() -> None:
    assert isinstance(read("/bad", {"bad": {"1": "no"}, "failed": 2}), InDoubt)
    assert isinstance(read("/bad", {"bad": {"1": "no"}, "ids": ["a"]}), InDoubt)
    assert read("/bad", {"bad": {}}) == Accepted()
    assert read("/bad", {}) == Accepted()
    assert isinstance(read("/bad", {"error": "no such run"}), InDoubt)


def test_a_name_that_nobody_knows_is_doubt() -> None:
    for bad in (["third"], {"7": "x"}, "all of them", {"key-z": "x"}):
        verdict = read("/odd", {"odd": bad})
        assert isinstance(verdict, InDoubt)
        assert "/odd names one" in verdict.reason


def test_a_count_is_that_of_all_or_of_the_others() -> None:
    for count in (2, 3):
        assert isinstance(read("/bad", {"bad": {"1": "no"}, "n": count}, count="/n"), Sorted)
    assert isinstance(read("/bad", {"bad": {"1": "no"}, "n": 1}, count="/n"), InDoubt)


def test_who_is_there_already_is_accepted() -> None:
    bad = {"bad": {"1": "duplicate"}}
    assert read("/bad", bad, already="duplicate") == Accepted()
    two = read("/bad", {"bad": {"1": "duplicate", "2": "no"}}, already="duplicate")
    assert isinstance(two, Sorted)
    assert two.refused == {2: "no"}


def test_one_element_of_xml_names_one() -> None:
    answer = answer_of({"culprits": {"path": "/r/bad/t", "match": "name: ([^;]+)"}})
    body = b"<r><stored>2</stored><bad><t name='key-b'>taboo</t></bad></r>"
    verdict = answer.read(Reply(Accepted(), 200, {}, body), ITEMS, KEYS, keyed=True)
    assert isinstance(verdict, Sorted)
    assert list(verdict.refused) == [1]
    assert "taboo" in verdict.refused[1]


def test_a_refusal_names_them_by_their_keys_too() -> None:
    verdict = read(
        {"path": "/bad", "match": r"^result ([\w-]+)"}, {"bad": ["result key-c: x"]}, 422
    )
    assert isinstance(verdict, Rejected)
    assert verdict.culprits == (2,)


def test_what_is_written_wrongly_is_told() -> None:
    for said, words in (
        ({"pth": "/e"}, "unknown key"),
        ({"path": "/e", "match": "("}, "no regular expression"),
        ({"path": "/e", "match": "Row"}, "no group"),
    ):
        with pytest.raises(UsageProblem, match=words):
            culprits_of(said)
