"""``doctor`` asks what can be asked without writing."""

from __future__ import annotations

import pytest

from table import refused, taken, talk
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Deferred
from testferry.services.http.target import Http

TABLES = {
    "open": {"request": "POST /runs/{set.p}", "keep": {"id": "/id"}},
    "send": {"request": "POST /runs/{run.id}/results"},
    "set": {"p": "x"},
}


@pytest.mark.parametrize(
    ("status", "passed"),
    [(200, True), (405, True), (501, True), (404, False), (401, False), (403, False), (503, False)],
)
def test_what_a_get_says_of_the_place(status: int, passed: bool) -> None:
    reply = taken({}) if status == 200 else refused({"message": "no"}, status)
    checks, asked = talk(Http().check(), lambda _: reply)
    assert checks[0].passed is passed
    assert str(status) in checks[0].message
    assert bool(checks[0].cure) is not passed
    assert checks[1].message.startswith("kept in doubt")
    assert {request.method for request in asked} <= {"GET", "OPTIONS"}


def test_a_path_that_takes_no_get_is_asked_for_its_options() -> None:
    def answers(request: Request) -> Reply:
        return taken({}) if request.method == "OPTIONS" else refused({}, 404)

    checks, asked = talk(Http(tables=TABLES).check(), answers)
    assert checks[0].passed
    assert [request.target for request in asked] == ["runs/x", "runs/x"]


def test_an_outage_is_no_proof() -> None:
    checks, _ = talk(Http().check(), lambda _: Reply(Deferred("later", 1.0), 503, message="later"))
    assert not checks[0].passed
    assert checks[0].exit_code == 75
