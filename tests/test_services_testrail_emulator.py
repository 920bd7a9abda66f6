"""The emulator answers as TestRail does, in the words that users report."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from testferry.services.emulation import Response
from testferry.services.testrail.emulator import FIELD, TestrailEmulator
from testferry.services.testrail.emulator.state import Left

API = "/index.php?/api/v2/"


class Caller:
    """One section with three cases, at a clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.emulator = TestrailEmulator(wall=lambda: self.time)
        self.section = self.post("add_section/1", {"name": "s", "suite_id": 1})["id"]
        self.cases = [
            self.post(f"add_case/{self.section}", {"title": f"t{at}"})["id"] for at in range(3)
        ]

    def answer(self, call: str, body: Any) -> Response:
        return self.emulator.handle("POST", API + call, json.dumps(body).encode())

    def post(self, call: str, body: Any = None) -> Any:
        answer = self.answer(call, body or {})
        assert answer.status == 200, answer.document
        return answer.document

    def refusal(self, call: str, body: Any) -> str:
        answer = self.answer(call, body)
        assert answer.status == 400
        document: Any = answer.document
        return str(document["error"])

    def get(self, call: str) -> Any:
        answer = self.emulator.handle("GET", API + call)
        assert answer.status == 200, answer.document
        return answer.document

    def run(self, **fields: Any) -> Any:
        return self.post("add_run/1", {"name": "r", "suite_id": 1, **fields})


@pytest.fixture
def testrail() -> Caller:
    return Caller()


def test_a_run_from_its_creation_to_its_end(testrail: Caller) -> None:
    run = testrail.run(include_all=False, case_ids=testrail.cases[:2])
    assert run["untested_count"] == 2
    results = [{"case_id": case, "status_id": 1} for case in testrail.cases[:2]]
    made = testrail.post(f"add_results_for_cases/{run['id']}", {"results": results})
    assert [result["status_id"] for result in made] == [1, 1]
    assert "case_id" not in made[0]
    closed = testrail.post(f"close_run/{run['id']}")
    assert (closed["is_completed"], closed["passed_count"], closed["untested_count"]) == (
        True,
        2,
        0,
    )
    words = testrail.refusal(f"add_results_for_cases/{run['id']}", {"results": results})
    assert words == "This test run is closed/completed and cannot be modified."


def test_one_bad_result_refuses_the_whole_call_and_is_named(testrail: Caller) -> None:
    run = testrail.run(include_all=False, case_ids=testrail.cases[:1])
    call = f"add_results_for_cases/{run['id']}"
    good = {"case_id": testrail.cases[0], "status_id": 1}
    for bad, words in (
        ({"status_id": 1}, "Field :results.case_id is not a valid ID."),
        (
            {"case_id": testrail.cases[1], "status_id": 1},
            f"Field :results contains one or more invalid results (case C{testrail.cases[1]} unknown or not part of the test run)",
        ),
        ({**good, "status_id": 3}, "Field :results.status_id is not a valid status."),
        ({**good, "elapsed": "0s"}, "Field :results.elapsed is not in a valid time span format."),
        ({**good, "elapsed": "1.5s"}, "Field :results.elapsed is not in a valid time span format."),
    ):
        assert testrail.refusal(call, {"results": [good, bad]}) == words
    testrail.emulator.required = {"version"}
    assert testrail.refusal(call, {"results": [good]}) == "Field :version is a required field."
    assert testrail.refusal(call, {}).startswith("Field :results cannot be empty")
    assert not testrail.emulator.results


def test_update_run_replaces_the_cases(testrail: Caller) -> None:
    run = testrail.run(include_all=False, case_ids=testrail.cases[:2])["id"]
    testrail.post(f"update_run/{run}", {"case_ids": testrail.cases[1:]})
    assert list(testrail.emulator.runs[run].tests) == testrail.cases[1:]
    assert (
        testrail.refusal(f"update_run/{run}", {"case_ids": [1]})
        == "Field :case_ids is not a valid ID."
    )


