"""The http target over real HTTP: what a service answers is believed for what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from shells import GOOD, TOKEN, Shell


class Service(BaseHTTPRequestHandler):
    """Keeps every request, and answers each alike."""

    answer: ClassVar[tuple[int, object]]
    seen: ClassVar[list[dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({"path": self.path, "headers": dict(self.headers), "body": body})
        status, document = self.answer
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    handler = type("Made", (Service,), {"answer": (200, {}), "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    (tmp_path / "r.xml").write_text(GOOD)
    (tmp_path / "testferry.toml").write_text(
        f'[targets.sink]\ntype = "http"\nurl = "http://127.0.0.1:{server.server_port}/bulk"\n'
    )
    yield handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", ["", 'idempotency_header = "Idempotency-Key"\n'])
def test_a_2xx_that_speaks_of_errors_is_in_doubt_and_never_accepted(
    service: type[Service], shell: Shell, tmp_path: Path, key: str
) -> None:
    with (tmp_path / "testferry.toml").open("a") as file:
        file.write(key)
    refusal = {"id": 2, "error": "forbidden"}
    service.answer = (201, {"rows": [{"id": 1}, refusal]})
    assert shell("upload", "sink", "r.xml", "--rate", "none", "--output", "json") == 6
    counts = shell.json["results"]
    assert (counts["accepted"], counts["in_doubt"]) == (0, 2)
    reason = shell.json["refused"][0]["reason"]
    assert '"error": "forbidden"' in reason
    assert 'answer = { items = "/rows", failed = "/error" }' in reason
    assert len(service.seen) == 1


def test_a_2xx_that_speaks_of_none_is_accepted(service: type[Service], shell: Shell) -> None:
    service.answer = (200, {"accepted": 2, "errors": []})
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0, shell.err
    assert json.loads(service.seen[0]["body"])["results"][0]["name"] == "a"
