"""What a test names of references is added to its case, and nothing is taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import LOST, Fate, RailWorld, on
from rail import neutral
from testferry.model import Result, Status
from testferry.services.testrail.references import joined, refs_of


def test_the_references_of_a_test() -> None:
    properties = [
        ["refs", "A-1, A-2"],
        ["testrail_case_field", "refs:B-1,A-1"],
        ["testrail_case_field", "type_id:7"],
        ["other", "C-1"],
    ]
    assert refs_of(neutral("t", properties=properties)) == ["A-1", "A-2", "B-1"]


@pytest.mark.parametrize(
    ("have", "wanted", "made"),
    [
        ("", ["A"], "A"),
        ("B, A", ["A"], ""),
        ("B", ["A", "C", "B"], "B,A,C"),
    ],
)
def test_what_is_there_stays(have: str, wanted: list[str], made: str) -> None:
    assert joined(have, wanted) == made


def world(folder: Path, refs: str, **options: Any) -> RailWorld:
    it = RailWorld(folder, ["a", "b"], options=options)
    it.service.cases[1002]["refs"] = "OLD-1"
    it.entries = [
        Result(name, Status.PASSED, classname="suite", properties=(("refs", refs),))
        for name in "ab"
    ]
    it.plan()
    return it


def test_cases_that_there_are_get_them_only_if_the_user_says_so(tmp_path: Path) -> None:
    it = world(tmp_path / "1", "A-1")
    assert it.go(it.wire()).exit_code == 0
    assert it.service.cases[1002]["refs"] == "OLD-1"
    it = world(tmp_path / "2", "A-1", update_cases=["refs"])
    assert it.go(it.wire(on("other", LOST, Fate(status=500)))).exit_code == 0
    assert [case.get("refs") for case in it.service.cases.values()] == ["OLD-1,A-1", "A-1"]


def test_a_refusal_is_told_and_costs_no_result(tmp_path: Path) -> None:
    it = world(tmp_path, "A-1", update_cases=["refs"])
    body = b'{"error": "You are not allowed to edit cases."}'
    outcome = it.go(it.wire(on("other", Fate(status=403, apply=None, body=body))))
    assert (outcome.exit_code, outcome.results.accepted) == (6, 2)
    (told,) = outcome.refused
    assert told.reason == "C1002: 403: You are not allowed to edit cases."


def test_more_than_a_case_holds_is_not_sent(tmp_path: Path) -> None:
    it = world(tmp_path, "A" * 2000, update_cases=["refs"])
    outcome = it.go(it.wire())
    assert [told.reason for told in outcome.refused] == [
        "C1002: its references would have more than 2,000 characters"
    ]


def test_a_new_case_has_them_from_the_start(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [], options={"create_missing": True})
    it.entries = [Result("a", Status.PASSED, classname="suite", properties=(("refs", "A-1"),))]
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    (case,) = it.service.cases.values()
    assert case["refs"] == "A-1"