@pytest.mark.parametrize("left", Left)
def test_a_case_that_comes_back_into_a_run(testrail: Caller, left: Left) -> None:
    """With its results, or without; and lists show them meanwhile, or not."""
    testrail.emulator.left = left
    first, second = testrail.cases[:2]
    run = testrail.run(include_all=False, case_ids=[first, second])["id"]
    results = [{"case_id": case, "status_id": 1} for case in (first, second)]
    made = testrail.post(f"add_results_for_cases/{run}", {"results": results})
    gone = made[0]["test_id"]
    testrail.post(f"update_run/{run}", {"case_ids": [second]})
    shown = testrail.get(f"get_results_for_run/{run}")["results"]
    assert len(shown) == (2 if left is Left.SHOWN else 1)
    if left is Left.SHOWN:
        assert testrail.get(f"get_test/{gone}")["case_id"] == first
    else:
        assert testrail.emulator.handle("GET", f"{API}get_test/{gone}").status == 400
    testrail.post(f"update_run/{run}", {"case_ids": [first, second]})
    shown = testrail.get(f"get_results_for_run/{run}")["results"]
    assert len(shown) == (1 if left is Left.GONE else 2)
    counted = testrail.get(f"get_run/{run}")
    assert counted["passed_count"] == len(shown)
    assert testrail.get(f"get_test/{made[1]['test_id']}")["status_id"] == 1


def test_plans_and_their_entries(testrail: Caller) -> None:
    plan = testrail.post("add_plan/1", {"name": "p"})["id"]
    assert testrail.refusal(f"add_plan_entry/{plan}", {"config_ids": [1]}).endswith("no test runs.")
    body = {"name": "e", "config_ids": [1, 2], "runs": [{"config_ids": [1]}, {"config_ids": [2]}]}
    entry = testrail.post(f"add_plan_entry/{plan}", body)
    assert [run["config_ids"] for run in entry["runs"]] == [[1], [2]]
    run = entry["runs"][0]["id"]
    assert "test plan" in testrail.refusal(f"update_run/{run}", {"name": "n"})
    assert testrail.post(f"update_run_in_plan_entry/{run}", {"name": "n"})["name"] == "n"
    changed = testrail.post(f"update_plan_entry/{plan}/{entry['id']}", {"name": "m"})
    assert {run["name"] for run in changed["runs"]} == {"m"}
    assert len(testrail.get(f"get_plan/{plan}")["entries"][0]["runs"]) == 2
    assert testrail.get("get_runs/1")["runs"] == [], "a plan's runs stand in the plan"


def test_lists_are_paged_by_limit_and_offset_without_a_total(testrail: Caller) -> None:
    page = testrail.get("get_cases/1&suite_id=1&limit=2")
    assert (page["size"], page["limit"], page["offset"]) == (2, 2, 0)
    assert page["_links"]["next"] == "/api/v2/get_cases/1&suite_id=1&limit=2&offset=2"
    last = testrail.get("get_cases/1&suite_id=1&limit=2&offset=2")
    assert (last["size"], last["_links"]["next"]) == (1, None)
    assert testrail.emulator.handle("GET", API + "get_cases/1&limit=251").status == 400


def test_lists_of_what_is_new(testrail: Caller) -> None:
    before = int(testrail.time)
    testrail.time += 10
    case = testrail.post(f"add_case/{testrail.section}", {"title": "late", FIELD: "a.b"})["id"]
    run = testrail.run()["id"]
    assert [one["id"] for one in testrail.get(f"get_cases/1&created_after={before}")["cases"]] == [
        case
    ]
    assert [one["id"] for one in testrail.get(f"get_cases/1&updated_after={before}")["cases"]] == [
        case
    ]
    assert [one["id"] for one in testrail.get(f"get_runs/1&created_after={before}")["runs"]] == [
        run
    ]
    assert testrail.get(f"get_runs/1&created_after={before + 10}")["runs"] == []
    assert testrail.get("get_runs/1&is_completed=1")["runs"] == []
    testrail.post(f"add_results_for_cases/{run}", {"results": [{"case_id": case, "status_id": 5}]})
    assert (
        len(
            testrail.get(f"get_results_for_run/{run}&created_after={before}&created_by=1")[
                "results"
            ]
        )
        == 1
    )
    assert testrail.get(f"get_results_for_run/{run}&created_by=2")["results"] == []
    assert len(testrail.get(f"get_results_for_case/{run}/{case}")["results"]) == 1
    assert [one["case_id"] for one in testrail.get(f"get_tests/{run}&status_id=5")["tests"]] == [
        case
    ]


