"""Labels that tests name are added to their cases, where the instance has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes import LOST, RailWorld, on
from rail import neutral
from testferry.model import Result, Status
from testferry.services.testrail.labels import ids_of, labels_of


def world(folder: Path, titles: str, **options: Any) -> RailWorld:
    it = RailWorld(folder, ["a"], options={"update_cases": ["labels"], **options})
    it.service.labels = {number: f"l{number}" for number in range(1, 12)}
    properties = (("labels", titles),)
    it.entries = [
        Result(name, Status.PASSED, classname="suite", properties=properties) for name in ("a",)
    ]
    return it


def test_what_a_test_names_and_which_of_it_there_are() -> None:
    test = neutral("t", properties=[["labels", "Slow, Odd"], ["testrail_labels", "UI"]])
    assert labels_of(test) == ["Slow", "Odd", "UI"]
    assert ids_of(labels_of(test), {"slow": 1, "ui": 2}) == ([1, 2], ["Odd"])


def test_a_case_keeps_what_it_has_and_gets_what_it_lacks(tmp_path: Path) -> None:
    it = world(tmp_path, "L2, l3, none")
    (case,) = it.service.cases.values()
    case["labels"] = [{"id": 1, "title": "l1"}, {"id": 2, "title": "l2"}]
    it.plan()
    assert it.go(it.wire(on("other", LOST))).exit_code == 0
    assert [label["id"] for label in case["labels"]] == [1, 2, 3]
    assert sorted(it.service.labels) == list(range(1, 12)), "none is made"


def test_more_than_a_case_holds_is_told_and_costs_no_result(tmp_path: Path) -> None:
    it = world(tmp_path, ",".join(f"l{number}" for number in range(1, 12)))
    it.plan()
    outcome = it.go(it.wire())
    assert (outcome.exit_code, outcome.results.accepted) == (6, 1)
    assert [told.reason for told in outcome.refused] == ["C1002: it would have more than 10 labels"]


def test_a_new_case_has_them_from_the_start(tmp_path: Path) -> None:
    it = world(tmp_path, "l4", create_missing=True)
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    (case,) = it.service.cases.values()
    assert case["labels"] == [4]
