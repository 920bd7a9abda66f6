"""An answer is a document, a page, or nothing but its status; a further emulator is one entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import httpx

from testferry.sandbox.server import Sandbox, Settings
from testferry.services.emulation import Emulator, Response


def test_the_three_kinds_of_answer() -> None:
    document = Response(200, {"a": 1})
    assert (document.data, document.content_type) == (b'{"a": 1}', "application/json")
    page = Response(200, text="<p>")
    assert (page.data, page.content_type) == (b"<p>", "text/html; charset=utf-8")
    assert Response(204).data == b""


class Toy:
    """A service that says yes."""

    operations: ClassVar[tuple[str, ...]] = ("play",)

    def owns(self, target: str) -> bool:
        return target.startswith("/toy")

    def admits(self, headers: Mapping[str, str], token: str) -> bool:
        return headers.get("x-toy") == token

    def unauthorised(self) -> Response:
        return Response(401, "who are you?")

    def too_many(self, limits: str, seconds: int) -> Response:
        return Response(429, f"{limits}, {seconds} s")

    def too_large(self, limit: int) -> Response:
        return Response(413, limit)

    def invalid(self) -> Response:
        return Response(422)

    def operation(self, method: str, target: str) -> str:
        return "play"

    def handle(
        self, method: str, target: str, body: bytes = b"", content_type: str = ""
    ) -> Response:
        return Response(200, f"{method} {target}")

    def close(self) -> None:
        pass


def test_a_further_service_is_one_entry() -> None:
    toy: Emulator = Toy()
    sandbox = Sandbox(Settings(token="t"))
    sandbox.emulators["toy"] = toy
    with sandbox, httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        assert client.get("/toy?x=1", headers={"X-Toy": "t"}).json() == "GET /toy?x=1"
        assert client.get("/toy").json() == "who are you?"
        assert client.get("/api/v1/nothing").json()["message"].startswith("Unauthenticated")
