"""Any other bulk API, described in TOML: one POST of ``{"results": […]}`` per batch, an idempotency
key where it is honoured.

There is nothing to read back, so a lost answer stays in doubt unless the service honours the key:
then the same request is simply sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from testferry.engine.step import Book, Check, Checking, Looking, Request, Sending
from testferry.engine.verdict import CannotTell, NotThere
from testferry.model import Result, Tally
from testferry.services.http_json import encode, wrap
from testferry.submission import Items, Label, Submission
from testferry.text import shorten

TEXT_LIMIT = 16_384


@dataclass(slots=True)
class Http:
    """The table of a target. ``path`` is the key of the results in the body."""

    uses_lanes: ClassVar[bool] = False
    overhead: ClassVar[int] = 64
    plans_later: ClassVar[bool] = False

    endpoint: str = ""
    dialect: str = "nestjs"
    idempotency_header: str = ""
    batch_size: int = 500
    batch_bytes: int = 1_000_000
    path: str = "results"

    def describe(self) -> dict[str, Any]:
        """All of it: nothing here is secret."""
        return asdict(self)

    def identity(self) -> dict[str, Any]:
        """All of it."""
        return self.describe()

    def openings(self, tests: Tally, elapsed: float, marker: str) -> list[Submission]:
        """There is no run."""
        return []

    def new_lane(self) -> list[Submission]:
        """There are no lanes."""
        return []

    def closings(self) -> list[Submission]:
        """Nothing to close."""
        return []

    def item(self, result: Result) -> bytes:
        """The neutral model as JSON, without what is empty."""
        whole = asdict(result)
        del whole["base"]  # a path of this machine
        for key in ("stdout", "stderr"):
            whole[key] = shorten(whole[key], TEXT_LIMIT)
        whole["details"] = [
            {**one, "text": shorten(one["text"], TEXT_LIMIT)} for one in whole["details"]
        ]
        return encode(
            {key: value for key, value in whole.items() if value not in ("", None, [], (), False)}
        )

    def replan(
        self, one: Submission, results: Iterator[tuple[bytes, Label]], marker: str
    ) -> tuple[Iterator[tuple[Submission, Items | None]], str]:
        """The plan is complete from the start."""
        return iter(()), ""

    def send(self, one: Submission, items: Items, book: Book) -> Sending:
        """One POST."""
        reply = yield self._request(items, book.marker)
        return reply.verdict

    def _request(self, items: Items, marker: str) -> Request:
        headers: tuple[tuple[str, str], ...] = ()
        if self.idempotency_header:
            # the same results of the same upload are the same request, across restarts too
            key = hashlib.sha256(b"\n".join((marker.encode(), *items.wire))).hexdigest()[:32]
            headers = ((self.idempotency_header, f'"{key}"'),)
        return Request("POST", self.endpoint, body=wrap(self.path, items), headers=headers)

    def look(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """With an idempotency key the answer is to send it again; without one nobody can tell."""
        return _nothing_to_read(honoured=bool(self.idempotency_header))

    def run_url(self, base: str, run_id: str) -> str:
        """There is no run."""
        return ""

    def check(self) -> Checking:
        """Whether anything answers."""
        reply = yield Request("GET", self.endpoint)
        said = f"{reply.status} to a GET, which is all that can be asked without sending results"
        return [Check("answer", passed=True, message=said)]


def _nothing_to_read(*, honoured: bool) -> Looking:
    yield from ()
    if honoured:
        return NotThere(retry_at_once=True)
    return CannotTell("the service offers nothing to read back", again=False)
