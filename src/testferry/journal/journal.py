"""The journal: one sqlite file per upload, on disk before anything leaves this machine.

One writer at a time, held by a kernel lock that a kill releases. WAL with ``synchronous=FULL``:
every mark before and after a request survives a power cut. No secret is ever in it. Rows are
submissions; results are not rows but a batch's items (one row per result costs as much CPU as
everything else together).

Sqlite finds damage in its own pages, but neither in a value nor at the end of a ``-wal`` that lost
its tail: so every row carries a sum of its values, and the number of commits stands once more in a
file beside the journal. A journal that is behind it has lost marks, and with them the knowledge of
what was sent.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import stat
import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from testferry.errors import JournalProblem, TryLater, UsageProblem
from testferry.events import Counts, RefusedResult
from testferry.model import Problem, ReportSummary, Tally
from testferry.submission import (
    TRANSITIONS,
    Happening,
    Items,
    Kind,
    Label,
    State,
    Submission,
)
from testferry.text import first_line

APPLICATION_ID = 0x7E57F317
VERSION = 1
SUFFIX = ".journal"
KEPT_FAILURES = 1000  # failed tests remembered for the summary

SCHEMA = """
CREATE TABLE upload (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE report (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, format TEXT NOT NULL, tally TEXT NOT NULL,
    problems TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE submission (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'lane', 'batch', 'attach', 'close')),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'in_doubt', 'sent', 'rejected')),
    count INTEGER NOT NULL,
    results INTEGER NOT NULL,
    size INTEGER NOT NULL,
    lane INTEGER REFERENCES submission (id),
    root INTEGER REFERENCES submission (id),
    attempts INTEGER NOT NULL DEFAULT 0,
    left_at REAL,
    working INTEGER NOT NULL DEFAULT 1,
    reason TEXT NOT NULL DEFAULT '',
    remote TEXT NOT NULL DEFAULT '{}',
    body TEXT NOT NULL DEFAULT '{}',
    items BLOB,
    labels BLOB,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE mark (
    one INTEGER PRIMARY KEY CHECK (one = 1), commits INTEGER NOT NULL, submissions INTEGER NOT NULL
) STRICT;
"""

_COLUMNS = (
    "id, kind, name, state, count, results, size, lane, root, attempts, left_at, working, reason, "
    "remote, body, sum"
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Header:
    """What an upload is, apart from its submissions. No secrets."""

    upload_id: str
    target: str  # as the user calls it: a service, or a name from the configuration
    type: str
    url: str
    fingerprint: str
    marker: str  # what we write into what we create, so that we find it again
    created: float
    options: dict[str, Any] = field(default_factory=dict)
    sealed: str = ""  # proof that this user's testferry wrote the address
    speed: dict[str, Any] = field(default_factory=dict)  # rate and share as the user gave them


def fingerprint(*parts: object) -> str:
    """One word for an upload: the same command on the same reports gives the same word."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Store:
    """The directory of journals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the directory, for nobody but us. Raises JournalProblem."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            info = self.folder.stat()
        except OSError as problem:
            raise _problem(self.folder, problem) from None
        if info.st_uid not in (os.getuid(), 0):
            raise JournalProblem(
                f"the journal directory {self.folder} belongs to another user",
                "name your own with --journal DIR",
            )

    def path(self, upload_id: str) -> Path:
        """Where an upload's journal lies."""
        return self.folder / f"{upload_id}{SUFFIX}"

    def ids(self) -> list[str]:
        """Every upload on record, the oldest first."""
        try:
            found = [path for path in self.folder.iterdir() if path.name.endswith(SUFFIX)]
            return [
                path.name[: -len(SUFFIX)]
                for path in sorted(found, key=lambda one: (one.stat().st_mtime, one.name))
            ]
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise _problem(self.folder, problem) from None

    def resolve(self, wanted: str) -> str:
        """A full upload id from its beginning. Raises UsageProblem where it is none or several."""
        matches = [one for one in self.ids() if one.startswith(wanted)]
        if wanted in matches:
            return wanted
        if len(matches) != 1:
            problem = "several uploads begin" if matches else "no upload begins"
            raise UsageProblem(
                f"{problem} with {wanted!r} in {self.folder}", "`testferry uploads` lists them"
            )
        return matches[0]

    def next_id(self, fingerprint: str) -> tuple[str, str | None]:
        """The id of a new upload of these reports, and of the latest one that there is already."""
        stem = fingerprint[:12]
        known = [one for one in self.ids() if one == stem or one.startswith(f"{stem}-")]
        if not known:
            return stem, None
        latest = max(known, key=lambda one: int(one.partition("-")[2] or 1))
        return f"{stem}-{int(latest.partition('-')[2] or 1) + 1}", latest

    def forget(self, upload_id: str) -> None:
        """Leave nothing of an upload. Raises TryLater where another process is working on it."""
        path = self.path(upload_id)
        handle = _locked(path)
        try:
            for end in ("", "-wal", "-shm", ".marks", ".lock"):
                Path(f"{path}{end}").unlink(missing_ok=True)
            _plan_path(path).unlink(missing_ok=True)
        finally:
            os.close(handle)

    def create(self, header: Header) -> Journal:
        """A new, empty journal, locked. An unfinished plan of a process that died is replaced."""
        self.prepare()
        return Journal(self.path(header.upload_id), header)

    def open(self, upload_id: str, *, write: bool) -> Journal:
        """An existing journal; with ``write`` its lock is taken: TryLater where another process
        holds it.
        """
        return Journal(self.path(upload_id), None, write=write)


