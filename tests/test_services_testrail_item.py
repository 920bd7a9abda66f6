"""A result as trcli would send it."""

from __future__ import annotations

import pytest

from rail import LABEL, STATUSES, neutral
from testferry.services.testrail.item import (
    entry,
    of_case,
    outcome,
    seconds,
    span,
    typed,
)


def test_a_result_as_trcli_would_send_it() -> None:
    test = neutral(
        "t",
        status="failed",
        elapsed=2.4,
        details=[
            {
                "kind": "failure",
                "message": "assert 1 == 2",
                "type": "AssertionError",
                "text": "Traceback",
            }
        ],
        properties=[
            ["testrail_result_comment", "Build 991"],
            ["testrail_result_field", "custom_env:qa"],
            ["testrail_result_field", "custom_list:['a', 'b']"],
            ["testrail_result_field", "nonsense"],
            ["testrail_result_step", "passed:Go home"],
            ["testrail_result_step", "failed:Log in"],
            ["testrail_result_step", "no status"],
        ],
    )
    made = entry(7, outcome(test, LABEL, {"version": "1.2"}), STATUSES)
    assert made == {
        "case_id": 7,
        "status_id": 5,
        "comment": "Build 991\n\nType: AssertionError\nMessage: assert 1 == 2\nText: Traceback",
        "elapsed": "2s",
        "version": "1.2",
        "custom_env": "qa",
        "custom_list": ["a", "b"],
        "custom_step_results": [
            {"content": "Go home", "status_id": 1},
            {"content": "Log in", "status_id": 5},
            {"content": "no status", "status_id": 3},
        ],
    }


@pytest.mark.parametrize(
    ("elapsed", "said"),
    [(None, ""), (0.0, ""), (0.001, "1s"), (0.9, "1s"), (1.4, "1s"), (75.0, "75s")],
)
def test_elapsed_is_whole_seconds_and_never_none_of_them(elapsed: float | None, said: str) -> None:
    assert span(elapsed) == said


def test_time_spans_are_understood_however_they_are_shown() -> None:
    assert [seconds(text) for text in ("75s", "1m 15s", "1h 2m", "", None, "2d")] == [
        75,
        75,
        3720,
        0,
        0,
        8 * 3600,
    ]


def test_values_are_never_evaluated() -> None:
    assert typed("__import__('os')") == "__import__('os')"
    assert typed("[1, 2]") == [1, 2]
    assert typed("[not json") == "[not json"
    assert typed("[oops]") == "[oops]"


def test_a_comment_keeps_head_and_tail() -> None:
    test = neutral("t", details=[{"kind": "failure", "text": "a" * 20_000 + "END"}])
    comment = outcome(test, LABEL, {}).comment
    assert len(comment) <= 10_000
    assert comment.startswith("Text: aaa")
    assert comment.endswith("END")


def test_steps_of_a_scenario_are_step_results_where_the_instance_has_the_field() -> None:
    steps = [["step[passed]", "Given a cart"], ["step[skipped]", "Then: it is full"]]
    test = neutral("t", properties=steps)
    assert outcome(test, LABEL, {}, steps=True).fields["custom_step_results"] == [
        {"content": "Given a cart", "status_id": 1},
        {"content": "Then: it is full", "status_id": 4},
    ]
    assert not outcome(test, LABEL, {}).fields


def test_examples_of_an_outline_are_one_result_that_names_them_all() -> None:
    ended = [
        outcome(neutral("Login", suite=["F"], line=line, status=status), LABEL, {})
        for line, status in ((7, "passed"), (8, "failed"), (9, "passed"))
    ]
    (one,) = of_case(ended, "auto")
    assert one.status == "failed"
    for line, status in ((7, "passed"), (8, "failed"), (9, "passed")):
        assert f"{status}: {one.title} (line {line})" in one.comment
    tries = [
        outcome(neutral("t", line=line, status=status, retried=True), LABEL, {})
        for line, status in ((7, "failed"), (8, "passed"))
    ]
    assert [entry.status for entry in of_case(tries, "auto")] == ["passed"], "tries of one test"
