"""How doubt about what was made at TestRail is settled: by what we wrote into it."""

from __future__ import annotations

from typing import Any

from fakes import looking
from rail import Book, answer
from testferry.engine.verdict import NotThere, There
from testferry.services.testrail.make import signature
from testferry.services.testrail.target import Testrail
from testferry.submission import Items, Kind, Submission


def looked(step: str, kind: Kind, *documents: Any, **body: Any) -> Any:
    """What a look for such a row finds when the service answers so."""
    row = Submission(3, kind, step, body=body, remote={"project": "1"}, left_at=100.0)
    target = Testrail(project="1", title="Nightly", create_missing=True, close_run=True)
    return answer(looking(target, row, lambda: Items((), ()), Book()), *documents)


def test_a_run_is_known_by_the_line_that_was_written_into_it() -> None:
    others = [{"id": 6, "description": "somebody's"}, "no run"]
    mine = {"id": 7, "description": f"Nightly\n\n{signature(Book().marker)}"}
    assert looked("run", Kind.OPEN, {"runs": [*others, mine]}) == There({"id": "7"})
    assert looked("run", Kind.OPEN, {"runs": others}) == NotThere()


def test_a_section_is_known_by_its_name_and_what_it_lies_in() -> None:
    body = {"project": "1", "name": "suite", "place": "@s1"}
    listed = {"sections": [{"id": 9, "name": "suite", "parent_id": None}]}
    assert looked("section", Kind.OPEN, listed, **body) == There({"id": "9"})
    assert looked("section", Kind.OPEN, {"sections": []}, **body) == NotThere()


def test_a_case_is_known_by_its_title_in_its_section() -> None:
    body = {"project": "1", "section": "9", "fields": {"title": "a"}, "place": "@c1"}
    listed = {"cases": ["no case", {"id": 5, "title": "a", "section_id": 9}]}
    assert looked("case", Kind.OPEN, listed, **body) == There({"id": "5"})
    listed = {"cases": [{"id": 5, "title": "b", "section_id": 9}]}
    assert looked("case", Kind.OPEN, listed, **body) == NotThere()


def test_a_run_that_is_closed_was_closed_by_whomever() -> None:
    assert looked("close run", Kind.CLOSE, {"is_completed": True}) == There()
    assert looked("close run", Kind.CLOSE, {"is_completed": False}) == NotThere(retry_at_once=True)
