"""Runs, and the entries of plans."""

from __future__ import annotations

from testferry.services.testrail import settle as settling


def test_the_entry_of_a_plan() -> None:
    assert settling.run_of_entry({"id": "e", "runs": [{"id": 5}]}) == {"id": "5", "entry": "e"}
    assert settling.run_of_entry([]) == {}
