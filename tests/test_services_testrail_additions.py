"""One conversation adds to a case whatever its tests name, and a refusal of one is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import FINE, LOST, Fate, RailWorld
from testferry.model import Result, Status

_REFUSED = b'{"error": "No access to cases."}'


def world(folder: Path) -> RailWorld:
    it = RailWorld(folder, ["a"], options={"update_cases": ["refs", "labels"]})
    it.service.labels = {1: "slow"}
    properties = (("refs", "A-1"), ("labels", "slow"))
    it.entries = [Result("a", Status.PASSED, classname="suite", properties=properties)]
    it.plan()
    return it


def test_references_and_labels_are_each_added_once(tmp_path: Path) -> None:
    changes = []

    def fates(_number: int, what: str, body: bytes) -> Fate:
        if what == "other" and body:
            changes.append(body)
            if len(changes) == 1:
                return LOST
        return FINE

    it = world(tmp_path)
    assert it.go(it.wire(fates)).exit_code == 0
    (case,) = it.service.cases.values()
    assert (case["refs"], case["labels"]) == ("A-1", [{"id": 1, "title": "slow"}])
    assert sorted(changes) == [b'{"labels":[1]}', b'{"refs":"A-1"}']


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_case_that_may_not_be_changed_costs_no_result_and_not_the_other(
    tmp_path: Path, status: int
) -> None:
    def fates(_number: int, _what: str, body: bytes) -> Fate:
        if b'"refs"' in body:
            return Fate(status=status, apply=None, body=_REFUSED)
        return FINE

    it = world(tmp_path)
    outcome = it.go(it.wire(fates))
    assert (outcome.exit_code, outcome.results.accepted) == (6, 1)
    assert [told.reason for told in outcome.refused] == [f"C1002: {status}: No access to cases."]
    (case,) = it.service.cases.values()
    assert case["labels"] == [{"id": 1, "title": "slow"}]
