"""Any other bulk API, described in TOML: one POST of ``{"results": […]}`` per batch, an idempotency
key if it is honoured.

There is nothing to read back, so a lost answer stays in doubt unless the service honours the key:
then the same request is simply sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from testferry.engine.step import (
    Book,
    Check,
    Checking,
    Looking,
    Reply,
    Request,
    Sending,
    Step,
    Target,
)
from testferry.engine.verdict import CannotTell, InDoubt, NotThere, Verdict
from testferry.model import Result
from testferry.services.http.suspicion import suspicion
from testferry.services.http_json import encode, neutral, wrap
from testferry.submission import Items, Kind, Submission
from testferry.text import shorten

TEXT_LIMIT = 16_384
# A service may have forgotten a key that is older: the IETF's draft leaves it to the service, a day
# is what those that say anything keep.
KEY_LIFE = 24 * 3600.0


@dataclass(slots=True)
class Http(Target):
    """The table of a target. ``path`` is the key of the results in the body."""

    how: ClassVar[frozenset[str]] = frozenset(
        {"dialect", "batch_size", "batch_bytes", "idempotency_header"}
    )

    endpoint: str = ""
    dialect: str = "nestjs"
    idempotency_header: str = ""
    batch_size: int = 500
    batch_bytes: int = 1_000_000
    path: str = "results"
    # Rows whose answer was a success by its status alone.
    _unexplained: set[int] = field(default_factory=set, init=False, repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self) if each.init}

    def identity(self) -> dict[str, Any]:
        """Where, and under which key of the body; how the results are cut is no other place."""
        return {"endpoint": self.endpoint, "path": self.path}

    def earlier_identity(self) -> dict[str, Any]:
        return self.describe()

    def item(self, result: Result) -> bytes:
        """The neutral model as JSON, without what is empty."""
        document = neutral(result, TEXT_LIMIT)
        document.pop("base", None)  # a path of this machine
        for stream in ("stdout", "stderr"):
            if stream in document:
                document[stream] = shorten(document[stream], TEXT_LIMIT)
        told = {
            key: value for key, value in document.items() if value
        }  # zero and false say nothing
        return encode(told)

    def steps(self) -> tuple[Step, ...]:
        return (Step("append", Kind.BATCH, self._send, self._look),)

    def _send(self, submission: Submission, items: Items, book: Book) -> Sending:
        headers: tuple[tuple[str, str], ...] = ()
        if self.idempotency_header:
            key = _key(book.marker, submission, items)
            headers = ((self.idempotency_header, f'"{key}"'),)
        reply = yield Request("POST", self.endpoint, body=wrap(self.path, items), headers=headers)
        return self._believed(submission, reply, items)

    def _believed(self, submission: Submission, reply: Reply, items: Items) -> Verdict:
        """A 2xx only for what it says: one that speaks of errors is no success."""
        found = suspicion(reply, items) if reply.accepted else None
        if found is None:
            return reply.verdict
        self._unexplained.add(submission.id)
        words = (
            f"the service answered {reply.status}, and its answer speaks of errors that the table "
            f"does not explain: {found.words}; if it says what became of each result, write "
            f"{found.key}"
        )
        return InDoubt(words, working=False)

    def _look(self, submission: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """With an idempotency key the answer is to send it again; without one nobody can tell."""
        yield from ()
        if submission.id in self._unexplained:  # sent again, it would be answered in the same way
            return CannotTell("nothing says which results it took", again=False)
        if self.idempotency_header and book.key_age(submission) > KEY_LIFE:
            words = "the service may have forgotten the idempotency key: it is older than a day"
            return CannotTell(words, again=False)
        if self.idempotency_header:
            return NotThere(retry_at_once=True)
        return CannotTell("the service offers nothing to read back", again=False)

    def check(self) -> Checking:
        """Whether anything answers."""
        reply = yield Request("GET", self.endpoint)
        words = f"{reply.status} to a GET, which is all that can be asked without sending results"
        return [Check("answer", passed=True, message=words)]


def _key(marker: str, submission: Submission, items: Items) -> str:
    """The key names the row, not what it holds: equal results are two requests, not one.

    Rows are on disk before a request leaves and keep their ids over restarts.
    """
    named = f"{marker} {submission.id}".encode()
    if submission.left_at is not None and submission.key_at is None:
        # Testferry 0.1 sent it for the first time: the key is the one that it gave, of the content.
        named = b"\n".join((marker.encode(), *items.wire))
    return hashlib.sha256(named).hexdigest()[:32]
