from __future__ import annotations

import json

import pytest

from fakes import of


def scenario(*words: str) -> str:
    steps = [
        {"keyword": "Given ", "name": "x", "result": {"status": word, "duration": 2_000_000_000}}
        for word in words
    ]
    element = {"type": "scenario", "name": "p", "steps": steps, "tags": [{"name": "@slow"}]}
    return json.dumps([{"uri": "a", "keyword": "Feature", "name": "F", "elements": [element]}])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["passed"], "passed"),
        (["passed", "skipped"], "skipped"),
        (["undefined"], "failed"),
        (["passed", "wibble"], "error"),
        (["failed", "skipped"], "failed"),
    ],
)
def test_the_worst_step_is_the_scenarios_status(words: list[str], status: str) -> None:
    found, _ = of(scenario(*words))
    assert str(found[0].status) == status
    assert found[0].elapsed == pytest.approx(2.0 * len(words))
    assert found[0].properties == (("tag", "@slow"),)
