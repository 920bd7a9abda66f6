"""A worker tells whether the request left, is not fooled by a tunnel, and starts anew after trouble."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import httpx
import pytest

from testferry.engine.broken import Way
from testferry.engine.judge import Answer, Lost
from testferry.engine.worker import Done, Job, Worker

MADE = httpx.ByteStream(b"made")
URL = "https://service.example/x"


@dataclass
class Asked:
    method: bytes


class Line:
    """A worker whose requests meet a transport in memory."""

    def __init__(self, answer: Any) -> None:
        self.made = 0
        self.outbox: SimpleQueue[tuple[Worker, Done] | None] = SimpleQueue()
        self.answer = answer
        self.worker = Worker(self.client, Way("service.example"), self.outbox)
        self.worker.start()

    def client(self) -> httpx.Client:
        self.made += 1
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def ask(self) -> Answer | Lost:
        self.worker.give(Job(1, "POST", URL, b"{}", {}, 1e12))
        taken = self.outbox.get(timeout=10)
        assert taken is not None
        return taken[1].answer


def test_an_answer_comes_back_with_names_in_lower_case() -> None:
    line = Line(lambda _: httpx.Response(201, headers={"X-Id": "7"}, stream=MADE))
    answer = line.ask()
    line.worker.leave()
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers["x-id"], answer.body) == (201, "7", b"made")
    assert line.made == 1


def test_after_trouble_the_client_is_a_new_one() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    line = Line(broken)
    assert isinstance(line.ask(), Lost)
    line.ask()
    line.worker.leave()
    assert line.made >= 2


def test_whatever_is_raised_is_told_and_ends_no_thread() -> None:
    def odd(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("odd")

    line = Line(odd)
    lost = line.ask()
    assert lost == Lost("RuntimeError: odd", sent=False)
    assert isinstance(line.ask(), Lost)
    line.worker.leave()


@pytest.mark.parametrize(("method", "sent"), [(b"CONNECT", False), (b"POST", True)])
def test_a_tunnel_that_was_asked_for_is_not_the_request(method: bytes, sent: bool) -> None:
    worker = Worker(httpx.Client, Way("h", "p"), SimpleQueue())
    worker._trace("http11.send_request_headers.started", {"request": Asked(method)})
    worker._trace("http11.send_request_body.complete", {})
    assert worker.sent is sent


def test_what_a_proxy_takes_is_remembered() -> None:
    worker = Worker(httpx.Client, Way("h", "p"), SimpleQueue())
    worker._trace("http11.send_request_headers.started", {"request": Asked(b"CONNECT")})
    headers = [(b"Proxy-Authenticate", b"NTLM"), (b"proxy-authenticate", b'Basic realm="x"')]
    refusal = (b"HTTP/1.1", 407, b"", headers)
    worker._trace("http11.receive_response_headers.complete", {"return_value": refusal})
    assert worker._offered == "NTLM, Basic"
