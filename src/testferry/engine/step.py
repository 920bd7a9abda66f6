"""What the engine and a service say to each other: requests, replies, the conversations made of
them, and the steps of an upload.

A service speaks in generators: each yields requests and receives replies, and returns what they
mean (the pattern of httpx's ``auth_flow``). It knows no clock, no journal and no network. The
engine knows no service's words: what it has to know of a request stands on its `Step`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import quote, urlencode

from testferry.attachments import FilePart
from testferry.engine.verdict import Accepted, Finding, Verdict
from testferry.exit_codes import REFUSED
from testferry.model import Result, Tally
from testferry.submission import Items, Kind, Label, Submission


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, relative to the service's address."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    part: FilePart | None = None  # a file instead of a body
    # Seconds that pass before it leaves, if it is not the first of its conversation.
    after: float = 0.0

    @property
    def target(self) -> str:
        """Path and query, quoted."""
        path = quote(self.path, safe="/%&=?:@!$'()*,;~")
        if self.query:
            return f"{path}?{urlencode(self.query)}"
        return path

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the answer as the dialect understands it, and its JSON if it has one."""

    verdict: Verdict
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    message: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the service took the request."""
        return isinstance(self.verdict, Accepted)

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an upload needs: whether it is there, and what to do if it is not."""

    name: str
    passed: bool
    message: str
    cure: str = ""
    exit_code: int = REFUSED  # if it fails


Checking = Generator[Request, Reply, list[Check]]
Sending = Generator[Request, Reply, Verdict]
Looking = Generator[Request, Reply, Finding]


class Book(Protocol):
    """What a service may ask about the upload while it sends or looks."""

    @property
    def run(self) -> Mapping[str, object]:
        """What the service calls the run; empty until it is open."""
        ...

    @property
    def marker(self) -> str:
        """What this upload writes into whatever it creates."""
        ...

    @property
    def started(self) -> float:
        """When the upload was planned, seconds since the epoch."""
        ...

    @property
    def total(self) -> int:
        """How many results the upload has."""
        ...

    @property
    def results(self) -> Mapping[str, str]:
        """The service's ids of results, by their cases, as far as answers told them."""
        ...

    @property
    def newest_result(self) -> int:
        """The highest of these ids that is a number; 0 if there is none."""
        ...

    def arrived(self) -> list[Submission]:
        """The batches that are at the service."""
        ...

    def lane(self, submission: Submission) -> Submission:
        """The lane that a batch travels in."""
        ...

    def lanes(self) -> list[Submission]:
        """Every lane of the upload."""
        ...

    def confirmed(self, lane: int) -> int:
        """How many results are known to be in a lane."""
        ...

    def confirmed_items(self) -> int:
        """How many items of all batches are known to be at the service."""
        ...

    def others_open(self, submission: Submission) -> list[Submission]:
        """Batches, besides this one, that are out or in doubt."""
        ...

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        """The wire form of every result known to be in a lane; without lanes, at the service."""
        ...

    def openings(self, name: str) -> list[Submission]:
        """The openings of this name, in order, whatever became of them."""
        ...

    def unsettled(self) -> bool:
        """Whether a batch may still arrive."""
        ...

    def service_time(self, submission: Submission) -> float:
        """When a submission left, by the service's clock, rounded down to be safe."""
        ...

    def since_left(self, submission: Submission) -> float:
        """Seconds since it left, by the service's clock, by ours if it never told its time."""
        ...

    def key_age(self, submission: Submission) -> float:
        """Seconds since the idempotency key of a submission was used first."""
        ...

    def cached(self, key: str) -> Mapping[str, Any]:
        """What an earlier upload kept of the service; empty if there is nothing."""
        ...

    def cache(self, key: str, document: Mapping[str, object]) -> None:
        """Keep something for later uploads."""
        ...


