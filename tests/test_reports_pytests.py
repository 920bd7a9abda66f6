from __future__ import annotations

import json

import pytest

from fakes import of


def log(*reports: dict[str, object], exit_status: int = 0) -> str:
    events = [
        {"$report_type": "TestReport", "nodeid": "t.py::C::a[x::y]", **report} for report in reports
    ]
    return "\n".join(
        map(json.dumps, [*events, {"$report_type": "SessionFinish", "exitstatus": exit_status}])
    )


def test_a_log_keeps_what_record_property_kept() -> None:
    found, _ = of(log(
        {"when": "call", "outcome": "passed", "user_properties": [["test_id", "C5"]]},
        {"when": "teardown", "outcome": "passed", "user_properties": [["test_id", "C5"]]},
    ))  # fmt: skip
    assert (found[0].name, found[0].classname, found[0].ids) == ("a[x::y]", "t.C", (5,))
    assert found[0].properties == (("test_id", "C5"),)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("passed", "passed"),
        ("xfailed", "skipped"),
        ("subtests failed", "failed"),
        ("wibble", "error"),
    ],
)
def test_outcomes_of_the_json_report(outcome: str, status: str) -> None:
    test = {
        "nodeid": "t.py::a",
        "outcome": outcome,
        "keywords": ["C12", "t.py"],
        "setup": {},
        "call": {"outcome": "passed"},
    }
    found, _ = of(json.dumps({"created": 1, "exitcode": 0, "root": "/", "tests": [test]}))
    assert (str(found[0].status), found[0].ids) == (status, (12,))


def test_properties_and_markers_that_name_cases_are_kept() -> None:
    test = {"nodeid": "t.py::a", "outcome": "passed", "keywords": ["a", "C1", "t.py", "C1x"],
            "user_properties": [{"test_id": "C2"}], "metadata": {"owner": "me"}}  # fmt: skip
    found, _ = of(json.dumps({"created": 1, "exitcode": 0, "root": "/", "tests": [test]}))
    wanted = (("test_id", "C2"), ("owner", "me"), ("tag", "C1"))
    assert found[0].properties == wanted
    logged = {**test, "$report_type": "TestReport", "when": "call", "keywords": {"a": 1, "C1": 1},
              "user_properties": [["test_id", "C2"]]}  # fmt: skip
    ends = {"$report_type": "SessionFinish", "exitstatus": 0}
    found, _ = of(json.dumps(logged) + "\n" + json.dumps(ends))
    assert found[0].properties == wanted
