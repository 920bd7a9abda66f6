"""The emulator answers as Testmo documents it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from testferry.services.emulation import Response
from testferry.services.testmo.emulator import TestmoEmulator

API = "/api/v1"
RUN = {"name": "n", "source": "s"}
TEST = {"key": "k", "name": "t", "status": "passed", "folder": "f"}


class Caller:
    def __init__(self) -> None:
        self.emulator = TestmoEmulator(":memory:", lambda: 1_800_000_000.0)

    def post(self, path: str, body: Any = None) -> Response:
        return self.emulator.handle("POST", API + path, json.dumps(body).encode() if body else b"")

    def get(self, path: str, **query: Any) -> Any:
        return self.emulator.handle("GET", f"{API}{path}?{urlencode(query)}").document

    def run(self) -> int:
        made: Any = self.post("/projects/1/automation/runs", RUN).document
        return int(made["id"])

    def thread(self, run: int) -> int:
        made: Any = self.post(f"/automation/runs/{run}/threads").document
        return int(made["id"])


@pytest.fixture
def testmo() -> Caller:
    return Caller()


def test_a_run_from_its_creation_to_its_end(testmo: Caller) -> None:
    run = testmo.run()
    thread = testmo.thread(run)
    append = f"/automation/runs/threads/{thread}/append"
    assert testmo.post(append, {"tests": [TEST, TEST]}).status == 204
    assert testmo.post(f"/automation/runs/threads/{thread}/complete").status == 204
    assert testmo.post(f"/automation/runs/{run}/complete").status == 204
    shown = testmo.get(f"/automation/runs/{run}")
    assert (shown["total_count"], shown["is_completed"], shown["status"]) == (2, True, 2)
    assert shown["threads"] == [{"id": thread, "is_completed": True}]
    assert testmo.emulator.tests(run) == [TEST, TEST]


def test_a_run_that_is_completed_completes_its_threads(testmo: Caller) -> None:
    run = testmo.run()
    testmo.thread(run)
    assert testmo.post(f"/automation/runs/{run}/complete").status == 204
    assert testmo.get(f"/automation/runs/{run}")["threads"][0]["is_completed"]


def test_errors_as_documented(testmo: Caller) -> None:
    run = testmo.run()
    thread = testmo.thread(run)
    append = f"/automation/runs/threads/{thread}/append"
    handle = testmo.emulator.handle
    assert handle("GET", f"{API}/nothing").status == 404
    assert handle("GET", API + append).status == 405
    assert testmo.post("/automation/runs/999/threads").status == 404
    assert handle("GET", f"{API}/automation/runs/999").status == 404
    unnamed: Any = testmo.post("/projects/1/automation/runs", {"name": "x"}).document
    assert unnamed["errors"] == {"source": ["The source field is required."]}
    wrong = [TEST, {**TEST, "name": ""}, "x", {**TEST, "key": "k" * 65}]
    refused = testmo.post(append, {"tests": wrong})
    assert refused.status == 422
    document: Any = refused.document
    assert set(document["errors"]) == {"tests.1.name", "tests.2", "tests.3.key"}
    assert handle("POST", API + append, b"{").status == 400
    shown = testmo.get(f"/automation/runs/{run}")
    assert shown["total_count"] == 0, "a refused batch leaves nothing"
    assert handle("GET", f"{API}/projects/1/automation/runs?per_page=7").status == 422


def test_pages(testmo: Caller) -> None:
    runs = [testmo.run() for _ in range(20)]
    first = testmo.get("/projects/1/automation/runs", per_page=15)
    assert [one["id"] for one in first["result"]] == runs[:4:-1]
    keys = ("total", "last_page", "next_page", "prev_page")
    assert [first[key] for key in keys] == [20, 2, 2, None]
    second = testmo.get("/projects/1/automation/runs", per_page=15, page=2)
    assert (len(second["result"]), second["next_page"], second["prev_page"]) == (5, None, 1)
    later = testmo.get("/projects/1/automation/runs", created_after="2999-01-01")
    assert later["total"] == 0
    threads = [testmo.thread(runs[0]) for _ in range(2)]
    for thread in threads:
        testmo.post(f"/automation/runs/threads/{thread}/append", {"tests": [TEST] * 120})
    found = testmo.get(f"/automation/runs/{runs[0]}/tests", thread_id=threads[1])
    of = {one["thread_id"] for one in found["result"]}
    assert (found["total"], len(found["result"]), of) == (120, 100, {threads[1]})
    oldest = testmo.get(f"/automation/runs/{runs[0]}/tests", order="asc", per_page=1000)
    assert oldest["result"][0]["id"] == 1


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("POST", "/api/v1/projects/1/automation/runs", "run"),
        ("POST", "/api/v1/automation/runs/1/threads", "thread"),
        ("POST", "/api/v1/automation/runs/threads/1/append", "append"),
        ("POST", "/api/v1/automation/runs/1/complete", "complete"),
        ("POST", "/api/v1/automation/runs/threads/1/complete", "complete"),
        ("GET", "/api/v1/automation/runs/1/tests?page=2", "read"),
        ("POST", "/elsewhere", "other"),
    ],
)
def test_every_request_has_its_name(
    testmo: Caller, method: str, target: str, operation: str
) -> None:
    assert testmo.emulator.operation(method, target) == operation
    assert operation in (*testmo.emulator.operations, "other")


def test_it_lets_in_and_refuses_in_its_own_way(testmo: Caller) -> None:
    emulator = testmo.emulator
    assert emulator.admits({"authorization": "Bearer t"}, "t")
    assert not emulator.admits({"authorization": "Bearer x"}, "t")
    assert not emulator.admits({}, "t")
    refusal = emulator.too_many("30 per minute", 7)
    assert (refusal.status, refusal.headers) == (429, {"Retry-After": "7"})
    assert refusal.document == {"message": "Too Many Attempts."}
    assert emulator.unauthorised().status == 401
    assert emulator.too_large(100).status == 413
    assert emulator.invalid().status == 422
