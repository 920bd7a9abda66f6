"""One request that an upload must make, the states it can be in, and the only ways between them.

    PENDING ──leaves──▶ SENDING ──accepted──▶ SENT
       ▲                  │ │ └──rejected───▶ REJECTED
       ├────deferred──────┘ └──in_doubt─────▶ IN_DOUBT ──there───▶ SENT
       └────────────────not_there──────────────┘   │ └──dropped──▶ REJECTED
                                                   └──unknown──▶ IN_DOUBT

``leaves`` is on disk before the first byte is on the wire, so a process that finds a SENDING row
knows only that the request may have been applied: SENDING ──found──▶ IN_DOUBT. There is no other
way from SENDING to PENDING than an answer that says that nothing was applied. SENT and REJECTED are
final.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a submission stands."""

    PENDING = "pending"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Nothing more is done about it."""
        return self in (State.SENT, State.REJECTED)


class Happening(StrEnum):
    """What moves a submission from one state to another."""

    LEAVES = "leaves"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"
    FOUND = "found"
    THERE = "there"
    NOT_THERE = "not_there"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


TRANSITIONS: dict[tuple[State, Happening], State] = {
    (State.PENDING, Happening.LEAVES): State.SENDING,
    (State.SENDING, Happening.ACCEPTED): State.SENT,
    (State.SENDING, Happening.REJECTED): State.REJECTED,
    (State.SENDING, Happening.DEFERRED): State.PENDING,
    (State.SENDING, Happening.IN_DOUBT): State.IN_DOUBT,
    (State.SENDING, Happening.FOUND): State.IN_DOUBT,
    (State.IN_DOUBT, Happening.THERE): State.SENT,
    (State.IN_DOUBT, Happening.NOT_THERE): State.PENDING,
    (State.IN_DOUBT, Happening.UNKNOWN): State.IN_DOUBT,
    (State.IN_DOUBT, Happening.DROPPED): State.REJECTED,
}


class Kind(StrEnum):
    """What a submission is for; the order in which they can be sent."""

    OPEN = "open"  # the run: found or created before anything else
    LANE = "lane"  # a stream within the run that only this upload writes to
    BATCH = "batch"  # results
    # what follows when no batch is left to send: a file for a result, a last look at the run
    ATTACH = "attach"
    CLOSE = "close"  # only when nothing is missing


ATTACHMENT = "attachment"  # what a row of a file for a result is called
LET_BE = "let_be"  # a key of a row's body
_OPEN = (State.SENDING, State.IN_DOUBT)


@dataclass(slots=True)
class Submission:
    """One row of the journal. ``remote`` is what the service calls it (its id, its address).

    One record, because it is one row: the table has these columns.
    """

    id: int
    kind: Kind
    name: str
    state: State = State.PENDING
    count: int = 0  # items
    results: int = 0  # tests that they stand for
    size: int = 0
    lane: int | None = None
    root: int | None = None
    attempts: int = 0
    left_at: float | None = None  # wall clock: it must survive a restart
    working: bool = True  # in doubt: the service may still be applying it
    reason: str = ""
    # it may have been applied once already: a refusal of a later try says nothing of the first
    applied: bool = False
    # of a lane: its count proves nothing any more
    retired: bool = False
    # the service's own time when the request left, seconds since the epoch, None if unknown
    there_at: float | None = None
    # wall clock, when its idempotency key was first used
    key_at: float | None = None
    remote: dict[str, Any] = field(default_factory=dict)
    # of openings and closings; a batch's results are items
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def let_be(self) -> bool:
        """Whether nothing is amiss without it, as the user said."""
        return bool(self.body.get(LET_BE))

    @property
    def unsettled(self) -> bool:
        """Whether it may have been applied, and nobody knows: also where it waits to be sent once
        more under its key.
        """
        return self.state in _OPEN or (self.applied and self.state is State.PENDING)


@dataclass(frozen=True, slots=True)
class Label:
    """What a person calls a result that is to be sent.

    Where one item stands for several tests (one case of TestRail's), ``others`` are the further
    ones; ``weight`` is how many results it counts for: none where they are counted elsewhere
    already.
    """

    name: str
    suite: str
    status: str
    weight: int = 1
    others: tuple[Label, ...] = ()


def documents(wires: Iterable[bytes]) -> list[Any]:
    """What wire forms say, all read in one go: each by itself takes twice the time. One that holds
    several with commas between them says several. Raises ValueError if it is no JSON.
    """
    found: list[Any] = json.loads(f"[{b','.join(wires).decode()}]")
    return found


@dataclass(frozen=True, slots=True)
class Items:
    """The results of a batch: their wire form, encoded once, and their labels; both of one
    length.
    """

    wire: tuple[bytes, ...]
    labels: tuple[Label, ...]

    def pick(self, chosen: set[int], *, others: bool = False) -> Items:
        """The items at the chosen places, or all the others."""
        places = [at for at in range(len(self.wire)) if (at in chosen) is not others]
        return Items(
            tuple(self.wire[at] for at in places),
            tuple(self.labels[at] for at in places),
        )

    def halves(self) -> tuple[Items, Items]:
        """The first and the second half."""
        middle = len(self.wire) // 2
        first = Items(self.wire[:middle], self.labels[:middle])
        second = Items(self.wire[middle:], self.labels[middle:])
        return first, second

    @property
    def results(self) -> int:
        """The tests that the items stand for."""
        return sum(label.weight for label in self.labels)

    @property
    def size(self) -> int:
        """Bytes on the wire, with the commas between them."""
        return sum(map(len, self.wire)) + len(self.wire)
