"""What the engine and a service say to each other: requests, replies, and the conversations made of
them.

A service speaks in generators: each yields requests and receives replies, and returns what they
mean (the pattern of httpx's ``auth_flow``). It knows no clock, no journal and no network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from testferry.attachments import FilePart
from testferry.engine.verdict import Accepted, Finding, Verdict
from testferry.model import Result, Tally
from testferry.submission import Items, Label, Submission


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, relative to the service's address."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    part: FilePart | None = None  # a file instead of a body

    @property
    def target(self) -> str:
        """Path and query, quoted."""
        path = quote(self.path, safe="/%&=?")
        return f"{path}?{urlencode(self.query)}" if self.query else path

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the answer as the dialect understands it, and its JSON where it has one."""

    verdict: Verdict
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    message: str = ""

    @property
    def accepted(self) -> bool:
        """The service took the request."""
        return isinstance(self.verdict, Accepted)

    def json(self) -> Any:
        """The body, None where it is no JSON."""
        try:
            return json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an upload needs: whether it is there, and what to do where it is not."""

    name: str
    passed: bool
    message: str
    cure: str = ""


Checking = Generator[Request, Reply, list[Check]]
Sending = Generator[Request, Reply, Verdict]
Looking = Generator[Request, Reply, Finding]


class Book(Protocol):
    """What a target may ask about the upload while it sends or looks."""

    @property
    def run(self) -> Mapping[str, Any]:
        """What the service calls the run; empty until it is open."""
        ...

    @property
    def marker(self) -> str:
        """What this upload writes into what it creates."""
        ...

    def lane(self, one: Submission) -> Submission:
        """The lane that a batch travels in."""
        ...

    def lanes(self) -> list[Submission]:
        """Every lane of the upload."""
        ...

    def confirmed(self, lane: int) -> int:
        """How many results are known to be in a lane."""
        ...

    def others_open(self, one: Submission) -> list[Submission]:
        """Batches, besides this one, that are out or in doubt."""
        ...

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        """The wire form of every result known to be in a lane, or, without lanes, at the
        service.
        """
        ...

    def confirmed_items(self) -> int:
        """How many items of all batches are known to be at the service."""
        ...

    def created(self, name: str) -> dict[str, str]:
        """What openings of this name made: their ``place`` to the service's id, in order."""
        ...

    def refusals(self, name: str) -> dict[str, str]:
        """Openings of this name that were refused: their ``place`` to the reason."""
        ...

    def result_id(self, case: str) -> str:
        """The service's id of a case's result, empty where no answer told it."""
        ...

    def known_results(self) -> tuple[int, frozenset[str]]:
        """The service's highest result id before the upload, and the ids that its answers told
        since.
        """
        ...

    def unsettled(self) -> bool:
        """Whether a batch may still arrive."""
        ...

    def service_time(self, one: Submission) -> float:
        """When a submission left, by the service's clock, rounded down to be safe."""
        ...

    def cached(self, key: str) -> Mapping[str, Any]:
        """What an earlier upload kept of the service, empty where there is nothing."""
        ...

    def cache(self, key: str, document: Mapping[str, Any]) -> None:
        """Keep something for later uploads."""
        ...


class Target(Protocol):
    """One service."""

    @property
    def uses_lanes(self) -> bool:
        """Whether batches travel in lanes of the run."""
        ...

    @property
    def plans_later(self) -> bool:
        """Whether results are kept as they are until the service was asked what is there."""
        ...

    @property
    def batch_size(self) -> int:
        """Results in one request, unless the user says otherwise."""
        ...

    @property
    def batch_bytes(self) -> int:
        """Bytes in one request, unless the user says otherwise."""
        ...

    @property
    def overhead(self) -> int:
        """Bytes of a body besides its results."""
        ...

    def describe(self) -> dict[str, Any]:
        """The options that make this upload what it is; kept in the journal, part of the
        fingerprint, no secrets.
        """
        ...

    def item(self, result: Result) -> bytes:
        """The wire form of one result: JSON on one line."""
        ...

    def identity(self) -> dict[str, Any]:
        """Where results go to: the same reports to the same place are the same upload, whatever
        else is asked for.
        """
        ...

    def openings(self, tests: Tally, elapsed: float, marker: str) -> list[Submission]:
        """What must be there before results can be sent."""
        ...

    def new_lane(self) -> list[Submission]:
        """The rows of one more lane, the lane itself first."""
        ...

    def closings(self) -> list[Submission]:
        """What is left to do when nothing is missing."""
        ...

    def replan(
        self, one: Submission, results: Iterator[tuple[bytes, Label]], marker: str
    ) -> tuple[Iterator[tuple[Submission, Items | None]], str]:
        """The rows that follow from an opening that is done, and a line for people; only where
        ``plans_later``.
        """
        ...

    def send(self, one: Submission, items: Items, book: Book) -> Sending:
        """The requests of a submission and what came of them."""
        ...

    def look(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """Find out whether a submission was applied."""
        ...

    def run_url(self, base: str, run_id: str) -> str:
        """The run's address for people."""
        ...

    def check(self) -> Checking:
        """What ``doctor`` asks with cheap reading calls, and what came of it."""
        ...
