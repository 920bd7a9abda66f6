from __future__ import annotations

import json

import pytest

from fakes import codes, of


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
    tag, *steps = found[0].properties
    assert tag == ("tag", "@slow")
    told = ["error" if word == "wibble" else word for word in words]
    told = ["failed" if word == "undefined" else word for word in told]
    assert steps == [(f"step[{word}]", "Given x") for word in told]


def feature(**more: object) -> str:
    """A feature with one scenario that passed."""
    step = {"keyword": "Given", "name": "x", "result": {"status": "passed", "duration": 1}}
    scenario = {"type": "scenario", "keyword": "Scenario", "name": "s", "steps": [step]}
    return json.dumps([{"name": "F", "uri": "f", "elements": [scenario], **more}])


def test_a_feature_that_failed_outside_of_its_scenarios_stands() -> None:
    found, summary = of(feature(status="failed"))
    assert [(result.name, str(result.status)) for result in found] == [
        ("s", "passed"),
        ("F [feature]", "error"),
    ]
    assert codes(summary) == ["outside-failure"]
    found, _ = of(feature(status="passed"))
    assert len(found) == 1


def test_scenarios_of_a_rule_are_read() -> None:
    step = {"result": {"status": "failed"}}
    rule = {"keyword": "Rule", "name": "R", "children": [{"name": "s", "steps": [step]}]}
    found, _ = of(feature(elements=[rule]))
    assert [(result.name, str(result.status)) for result in found] == [("s", "failed")]
