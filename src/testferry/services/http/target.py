"""Any other bulk API, described in TOML: a request for each batch, and what is said of its answers.

What becomes of a lost answer is what the table can prove: looked up where it says how, sent again
where each result or the request has a key that the service knows again, else kept in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from testferry.engine.step import (
    Book,
    Checking,
    Looking,
    Request,
    Sending,
    Step,
    Steps,
    Target,
)
from testferry.engine.verdict import InDoubt, Rejected
from testferry.model import Result, Tally
from testferry.services.http import carrying, lost, requests
from testferry.services.http.asking import examine
from testferry.services.http.bad import wrong
from testferry.services.http.bodies import SEPARATOR, address, numbered
from testferry.services.http.table import Description, described
from testferry.services.http.values import CLOSE, OPEN, Values, batch_key, row_name
from testferry.services.http_json import encode, neutral
from testferry.submission import Items, Kind, Submission
from testferry.text import shorten

TEXT_LIMIT = 16_384
NOTHING = Items((), ())
_TABLES = ("tables", "answer", "auth")
_LATELY = (
    "gzip",
    "name",
    "run_id",
    "idempotent",
    "idempotency_ttl",
)  # journals of 0.1 have none of them


@dataclass(slots=True)
class Http(Target):
    """The table of a target. ``path`` is the key of the results in the body.

    One record, because it is what a journal keeps of it, and makes it of again.
    """

    how: ClassVar[frozenset[str]] = frozenset(
        {"dialect", "batch_size", "batch_bytes", "idempotency_header", "answer", "auth", "gzip"}
        | {"idempotent", "idempotency_ttl", "bare", "close"}
    )
    heeded: ClassVar[frozenset[str]] = frozenset(
        {"dialect", "answer", "auth", "idempotent", "idempotency_ttl", "gzip"}
    )
    about: ClassVar[Mapping[str, str]] = {"name": "run", "open": "run"}

    endpoint: str = ""
    dialect: str = "nestjs"
    idempotency_header: str = ""
    batch_size: int = 500
    batch_bytes: int = 1_000_000
    path: str = "results"
    # The tables item, status, maps, set, send, open, close and look, as they are written.
    tables: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    auth: dict[str, Any] = field(default_factory=dict)  # how the token is sent, without it
    gzip: bool = False
    name: str = ""
    run_id: str = ""
    idempotent: bool | None = None  # the table says whether the same request twice is one
    idempotency_ttl: float | None = None  # seconds that the service knows a key again
    bare: bool = False  # it is about the run alone
    overhead: int = field(default=64, init=False, repr=False, compare=False)
    memory: lost.Memory = field(default_factory=lost.Memory, init=False, repr=False, compare=False)
    _described: Description = field(init=False, repr=False)
    _numbered: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tables = dict(self.tables)
        if self.answer:
            tables["answer"] = self.answer
        self._described = described(tables, self.path, self.idempotency_header, _plain)
        self.overhead = requests.overhead(self._described)
        self.memory.place = f"{self.endpoint} {self.tables.get('send', '')}"
        if (self.bare or self.run_id) and "id" not in self._described.kept:
            raise wrong(
                "open",
                "this table makes no run with an id",
                'write open = { request = "POST /runs", keep = { id = "/id" } }',
            )

    @property
    def description(self) -> Description:
        """The tables, understood."""
        return self._described

    def describe(self) -> dict[str, object]:
        """The options; tables that are not there are left out, as journals of 0.1 have it."""
        kept = {each.name: getattr(self, each.name) for each in fields(self) if each.init}
        del kept["bare"]
        for name in (*_TABLES, *_LATELY):
            if kept[name] in ({}, "", None) or (name == "gzip" and not self.gzip):
                del kept[name]
        return kept

    def identity(self) -> dict[str, object]:
        """Where: the address, the request that is sent there and the values that are set for it; a
        run that exists.

        How the results are cut, or what they look like, is no other place.
        """
        place: dict[str, object] = {"endpoint": self.endpoint, "path": self.path}
        if self.run_id:
            place["run_id"] = self.run_id
        tables = {}
        send = self.tables.get("send")
        if isinstance(send, Mapping):
            tables["send"] = {"request": send.get("request", "")}
        if self.tables.get("set"):
            tables["set"] = self.tables["set"]
        if tables:
            place["tables"] = tables
        return place

    def earlier_identity(self) -> dict[str, object]:
        return self.describe()

    def compared(self, options: Mapping[str, object]) -> Mapping[str, object]:
        return carrying.compared(options)

    def carried(
        self,
        before: Mapping[str, object],
        *,
        made: bool,
    ) -> dict[str, object]:
        options = Target.carried(self, before, made=made)
        return carrying.with_requests(options, self.tables, made=made)

    def item(self, result: Result) -> bytes:
        """One result as the table has it, or the neutral model; its lines before it."""
        described = self._described
        wire = encode(described.make(result, None))
        if described.lines:
            before = [encode(make(result, None)) for make in described.lines]
            wire = SEPARATOR.join((*before, wire))
        if not described.keyed:
            return wire
        self._numbered += 1
        return numbered(self._numbered, wire)

    # --- the plan

    def openings(
        self,
        tests: Tally,
        elapsed: float,
        marker: str,
    ) -> list[Submission]:
        """What opens the run; the first makes it, and is left out if there is one already."""
        first = int(bool(self.run_id))
        return [
            Submission(0, Kind.OPEN, row_name(OPEN, place))
            for place in range(first, len(self._described.opens))
        ]

    def closings(self) -> list[Submission]:
        """What closes it; the last ends the run, and is left out if others fill it too."""
        count = len(self._described.closes)
        if self.run_id and count:
            count -= 1
        return [Submission(0, Kind.CLOSE, row_name(CLOSE, place)) for place in range(count)]

    def run_closing(self) -> Submission:
        """The end of the run: the last request of ``close``."""
        if not self._described.closes:
            raise wrong(
                "close",
                "this table closes no run",
                'write close = { request = "POST /runs/{run.id}/complete" }',
            )
        return Submission(0, Kind.CLOSE, row_name(CLOSE, len(self._described.closes) - 1))

    def steps(self) -> tuple[Step, ...]:
        described = self._described
        opens = [
            Step(
                row_name(OPEN, place), Kind.OPEN, self._open, self._look_for_opening, makes_run=True
            )
            for place in range(len(described.opens))
        ]
        closes = [
            Step(row_name(CLOSE, place), Kind.CLOSE, self._close, self._look_for_closing)
            for place in range(len(described.closes))
        ]
        return (*opens, Step("append", Kind.BATCH, self._send, self._look), *closes)

    # --- the requests

    def values(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Values:
        """What a request of a submission can name."""
        key = batch_key(book.marker, submission, items)
        opens = len(self._described.opens)
        return Values(book, submission, key, self.name, self.run_id, opens)

    def _open(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        call = self._described.opens[_place(submission, OPEN)]
        values = self.values(submission, items, book)
        reply = yield requests.of_call(call, values, self._described.laters)
        self.memory.heed(reply, book)
        return requests.opened(call, reply, self.name)

    def _close(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        call = self._described.closes[_place(submission, CLOSE)]
        reply = yield requests.of_call(
            call, self.values(submission, items, book), self._described.laters
        )
        return requests.closed(reply, self.name)

    def _send(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        unfit = requests.unfit(self._described, items, self.memory.most(book))
        if unfit is not None:
            return unfit
        batch = requests.Batch(self._described, items, self.values(submission, items, book))
        reply = yield batch.request(zipped_too=self.gzip)
        self.memory.heed(reply, book)
        verdict = batch.understood(reply)
        if isinstance(verdict, Rejected):
            return self.memory.learn(verdict, reply, submission, book)
        if isinstance(verdict, InDoubt) and verdict.unclear:
            self.memory.unexplained.add(submission.id)
            submission.remote = {**submission.remote, lost.UNEXPLAINED: True}
        return verdict

    # --- looking

    def _look(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        held = items()
        return lost.find(self, submission, held, self.values(submission, held, book))

    def _look_for_opening(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        call = self._described.opens[_place(submission, OPEN)]
        return lost.find_opening(self, call, submission, self.values(submission, NOTHING, book))

    def _look_for_closing(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return lost.find_closing()

    def check(self) -> Checking:
        """What can be asked without writing."""
        return examine(self)

    def asked_path(self) -> str:
        """The path that can be asked for before anything is there."""
        described = self._described
        call = described.opens[0] if described.opens else described.send
        return address(call.path, described.laters, lambda scope, name: f"{scope}.{name}")

    def rehearsed(
        self,
        rows: Iterable[tuple[Submission, Items]],
        book: Book,
    ) -> Iterator[Request]:
        """The requests of these rows, as they would leave; of one that is cut, the first part."""
        steps = Steps(self.steps())
        for submission, whole in rows:
            items = requests.leaving_first(self._described, whole, self.memory.most(book))
            if items.wire or not whole.wire:
                yield next(steps.of(submission).send(submission, items, book))


def _place(submission: Submission, kind: str) -> int:
    """Which of several openings or closings it is."""
    number = submission.name.removeprefix(kind).strip()
    return int(number or 1) - 1


def _plain(result: Result, _: object) -> object:
    """The neutral model, without what is empty."""
    document = neutral(result, TEXT_LIMIT)
    document.pop("base", None)  # a path of this machine
    for stream in ("stdout", "stderr"):
        if stream in document:
            document[stream] = shorten(document[stream], TEXT_LIMIT)
    return {key: value for key, value in document.items() if value}  # zero and false say nothing
