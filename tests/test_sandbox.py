"""The emulator answers as the service documents it, and misbehaves as asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from testferry.dialects import Window
from testferry.errors import UsageProblem
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings

RUN = {"name": "n", "source": "s"}
TEST = {"key": "k", "name": "t", "status": "passed", "folder": "f"}


class Caller:
    def __init__(self, settings: Settings, token: str = TOKEN) -> None:
        self.sandbox = Sandbox(settings)
        self.client = httpx.Client(
            base_url=self.sandbox.url + "/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        self.sandbox.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.sandbox.__exit__()

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.client.post(path, json=body)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query)

    def run(self) -> int:
        return int(self.post("/projects/1/automation/runs", RUN).json()["id"])

    def thread(self, run: int) -> int:
        return int(self.post(f"/automation/runs/{run}/threads", {}).json()["id"])


@pytest.fixture
def caller() -> Iterator[Caller]:
    with Caller(Settings()) as made:
        yield made


def test_a_run_from_its_creation_to_its_end(caller: Caller) -> None:
    run = caller.run()
    thread = caller.thread(run)
    assert (
        caller.post(
            f"/automation/runs/threads/{thread}/append", {"tests": [TEST, TEST]}
        ).status_code
        == 204
    )
    assert caller.post(f"/automation/runs/threads/{thread}/complete", {}).status_code == 204
    assert caller.post(f"/automation/runs/{run}/complete", {}).status_code == 204
    shown = caller.get(f"/automation/runs/{run}").json()
    assert (shown["total_count"], shown["is_completed"], shown["status"]) == (2, True, 2)
    assert shown["threads"] == [{"id": thread, "is_completed": True}]


def test_errors_as_documented(caller: Caller) -> None:
    run = caller.run()
    thread = caller.thread(run)
    append = f"/automation/runs/threads/{thread}/append"
    assert caller.get("/nothing").status_code == 404
    assert caller.get(append).status_code == 405
    assert caller.post("/automation/runs/999/threads", {}).status_code == 404
    assert caller.get("/automation/runs/999").status_code == 404
    assert caller.post("/projects/1/automation/runs", {"name": "x"}).json()["errors"] == {
        "source": ["The source field is required."]
    }
    refused = caller.post(
        append, {"tests": [TEST, {**TEST, "name": ""}, "x", {**TEST, "key": "k" * 65}]}
    )
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"tests.1.name", "tests.2", "tests.3.key"}
    assert caller.client.post(append, content=b"{").status_code == 400
    assert caller.get(f"/automation/runs/{run}").json()["total_count"] == 0, (
        "a refused batch leaves nothing"
    )
    assert caller.get("/projects/1/automation/runs", per_page=7).status_code == 422


def test_the_token_and_the_body_limit() -> None:
    with Caller(Settings(), token="wrong") as caller:
        assert caller.get("/automation/runs/1").status_code == 401
    with Caller(Settings(body_limit=100)) as caller:
        assert caller.post("/projects/1/automation/runs", {"name": "x" * 200}).status_code == 413


def test_pages(caller: Caller) -> None:
    runs = [caller.run() for _ in range(20)]
    first = caller.get("/projects/1/automation/runs", per_page=15).json()
    assert [one["id"] for one in first["result"]] == runs[:4:-1]
    assert (first["total"], first["last_page"], first["next_page"], first["prev_page"]) == (
        20,
        2,
        2,
        None,
    )
    second = caller.get("/projects/1/automation/runs", per_page=15, page=2).json()
    assert (len(second["result"]), second["next_page"], second["prev_page"]) == (5, None, 1)
    assert (
        caller.get("/projects/1/automation/runs", created_after="2999-01-01").json()["total"] == 0
    )
    threads = [caller.thread(runs[0]) for _ in range(2)]
    for thread in threads:
        caller.post(f"/automation/runs/threads/{thread}/append", {"tests": [TEST] * 120})
    found = caller.get(f"/automation/runs/{runs[0]}/tests", thread_id=threads[1]).json()
    assert (
        found["total"],
        len(found["result"]),
        {one["thread_id"] for one in found["result"]},
    ) == (120, 100, {threads[1]})
    assert (
        caller.get(f"/automation/runs/{runs[0]}/tests", order="asc", per_page=1000).json()[
            "result"
        ][0]["id"]
        == 1
    )


@pytest.mark.parametrize("sliding", [True, False])
def test_the_rate_limit_is_kept(sliding: bool) -> None:
    with Caller(Settings(windows=(Window(3, 60.0),), sliding=sliding)) as caller:
        answers = [caller.get("/automation/runs/1") for _ in range(6)]
        assert [one.status_code for one in answers].count(429) >= 2
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
        assert caller.sandbox.refused >= 2


@pytest.mark.parametrize(
    ("fault", "statuses", "stored"),
    [
        ("append: 500 every 2", [204, 500, 204, 500], 2),
        ("append: 500 applied once", [500, 204, 204, 204], 4),
        ("append: 429 after 2 first 2", [429, 429, 204, 204], 2),
        ("append: drop after 3", [204, 204, 204, None], 3),
        ("append: lost once", [None, 204, 204, 204], 4),
        ("append: html once", [200, 204, 204, 204], 3),
        ("append: slow 0.05s once", [204, 204, 204, 204], 4),
        ("any: 503 for 0.0s", [204, 204, 204, 204], 4),
        ("append: refuse poison", [204, 204, 204, 204], 4),
        ("append: refuse k", [422, 422, 422, 422], 0),
    ],
)
def test_faults(fault: str, statuses: list[int | None], stored: int) -> None:
    with Caller(Settings(faults=parse([fault]))) as caller:
        run = caller.run()
        thread = caller.thread(run)
        seen: list[int | None] = []
        for _ in range(4):
            try:
                seen.append(
                    caller.post(
                        f"/automation/runs/threads/{thread}/append", {"tests": [TEST]}
                    ).status_code
                )
            except httpx.TransportError:
                seen.append(None)
        assert seen == statuses
        assert len(caller.sandbox.service.tests(run)) == stored


def test_an_answer_that_never_comes_and_one_that_is_applied_late(tmp_path: Path) -> None:
    with Caller(
        Settings(
            str(tmp_path / "s.sqlite"),
            faults=parse(["append: late 0.1s once", "append: hang once"]),
        )
    ) as caller:
        thread = caller.thread(caller.run())
        with pytest.raises(httpx.TransportError):
            caller.post(f"/automation/runs/threads/{thread}/append", {"tests": [TEST]})
        with pytest.raises(httpx.ReadTimeout):
            caller.client.post(
                f"/automation/runs/threads/{thread}/append", json={"tests": [TEST]}, timeout=0.3
            )
        assert len(caller.sandbox.service.tests(101)) == 1
    with Caller(Settings(str(tmp_path / "s.sqlite"))) as caller:
        assert caller.get("/automation/runs/101").json()["total_count"] == 1, (
            "what is stored in a file stays"
        )


@pytest.mark.parametrize(
    "text",
    [
        "append",
        "append: 900",
        "append: explode",
        "walk: 500",
        "append: 500 sometimes",
        "late: append",
    ],
)
def test_a_fault_that_is_none(text: str) -> None:
    with pytest.raises(UsageProblem, match="no fault"):
        parse([text])


def test_a_request_that_is_cut_is_not_applied(caller: Caller) -> None:
    import socket

    host, port = caller.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /api/v1/projects/1/automation/runs HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"
        )
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert caller.sandbox.service.runs() == []


def test_json_all_the_way(caller: Caller) -> None:
    assert json.loads(caller.get("/nothing").text)["message"]