def salvage(path: Path) -> Iterator[dict[str, Any]]:
    """Every result of a journal that can still be read, damaged or not: its name, where it stands,
    why, and what is sent for it.

    Row by row and value by value: what is broken costs only itself. Raises JournalProblem where it
    is no database at all.
    """
    try:
        uri = f"file:{_quoted(path)}?mode=ro&immutable={int(not Path(f'{path}-wal').exists())}"
        db = sqlite3.connect(uri, uri=True)
        last = db.execute("SELECT max(id) FROM submission").fetchone()[0] or 0
    except sqlite3.Error as problem:
        raise JournalProblem(
            f"nothing of {path} can be read: {problem}", "upload the reports again with --again"
        ) from None
    with contextlib.closing(db):
        for number in range(1, last + 1):
            with contextlib.suppress(sqlite3.Error, zlib.error, ValueError, TypeError):
                row = db.execute(
                    "SELECT name, state, reason, items, labels FROM submission WHERE id = ?",
                    (number,),
                ).fetchone()
                if row and row[3]:
                    name, state, reason, items, labels = row
                    wires = zlib.decompress(items).split(b"\n")
                    listed = [_label(one) for one in json.loads(zlib.decompress(labels))]
                    where = "unmatched" if name == "unmatched" else state
                    for wire, label in zip(wires, listed, strict=True):
                        yield {
                            "name": label.name,
                            "suite": label.suite,
                            "status": label.status,
                            "state": where,
                            "reason": reason,
                            "also": [one.name for one in label.others],
                            "sent": wire.decode("utf-8", "replace"),
                        }


