"""What an upload tells its one listener. Frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

REHEARSAL = "dry-run"  # the id of what is not sent
KEPT_FAILURES = 1000  # failed tests remembered for the summary


@dataclass(frozen=True, slots=True)
class Planned:
    """Everything is in the journal; sending begins."""

    upload_id: str
    target: str
    results: int
    submissions: int
    # results that an earlier process has already settled
    done: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The run is known: its id and its address for people."""

    run_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """A request was answered, or left."""

    # results
    accepted: int
    rejected: int
    in_doubt: int
    pending: int
    # requests that were sent, and those of them that have no answer yet
    requests: int
    in_flight: int
    # how much of the limit is used, in words
    rate: str
    # requests still to make, as far as is known
    to_go: int
    # seconds until they are made, by what the limit allows and by the pace so far; None: nobody can
    # tell
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing leaves for some time."""

    seconds: float
    # the wall clock time at which it goes on
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line about something that happened: a retry, a doubt, a split."""

    text: str
    # 0 is always shown, 1 with ``-v``, 2 with ``-vv``
    level: int = 1


Event = Planned | Opened | Progressed | Waiting | Told
Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class NamedResult:
    """One result by its name, with the words that belong to it: why the service refused it, how its
    test failed.
    """

    name: str
    suite: str
    reason: str
    # where a failed test stands, as far as its report says
    file: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """Give ``file:line``, or as much of it as is known."""
        if self.file and self.line is not None:
            return f"{self.file}:{self.line}"
        return self.file

    def as_dict(self) -> dict[str, object]:
        """Give the form of CONTRACT; the file and the line only if they are known."""
        said: dict[str, object] = {
            "name": self.name,
            "suite": self.suite,
            "reason": self.reason,
        }
        if self.file:
            said |= {"file": self.file, "line": self.line}
        return said
