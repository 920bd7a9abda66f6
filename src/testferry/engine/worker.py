"""One thread, one connection, one request at a time: it does nothing else and decides nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from queue import SimpleQueue

from testferry.engine.broken import LATE, Way, explained
from testferry.engine.http import httpx
from testferry.engine.judge import Answer, Lost
from testferry.engine.payload import LARGEST_ANSWER, Body, outgoing, unpacked, writable

_FIRST_REFUSAL = 300  # an answer from here on says enough without its body


@dataclass(frozen=True, slots=True)
class Job:
    """One request for a worker."""

    # tells the answers apart
    token: int
    method: str
    url: str
    body: Body
    headers: Mapping[str, str]
    # monotonic
    deadline: float


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job."""

    token: int
    answer: Answer | Lost


class Worker(threading.Thread):
    """One connection and one request at a time."""

    def __init__(
        self,
        anew: Callable[[], httpx.Client],
        way: Way,
        outbox: SimpleQueue[tuple[Worker, Done] | None],
    ) -> None:
        super().__init__(daemon=True, name="testferry-sender")
        self.job: Job | None = None  # the main thread's own record
        self.sent = False
        self.aborted = False
        self._anew = anew
        self._client = anew()
        self._way = way
        self._in_tunnel = False  # the request that is on the wire asks a proxy for a tunnel
        self._offered = ""  # ways to log in that a proxy takes
        self._has_more = False  # something came behind the answer
        self._outbox = outbox
        self._inbox: SimpleQueue[Job | None] = SimpleQueue()
        self._socket: socket.socket | None = None

    def give(self, job: Job) -> None:
        self.job = job
        self.sent = False
        self.aborted = False
        self._inbox.put(job)

    def shorten(self, limit: float) -> None:
        if self.job is not None:
            self.job = replace(self.job, deadline=limit)

    def abort(self, limit: float) -> None:
        """Cut the connection: the worker meets the end of the stream and comes back."""
        self.aborted = True
        self.shorten(limit)
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        self._inbox.put(None)

    def run(self) -> None:
        client = self._client
        while (job := self._inbox.get()) is not None:
            self._has_more = False
            answer = self._answer(client, job)
            if isinstance(answer, Lost) or self._has_more:
                # What is left of a broken connection, or of a tunnel that broke while it was made,
                # would hold up every later request; what came behind an answer would be read as the
                # answer to the next request.
                client.close()
                client = self._anew()
            self._outbox.put((self, Done(job.token, answer)))
        client.close()

    def _answer(self, client: httpx.Client, job: Job) -> Answer | Lost:
        status, headers, body = 0, {}, bytearray()
        content, more = outgoing(job.body, job.headers)
        extensions = {"trace": self._trace}
        try:
            with client.stream(
                job.method,
                job.url,
                content=content,
                headers=more,
                extensions=extensions,
            ) as response:
                status = response.status_code
                headers = {name.lower(): value for name, value in response.headers.items()}
                for piece in response.iter_raw():
                    body += piece
                    _check_size(body)
            self._has_more = _has_more(response)
            whole = unpacked(bytes(body), headers.get("content-encoding", "").lower())
            return Answer(status, headers, writable(whole))
        except httpx.HTTPError as problem:
            if status >= _FIRST_REFUSAL:
                return Answer(status, headers, writable(bytes(body)))
            sent = self.sent or bool(status)
            if self.aborted:
                return Lost(LATE, sent=sent)
            found = explained(problem, self._way, self._offered)
            return Lost(found.words, sent=sent and not found.unread, cure=found.cure)
        # whatever is raised there is told, and gets no further
        except Exception as problem:  # noqa: BLE001
            return Lost(f"{type(problem).__name__}: {problem}", sent=self.sent or bool(status))

    def _trace(self, event: str, info: Mapping[str, object]) -> None:
        """Learn from httpx which socket is used, and that the request has left.

        A proxy's CONNECT is not the request: it passes through the same events.
        """
        found = info.get("return_value")
        if event == "http11.send_request_headers.started":
            self._in_tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
        elif event == "http11.send_request_body.complete":
            self.sent = not self._in_tunnel
        elif event == "http11.receive_response_headers.complete" and self._in_tunnel:
            self._offered = _offered(found)
        elif event.endswith(".complete") and hasattr(found, "get_extra_info"):
            used = found.get_extra_info("socket")
            if isinstance(used, socket.socket):
                self._socket = used


def _offered(answer: object) -> str:
    """The ways to log in that a proxy's refusal names."""
    headers = answer[3] if isinstance(answer, tuple) and len(answer) > 3 else ()
    ways = []
    for name, value in headers:
        if name.lower() == b"proxy-authenticate":
            ways.append(value.decode("ascii", "replace").split(" ")[0])
    return ", ".join(ways)


# From a response to what h11 has read and not used; no part of httpx says it.
_INWARDS = ("_stream", "_httpcore_stream", "_stream", "_connection", "_h11_state", "trailing_data")


def _has_more(response: httpx.Response) -> bool:
    """Whether the connection has brought more than this answer: the same once more, another one, a
    body where none may be. httpx would read it as the next answer, before its request has left.
    """
    part: object = response.stream
    for name in _INWARDS:
        part = getattr(part, name, None)
    return isinstance(part, tuple) and bool(part[0])


def _check_size(body: bytearray) -> None:
    if len(body) > LARGEST_ANSWER:
        raise httpx.ReadError(f"an answer of more than {LARGEST_ANSWER // 1024 // 1024} MB")
