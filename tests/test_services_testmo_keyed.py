"""The run of a key at Testmo, by what a list of runs shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes import NoBook
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, CannotTell, Deferred, InDoubt, NotThere, Rejected
from testferry.services.runkey import Carrier, Unread
from testferry.services.testmo.keyed import carriers, find_carrier, keyed, recalled


def listed(steps: Any, *pages: Any) -> Any:
    """What a generator returns when the service answers so; a number is a refusal."""
    try:
        next(steps)
        for page in pages:
            if isinstance(page, int):
                steps.send(Reply(Rejected("no"), page, message="no"))
            elif isinstance(page, bytes):
                steps.send(Reply(Accepted(), 200, {}, page))
            else:
                steps.send(Reply(Accepted(), 200, {}, json.dumps(page).encode()))
    except StopIteration as end:
        return end.value
    raise AssertionError("asks for more")


def page(number: int, *names: str, more: bool = False) -> dict[str, Any]:
    runs = [{"id": number * 10 + at, "name": name} for at, name in enumerate(names)]
    following = number + 1 if more else None
    return {"page": number, "next_page": following, "total": 99, "result": runs}


def test_the_key_stands_behind_the_name() -> None:
    assert keyed("CI #41", "github-7") == "CI #41 [github-7]"
    assert keyed("", "github-7") == "[github-7]"
    assert keyed("CI #41", "") == "CI #41"


def test_only_the_very_key_counts() -> None:
    names = ("CI [k]", "[k]", "CI [kk]", "CI[k]", "k", "CI [k] later")
    found = listed(carriers(1, "k", NoBook(), 0.0), page(1, *names))
    assert [run.id for run in found] == ["10", "11"]


def test_the_next_page_is_read_until_one_has_none_behind_the_last() -> None:
    pages = [page(1, "x", more=True), page(2, "a [k]", more=True), page(3, "x", more=True)]
    found = listed(carriers(1, "k", NoBook(), 0.0), *pages)
    assert [run.id for run in found] == ["20"]


@pytest.mark.parametrize("answers", [[500], [{"runs": []}] * 2, [{"runs": []}, b'{"cut']])
def test_what_cannot_be_read_is_no_proof(answers: list[Any]) -> None:
    with pytest.raises(Unread):
        listed(carriers(1, "k", NoBook(), 0.0), *answers)
    assert isinstance(listed(find_carrier(1, "k", NoBook()), *answers), CannotTell)


@pytest.mark.parametrize("odd", [{"runs": []}, b'{"cut', b""])
def test_one_odd_page_is_asked_for_once_more(odd: Any) -> None:
    found = listed(carriers(1, "k", NoBook(), 0.0), odd, page(1, "CI [k]"))
    assert [run.id for run in found] == ["10"]


def test_what_was_cut_may_be_whole_yet_and_another_document_is_another_service() -> None:
    verdicts: list[Any] = []
    odd: Any
    for odd in (b'{"cut', {"runs": []}):
        with pytest.raises(Unread) as stop:
            listed(carriers(1, "k", NoBook(), 0.0), odd, odd)
        verdicts.append(stop.value.verdict)
    assert [type(verdict) for verdict in verdicts] == [InDoubt, Rejected]


def test_a_run_that_is_known_is_believed_if_it_carries_the_key() -> None:
    shown = {"id": 7, "name": "CI [k]", "is_completed": True, "total_count": 3}
    assert listed(recalled("k", "7"), shown) == [Carrier("7", completed=True, empty=False)]
    assert listed(recalled("other", "7"), shown) == []
    assert listed(recalled("k", "7"), 404) == []


def test_doubt_about_a_run_of_a_key_ends_when_there_is_one() -> None:
    there = listed(find_carrier(1, "k", NoBook()), page(1, "CI [k]"))
    assert there == NotThere(retry_at_once=True)
    assert listed(find_carrier(1, "k", NoBook()), page(1, "x")) == NotThere()


def test_a_look_waits_as_it_is_told() -> None:
    asked = next(carriers(1, "k", NoBook(), 4.0))
    assert asked.after == 4.0
    assert isinstance(Deferred("x", asked.after), Deferred)