def test_what_there_is_from_the_start(testrail: Caller) -> None:
    assert testrail.get("get_projects")["projects"][0]["name"] == "Demo"
    assert testrail.get("get_project/1")["suite_mode"] == 1
    assert testrail.get("get_suites/1")["suites"][0]["is_master"]
    assert testrail.get("get_suite/1")["name"] == "Master"
    assert testrail.get("get_case_fields")[0]["system_name"] == FIELD
    assert testrail.get("get_result_fields") == []
    assert [one["name"] for one in testrail.get("get_statuses")] == [
        "passed", "blocked", "untested", "retest", "failed",
    ]  # fmt: skip
    assert testrail.get("get_user_by_email&email=a@b.c")["email"] == "a@b.c"
    answer = testrail.emulator.handle("GET", f"{API}get_sections/1&suite_id=2")
    assert answer.document == {"error": "Field :suite_id is not a valid test suite."}


def test_sections_and_cases_are_refused_in_words(testrail: Caller) -> None:
    assert testrail.refusal("add_section/1", {}) == "Field :name is a required field."
    assert "parent_id" in testrail.refusal("add_section/1", {"name": "x", "parent_id": 7})
    below = testrail.post("add_section/1", {"name": "x", "parent_id": testrail.section})
    assert (below["parent_id"], below["depth"]) == (testrail.section, 1)
    call = f"add_case/{testrail.section}"
    assert testrail.refusal(call, {}) == "Field :title is a required field."
    assert "too long" in testrail.refusal(call, {"title": "x" * 251})
    testrail.emulator.required_of_cases = {"refs"}
    assert testrail.refusal(call, {"title": "x"}) == "Field :refs is a required field."


def test_a_file_is_kept_at_its_result(testrail: Caller) -> None:
    run = testrail.run()["id"]
    entry = {"case_id": testrail.cases[0], "status_id": 5}
    result = testrail.post(f"add_results_for_cases/{run}", {"results": [entry]})[0]["id"]
    body = b'--b\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\nbytes\r\n--b--\r\n'
    target = f"{API}add_attachment_to_result/{result}"
    kind = "multipart/form-data; boundary=b"
    assert testrail.emulator.handle("POST", target, body, kind).status == 200
    assert testrail.emulator.attachments == [(result, "a.txt", b"bytes")]
    listed = testrail.get(f"get_attachments_for_run/{run}")["attachments"]
    assert listed == [{"result_id": result, "name": "a.txt", "size": 5}]
    assert testrail.emulator.handle("POST", target, b"", kind).status == 400
    assert (
        testrail.emulator.handle("POST", f"{API}add_attachment_to_result/7", body, kind).status
        == 400
    )


def test_whoever_rolls_back_is_seen(testrail: Caller) -> None:
    run = testrail.run()["id"]
    testrail.post(f"delete_run/{run}")
    testrail.post("delete_cases/1", {"case_ids": [testrail.cases[0]]})
    testrail.post(f"delete_section/{testrail.section}")
    assert testrail.emulator.deleted == [
        f"run {run}",
        f"case {testrail.cases[0]}",
        f"section {testrail.section}",
    ]


