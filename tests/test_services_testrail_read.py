"""Reading what TestRail has: pages, projects, suites, the cache."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rail import answer
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, Refused
from testferry.services.testrail import read
from testferry.services.testrail.read import (
    MOST_ENTRIES,
    Stopped,
    by_id_or_name,
    listed,
    page_of,
    refreshed,
)


def test_a_bare_array_is_a_server_without_pages() -> None:
    assert answer(page_of("get_cases/1", "cases", 0), [{"id": 1}]) == ([{"id": 1}], True)


def test_links_are_never_followed_as_given() -> None:
    steps = page_of("get_cases/1", "cases", 250, suite_id=2)
    request: Request = next(steps)
    assert request.target == "index.php?/api/v2/get_cases/1&suite_id=2&limit=250&offset=250"


def test_a_list_that_goes_on_for_ever_ends() -> None:
    for offset in (0, MOST_ENTRIES):
        next(page_of("get_cases/1", "cases", offset))
    with pytest.raises(Stopped, match="do not end: 2,000,001 cases"):
        next(page_of("get_cases/1", "cases", MOST_ENTRIES + 1))


def test_a_list_takes_only_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "LARGEST_LIST", 1_000)
    steps = listed("get_sections/1", "sections")
    next(steps)
    page = {"sections": [{"id": 1, "name": "x" * 100}], "_links": {"next": "/more"}}
    with pytest.raises(Stopped, match="do not end"):
        for _ in range(100):
            steps.send(Reply(Accepted(), 200, {}, json.dumps(page).encode()))


@pytest.mark.parametrize("document", [{"cases": "no"}, {"cases": [1] * 1001}, "text", None, 3.5])
def test_an_answer_of_another_kind_is_told(document: Any) -> None:
    with pytest.raises(Stopped):
        answer(page_of("get_cases/1", "cases", 0), document)


def test_names_of_projects_and_suites() -> None:
    known = [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}, {"id": 3, "name": "B"}]
    assert by_id_or_name(known, "A", "project", "--project")["id"] == 1
    assert by_id_or_name(known, "3", "project", "--project")["id"] == 3
    for wanted, words in (
        ("B", "several projects are called 'B'"),
        ("C", "there is no project 'C'"),
    ):
        with pytest.raises(Stopped, match=words) as told:
            by_id_or_name(known, wanted, "project", "--project")
        assert isinstance(told.value.verdict, Refused)
        of_two = wanted == "B"
        assert ("A (1)" in told.value.verdict.hint) is not of_two, "those of the name are meant"


@pytest.mark.parametrize(
    "kept",
    [{}, {"cases": [1], "changed": 5}, {"cases": [[1]], "changed": 5}, {"cases": [], "changed": 5}],
)
def test_a_cache_that_is_not_ours_is_read_anew(kept: dict[str, Any]) -> None:
    steps = refreshed(1, None, "", kept)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value is None
