"""A result through a template costs no more than the hand-written item of another service."""

from __future__ import annotations

import statistics
import time

import pytest

from testferry.engine.step import Target
from testferry.model import Detail, Result, Status
from testferry.services.http.target import Http
from testferry.services.testmo.target import Testmo

pytestmark = pytest.mark.bench
COUNT, ROUNDS, MOST = 20_000, 5, 1.25
ITEM = {
    "id": "{key}",
    "title": "{title|max 255}",
    "name": "{name}",
    "outcome": "{status|status}",
    "took": "{elapsed|ms}",
    "message": "{message}",
    "trace": "{text|max 1000}",
    "class": "{classname}",
    "issue": "{properties.JIRA}",
    "suite": {"each": "suite", "item": {"title": "{it}"}},
}  # ten leaves


def results() -> list[Result]:
    failure = (Detail("failure", "no", "T", "x" * 200),)
    made = []
    for at in range(COUNT):
        red = at % 10 == 0
        made.append(
            Result(
                f"test_{at}",
                Status.FAILED if red else Status.PASSED,
                ("a", "b"),
                "pkg.Class",
                file="a.py",
                line=at,
                elapsed=0.01 * at,
                details=failure if red else (),
                properties=(("JIRA", "X-1"),),
            )
        )
    return made


def seconds(target: Target, made: list[Result]) -> float:
    begun = time.process_time()
    for result in made:
        target.item(result)
    return time.process_time() - begun


def test_a_template_of_ten_leaves_is_as_fast_as_what_is_written_by_hand() -> None:
    made = results()
    table = Http(tables={"item": ITEM, "status": {"failed": "FAIL"}})
    hand = Testmo(project_id=1)
    rounds = [(seconds(table, made), seconds(hand, made)) for _ in range(ROUNDS)]
    ours = statistics.median(ours for ours, _ in rounds)
    theirs = statistics.median(theirs for _, theirs in rounds)
    scale = 100_000 / COUNT
    print(
        f"\ntemplate {ours * scale:.2f} s, by hand {theirs * scale:.2f} s CPU per 100,000 results"
    )
    assert ours <= MOST * theirs