class Journal:
    """One upload's file. Every method that changes something is one transaction."""

    def __init__(self, path: Path, header: Header | None, *, write: bool = True) -> None:
        self.path = path
        self._planning = header is not None
        self._marks: int | None = None
        self._more_rows = 0  # of the transaction that is open
        self._lock = _locked(path) if write else None
        try:
            self._db = self._connect(path, write=write) if header is None else self._build(header)
            with self._told():
                self._check(write, planning=header is not None)
                self.header = self._header()
        except BaseException:
            self.close()
            raise

    def _connect(self, path: Path, *, write: bool) -> sqlite3.Connection:
        if not path.exists():
            raise JournalProblem(f"there is no journal {path}", "`testferry uploads` lists them")
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            info = os.fstat(handle)
            os.close(handle)
        except OSError as problem:
            raise _problem(path, problem) from None
        if not stat.S_ISREG(info.st_mode):
            raise JournalProblem(f"{path} is no journal of testferry", "move it away")
        if info.st_uid != os.getuid() or (stat.S_IMODE(info.st_mode) & 0o022):
            raise JournalProblem(
                f"the journal {path} can be written by others",
                f"chown it to you and chmod 600 {path}",
            )
        if not info.st_size:
            raise JournalProblem(f"the journal {path} is damaged: it is empty", _SALVAGE)
        with self._told():
            uri = f"file:{_quoted(path)}?mode={'rw' if write else 'ro'}"
            return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)

    def _build(self, header: Header) -> sqlite3.Connection:
        """A plan has a file of its own until it is complete: a killed plan is no journal, and no
        journal is half a plan.
        """
        plan = _plan_path(self.path)
        try:
            for end in ("", "-journal"):
                Path(f"{plan}{end}").unlink(missing_ok=True)
            os.close(os.open(plan, os.O_RDWR | os.O_NOFOLLOW | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as problem:
            raise _problem(plan, problem) from None
        with self._told():
            db = sqlite3.connect(plan, isolation_level=None)
            for pragma in (
                "journal_mode = MEMORY",
                "synchronous = OFF",
                f"application_id = {APPLICATION_ID}",
            ):
                db.execute(f"PRAGMA {pragma}")
            db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";"):
                db.execute(statement)
            values = [
                (key, text := json.dumps(value), _sum(key, text))
                for key, value in asdict(header).items()
            ]
            db.executemany("INSERT INTO upload VALUES (?, ?, ?)", values)
            db.execute("INSERT INTO mark VALUES (1, 0, 0)")
        return db

    def _publish(self) -> None:
        """The plan becomes the journal: on disk in full before it has its name."""
        plan = _plan_path(self.path)
        self._db.close()
        try:
            for path in (plan, plan.parent):
                if path == plan.parent:
                    os.replace(plan, self.path)
                handle = os.open(path, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)
        except OSError as problem:
            raise _problem(plan, problem) from None
        self._planning = False
        self._db = self._connect(self.path, write=True)
        self._durable()
        self._count_commits(fresh=True)

    def _durable(self) -> None:
        """Every commit is on disk when it returns."""
        mode = self._db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":  # a network file system: slower, but as safe
            self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute("PRAGMA synchronous = FULL")

    # a private helper's own argument
    def _check(self, write: bool, *, planning: bool) -> None:  # noqa: FBT001
        number = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if number != APPLICATION_ID:
            raise JournalProblem(f"{self.path} is no journal of testferry", "move it away")
        if version != VERSION:
            raise JournalProblem(
                f"{self.path} was written by a newer testferry (version {version} of the journal)",
                "python -m pip install --upgrade testferry",
            )
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        if write and not planning:
            self._durable()
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise self._damaged("sqlite says so")
            self._count_commits()
        if not planning:
            self._check_marks()
            # only constants are put together
            for row in self._db.execute(f"SELECT {_COLUMNS} FROM submission"):  # noqa: S608
                _submission(row)
            if write:  # before anything is sent, not when its turn comes
                self.check_bodies()

    def _count_commits(self, *, fresh: bool = False) -> None:
        """Open the file beside the journal that counts its commits too."""
        path = f"{self.path}.marks"
        try:
            flags = (
                os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_TRUNC if fresh else 0)
            )
            self._marks = os.open(path, flags, 0o600)
        except OSError as problem:
            raise _problem(Path(path), problem) from None

    def _check_marks(self) -> None:
        """Whether the journal has all its commits and all its rows. Without the file beside it, it
        is a copy: its word counts.
        """
        try:  # first: a process that works on it meanwhile is ahead of what was read, never behind
            told = Path(f"{self.path}.marks").read_bytes()
        except OSError:
            told = b""
        row = self._db.execute("SELECT commits, submissions FROM mark").fetchone()
        rows = self._db.execute("SELECT count(*) FROM submission NOT INDEXED").fetchone()[0]
        if row is None or row[1] != rows:
            raise self._damaged("rows are missing")
        if len(told) == _MARKS.size and _MARKS.unpack(told)[0] > row[0]:
            raise self._damaged(
                "its last marks are missing, and with them the knowledge of what was sent"
            )

    def _damaged(self, why: str) -> JournalProblem:
        upload = self.path.name[: -len(SUFFIX)]
        cure = _SALVAGE.replace("ID", upload)
        return JournalProblem(f"the journal {self.path} is damaged: {why}", cure)

    def _header(self) -> Header:
        values = {}
        for key, value, total in self._db.execute("SELECT key, value, sum FROM upload"):
            if total != _sum(key, value):
                raise ValueError(f"the sum of {key!r} is wrong")
            values[key] = json.loads(value)
        return Header(**{key: values[key] for key in Header.__dataclass_fields__ if key in values})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the file; an unfinished plan is undone."""
        if db := getattr(self, "_db", None):
            with contextlib.suppress(sqlite3.Error):
                db.close()
        if self._planning:
            with contextlib.suppress(OSError):
                _plan_path(self.path).unlink(missing_ok=True)
        if self._marks is not None:
            os.close(self._marks)
            self._marks = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- planning

    def plan(self, submission: Submission, items: Items | None = None) -> int:
        """Add a row to the plan; ``commit_plan`` makes it count."""
        with self._told():
            return self._insert(submission, items)

    def plan_all(self, rows: Iterable[Submission]) -> None:
        """Add rows without results; a closing that follows a lane closes that lane."""
        lane = None
        for row in rows:
            if row.kind is Kind.CLOSE:
                row.lane = lane
            self.plan(row)
            lane = row.id if row.kind is Kind.LANE else lane

    def commit_plan(
        self, reports: Iterable[ReportSummary], tests: Tally, failed: list[RefusedResult]
    ) -> None:
        """The plan is complete: from here on it is carried out, by whatever process."""
        with self._told():
            for report in reports:
                problems = [asdict(problem) for problem in report.problems]
                tally = {**asdict(report.tests), "synthetic": report.synthetic}
                values = (
                    _storable(report.path),
                    report.format,
                    json.dumps(tally),
                    json.dumps(problems),
                )
                self._db.execute(
                    "INSERT INTO report (path, format, tally, problems, sum) VALUES (?, ?, ?, ?, "
                    "?)",
                    (*values, _sum(*values)),
                )
            kept = [one.as_dict() for one in failed[:KEPT_FAILURES]]
            self._put("failed_tests", kept)
            self._put("tests", asdict(tests))
            self._db.execute(
                "UPDATE mark SET submissions = (SELECT count(*) FROM submission NOT INDEXED)"
            )
            self._db.execute("COMMIT")
            self._publish()

    def _insert(self, one: Submission, items: Items | None) -> int:
        wire = zlib.compress(b"\n".join(items.wire), 1) if items else None
        labels = None
        if items:
            rows = [_row(label) for label in items.labels]
            labels = zlib.compress(json.dumps(rows).encode(), 1)
        cursor = self._db.execute(
            "INSERT INTO submission"
            " (kind, name, state, count, results, size, lane, root, reason, remote, body, items, "
            "labels, sum)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                one.kind,
                one.name,
                one.state,
                len(items.wire) if items else one.count,
                items.results if items else one.results,
                items.size if items else one.size,
                one.lane,
                one.root,
                _reason(one),
                json.dumps(one.remote),
                json.dumps(one.body),
                wire,
                labels,
            ),
        )
        one.id = int(cursor.lastrowid or 0)
        self._more_rows += 1
        if items:
            one.count, one.results, one.size = len(items.wire), items.results, items.size
        self._db.execute("UPDATE submission SET sum = ? WHERE id = ?", (_sum_of(one), one.id))
        return one.id

    # --- reading

    def submissions(self) -> list[Submission]:
        """All rows without their items, in order."""
        with self._told():
            # only constants and marks are put together
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM submission ORDER BY id").fetchall()  # noqa: S608
            return [_submission(row) for row in rows]

    def items(self, submission_id: int) -> Items:
        """The results of a batch."""
        with self._told():
            row = self._db.execute(
                "SELECT items, labels FROM submission WHERE id = ?", (submission_id,)
            ).fetchone()
            if row is None or row[0] is None:
                return Items((), ())
            try:
                wire = tuple(zlib.decompress(row[0]).split(b"\n"))
                labels = tuple(_label(one) for one in json.loads(zlib.decompress(row[1])))
            except (zlib.error, ValueError, TypeError):
                raise JournalProblem(
                    f"row {submission_id} of the journal {self.path} is damaged", _SALVAGE
                ) from None
        return Items(wire, labels)

    def check_bodies(self) -> None:
        """Whether the results of every row can be read. Raises JournalProblem."""
        for one in self.submissions():
            self.items(one.id)

    def reports(self) -> list[ReportSummary]:
        """What the reports held when they were read."""
        with self._told():
            rows = self._db.execute(
                "SELECT path, format, tally, problems, sum FROM report ORDER BY id"
            ).fetchall()
            return [_report(*row) for row in rows]

    def tests(self) -> Tally:
        """How the tests of all reports ended."""
        return Tally(**self._get("tests", {}))

    def failed_tests(self) -> list[RefusedResult]:
        """The first failed tests of the reports, with their messages."""
        return [RefusedResult(**one) for one in self._get("failed_tests", [])]

    def counts(self, *, under_way: bool = False) -> Counts:
        """Where the results are. What is on the wire is pending while the upload is ``under_way``,
        in doubt at its end.
        """
        with self._told():
            rows = dict(
                self._db.execute(
                    "SELECT CASE name WHEN 'unmatched' THEN name ELSE state END AS place, "
                    "sum(results)"
                    " FROM submission WHERE kind = 'batch' GROUP BY place"
                ).fetchall()
            )
        sending = rows.get("sending", 0)
        return Counts(
            accepted=rows.get("sent", 0),
            rejected=rows.get("rejected", 0),
            in_doubt=rows.get("in_doubt", 0) + (0 if under_way else sending),
            pending=rows.get("pending", 0) + (sending if under_way else 0),
            unmatched=rows.get("unmatched", 0),
        )

    def unfinished(self) -> bool:
        """Whether anything is left to do, be it only to close the run; a run that misses a rejected
        result stays open.
        """
        with self._told():
            rejected = self._db.execute(
                "SELECT 1 FROM submission WHERE state = 'rejected' AND (count > 0 OR kind IN "
                "('open', 'attach')) LIMIT 1"
            ).fetchone()
            found = self._db.execute(
                "SELECT 1 FROM submission AS one WHERE state IN ('pending', 'sending', "
                "'in_doubt') AND"
                " (kind IN ('open', 'batch', 'attach') OR (kind = 'close' AND ? AND (lane IS NULL "
                "OR EXISTS"
                " (SELECT 1 FROM submission AS lane WHERE lane.id = one.lane AND lane.state = "
                "'sent')))) LIMIT 1",
                (rejected is None,),
            ).fetchone()
        return found is not None

    def listed(self, *states: State) -> Iterator[RefusedResult]:
        """Every result in these states, by name, with the reason."""
        with self._told():
            marks = ", ".join("?" * len(states))
            rows = self._db.execute(
                # only constants and marks are put together
                "SELECT id, reason FROM submission"  # noqa: S608
                f" WHERE kind = 'batch' AND state IN ({marks}) AND count > 0 ORDER BY id",
                states,
            ).fetchall()
        for submission_id, reason in rows:
            for label in self.items(submission_id).labels:
                for one in (label, *label.others):
                    yield RefusedResult(one.name, one.suite, reason)

    def attachments_missing(self) -> list[RefusedResult]:
        """Files that did not arrive, with the test that they belong to."""
        with self._told():
            rows = self._db.execute(
                "SELECT body, reason FROM submission WHERE kind = 'attach' AND state = 'rejected'"
            ).fetchall()
            bodies = [(json.loads(body), reason) for body, reason in rows]
        return [
            RefusedResult(str(body.get("path")), f"attachment of {body.get('test')}", reason)
            for body, reason in bodies
        ]

    def held(self, upto: int) -> Iterator[tuple[bytes, Label]]:
        """Every result that is kept as it was read, in the order of the reports: the batches before
        row ``upto``.
        """
        for one in self.submissions():
            if one.kind is Kind.BATCH and one.id < upto:
                items = self.items(one.id)
                yield from zip(items.wire, items.labels, strict=True)

    def run(self) -> tuple[str, str]:
        """The id and the address of the run, empty where it is not known yet."""
        remote = self._get("run", {})
        return str(remote.get("id", "")), str(remote.get("url", ""))

    # --- changing

    def move(
        self,
        one: Submission,
        happening: Happening,
        beside: Submission | None = None,
    ) -> None:
        """One transition, with whatever the submission now says of itself; ``beside``: another row
        whose facts have changed with it. A pair that the table lacks is a defect.
        """
        state = TRANSITIONS[(one.state, happening)]
        with self._transaction():
            self._move(one, state)
            if beside is not None:
                self._move(beside, beside.state)
        one.state = state

    def replace(
        self, one: Submission, happening: Happening, parts: list[tuple[Submission, Items]]
    ) -> None:
        """A batch becomes others (split, or applied in part): they appear in the same transaction
        in which it ends.

        Its row stays as a stub of no results, so that nothing is counted twice.
        """
        state = TRANSITIONS[(one.state, happening)]
        with self._transaction():
            for part, items in parts:
                self._insert(part, items)
            self._db.execute(
                "UPDATE submission SET items = NULL, labels = NULL, count = 0, results = 0 WHERE "
                "id = ?",
                (one.id,),
            )
            one.count = one.results = 0
            self._move(one, state)
        one.state = state

    def replan(
        self, one: Submission, happening: Happening, rows: Iterable[tuple[Submission, Items | None]]
    ) -> list[Submission]:
        """An opening is done, and what was held becomes what is sent, all in one transaction."""
        state = TRANSITIONS[(one.state, happening)]
        made = []
        with self._transaction():
            self._more_rows -= self._db.execute(
                "DELETE FROM submission WHERE kind = 'batch' AND id < ?", (one.id,)
            ).rowcount
            for row, items in rows:
                self._insert(row, items)
                made.append(row)
            self._move(one, state)
        one.state = state
        return made

    def unmatched(self) -> Iterator[Items]:
        """Results for which the service had no place, as they were read."""
        for one in self.submissions():
            if one.kind is Kind.BATCH and one.name == "unmatched":
                yield self.items(one.id)

    def add(self, rows: Iterable[Submission]) -> None:
        """Rows that the plan did not have: one more lane, and what closes it."""
        with self._transaction():
            self.plan_all(rows)

    def remember_stop(self, reason: str) -> None:
        """Why the upload ended before its end; empty at its end."""
        with self._transaction():
            self._put("stopped", reason)

    def stopped(self) -> str:
        """Why the upload ended before its end."""
        return str(self._get("stopped", ""))

    def remember_run(self, run_id: str, url: str) -> None:
        """The run is known; printed on failure too."""
        with self._transaction():
            self._put("run", {"id": run_id, "url": url})

    def finish(self) -> None:
        """Everything arrived: what was sent need not be kept."""
        with self._transaction():
            self._db.execute(
                "UPDATE submission SET items = NULL, labels = NULL WHERE state = 'sent'"
            )
        with self._told():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.execute("VACUUM")

    def _move(self, one: Submission, state: State) -> None:
        self._db.execute(
            "UPDATE submission SET state = ?, lane = ?, attempts = ?, left_at = ?, working = ?, "
            "reason = ?, remote = ?, sum = ?"
            " WHERE id = ?",
            (
                state,
                one.lane,
                one.attempts,
                one.left_at,
                int(one.working),
                _reason(one),
                json.dumps(one.remote),
                _sum_of(one, state),
                one.id,
            ),
        )

    def _get(self, key: str, default: Any) -> Any:
        with self._told():
            row = self._db.execute("SELECT value, sum FROM upload WHERE key = ?", (key,)).fetchone()
            if row and row[1] != _sum(key, row[0]):
                raise ValueError(f"the sum of {key!r} is wrong")
            return json.loads(row[0]) if row else default

    def _put(self, key: str, value: object) -> None:
        text = json.dumps(value)
        self._db.execute(
            "INSERT OR REPLACE INTO upload VALUES (?, ?, ?)", (key, text, _sum(key, text))
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            self._more_rows = 0
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute(
                "UPDATE mark SET commits = commits + 1, submissions = submissions + ?",
                (self._more_rows,),
            )
            commits = self._db.execute("SELECT commits FROM mark").fetchone()[0]
            self._db.execute("COMMIT")
            if self._marks is not None:
                with contextlib.suppress(OSError):  # a full disk
                    os.pwrite(
                        self._marks, _MARKS.pack(commits), 0
                    )  # behind the commit: it may lag, never lead

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Sqlite's troubles, in words that say what to do."""
        try:
            yield
        except sqlite3.Error as problem:
            words = str(problem)
            if "full" in words or "disk I/O" in words:
                cure = (
                    f"free some space on the disk of {self.path.parent} and run it again; nothing "
                    "is lost"
                )
                raise JournalProblem(
                    f"the journal {self.path} cannot be written: {words}", cure
                ) from None
            if "locked" in words or "busy" in words:
                raise TryLater(
                    f"the journal {self.path} is in use", "wait for the other process"
                ) from None
            if "readonly" in words or "unable to open" in words:
                cure = "name a directory that you can write to with --journal DIR"
                raise JournalProblem(
                    f"the journal {self.path} cannot be written: {words}", cure
                ) from None
            raise JournalProblem(f"the journal {self.path} is damaged: {words}", _SALVAGE) from None
        except (
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
        ) as problem:  # a value that we did not write
            if isinstance(problem, KeyError) and isinstance(problem.args[0], tuple):
                raise  # the transition table: a defect
            raise JournalProblem(
                f"the journal {self.path} is damaged: {problem}", _SALVAGE
            ) from None


