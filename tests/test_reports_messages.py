from __future__ import annotations

import json

import pytest

from fakes import codes, of


def case(*statuses: str, attempt: int = 0, again: bool = False) -> str:
    events: list[object] = [
        {"pickle": {"id": "p", "uri": "f", "name": "a", "tags": [{"name": "@C7"}]}},
        {"testCase": {"id": "c", "pickleId": "p"}},
        {"testCaseStarted": {"id": "s", "testCaseId": "c", "attempt": attempt}},
        *(
            {"testStepFinished": {"testCaseStartedId": "s", "testStepResult": {"status": word}}}
            for word in statuses
        ),
        {"testCaseFinished": {"testCaseStartedId": "s", "willBeRetried": again}},
    ]
    return "\n".join(map(json.dumps, [{"meta": {"protocolVersion": "1"}}, *events]))


END = '\n{"testRunFinished": {"success": true}}\n'


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["PASSED"], "passed"),
        (["PASSED", "FAILED"], "failed"),
        (["UNDEFINED"], "failed"),
        (["AMBIGUOUS"], "failed"),
        (["PENDING"], "skipped"),
        (["UNKNOWN"], "skipped"),
        (["WIBBLE"], "error"),
        ([], "passed"),
    ],
)
def test_the_worst_step_is_the_scenarios_status(words: list[str], status: str) -> None:
    found, _ = of(case(*words) + END)
    assert [str(one.status) for one in found] == [status]
    assert found[0].ids == (7,)


def test_a_hook_of_the_run_that_failed_is_told_whatever_else_failed() -> None:
    hook = {"testRunHookFinished": {"result": {"status": "FAILED", "message": "BeforeAll: no db"}}}
    found, summary = of(case("FAILED") + "\n" + json.dumps(hook) + END)
    assert [(one.name, one.synthetic) for one in found] == [("a", False), ("the run [hook]", True)]
    assert "no db" in found[1].message
    assert "outside-failure" in codes(summary)


def test_a_retried_case_is_one_result() -> None:
    text = case("FAILED", again=True) + "\n" + case("PASSED", attempt=1).partition("\n")[2] + END
    found, _ = of(text)
    assert [(str(one.status), one.attempts, one.flaky) for one in found] == [("passed", 2, True)]


def test_a_run_that_ended_with_an_exception_stands_with_its_words() -> None:
    exception = {"type": "E", "message": "plugin: boom", "stackTrace": "at x"}
    lines = [
        {"meta": {"protocolVersion": "25"}},
        {"testRunFinished": {"success": False, "exception": exception}},
    ]
    found, _ = of("\n".join(map(json.dumps, lines)))
    assert [(result.message, result.synthetic) for result in found] == [("plugin: boom", True)]
