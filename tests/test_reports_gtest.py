from __future__ import annotations

import json

import pytest

from fakes import of


@pytest.mark.parametrize(
    ("test", "status"),
    [
        ({"status": "RUN", "result": "COMPLETED"}, "passed"),
        ({"status": "RUN", "result": "SKIPPED"}, "skipped"),
        ({"status": "NOTRUN", "result": "SUPPRESSED"}, "skipped"),
        (
            {
                "status": "RUN",
                "result": "COMPLETED",
                "failures": [{"failure": "x"}],
                "skipped": [{"message": "y"}],
            },
            "failed",
        ),
        ({"status": "RUN", "result": "WIBBLE"}, "error"),
    ],
)
def test_results(test: dict[str, object], status: str) -> None:
    suite = {"name": "S", "testsuite": [{"name": "a", "time": "0.5s", **test}]}
    found, _ = of(json.dumps({"tests": 1, "testsuites": [suite]}))
    assert (str(found[0].status), found[0].elapsed) == (status, 0.5)


def test_suites_of_another_tool_are_not_taken_for_suites_without_tests() -> None:
    twister = {"testsuites": [{"name": "a", "testcases": [{"status": "failed"}]}]}
    found, summary = of(json.dumps(twister))
    assert not found
    assert [(one.severity, one.code) for one in summary.problems] == [("error", "unknown-format")]
