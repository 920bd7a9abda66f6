"""A conversation of a service under way, and how it is handed an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testferry.engine.step import Checking, Looking, Reply, Request, Sending
from testferry.engine.verdict import Refused
from testferry.submission import Submission

TOO_DEEP = "its answer is nested too deep to be read"


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation is over: what it found out."""

    result: Any


class TooDeep(Exception):
    """An answer is nested deeper than this Python can follow; anybody can send one."""


@dataclass(slots=True)
class Conversation:
    """A submission's requests under way."""

    submission: Submission
    steps: Sending | Looking
    looking: bool
    request: Request
    since: float = 0.0  # when the request that is out left
    reads: int = 0  # tries of a request that only reads
    refused: Refused | None = None  # what a look met

    @property
    def only_reads(self) -> bool:
        """Whether the request that is out changes nothing, and is no look."""
        return self.request.method == "GET" and not self.looking


def handed(steps: Sending | Looking | Checking, reply: Reply | None) -> Request | Ended:
    """What a conversation asks next, or how it ended; without a reply it begins. Raises TooDeep."""
    try:
        if reply is None:
            return next(steps)
        return steps.send(reply)
    except StopIteration as end:
        return Ended(end.value)
    except RecursionError:
        raise TooDeep from None
