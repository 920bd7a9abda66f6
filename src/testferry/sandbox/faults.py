"""Misbehaviour on request: ``OPERATION: EFFECT [WHEN]``.

OPERATION  run, thread, append, complete, read, any; of TestRail also section, case, update, attach
EFFECT     500            answer with this status, nothing applied;  "500 applied": applied all the
same 429 after 2    with Retry-After: 2 drop           the connection is closed, nothing applied
lost           applied, then the connection is closed instead of an answer late 3s        the
connection is closed, and it is applied three seconds later slow 3s        applied, answered three
seconds later hang           no answer at all (an hour) html           a login page with status 200
refuse TEXT    422 (400 of TestRail) for a batch with TEXT in it, without saying where WHEN
every 7 · once · first 3 · after 10 · for 20s        (default: always)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from testferry.errors import UsageProblem
from testferry.services.testmo.emulator import Response

OPERATIONS = (
    "run",
    "thread",
    "append",
    "complete",
    "read",
    "section",
    "case",
    "update",
    "attach",
    "any",
)
_HOUR = 3600.0
_FAULT = re.compile(
    r"\s*(?P<operation>\w+)\s*:\s*"
    r"(?:(?P<status>[1-5]\d\d)(?P<applied>\s+applied)?(?:\s+after\s+(?P<wait>\d+))?"
    r"|(?P<effect>drop|lost|hang|html)|(?P<timed>late|slow)\s+(?P<seconds>[\d.]+)\s*s?|refuse\s+(?P<text>\S+))"
    r"(?:\s+(?P<when>every|first|after|for)\s+(?P<number>[\d.]+)\s*s?|\s+(?P<once>once))?\s*"
)


@dataclass(slots=True)
class Fault:
    """One fault of the user's."""

    operation: str
    response: Response | None = None
    applies: bool = False
    keeps_answer: bool = False
    late: bool = False
    seconds: float = 0.0
    text: str = ""
    when: str = "always"
    number: float = 0.0
    seen: int = 0
    since: float | None = None

    def strikes(self, now: float) -> bool:
        """Whether this matching request is hit."""
        self.seen += 1
        self.since = now if self.since is None else self.since
        match self.when:
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
class Faults:
    """All faults of a sandbox; the first that strikes counts."""

    faults: list[Fault] = field(default_factory=list)
    _released: threading.Event = field(default_factory=threading.Event)

    def next(self, operation: str, body: bytes, now: float) -> Fault | None:
        """The fault for a request, if any."""
        for fault in self.faults:
            if fault.operation not in (operation, "any"):
                continue
            if fault.text and fault.text.encode() not in body:
                continue
            if fault.strikes(now):
                return fault
        return None

    def hold(self, seconds: float) -> None:
        """Let a request wait; the end of the sandbox lets it go."""
        self._released.wait(seconds)

    def release(self) -> None:
        """Let every held request go."""
        self._released.set()


def parse(texts: Iterable[str]) -> Faults:
    """Faults from ``--fault`` options. Raises UsageProblem."""
    return Faults([_parse(text) for text in texts])


def _parse(text: str) -> Fault:
    match = _FAULT.fullmatch(text)
    if not match or match["operation"] not in OPERATIONS:
        raise UsageProblem(
            f"no fault: {text!r}",
            "use OPERATION: EFFECT [WHEN], for example 'append: 500 every 7' or 'append: lost "
            "once'",
        )
    fault = Fault(match["operation"])
    if match["once"]:
        fault.when, fault.number = "first", 1
    elif match["when"]:
        fault.when, fault.number = match["when"], float(match["number"])
    if match["status"]:
        headers = {"Retry-After": match["wait"]} if match["wait"] else {}
        fault.response = Response(
            int(match["status"]), {"message": "A fault of the sandbox."}, headers
        )
        fault.applies = bool(match["applied"])
    elif match["timed"]:
        fault.seconds, fault.applies = float(match["seconds"]), True
        fault.late, fault.keeps_answer = match["timed"] == "late", match["timed"] == "slow"
    elif match["text"]:
        fault.text = match["text"]
        fault.response = Response(422, {"message": "The given data was invalid."})
    elif match["effect"] == "html":
        fault.response = Response(200, text="<!doctype html><title>Login</title>")
    else:
        fault.applies = match["effect"] == "lost"
        fault.seconds = _HOUR if match["effect"] == "hang" else 0.0
    return fault
