from __future__ import annotations

import json

import pytest

from fakes import of


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("passed", "passed"),
        ("failed", "failed"),
        ("todo", "skipped"),
        ("focused", "skipped"),
        ("wibble", "error"),
    ],
)
def test_statuses_and_durations_as_text(word: str, status: str) -> None:
    file = {
        "name": "f",
        "status": "passed",
        "assertionResults": [{"title": "a", "status": word, "duration": "350 ms"}],
    }
    found, _ = of(json.dumps({"numTotalTests": 1, "numTotalTestSuites": 1, "testResults": [file]}))
    assert str(found[0].status) == status
    assert found[0].elapsed == pytest.approx(0.35)


def test_a_file_that_did_not_load_keeps_its_words() -> None:
    file = {
        "name": "f",
        "status": "failed",
        "message": "SyntaxError: x\nat y",
        "assertionResults": [],
    }
    found, _ = of(json.dumps({"numTotalTests": 1, "numTotalTestSuites": 1, "testResults": [file]}))
    assert (found[0].name, found[0].message, found[0].synthetic) == (
        "f [file]",
        "SyntaxError: x",
        True,
    )


def aggregated(**more: object) -> str:
    """Jest's own results, as reporters of one's own write them."""
    tests = [{"title": "a", "status": "passed"}, {"title": "b", "status": "passed"}]
    file: dict[str, object] = {"testFilePath": "/f.js", "testResults": tests, **more}
    return json.dumps({"numTotalTests": 2, "numFailedTests": 0, "testResults": [file]})


def test_jests_own_results_are_read() -> None:
    found, _ = of(aggregated())
    assert [(result.name, result.file) for result in found] == [("a", "/f.js"), ("b", "/f.js")]
    found, _ = of(aggregated(testResults=[], testExecError={"m": 1}, failureMessage="no module"))
    assert [(result.message, result.synthetic) for result in found] == [("no module", True)]


def test_a_run_that_was_not_successful_although_no_test_failed_is_no_green_one() -> None:
    document = json.loads(aggregated())
    found, summary = of(json.dumps(document | {"success": False}))
    assert [result.synthetic for result in found] == [False, False, True]
    assert [problem.code for problem in summary.problems] == ["claims-more"]
    found, _ = of(json.dumps(document | {"success": True}))
    assert len(found) == 2