_MARKS = struct.Struct("<Q")
_SALVAGE = (
    "`testferry uploads export ID` saves what can be read; compare it with the service before any "
    "of it is sent again"
)


def _sum(*values: object) -> int:
    """Of values as they are stored: a byte that flips on the disk is seen."""
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))


def _sum_of(one: Submission, state: State | None = None) -> int:
    return _sum(
        str(one.kind),
        one.name,
        str(state or one.state),
        one.count,
        one.results,
        one.size,
        one.lane,
        one.root,
        one.attempts,
        one.left_at,
        int(one.working),
        _reason(one),
        json.dumps(one.remote),
        json.dumps(one.body),
    )


def _reason(one: Submission) -> str:
    return first_line(one.reason, 2000) or one.reason[:2000]


def _plan_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.plan")


def _row(label: Label) -> list[Any]:
    row: list[Any] = [label.name, label.suite, label.status]
    if label.weight != 1 or label.others:
        row += [label.weight, [_row(one) for one in label.others]]
    return row


def _label(row: list[Any]) -> Label:
    weight, others = row[3:] if len(row) > 3 else (1, [])
    name, suite, status = row[:3]
    return Label(
        name, sys.intern(suite), sys.intern(status), weight, tuple(_label(one) for one in others)
    )


def _report(path: str, form: str, tally: str, problems: str, total: int) -> ReportSummary:
    if total != _sum(path, form, tally, problems):
        raise ValueError("the sum of a report is wrong")
    numbers = json.loads(tally)
    synthetic = numbers.pop("synthetic", 0)
    listed = [Problem(**one) for one in json.loads(problems)]
    return ReportSummary(path, form, tests=Tally(**numbers), synthetic=synthetic, problems=listed)


