"""Runs, and the entries of plans."""

from __future__ import annotations

import json

import pytest

from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, Refused, Rejected
from testferry.services.testrail import make
from testferry.services.testrail import settle as settling


def test_the_entry_of_a_plan() -> None:
    assert settling.run_of_entry({"id": "e", "runs": [{"id": 5}]}) == {"id": "5", "entry": "e"}
    assert settling.run_of_entry([]) == {}


def test_a_run_is_read_again_behind_its_change() -> None:
    """Another job may have replaced the cases in between: ours are put in once more."""
    shown = [[1], [1, 3], [1, 2, 3]]
    changed = []
    steps = make.extend("7", {"case_ids": [2]})
    request = next(steps)
    with pytest.raises(StopIteration) as end:
        while True:
            document: object = {}
            if request.method == "GET":
                document = {"tests": [{"case_id": case} for case in shown.pop(0)]}
            else:
                changed.append(json.loads(request.body or b"")["case_ids"])
            body = json.dumps(document).encode()
            request = steps.send(Reply(Accepted(), 200, {}, body, ""))
    assert end.value.value == Accepted()
    assert changed == [[1, 2], [1, 2, 3]]


def test_a_run_that_is_not_there_cannot_be_closed_and_the_cure_is_named() -> None:
    steps = make.close("8888")
    next(steps)
    words = "Field :run_id is not a valid test run."
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Rejected(words), 400, {}, b"", words))
    assert end.value.value == Refused(f"400: {words}", hint="check --run-id and --url", status=400)
