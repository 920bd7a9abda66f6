"""A table's target outside of the engine: its conversations, one reply after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from fakes import NoBook, looking, sending
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import Accepted, Finding, Rejected, Verdict
from testferry.model import Result, Status
from testferry.services.http.target import Http
from testferry.submission import Items, Kind, Label, Submission

RESULTS = [Result("a", Status.PASSED), Result("b", Status.FAILED), Result("c", Status.SKIPPED)]


class Book(NoBook):
    """The book of an upload whose openings and earlier batches are said; it keeps a cache."""

    def __init__(self, run: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.opening = Submission(1, Kind.OPEN, "open", remote=dict(run or {}))
        self.sent: list[bytes] = []
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.age = 0.0

    def openings(self, name: str) -> list[Submission]:
        return [self.opening] if name == "open" else []

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        return iter(self.sent)

    def key_age(self, submission: Submission) -> float:
        return self.age

    def cached(self, key: str) -> Mapping[str, Any]:
        return self.kept.get(key, {})

    def cache(self, key: str, document: Mapping[str, Any]) -> None:
        self.kept[key] = dict(document)


def items(target: Http, results: list[Result] | None = None) -> Items:
    """Results as a plan holds them."""
    chosen = RESULTS if results is None else results
    labels = tuple(Label(result.name, "", str(result.status)) for result in chosen)
    return Items(tuple(map(target.item, chosen)), labels)


def batch(count: int = 3, **more: Any) -> Submission:
    return Submission(7, Kind.BATCH, "append", count=count, **more)


def taken(document: object, status: int = 200) -> Reply:
    """A 2xx with this JSON."""
    return Reply(Accepted(), status, {}, json.dumps(document).encode())


def refused(document: object, status: int = 400) -> Reply:
    """A 4xx; its words are those of the document's message."""
    body = json.dumps(document)
    words = str(document.get("message", body)) if isinstance(document, dict) else body
    return Reply(Rejected(words), status, {}, body.encode(), words)


Answers = Callable[[Request], Reply]


def talk(steps: Generator[Request, Reply, Any], answers: Answers) -> tuple[Any, list[Request]]:
    """A conversation to its end: what it means, and what was asked."""
    asked = []
    try:
        request = next(steps)
        while True:
            asked.append(request)
            request = steps.send(answers(request))
    except StopIteration as end:
        return end.value, asked


def send(
    target: Http, held: Items, answers: Answers, book: Book | None = None, **more: Any
) -> tuple[Verdict, list[Request]]:
    """A batch leaves."""
    row = batch(len(held.wire), **more)
    return talk(sending(target, row, held, book or Book()), answers)


def look(
    target: Http, held: Items, answers: Answers, book: Book | None = None
) -> tuple[Finding, list[Request]]:
    """A batch is looked for."""
    row = batch(len(held.wire))
    return talk(looking(target, row, lambda: held, book or Book()), answers)
