"""One rate limit for all processes that talk to one service: a sqlite file in the user's state
directory, or wherever several users agree to share one.

A request takes a slot before it leaves and completes it, stamped, when its answer is there; what is
in flight and what was stamped within a window count together, whoever sent it. A 429 that one
process meets pauses them all. Times are those of the kernel's monotonic clock, which all processes
of a machine share: what was stamped before a reboot is dropped. A process that died leaves its
slots: they count one window from when that is seen, or, if nobody can see it from here (a
container), until the longest request would have ended. Nothing here is worth a failure: without the
file it goes on alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from testferry import kernel, sql
from testferry.clock import SystemClock
from testferry.dialects import Window
from testferry.pace.limits import LONGEST_PAUSE, MARGIN
from testferry.pace.slots import Slots
from testferry.scratch import own_folder

LONGEST_REQUEST = 300.0  # seconds that a slot may be in flight
BUSY = 1.0  # seconds for which a file that others hold is waited for, and then until it is asked
PATIENCE = 30  # so often; then somebody was stopped in the middle, and it goes on alone
LATE = 2.0  # seconds after which one that waits and does not ask is not waited for
SAME_MOMENT = 60.0  # seconds by which two readings of the wall clock may differ
_SHARED_FILE = 0o666  # as far as the umask lets it: whoever names a path decides who shares it
_SCHEMA = """
CREATE TABLE IF NOT EXISTS slot (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, space TEXT NOT NULL, pid INTEGER NOT NULL,
    left REAL NOT NULL, done REAL
);
CREATE TABLE IF NOT EXISTS turn (
    id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, until REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS gate (scope TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS machine (
    one INTEGER PRIMARY KEY CHECK (one = 1), boot TEXT NOT NULL, began REAL NOT NULL,
    used REAL NOT NULL
);
"""
_ALONE = (
    "the rate limit cannot be shared with other processes: "
    "no folder for it can be written (HOME, the temporary one)"
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Boot:
    """One run of the machine: the kernel's word for it, if it has one, and when it began."""

    word: str = ""
    # wall time at which the monotonic clock stood at 0
    began: float = 0.0

    @classmethod
    def now(cls) -> Boot:
        """Describe the run that this process is in."""
        clock = SystemClock()
        return cls(
            kernel.boot_id(),
            clock.wall() - clock.now(),
        )

    def is_later_than(
        self,
        word: str,
        began: float,
        used: float,
    ) -> bool:
        """Tell whether the machine was started again since a file was ``used`` (monotonic)."""
        if self.word and word:
            return self.word != word
        # A wall clock that is set in between looks like a reboot only if it leaps over all of the
        # time that the machine was up.
        return self.began + SAME_MOMENT >= began + used and self.began > began + SAME_MOMENT


def _places(folder: Path) -> Iterator[Path]:
    """The user's folder, and one of ours for what need not last, if there is a place for one."""
    yield folder
    temporary = own_folder()
    if temporary is not None:
        yield temporary


@dataclass(slots=True)
class Budget(Slots):
    """The slots of one service. Without a ``path`` there is nobody to share with.

    One record: the file, this process and the service are what one row of the file is made of.
    """

    path: Path | None = None
    # the file cannot be used: the limit is not shared
    alone: bool = False
    # the service's address: one file may hold several
    scope: str = ""
    boot: Boot = field(default_factory=Boot)
    # others may share it: a path that the user named
    for_others: bool = False
    # of which a slot is, and whether another one that holds some still runs
    process: int = field(default_factory=os.getpid)
    alive: Callable[[int], bool] = kernel.alive
    _told_alone: bool = False
    # the place in the queue of a process that waits; 0: it does not
    _turn: int = 0
    _broken: bool = False
    _failures: int = 0
    _busy: int = 0
    _checked: bool = False
    _db: sqlite3.Connection | None = field(default=None, repr=False)
    _slots: list[int] = field(default_factory=list, repr=False)
    _owed: list[tuple[str, tuple[object, ...]]] = field(default_factory=list, repr=False)

    @classmethod
    def of(
        cls,
        folder: Path,
        scope: str,
        path: Path | None = None,
    ) -> Budget:
        """Give the budget of a service: in the user's folder, or at a ``path`` that is shared."""
        if path is not None:
            return cls(
                path,
                scope=scope,
                boot=Boot.now(),
                for_others=True,
            )
        digest = hashlib.sha256(scope.encode()).hexdigest()[:16]
        for place in _places(folder):
            with contextlib.suppress(OSError):
                place.mkdir(mode=kernel.OUR_FOLDER, parents=True, exist_ok=True)
                if kernel.ours(place.stat()) and os.access(place, os.W_OK):
                    return cls(place / f"budget-{digest}.db", scope=scope, boot=Boot.now())
        return cls(None, alone=True, scope=scope)

    def take(self, windows: Iterable[Window], now: float) -> float:
        """Take a slot and return 0.0, or the seconds after which it pays to ask again."""
        wanted = list(windows)
        wait = self._transact(lambda db: self._take(db, wanted, now))
        if self._broken:
            # Somebody emptied it: nobody knows what was sent, so a whole window passes first.
            self._broken = False
            longest = _longest(wanted)
            self.pause(now + longest)
            return longest
        if wait is not None:
            return wait
        if self.path is not None:
            return BUSY
        return 0.0

    def paused(self, now: float) -> float:
        """Give the seconds for which nobody may leave, 0.0 if anybody may; takes no slot."""

        def until(db: sqlite3.Connection) -> float:
            self._drop_other_boots(db, now)
            return self._gate(db, now)

        return max(0.0, (self._transact(until) or now) - now)

    def complete(self, now: float) -> None:
        """Stamp the oldest slot of ours: an answer is there, or was given up."""
        if self._slots:
            self._write("UPDATE slot SET done = ? WHERE id = ?", now, self._slots.pop(0))

    def give_back(self) -> None:
        """Return the slot that was taken last: it is not needed after all."""
        if self._slots:
            self._write("DELETE FROM slot WHERE id = ?", self._slots.pop())

    def pause(self, until: float) -> None:
        """Let nobody leave before ``until``."""
        self._write(
            "INSERT INTO gate VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET until = "
            "max(until, excluded.until)",
            self.scope,
            until,
        )

    def news(self) -> list[str]:
        """Give what the user is to be told, once: that there is nobody to share with."""
        if not self.alone or self._told_alone:
            return []
        self._told_alone = True
        return [_ALONE]

    def count(self, requests: int, now: float) -> None:
        """Count requests that left in another way, as if they were complete now."""
        for _ in range(requests):
            self._write(
                "INSERT INTO slot (scope, space, pid, left, done) VALUES (?, ?, ?, ?, ?)",
                self.scope,
                kernel.process_namespace(),
                self.process,
                now,
                now,
            )

    def close(self, now: float | None = None) -> None:
        """Leave the file to the others; with ``now``, what is still in flight is given up."""
        while now is not None and self._slots:
            self.complete(now)
        if self._turn and self._db is not None:
            self._write("DELETE FROM turn WHERE id = ?", self._turn)
            self._turn = 0
        if self._db is not None:
            self._db.close()
            self._db = None

    # --- the slots

    def _take(
        self,
        db: sqlite3.Connection,
        windows: list[Window],
        now: float,
    ) -> float:
        self._pay(db)
        self._drop_other_boots(db, now)
        self._stamp_the_dead(db, now)
        longest = _longest(windows)
        db.execute(
            "DELETE FROM slot WHERE scope = ? AND (done <= ? OR left <= ?)",
            (self.scope, now - longest, now - longest - LONGEST_REQUEST),
        )
        at = self._gate(db, now)
        ahead = self._ahead(db, now)
        for window in windows:
            at = max(at, self._free(db, window, ahead, now))
        self._wait_until(db, at, now)
        if at > now:
            return at - now
        space = kernel.process_namespace()
        cursor = db.execute(
            "INSERT INTO slot (scope, space, pid, left) VALUES (?, ?, ?, ?)",
            (self.scope, space, self.process, now),
        )
        self._slots.append(int(cursor.lastrowid or 0))
        return 0.0

    def _ahead(self, db: sqlite3.Connection, now: float) -> int:
        """Count the processes that wait and asked first: their slots are theirs."""
        db.execute("DELETE FROM turn WHERE scope = ? AND until < ?", (self.scope, now))
        row = db.execute(
            "SELECT count(*) FROM turn WHERE scope = ? AND (? = 0 OR id < ?)",
            (self.scope, self._turn, self._turn),
        ).fetchone()
        return int(row[0])

    def _wait_until(
        self,
        db: sqlite3.Connection,
        at: float,
        now: float,
    ) -> None:
        """Keep the place in the queue until it is our turn; whoever has a slot leaves it."""
        if at <= now:
            db.execute("DELETE FROM turn WHERE id = ?", (self._turn,))
            self._turn = 0
            return
        place = self._turn or None
        cursor = db.execute(
            "INSERT OR REPLACE INTO turn VALUES (?, ?, ?)",
            (place, self.scope, at + LATE),
        )
        self._turn = int(cursor.lastrowid or 0)

    def _gate(self, db: sqlite3.Connection, now: float) -> float:
        row = db.execute("SELECT until FROM gate WHERE scope = ?", (self.scope,)).fetchone()
        if row is None:
            return now
        return min(float(row[0]), now + LONGEST_PAUSE)

    def _free(
        self,
        db: sqlite3.Connection,
        window: Window,
        ahead: int,
        now: float,
    ) -> float:
        """Give the time at which a window has room for those ``ahead`` of us and for us; soon, if
        only an answer can make it.
        """
        since = now - window.per - MARGIN
        rows = db.execute(
            "SELECT done FROM slot WHERE scope = ? AND (done IS NULL OR done > ?)"
            " ORDER BY done IS NULL, done",
            (self.scope, since),
        ).fetchall()
        has_to_leave = len(rows) + ahead - window.limit
        if has_to_leave < 0:
            return now
        if has_to_leave >= len(rows) or rows[has_to_leave][0] is None:
            return now + MARGIN
        return float(rows[has_to_leave][0]) + window.per + MARGIN

    def _stamp_the_dead(self, db: sqlite3.Connection, now: float) -> None:
        """Complete the slots of processes that are no more: they count one window from now."""
        here = kernel.process_namespace()
        rows = db.execute(
            "SELECT DISTINCT pid FROM slot WHERE done IS NULL AND space = ? AND pid != ?",
            (here, self.process),
        ).fetchall()
        for (process,) in rows:
            if not self.alive(process):
                db.execute(
                    "UPDATE slot SET done = ? WHERE done IS NULL AND space = ? AND pid = ?",
                    (now, here, process),
                )

    def _drop_other_boots(self, db: sqlite3.Connection, now: float) -> None:
        """Drop what was stamped before the machine was started again, once for each opening."""
        if not self._checked:
            row = db.execute("SELECT boot, began, used FROM machine").fetchone()
            ahead = db.execute("SELECT 1 FROM slot WHERE left > ?", (now + 1.0,)).fetchone()
            if ahead or (row is not None and self.boot.is_later_than(*row)):
                db.execute("DELETE FROM slot")
                db.execute("DELETE FROM gate")
                db.execute("DELETE FROM turn")
            self._checked = True
        db.execute(
            "INSERT OR REPLACE INTO machine VALUES (1, ?, ?, ?)",
            (self.boot.word, self.boot.began, now),
        )

    # --- the file

    def _write(self, statement: str, *values: object) -> None:
        """Change something now, or, if others hold the file, with the next slot that is taken."""
        if self.path is None:
            return
        self._owed.append((statement, values))
        if not self._busy:
            self._transact(self._pay)

    def _pay(self, db: sqlite3.Connection) -> None:
        for statement, values in self._owed:
            db.execute(statement, values)

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Do it in one transaction; return None if the file cannot be used now."""
        db = self._connected()
        if db is None:
            return None
        taken = len(self._slots)
        try:
            db.execute("BEGIN IMMEDIATE")
            found = work(db)
            db.execute("COMMIT")
        except sqlite3.Error as problem:
            del self._slots[taken:]
            self._heed(problem, db)
            return None
        self._owed.clear()
        self._busy = 0
        return found

    def _heed(self, problem: sqlite3.Error, db: sqlite3.Connection) -> None:
        """Wait for a file that others hold, make a damaged one anew, go on alone without one."""
        words = str(problem)
        if "locked" in words or "busy" in words:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            self._busy += 1
            if self._busy >= PATIENCE:
                self._go_on_alone()
            return
        self.close()
        self._slots.clear()
        self._owed.clear()
        damaged = isinstance(problem, sqlite3.DatabaseError) and (
            "malformed" in words or "not a database" in words or "no such" in words
        )
        if self._failures or not damaged or self.path is None:
            self._go_on_alone()
            return
        self._failures += 1
        self._broken = True
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _go_on_alone(self) -> None:
        self.close()
        self.path = None
        self.alone = True
        self._owed.clear()

    def _connected(self) -> sqlite3.Connection | None:
        if self._db is None and self.path is not None:
            try:
                self._make(self.path)
                self._db = sql.Connection(
                    self.path,
                    isolation_level=None,
                    timeout=BUSY,
                )
                self._db.execute("PRAGMA synchronous = OFF")  # worth nothing after a power cut
                self._db.executescript(_SCHEMA)
                self._checked = False
            except OSError:
                self._go_on_alone()
            except sqlite3.Error as problem:
                if self._db is not None:
                    self._heed(problem, self._db)
                self.close()
        return self._db

    def _make(self, path: Path) -> None:
        if self.for_others:
            flags = os.O_RDWR | os.O_CREAT | kernel.NO_FOLLOW | kernel.BINARY
            os.close(os.open(path, flags, _SHARED_FILE))
            return
        path.parent.mkdir(
            mode=kernel.OUR_FOLDER,
            parents=True,
            exist_ok=True,
        )
        os.close(kernel.open_private(path, os.O_RDWR | os.O_CREAT))


def _longest(windows: list[Window]) -> float:
    """Give the seconds after which no window holds a request any more."""
    return max((window.per for window in windows), default=0.0) + MARGIN