def _submission(row: tuple[Any, ...]) -> Submission:
    if row[15] != _sum(*row[1:15]):
        raise ValueError(f"the sum of row {row[0]} is wrong")
    return Submission(
        id=row[0],
        kind=Kind(row[1]),
        name=row[2],
        state=State(row[3]),
        count=row[4],
        results=row[5],
        size=row[6],
        lane=row[7],
        root=row[8],
        attempts=row[9],
        left_at=row[10],
        working=bool(row[11]),
        reason=row[12],
        remote=json.loads(row[13]),
        body=json.loads(row[14]),
    )


def seal(key: bytes, url: str) -> str:
    """Proof that the address in a journal was written by the holder of the key."""
    return hmac.new(key, url.encode(), hashlib.sha256).hexdigest()


def user_key(folder: Path) -> bytes:
    """This user's key for seals, made at the first use; empty bytes where there is no place for
    it.
    """
    path = folder / "seal.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            os.write(handle, secrets.token_bytes(32))
            os.close(handle)
        return path.read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for the other processes of this machine that make something at one place of a
    service.
    """
    handle = -1
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def _locked(path: Path) -> int:
    """The kernel's lock on an upload; the kernel gives it back however the process ends."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise _problem(lock, problem) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        upload = path.name[: -len(SUFFIX)]
        raise TryLater(
            f"another process is working on upload {upload}", "wait for it to end"
        ) from None
    return handle


def _problem(path: Path, problem: OSError) -> JournalProblem:
    if problem.errno in _FULL:
        return JournalProblem(
            f"the disk is full: {path} cannot be written", "free some space and run it again"
        )
    cure = "name a directory that you can write to with --journal DIR"
    return JournalProblem(f"{path} cannot be used for the journal: {problem.strerror}", cure)


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(str(path.absolute()))


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
