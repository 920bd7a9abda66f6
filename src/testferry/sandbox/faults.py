"""Misbehaviour on request: ``OPERATION: EFFECT [WHEN]``.

OPERATION  any, or what a service's emulator calls a request: run, append, complete, read …

EFFECT     500            answer with this status, nothing applied
           500 applied    the same, but it is applied
           429 after 2    with Retry-After: 2 (seconds to wait; not "after two requests")
           drop           the connection is closed, nothing applied
           lost           applied, then the connection is closed instead of an answer
           late 3s        the connection is closed, and it is applied three seconds later
           slow 3s        applied, answered three seconds later
           hang           no answer at all (an hour)
           html           a login page with status 200
           refuse TEXT    a batch with a test that says TEXT is refused, without saying where

WHEN       every 7 · once · first 3 · after 10 · for 20s        (default: always)
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from testferry.errors import UsageProblem
from testferry.services.emulation import Response
from testferry.services.emulators import operations

ANY = "any"
_HOUR = 3600.0
_KEY = re.compile(r"\b[0-9a-f]{12,}\b")
_FAULT = re.compile(
    r"\s*(?P<operation>\w+)\s*:\s*"
    r"(?:(?P<status>[1-5]\d\d)(?P<applied>\s+applied)?(?:\s+after\s+(?P<wait>\d+))?"
    r"|(?P<effect>drop|lost|hang|html)"
    r"|(?P<timed>late|slow)\s+(?P<seconds>[\d.]+)\s*s?"
    r"|refuse\s+(?P<text>\S+))"
    r"(?:\s+(?P<when>every|first|after|for)\s+(?P<number>[\d.]+)\s*s?|\s+(?P<once>once))?\s*"
)


@dataclass(slots=True)
class When:
    """Which of the matching requests are hit, and how many there were."""

    # always, every, first, after (so many requests) or for (so many seconds)
    word: str = "always"
    number: float = 0.0
    # matching requests so far
    seen: int = 0
    # when the first of them came
    since: float | None = None

    def strikes(self, now: float) -> bool:
        """Say whether this matching request is hit."""
        self.seen += 1
        if self.since is None:
            self.since = now
        match self.word:
            case "every":
                return self.seen % max(1, int(self.number)) == 0
            case "first":
                return self.seen <= self.number
            case "after":
                return self.seen > self.number
            case "for":
                return now - self.since < self.number
        return True


@dataclass(slots=True)
class Fault:
    """One fault of the user's."""

    operation: str
    # instead of the emulator's answer; None: the connection is closed
    response: Response | None = None
    # the request is applied all the same
    applies: bool = False
    # the emulator's own answer is sent
    keeps_answer: bool = False
    # it is applied only after ``seconds``
    late: bool = False
    seconds: float = 0.0
    # only a body whose tests say this is met, and refused in the service's words
    text: str = ""
    when: When = field(default_factory=When)


@dataclass(slots=True)
class Faults:
    """All faults of a sandbox; the first that strikes counts."""

    faults: list[Fault] = field(default_factory=list)
    _released: threading.Event = field(default_factory=threading.Event)

    def next(
        self,
        operation: str,
        body: bytes,
        now: float,
    ) -> Fault | None:
        """Find the fault that strikes a request; None if none does."""
        for fault in self.faults:
            if fault.operation not in (operation, ANY):
                continue
            if fault.text and fault.text not in _said(body):
                continue
            if fault.when.strikes(now):
                return fault
        return None

    def hold(self, seconds: float) -> None:
        """Let a request wait; the end of the sandbox lets it go."""
        self._released.wait(seconds)

    def release(self) -> None:
        """Let every held request go."""
        self._released.set()


def _said(body: bytes) -> str:
    """What the tests of a body say: neither the names of its fields nor the keys that tell results
    apart, in which any few letters may stand.
    """
    try:
        texts = "\n".join(_texts(json.loads(body)))
    except (ValueError, RecursionError):
        texts = body.decode("utf-8", "replace")
    return _KEY.sub("", texts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def parse(texts: Iterable[str]) -> Faults:
    """Read faults from ``--fault`` options. Raises UsageProblem."""
    return Faults([_parse(text) for text in texts])


def _parse(text: str) -> Fault:
    match = _FAULT.fullmatch(text)
    if not match or match["operation"] not in (*operations(), ANY):
        raise UsageProblem(
            f"no fault: {text!r}",
            "use OPERATION: EFFECT [WHEN], for example 'append: 500 every 7' or 'append: lost "
            "once'",
        )
    fault = Fault(match["operation"])
    if match["once"]:
        fault.when = When("first", 1)
    elif match["when"]:
        fault.when = When(match["when"], float(match["number"]))
    _set_effect(fault, match)
    return fault


def _set_effect(fault: Fault, match: re.Match[str]) -> None:
    if match["status"]:
        headers = {}
        if match["wait"]:
            headers["Retry-After"] = match["wait"]
        document = {"message": "A fault of the sandbox."}
        fault.response = Response(int(match["status"]), document, headers)
        fault.applies = bool(match["applied"])
    elif match["timed"]:
        fault.seconds = float(match["seconds"])
        fault.applies = True
        fault.late = match["timed"] == "late"
        fault.keeps_answer = match["timed"] == "slow"
    elif match["text"]:
        fault.text = match["text"]
    elif match["effect"] == "html":
        fault.response = Response(200, text="<!doctype html><title>Login</title>")
    elif match["effect"] == "lost":
        fault.applies = True
    elif match["effect"] == "hang":
        fault.seconds = _HOUR
