"""The run of a key at TestRail, by the line in its description."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes import NoBook
from rail import answer
from testferry.engine.verdict import CannotTell, NotThere
from testferry.services.runkey import Carrier, Unread
from testferry.services.testrail.keyed import Place, carriers, find_carrier, recalled
from testferry.services.testrail.read import PAGE
from testferry.services.testrail.target import Testrail
from testferry.submission import Kind, Submission

PLACE = Place("k", "1", 5, "")
TEXT = "Nightly\n\nRun key: k\n\nUploaded by testferry-1"


def run(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "description": TEXT, "suite_id": 5, "untested_count": 4, **more}


def runs(*shown: Any) -> dict[str, Any]:
    return {"runs": list(shown)}


def test_the_place_is_read_from_the_row() -> None:
    rail = Testrail(project="P", run_key="k", plan_id="Nightly", config_ids=["Chrome", 1])
    body = {"suite_id": 5, "config_ids": [2, 1]}
    row = Submission(0, Kind.OPEN, "run", body=body, remote={"project": 3, "plan": "9"})
    assert Place.of(rail, row) == Place("k", "3", 5, "9", (2, 1))


def test_the_plan_of_a_row_that_an_older_version_wrote_is_the_one_that_was_said() -> None:
    rail = Testrail(project="P", run_key="k", plan_id="9")
    row = Submission(0, Kind.OPEN, "run", body={}, remote={"project": 3})
    assert Place.of(rail, row).plan == "9"


def test_only_the_very_line_of_the_very_suite_counts() -> None:
    others = [
        run(2, description="Run key: kk"),
        run(3, description=None),
        run(4, suite_id=6),
        run(5, id="x"),
    ]
    found = answer(carriers(PLACE, NoBook(), 0.0), runs(run(1), *others))
    assert found == [Carrier("1", completed=False, empty=True)]


def test_one_with_results_is_not_empty_and_a_closed_one_is_seen() -> None:
    shown = run(1, passed_count=1, is_completed=True)
    found = answer(carriers(PLACE, NoBook(), 0.0), [shown])
    assert found == [Carrier("1", completed=True, empty=False)]


def test_pages_are_read_until_one_has_none() -> None:
    nothing = [run(at, description="") for at in range(PAGE)]
    first = runs(run(1), *nothing[1:])
    found = answer(carriers(PLACE, NoBook(), 0.0), runs(*nothing), first, runs(*nothing))
    assert [each.id for each in found] == ["1"]


def test_in_a_plan_the_configurations_count() -> None:
    place = replace(PLACE, plan="9", config_ids=(2, 1))
    entry = {
        "description": TEXT,
        "runs": [
            run(1, description=None, config_ids=[1, 2]),
            run(2, config_ids=[1]),
        ],
    }
    found = answer(carriers(place, NoBook(), 0.0), {"entries": [entry]})
    assert [each.id for each in found] == ["1"]
    assert answer(carriers(place, NoBook(), 0.0), []) == []


@pytest.mark.parametrize("odd", [7, ["1", None], {"1": 2}])
def test_configurations_that_are_no_ids_are_another_runs(odd: Any) -> None:
    place = replace(PLACE, plan="9", config_ids=(2, 1))
    entry = {"runs": [run(1, config_ids=odd), run(2, config_ids=[1, 2])]}
    found = answer(carriers(place, NoBook(), 0.0), {"entries": [entry]})
    assert [each.id for each in found] == ["2"]


@pytest.mark.parametrize("said", [400, {"nothing": 1}, None])
def test_what_cannot_be_read_is_no_proof(said: Any) -> None:
    with pytest.raises(Unread):
        answer(carriers(PLACE, NoBook(), 0.0), said)
    assert isinstance(answer(find_carrier(PLACE, NoBook()), said), CannotTell)


def test_a_run_that_is_known_is_believed_if_it_carries_the_key() -> None:
    assert answer(recalled(PLACE, "1"), run(1)) == [Carrier("1", completed=False, empty=True)]
    assert answer(recalled(PLACE, "1"), run(1, description="x")) == []
    assert answer(recalled(PLACE, "1"), 400) == []


def test_doubt_about_a_run_of_a_key_ends_when_there_is_one() -> None:
    assert answer(find_carrier(PLACE, NoBook()), runs(run(1))) == NotThere(retry_at_once=True)
    assert answer(find_carrier(PLACE, NoBook()), runs()) == NotThere()
