"""The sandbox keeps the limits that it was given, and misbehaves as asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from testferry.dialects import Window
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings

RUN = {"name": "n", "source": "s"}
LOGIN = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
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


def test_the_token_and_the_body_limit() -> None:
    with Caller(Settings(), token="wrong") as caller:
        assert caller.get("/automation/runs/1").status_code == 401
    with Caller(Settings(body_limit=100)) as caller:
        assert caller.post("/projects/1/automation/runs", {"name": "x" * 200}).status_code == 413


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
        assert len(caller.sandbox.testmo.tests(run)) == stored


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
        assert len(caller.sandbox.testmo.tests(101)) == 1
    with Caller(Settings(str(tmp_path / "s.sqlite"))) as caller:
        assert caller.get("/automation/runs/101").json()["total_count"] == 1, (
            "what is stored in a file stays"
        )


def test_a_request_that_is_cut_is_not_applied(caller: Caller) -> None:
    host, port = caller.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        line = "POST /api/v1/projects/1/automation/runs HTTP/1.1"
        connection.sendall(f"{line}\r\n{LOGIN}Content-Length: 100\r\n\r\n{{".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert caller.sandbox.testmo.runs() == []


def test_an_id_that_no_database_keeps_is_answered_and_so_is_a_defect(caller: Caller) -> None:
    """A connection that is closed instead would look like a lost answer for ever."""
    many = "9" * 40
    for path in (f"/automation/runs/{many}", f"/projects/{many}/automation/runs"):
        assert caller.get(path).status_code == 404
    answered = caller.get(f"/automation/runs/{caller.run()}/tests", per_page="many")
    assert (answered.status_code, answered.json()) == (
        500,
        {"message": "The sandbox failed: ValueError."},
    )


def test_json_all_the_way(caller: Caller) -> None:
    assert json.loads(caller.get("/nothing").text)["message"]


def test_each_service_is_refused_in_its_own_words() -> None:
    with Caller(Settings(windows=(Window(1, 60.0), Window(5, 7.0)))) as caller:
        rail = f"{caller.sandbox.url}/index.php?/api/v2/get_projects"
        assert caller.client.get(rail).json()["error"].startswith("Authentication failed")
        assert caller.get("/automation/runs/1").json() == {"message": "Too Many Attempts."}
        words = caller.client.get(rail).json()["error"]
        assert words.startswith(
            "API Rate Limit Exceeded - 1 per minute and 5 per 7 seconds maximum"
        )


def test_a_batch_of_either_service_is_refused_over_a_text() -> None:
    with Caller(Settings(faults=parse(["append: refuse poison"]))) as caller:
        assert caller.post("/automation/runs/threads/1/append", {"x": "poison"}).status_code == 422
        rail = f"{caller.sandbox.url}/index.php?/api/v2/add_results_for_cases/1"
        answer = caller.client.post(rail, json={"x": "poison"}, auth=("me", TOKEN))
        assert answer.status_code == 400
        assert answer.json()["error"] == "Field :results contains one or more invalid results"


def raw(caller: Caller, head: str, body: bytes = b"") -> str:
    """What comes back on a bare socket; the body is not sent before it is asked for."""
    host, port = caller.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        lines = f"POST /api/v1/projects/1/automation/runs HTTP/1.1\r\n{head}\r\n"
        connection.sendall(lines.encode())
        if body:
            assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
        return connection.recv(1000).decode()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Host: localhost\r\nContent-Length: 300000000\r\n", "401"),
        (f"{LOGIN}Content-Length: 300000000\r\n", "413"),
        (f"{LOGIN}Content-Length: {'9' * 4000}\r\n", "413"),
        (f"{LOGIN}Content-Length: -1\r\n", "400"),
        (f"{LOGIN}Content-Length: x\r\n", "400"),
        (f"{LOGIN}Transfer-Encoding: chunked\r\n", "400"),
        (f"{LOGIN.replace('localhost', 'evil.example')}Content-Length: 2\r\n", "400"),
        (f"{LOGIN.replace('localhost', '127.0.0.1.evil.example:80')}Content-Length: 2\r\n", "400"),
    ],
)
def test_no_body_is_read_before_its_head_was_looked_at(
    caller: Caller, head: str, status: str
) -> None:
    """Nothing of it is sent here: who waits for it, waits in vain."""
    assert raw(caller, head).startswith(f"HTTP/1.1 {status} ")
    assert caller.sandbox.testmo.runs() == []


def test_a_body_is_asked_for_by_name(caller: Caller) -> None:
    body = json.dumps(RUN).encode()
    head = f"{LOGIN}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n"
    assert raw(caller, head, body).startswith("HTTP/1.1 201 ")


def test_a_refused_body_is_passed_over_and_the_next_request_is_answered(caller: Caller) -> None:
    caller.sandbox.settings.body_limit = 1000
    for _ in range(3):
        assert (
            caller.post("/projects/1/automation/runs", {"name": "x" * 3_000_000}).status_code == 413
        )
    caller.sandbox.settings.body_limit = 10_000
    assert caller.post("/projects/1/automation/runs", RUN).status_code == 201


def test_what_is_stored_is_for_its_user_alone(tmp_path: Path) -> None:
    with Caller(Settings(str(tmp_path / "s.sqlite"))) as caller:
        caller.run()
        assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("s.sqlite*")} == {0o600}
