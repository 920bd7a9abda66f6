"""Who holds how much of a rate limit that is shared, read from its file; nothing is changed."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from testferry import sql
from testferry.pace.limits import MARGIN

_SLOTS = "SELECT scope, pid, left, done FROM slot ORDER BY scope, pid"
_GATES = "SELECT scope, until FROM gate"


@dataclass(slots=True)
class Holder:
    """What one process holds of one service's limit. Times are monotonic seconds."""

    scope: str
    process: int
    in_flight: int = 0
    # requests that are answered and still count
    answered: int = 0
    # when the last of them counts no more; inf while one is in flight
    until: float = 0.0
    # the machine, where several share the limit
    host: str = ""

    @property
    def held(self) -> int:
        """Count all that is taken from the limit."""
        return self.in_flight + self.answered


@dataclass(frozen=True, slots=True)
class Shared:
    """What one file says."""

    holders: tuple[Holder, ...] = ()
    # the service's address -> until when everybody waits
    paused: tuple[tuple[str, float], ...] = ()


def read(path: Path, now: float, per: float) -> Shared:
    """Read what is held for a window of ``per`` seconds; nothing if the file cannot be read."""
    if not path.is_file():
        return Shared()
    try:
        with contextlib.closing(sql.Connection(path, timeout=1.0)) as db:
            slots = db.execute(_SLOTS).fetchall()
            gates = db.execute(_GATES).fetchall()
    except sqlite3.Error:
        return Shared()
    found: dict[tuple[str, int], Holder] = {}
    for scope, process, left, done in slots:
        if left > now + 1:  # of another run of the machine
            continue
        holder = found.setdefault((scope, process), Holder(scope, process))
        _add(holder, done, now, per + MARGIN)
    paused = tuple((scope, until) for scope, until in gates if until > now)
    return Shared(tuple(holder for holder in found.values() if holder.held), paused)


def files(folder: Path) -> Iterator[Path]:
    """The files in which this user's processes share limits."""
    yield from sorted(folder.glob("budget-*.db"))


def _add(
    holder: Holder,
    done: float | None,
    now: float,
    counts_for: float,
) -> None:
    if done is None:
        holder.in_flight += 1
        holder.until = math.inf
    elif done + counts_for > now:
        holder.answered += 1
        holder.until = max(holder.until, done + counts_for)
