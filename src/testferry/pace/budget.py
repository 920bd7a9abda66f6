"""One rate limit for all processes of this machine that talk to one service: a sqlite file in the
user's state directory.

A request takes a slot before it leaves and gives it back, stamped, when its answer is complete;
what is in flight and what was stamped within a window count together, whoever sent it. A 429 that
one process meets pauses them all. Times are those of the kernel's monotonic clock, which all
processes share; after a reboot there is a new file. A process that died leaves its slots: they
count until the longest request would have ended. Nothing here is worth a failure: without the file
it goes on alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from testferry.dialects import Window

MARGIN = 0.25  # as the pacer's: clocks and schedulers are not exact
LONGEST_REQUEST = 300.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS slot (
    id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, left REAL NOT NULL, done REAL
);
CREATE TABLE IF NOT EXISTS gate (one INTEGER PRIMARY KEY CHECK (one = 1), until REAL NOT NULL);
"""


@dataclass(slots=True)
class Budget:
    """The slots of one service. ``path`` None: there is nobody to share with."""

    path: Path | None = None
    alone: bool = False  # the file cannot be used: the limit is not shared
    _broken: bool = False
    _failures: int = 0
    _db: sqlite3.Connection | None = field(default=None, repr=False)
    _slots: list[int] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, folder: Path, scope: str) -> Budget:
        """The file of a service; another one after each boot."""
        try:
            boot = _BOOT.read_text("ascii").strip()
        except OSError:
            boot = ""
        name = f"rate-{hashlib.sha256(f'{scope} {boot}'.encode()).hexdigest()[:16]}.db"
        for place in (folder, Path(tempfile.gettempdir()) / f"testferry-{os.getuid()}"):
            with contextlib.suppress(OSError):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                if place.stat().st_uid == os.getuid() and os.access(place, os.W_OK):
                    return cls(place / name)
        return cls(None, alone=True)

    def take(self, windows: Iterable[Window], now: float) -> float:
        """A slot, 0.0 seconds; else the seconds after which it pays to ask again, and none is
        taken.
        """
        windows = list(windows)
        wait = self._take(windows, now)
        if (
            self._broken
        ):  # somebody emptied it: nobody knows what was sent, so a whole window passes first
            self._broken = False
            longest = max((window.per for window in windows), default=0.0) + MARGIN
            self.pause(now + longest)
            return longest
        return wait

    def _take(self, windows: list[Window], now: float) -> float:
        with self._transaction() as db:
            if db is None:
                return 0.0
            gate = db.execute("SELECT until FROM gate").fetchone()
            longest = max((window.per for window in windows), default=0.0) + MARGIN
            db.execute(
                "DELETE FROM slot WHERE done <= ? OR left <= ?",
                (now - longest, now - longest - LONGEST_REQUEST),
            )
            at = max(
                [gate[0] if gate else now, *(self._free(db, window, now) for window in windows)],
                default=now,
            )
            if at > now:
                return float(at - now)
            cursor = db.execute("INSERT INTO slot (pid, left) VALUES (?, ?)", (os.getpid(), now))
            self._slots.append(int(cursor.lastrowid or 0))
        return 0.0

    @staticmethod
    def _free(db: sqlite3.Connection, window: Window, now: float) -> float:
        """When a window has room again; soon, where only an answer can make it."""
        since = now - window.per - MARGIN
        rows = db.execute(
            "SELECT done FROM slot WHERE done IS NULL OR done > ? ORDER BY done IS NULL, done",
            (since,),
        ).fetchall()
        if len(rows) < window.limit:
            return now
        first = rows[len(rows) - window.limit][0]
        return now + MARGIN if first is None else float(first) + window.per + MARGIN

    def back(self, now: float) -> None:
        """An answer is complete: the oldest slot of ours is stamped."""
        if not self._slots:
            return
        slot = self._slots.pop(0)
        with self._transaction() as db:
            if db is not None:
                db.execute("UPDATE slot SET done = ? WHERE id = ?", (now, slot))

    def unused(self) -> None:
        """The slot that was taken last is not needed after all."""
        if not self._slots:
            return
        slot = self._slots.pop()
        with self._transaction() as db:
            if db is not None:
                db.execute("DELETE FROM slot WHERE id = ?", (slot,))

    def pause(self, until: float) -> None:
        """Nobody leaves before ``until``."""
        with self._transaction() as db:
            if db is not None:
                db.execute(
                    "INSERT INTO gate VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET until = "
                    "max(until, excluded.until)",
                    (until,),
                )

    def close(self) -> None:
        """Leave the file to the others."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection | None]:
        db = self._connected()
        try:
            if db is not None:
                db.execute("BEGIN IMMEDIATE")
            yield db
            if db is not None:
                db.execute("COMMIT")
        except sqlite3.Error:  # damaged, full, locked for long
            self.close()
            if self._failures:  # again: everybody for himself
                self.path, self.alone = None, True
            self._failures, self._broken = self._failures + 1, not self._failures
            if self.path is not None:
                with contextlib.suppress(OSError):
                    self.path.unlink()

    def _connected(self) -> sqlite3.Connection | None:
        if self._db is None and self.path is not None:
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
                self._db = sqlite3.connect(self.path, isolation_level=None, timeout=5.0)
                self._db.execute("PRAGMA synchronous = OFF")  # worth nothing after a power cut
                self._db.executescript(_SCHEMA)
            except (OSError, sqlite3.Error):
                self._db, self.path, self.alone = None, None, True
        return self._db