def test_errors_of_the_wire(testrail: Caller) -> None:
    handle = testrail.emulator.handle
    assert handle("GET", "/elsewhere").status == 404
    assert handle("GET", API + "get_nothing").status == 404
    assert handle("POST", API + "add_result/1").status == 404, "what is not asked for is not there"
    assert handle("POST", API + "get_projects").status == 405
    assert handle("GET", API + "add_run/1").status == 405
    assert handle("GET", API + "add_attachment_to_result/1").status == 405
    assert handle("POST", API + "add_run/1", b"{").status == 400
    assert handle("POST", API + "add_run/1", b"[]").status == 400
    assert handle("GET", API + "get_run/7").status == 400


@pytest.mark.parametrize(
    ("method", "call", "operation"),
    [
        ("POST", "add_run/1", "run"),
        ("POST", "add_plan_entry/1", "run"),
        ("POST", "add_results_for_cases/1", "append"),
        ("POST", "add_section/1", "section"),
        ("POST", "add_case/1", "case"),
        ("POST", "update_run/1", "update"),
        ("POST", "add_attachment_to_result/1", "attach"),
        ("POST", "close_run/1", "complete"),
        ("GET", "get_run/1", "read"),
        ("POST", "delete_run/1", "other"),
    ],
)
def test_every_request_has_its_name(
    testrail: Caller, method: str, call: str, operation: str
) -> None:
    assert testrail.emulator.operation(method, API + call) == operation
    assert operation in (*testrail.emulator.operations, "other")
    assert testrail.emulator.operation(method, "/elsewhere") == "other"


def test_it_lets_in_and_refuses_in_its_own_way(testrail: Caller) -> None:
    emulator = testrail.emulator
    pair = base64.b64encode(b"me@x.y:t").decode()
    assert emulator.owns(API + "get_run/1")
    assert not emulator.owns("/api/v1/projects/1/automation/runs")
    assert emulator.admits({"authorization": f"Basic {pair}"}, "t")
    for wrong in ("", "Basic !", f"Bearer {pair}", "Basic /w=="):
        assert not emulator.admits({"authorization": wrong}, "t")
    refusal = emulator.too_many("180 per minute", 7)
    assert (refusal.status, refusal.headers) == (429, {"Retry-After": "7"})
    assert refusal.document == {
        "error": "API Rate Limit Exceeded - 180 per minute maximum allowed. Retry after 7 seconds."
    }
    assert (emulator.unauthorised().status, emulator.too_large(1).status) == (401, 413)
    assert emulator.invalid().status == 400


def test_what_is_called_by_name_is_listed_and_checked(testrail: Caller) -> None:
    emulator = testrail.emulator
    milestone = emulator.make_milestone("R1")
    inner = emulator.make_milestone("Beta", milestone)
    (shown,) = testrail.get("get_milestones/1")["milestones"]
    assert [each["id"] for each in shown["milestones"]] == [inner]
    words = testrail.refusal("add_run/1", {"name": "r", "milestone_id": 1})
    assert words == "Field :milestone_id is not a valid milestone."
    chrome = emulator.make_configs("Browsers", "Chrome")
    assert testrail.get("get_configs/1")[0]["configs"][0]["id"] == chrome[0]
    plan = testrail.post("add_plan/1", {"name": "Week 9"})["id"]
    (listed,) = testrail.get("get_plans/1&is_completed=0")["plans"]
    assert (listed["id"], "entries" in listed) == (plan, False)
    assert testrail.get("get_plans/1&is_completed=1")["plans"] == []
    body = {"name": "e", "config_ids": [1], "runs": [{"config_ids": [1]}]}
    assert "invalid configuration" in testrail.refusal(f"add_plan_entry/{plan}", body)
    emulator.plans[plan]["is_completed"] = True
    assert "closed" in testrail.refusal(f"add_plan_entry/{plan}", {"name": "e"})
    assert testrail.get("get_templates/1")[0]["is_default"]
    emulator.users = {5: "a@x"}
    assert testrail.get("get_user_by_email&email=a@x")["id"] == 5
    assert emulator.handle("GET", API + "get_user_by_email&email=b@x").status == 400