Send = Callable[[Submission, Items, Book], Sending]
Look = Callable[[Submission, Callable[[], Items], Book], Looking]


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of request of a service.

    ``send`` makes it, ``look`` finds out whether it was applied when its answer was lost. ``name``
    is stored: rows of journals that exist are found again by it.
    """

    name: str
    kind: Kind
    send: Send
    look: Look
    # If one that is not essential is refused, only what needs it is lost, not the upload.
    essential: bool = True
    # When it is done, the rest of the plan is made of what it read (Target.replan).
    plans: bool = False
    # What it makes is the run that people look at.
    makes_run: bool = False
    says: str = ""  # what it does, for people


class Steps:
    """The steps of one upload, by the rows that they belong to."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._by_name = {}
        self._batch = None
        for step in steps:
            if step.kind is Kind.BATCH:
                self._batch = step
            else:
                self._by_name[step.name] = step

    def of(self, submission: Submission) -> Step:
        """The step of a row. A name that the service does not have is a defect."""
        if submission.kind is Kind.BATCH and self._batch is not None:
            return self._batch
        return self._by_name[submission.name]


class Target:
    """A service with the options of one upload. Whatever a service does not have, it leaves out."""

    uses_lanes: ClassVar[bool] = False  # batches travel in lanes of the run
    plans_later: ClassVar[bool] = False  # results are held until the service was asked
    overhead: int = 64  # bytes of a body besides its results
    batch_size: int = 500  # results in one request, unless the user says otherwise
    batch_bytes: int = 1_000_000  # bytes in one request, unless the user says otherwise
    run_key: str = ""  # by which many jobs find the run that they fill
    # Options of which a new value is simply used for what is unfinished; those among them that hold
    # for what is planned, too; and what others are about, if not what is sent: run, end or places.
    how: ClassVar[frozenset[str]] = frozenset()
    heeded: ClassVar[frozenset[str]] = frozenset()
    about: ClassVar[Mapping[str, str]] = {}

    def describe(self) -> dict[str, object]:
        """The options that make this upload what it is; kept in the journal, no secrets."""
        raise NotImplementedError

    def identity(self) -> dict[str, object]:
        """Where results go to: the same reports to the same place are the same upload."""
        raise NotImplementedError

    def compared(self, options: Mapping[str, object]) -> Mapping[str, object]:
        """Options of a target of this kind as they are compared, each by its name."""
        return options

    def carried(self, before: Mapping[str, object], *, made: bool) -> dict[str, object]:
        """An unfinished upload's options, with what of now counts. ``made``: its run is there."""
        options, now = {**before}, self.describe()
        for name in self.heeded:
            options.pop(name, None)
            if name in now:
                options[name] = now[name]
        return options

    def earlier_identity(self) -> dict[str, object]:
        """The identity as testferry 0.1 had it: its journals are found by it."""
        return self.identity()

    def item(self, result: Result) -> bytes:
        """The wire form of one result: JSON on one line."""
        raise NotImplementedError

    def steps(self) -> tuple[Step, ...]:
        """Every kind of request that this service knows."""
        raise NotImplementedError

    def check(self) -> Checking:
        """What ``doctor`` asks with cheap reading calls, and what came of it."""
        raise NotImplementedError

    def openings(self, tests: Tally, elapsed: float, marker: str) -> list[Submission]:
        """What must be there before results can be sent."""
        return []

    def new_lane(self) -> list[Submission]:
        """The rows of one more lane, the lane itself first."""
        return []

    def closings(self) -> list[Submission]:
        """What is left to do when nothing is missing."""
        return []

    def run_opening(self, marker: str) -> Submission:
        """The row that makes a run for others to fill (``run create``)."""
        return self.openings(Tally(), 0.0, marker)[0]

    def run_closing(self) -> Submission:
        """The row that completes a run that others filled (``run complete``)."""
        raise NotImplementedError

    def rehearsed(self, rows: Iterable[tuple[Submission, Items]], book: Book) -> Iterator[Request]:
        """The requests of these rows as they would leave, where that can be said beforehand."""
        return iter(())

    def to_be_made(self, rows: Iterable[Submission]) -> Iterator[str]:
        """What these rows make besides results, where people should know: a line for each."""
        return iter(())

    def replan(
        self,
        submission: Submission,
        results: Iterator[tuple[Result, bytes, Label]],
        marker: str,
    ) -> tuple[Iterator[tuple[Submission, Items | None]], str]:
        """The rows that follow from an opening whose step ``plans``, and a line for people."""
        raise NotImplementedError

    def run_url(self, base: str, run_id: str) -> str:
        """The run's address for people; empty if there is none."""
        return ""


def run_of(given: str, book: Book) -> str:
    """The id of the run that is filled: the one that was given, or the one that was made."""
    return given or str(book.run["id"])
