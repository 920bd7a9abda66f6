"""Any other bulk API, described in TOML: one POST of ``{"results": […]}`` per batch, an idempotency
key if it is honoured.

There is nothing to read back, so a lost answer stays in doubt unless the service honours the key:
then the same request is simply sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
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
from testferry.services.http.answers import believed
from testferry.services.http.bodies import TYPES, body_of, filled, numbered, with_keys
from testferry.services.http.table import Description, described
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
        {"dialect", "batch_size", "batch_bytes", "idempotency_header", "answer", "auth"}
    )

    endpoint: str = ""
    dialect: str = "nestjs"
    idempotency_header: str = ""
    batch_size: int = 500
    batch_bytes: int = 1_000_000
    path: str = "results"
    # The tables item, status, maps, send and set, as they are written.
    tables: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict)  # how the token is sent, without it
    _described: Description = field(default_factory=Description, init=False, repr=False)
    _numbered: int = field(default=0, init=False, repr=False, compare=False)
    # Rows whose answer was a success by its status alone.
    _unexplained: set[int] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tables = dict(self.tables)
        if self.answer:
            tables["answer"] = self.answer
        self._described = described(tables)

    def describe(self) -> dict[str, Any]:
        """The options; tables that are not there are left out, as journals of 0.1 have it."""
        kept = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        for name in ("tables", "answer", "auth"):
            if not kept[name]:
                del kept[name]
        return kept

    def identity(self) -> dict[str, Any]:
        """Where: the address, the request that is sent there and the values that are set for it.

        How the results are cut, or what they look like, is no other place.
        """
        place: dict[str, Any] = {"endpoint": self.endpoint, "path": self.path}
        tables = {}
        send = self.tables.get("send")
        if isinstance(send, Mapping):
            tables["send"] = {"request": send.get("request", "")}
        if self.tables.get("set"):
            tables["set"] = self.tables["set"]
        if tables:
            place["tables"] = tables
        return place

    def earlier_identity(self) -> dict[str, Any]:
        return self.describe()

    def item(self, result: Result) -> bytes:
        """One result as the table has it, or the neutral model."""
        make = self._described.make
        wire = encode(make(result, None)) if make else _plain(result)
        if not self._described.keyed:
            return wire
        self._numbered += 1
        return numbered(self._numbered, wire)

    def steps(self) -> tuple[Step, ...]:
        return (Step("append", Kind.BATCH, self._send, self._look),)

    def _send(self, submission: Submission, items: Items, book: Book) -> Sending:
        headers: tuple[tuple[str, str], ...] = ()
        if self.idempotency_header:
            key = _key(book.marker, submission, items)
            headers = ((self.idempotency_header, f'"{key}"'),)
        described = self._described
        keys: list[str] = []
        if described.keyed:
            lines = described.sent.lines if described.sent else ()
            items, keys = with_keys(book.marker, items, lines)
        request = self._request(submission, items, book, headers)
        reply = yield request
        verdict = self._read(reply, items, keys)
        if isinstance(verdict, InDoubt) and reply.accepted:
            self._unexplained.add(submission.id)
        return verdict

    def _request(
        self,
        submission: Submission,
        items: Items,
        book: Book,
        headers: tuple[tuple[str, str], ...],
    ) -> Request:
        sent = self._described.sent
        if sent is None:
            return Request("POST", self.endpoint, body=wrap(self.path, items), headers=headers)
        values = {
            "set": self.tables.get("set", {}),
            "upload": {"id": book.marker},
            "batch": {"key": _key(book.marker, submission, items)},
        }
        path = str(filled(sent.path, values, quoted=True)).lstrip("/")
        more = [(name, str(filled(text, values))) for name, text in sent.headers]
        more.append(("Content-Type", TYPES[sent.format]))
        body = body_of(sent, items, values)
        return Request(sent.method, path, body=body, headers=(*headers, *more))

    def _read(self, reply: Reply, items: Items, keys: list[str]) -> Verdict:
        answer = self._described.answer
        if answer is None:
            return believed(reply, items)
        places = {key: place for place, key in enumerate(keys)}
        return answer.read(reply, items, places, keyed=self._described.keyed)

    def _look(self, submission: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """With an idempotency key the answer is to send it again; without one nobody can tell."""
        yield from ()
        if submission.id in self._unexplained:  # sent again, it would be answered in the same way
            return CannotTell("nothing says which results it took", again=False)
        if self._described.keyed:  # what is there already is not made twice
            return NotThere(retry_at_once=True)
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
        return [
            Check("answer", passed=True, message=words),
            Check("a lost answer", passed=True, message=self._lost_answer()),
        ]

    def _lost_answer(self) -> str:
        """What becomes of a batch whose answer is lost."""
        if self._described.keyed:
            return "sent again (key in each item)"
        if self.idempotency_header:
            return f"sent again ({self.idempotency_header}, if the service honours it)"
        return "kept in doubt: this table has no key in its items, and nothing to look at"


def _plain(result: Result) -> bytes:
    """The neutral model as JSON, without what is empty."""
    document = neutral(result, TEXT_LIMIT)
    document.pop("base", None)  # a path of this machine
    for stream in ("stdout", "stderr"):
        if stream in document:
            document[stream] = shorten(document[stream], TEXT_LIMIT)
    told = {key: value for key, value in document.items() if value}  # zero and false say nothing
    return encode(told)


def _key(marker: str, submission: Submission, items: Items) -> str:
    """The key names the row, not what it holds: equal results are two requests, not one.

    Rows are on disk before a request leaves and keep their ids over restarts.
    """
    named = f"{marker} {submission.id}".encode()
    if submission.left_at is not None and submission.key_at is None:
        # Testferry 0.1 sent it for the first time: the key is the one that it gave, of the content.
        named = b"\n".join((marker.encode(), *items.wire))
    return hashlib.sha256(named).hexdigest()[:32]
