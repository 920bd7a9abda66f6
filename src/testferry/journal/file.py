"""The sqlite file of a journal: opened and checked, changed in transactions that a power cut leaves
whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from testferry import kernel, sql
from testferry.errors import JournalProblem
from testferry.journal.glance import FINISHED, nobody_writes
from testferry.journal.header import Header
from testferry.journal.locks import locked
from testferry.journal.migrate import OLDEST, migrate
from testferry.journal.names import lock_of, made_by_sqlite, marks_of, plan_of
from testferry.journal.plan import begin, drop, publish
from testferry.journal.rows import APPLICATION_ID, VERSION, read_submissions, sum_of
from testferry.journal.trouble import JournalGone, damaged, explained, unusable

BUSY = 5.0  # seconds for which a reader's or writer's short lock is waited for
_MARKS = struct.Struct("<Q")
_PRAGMAS = ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = ON")
_COUNT = "UPDATE mark SET commits = commits + 1, submissions = submissions + ?"
# One statement: a reader sees the marks and the rows of one moment.
_MARKED = "SELECT commits, submissions, (SELECT count(*) FROM submission NOT INDEXED) FROM mark"
_MARKED_HELD = "SELECT held, (SELECT count(*) FROM result NOT INDEXED) FROM mark"
_ALL_COUNTED = (
    "UPDATE mark SET submissions = (SELECT count(*) FROM submission NOT INDEXED),"
    " held = (SELECT count(*) FROM result NOT INDEXED)"
)


class JournalFile:
    """One journal's file. With ``write`` its lock is held until it is closed."""

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        # rows that the open transaction adds
        self.more_rows = 0
        # nothing is left to do: its file lies there as one, without a -wal
        self.finished = False
        self.version = VERSION
        self._db: sqlite3.Connection | None = None
        self._planning = False
        self._marks: int | None = None
        self._lock: int | None = None
        if write:
            self._lock = locked(path)

    @property
    def db(self) -> sqlite3.Connection:
        """The connection; a file that is closed has none."""
        if self._db is None:
            raise sqlite3.ProgrammingError("the journal is closed")
        return self._db

    # --- opening

    def begin(self, header: Header) -> None:
        """Begin a plan. Raises JournalProblem."""
        self._planning = True
        self._db = begin(self.path, header)

    def open(self, *, write: bool) -> None:
        """Open a journal that there is, and check it. Raises JournalProblem.

        One of an earlier version becomes one of this, on the disk only if it is opened to write.
        """
        try:
            self._connect(write=write)
        except JournalGone:
            if self._lock is not None:  # it would be left alone
                self.discard()
            raise
        with explained(self.path):
            self._check_version()
            for pragma in _PRAGMAS:
                self.db.execute(f"PRAGMA {pragma}")
            if write:
                if not self.finished:
                    self._durable()
                if self.db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise damaged(self.path, "sqlite says so")
                self._open_marks(fresh=False)
            self._check_marks()
            if self.version == VERSION:
                read_submissions(self.db)
        if self.version != VERSION:
            self._migrate(write=write)

    def _migrate(self, *, write: bool) -> None:
        if not write:  # what is read is a copy in memory
            with explained(self.path):
                copy = sql.Connection(":memory:", isolation_level=None)
                self.db.backup(copy)
                self.db.close()
                self._db = copy
        with self.transaction() as db:
            migrate(db)
        self.version = VERSION

    def publish(self) -> None:
        """Make the plan the journal, and go on with it. Raises JournalProblem."""
        with explained(self.path):
            self.db.execute(_ALL_COUNTED)
            self.db.execute("COMMIT")
            self.db.close()
        publish(self.path)
        self._planning = False
        self._connect(write=True)
        with explained(self.path):
            self._durable()
            self._open_marks(fresh=True)

    def discard(self) -> None:
        """Leave nothing of the file, before the lock is given back."""
        path, lock = self.path, self._lock
        self._lock = None
        self.close()
        try:
            for left in (path, *made_by_sqlite(path), marks_of(path), plan_of(path)):
                left.unlink(missing_ok=True)
        finally:
            if lock is not None:
                kernel.remove_lock(lock, lock_of(path))

    def close(self) -> None:
        """Leave the file; a plan that is not complete is undone."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        if self._planning:
            with contextlib.suppress(OSError):
                drop(self.path)
        if self._marks is not None:
            os.close(self._marks)
            self._marks = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _connect(self, *, write: bool) -> None:
        check_owner(self.path)
        uri = address(self.path, "rw")
        if not write:
            uri = address(self.path, "ro", immutable=nobody_writes(self.path))
        with explained(self.path):
            self._db = sql.Connection(uri, uri=True, isolation_level=None, timeout=BUSY)

    def _durable(self) -> None:
        """Let every commit be on the disk when it returns."""
        mode = self.db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":  # a network file system: slower, but as safe
            self.db.execute("PRAGMA journal_mode = DELETE")
        self.db.execute("PRAGMA synchronous = FULL")

    def lay_to_rest(self) -> None:
        """Let a finished journal be one file that can be read without making others beside it."""
        with self.transaction() as db:
            db.execute(f"PRAGMA user_version = {VERSION + FINISHED}")
        with explained(self.path):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.db.execute("VACUUM")
            self.db.execute("PRAGMA busy_timeout = 0")
            with contextlib.suppress(sqlite3.OperationalError):  # somebody reads it at this moment
                self.db.execute("PRAGMA journal_mode = DELETE")
            self.db.execute(f"PRAGMA busy_timeout = {BUSY * 1000:.0f}")
        self.finished = True

    # --- checking

    def _check_version(self) -> None:
        number = self.db.execute("PRAGMA application_id").fetchone()[0]
        said = self.db.execute("PRAGMA user_version").fetchone()[0]
        version = said & ~FINISHED
        if number != APPLICATION_ID:
            raise JournalProblem(f"{self.path} is no journal of testferry", "move it away")
        if not OLDEST <= version <= VERSION:
            raise JournalProblem(
                f"{self.path} was written by a newer testferry (version {version} of the journal)",
                "python -m pip install --upgrade testferry",
            )
        self.version, self.finished = version, said != version

    def _open_marks(self, *, fresh: bool) -> None:
        """Open the file beside the journal that counts its commits too."""
        path = marks_of(self.path)
        flags = os.O_RDWR | os.O_CREAT
        if fresh:
            flags |= os.O_TRUNC
        try:
            self._marks = kernel.open_private(path, flags)
        except OSError as problem:
            raise unusable(path, problem) from None

    def _check_marks(self) -> None:
        """Check that the journal has all its commits and all its rows.

        Without the file beside it, it is a copy: its word counts.
        """
        try:  # first: a process that works on it meanwhile is ahead of what was read, never behind
            counted = marks_of(self.path).read_bytes()
        except OSError:
            counted = b""
        row = self.db.execute(_MARKED).fetchone()
        if row is None or row[1] != row[2]:
            raise damaged(self.path, "rows are missing")
        if self.version == VERSION:
            held, there = self.db.execute(_MARKED_HELD).fetchone()
            if held != there:
                raise damaged(self.path, "results are missing")
        if len(counted) == _MARKS.size and _MARKS.unpack(counted)[0] > row[0]:
            raise damaged(
                self.path,
                "its last marks are missing, and with them the knowledge of what was sent",
            )

    # --- changing

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Change everything or nothing; it is on the disk, and counted, when it ends."""
        with explained(self.path):
            db = self.db
            if self.finished:  # not any more
                self._durable()
            db.execute("BEGIN IMMEDIATE")
            self.more_rows = 0
            try:
                if self.finished:
                    db.execute(f"PRAGMA user_version = {VERSION}")
                yield db
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise
            db.execute(_COUNT, (self.more_rows,))
            commits = db.execute("SELECT commits FROM mark").fetchone()[0]
            db.execute("COMMIT")
            self.finished = False
            self._count(commits)

    def _count(self, commits: int) -> None:
        # Behind the commit: it may lag, never lead. A full disk lets it lag.
        if self._marks is not None:
            with contextlib.suppress(OSError):
                os.lseek(self._marks, 0, os.SEEK_SET)
                os.write(self._marks, _MARKS.pack(commits))

    def get(self, key: str, default: object) -> Any:
        """Read a fact of the upload. Raises JournalProblem if it is damaged."""
        with explained(self.path):
            query = "SELECT value, sum FROM upload WHERE key = ?"
            row = self.db.execute(query, (key,)).fetchone()
            if row is None:
                return default
            return _fact(key, *row)

    def put(self, key: str, value: object) -> None:
        """Write a fact of the upload, within a transaction."""
        text = json.dumps(value)
        row = (key, text, sum_of(key, text))
        self.db.execute("INSERT OR REPLACE INTO upload VALUES (?, ?, ?)", row)

    def facts(self) -> dict[str, Any]:
        """Read all facts of the upload. Raises JournalProblem if one is damaged."""
        with explained(self.path):
            rows = self.db.execute("SELECT key, value, sum FROM upload").fetchall()
            return {key: _fact(key, text, total) for key, text, total in rows}


