"""The values that the scheduler and the loop say to each other: what to do next, and what follows
from an answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from testferry.defaults import SETTLE
from testferry.engine.outage import PATIENCE
from testferry.pace.limits import Rate
from testferry.submission import Happening, Items, State, Submission


@dataclass(frozen=True, slots=True)
class Send:
    """Let this one leave, a batch in this lane."""

    submission: Submission
    lane: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Find out what became of this one."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class NewLane:
    """Every lane is taken or in doubt: open one more."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done before ``until`` (inf: before an answer arrives)."""

    until: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left that this process can do."""


Action = Send | Look | NewLane | Wait | Finished
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Move:
    """One transition, with the facts that the row takes on; ``retires``: a lane that proves nothing
    any more.
    """

    submission: Submission
    happening: Happening
    facts: Facts = field(default_factory=dict)
    retires: int | None = None
    rows: tuple[tuple[Submission, Items], ...] = ()  # that follow from it


@dataclass(frozen=True, slots=True)
class Split:
    """A refused batch becomes others: two halves, or the ``culprits`` (rejected, one each, for
    their own ``reasons`` if there are any) and the rest, or ``portions`` of its places.
    """

    submission: Submission
    culprits: frozenset[int]
    facts: Facts
    reasons: Mapping[int, str] = field(default_factory=dict)
    portions: tuple[frozenset[int], ...] = ()


@dataclass(frozen=True, slots=True)
class Divide:
    """A batch turned out to be applied in part: ``found`` is there, the rest is sent anew."""

    submission: Submission
    found: frozenset[int]


@dataclass(frozen=True, slots=True)
class Portion:
    """A batch of which each result was answered for itself: ``refused`` and ``later`` have reasons
    by places, all others are there. What comes later leaves at ``due``.
    """

    submission: Submission
    refused: Mapping[int, str]
    later: Mapping[int, str]
    due: float


Change = Move | Split | Divide | Portion


class Extent(Enum):
    """How much of a journal is carried out."""

    ALL = auto()
    PLAN = auto()  # no more than its plan needs
    DOUBT = auto()  # no more than tells what became of what may have been applied

    def of(self, rows: list[Submission]) -> list[Submission]:
        """The rows that are dealt with."""
        if self is not Extent.DOUBT:
            return rows
        return [row for row in rows if row.unsettled or row.state is not State.PENDING]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how wide, how long. Seconds."""

    rate: Rate
    width: int = 1
    settle: float = SETTLE
    in_doubt: str = "keep"
    max_time: float = math.inf
    patience: float | None = None  # with an outage


@dataclass(frozen=True, slots=True)
class Policy:
    """How the user wants it; ``settle`` and ``patience`` (with an outage) in seconds."""

    width: int = 1
    settle: float = SETTLE
    in_doubt: str = "keep"
    patience: float = PATIENCE
    lanes: bool = False  # batches travel in lanes of the run
    # A look says most while nothing else is on the way: the service has one counter for the run.
    alone: bool = False
    # Only what is in doubt is dealt with: what turns out not to be there is left to be planned.
    only_doubt: bool = False

    @classmethod
    def of(
        cls,
        pace: Pace,
        extent: Extent,
        *,
        lanes: bool,
        alone: bool,
    ) -> Policy:
        """What follows from how the user wants it, and from what the service is like."""
        patience = pace.patience
        if patience is None and pace.max_time == math.inf:
            patience = PATIENCE
        return cls(
            width=pace.width,
            settle=pace.settle,
            in_doubt=pace.in_doubt,
            patience=patience or math.inf,  # --max-time is one already
            lanes=lanes,
            alone=alone,
            only_doubt=extent is Extent.DOUBT,
        )
