"""Runs, and the entries of plans."""

from __future__ import annotations

from rail import answer
from testferry.engine.verdict import Accepted
from testferry.services.testrail import make
from testferry.services.testrail import settle as settling


def test_the_entry_of_a_plan() -> None:
    assert settling.run_of_entry({"id": "e", "runs": [{"id": 5}]}) == {"id": "5", "entry": "e"}
    assert settling.run_of_entry([]) == {}


def test_a_run_is_read_again_behind_its_change() -> None:
    """Another job may have replaced the cases in between: ours are put in once more."""
    steps = make.extend("7", {"case_ids": [2]})
    before, ours_lost, all_there = (
        [{"case_id": case} for case in cases] for cases in ([1], [1, 3], [1, 2, 3])
    )
    documents = [{"tests": before}, {}, {"tests": ours_lost}, {}, {"tests": all_there}]
    assert answer(steps, *documents) == Accepted()