def _fact(
    key: str,
    text: str,
    total: int,
) -> object:
    if total != sum_of(key, text):
        raise ValueError(f"the sum of {key!r} is wrong")
    return json.loads(text)


def address(
    path: Path,
    mode: str,
    *,
    immutable: bool = False,
) -> str:
    """Give sqlite's name for a file, opened ``ro`` or ``rw``; it is never made.

    Of an ``immutable`` file it makes no -shm: nobody may write to it meanwhile.
    """
    return f"file:{quote(str(path.absolute()))}?mode={mode}&immutable={int(immutable)}"


def check_owner(path: Path) -> None:
    """Check that a journal is a file that only its owner can have written. Raises JournalProblem.

    Somebody else's could name an address for our token.
    """
    if not path.exists():
        raise JournalGone(path)
    try:
        handle = kernel.open_private(path, os.O_RDONLY | kernel.NON_BLOCKING)
        info = os.fstat(handle)
        os.close(handle)
    except OSError as problem:
        raise unusable(path, problem) from None
    if not stat.S_ISREG(info.st_mode):
        raise JournalProblem(f"{path} is no journal of testferry", "move it away")
    if not kernel.ours(info) or kernel.writable_by_others(info):
        raise JournalProblem(
            f"the journal {path} can be written by others", f"chown it to you and chmod 600 {path}"
        )
    if not info.st_size:
        raise damaged(path, "it is empty")
