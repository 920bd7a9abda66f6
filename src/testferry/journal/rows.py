"""The rows of a journal: how submissions, results and reports are written, and read back.

Every row carries a sum of its values as they are stored, so that a byte that flips on the disk is
seen. Pure but for the statement that inserts a submission.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from testferry.model import Extras, Problem, ReportSummary, Tally
from testferry.submission import Items, Kind, Label, State, Submission
from testferry.text import first_line

APPLICATION_ID = 0x7E57F317
VERSION = 2
RESULT_TABLE = """
CREATE TABLE result (
    id INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    results INTEGER NOT NULL,
    items BLOB NOT NULL,
    labels BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT"""
SCHEMA = f"""
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
    remote TEXT NOT NULL DEFAULT '{{}}',
    body TEXT NOT NULL DEFAULT '{{}}',
    applied INTEGER NOT NULL DEFAULT 0,
    retired INTEGER NOT NULL DEFAULT 0,
    there_at REAL,
    key_at REAL,
    items BLOB,
    labels BLOB,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE mark (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    commits INTEGER NOT NULL,
    submissions INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0
) STRICT;
{RESULT_TABLE};
"""
# In the order of ``values_of``, the id before and the sum behind them.
COLUMNS_1 = (
    "kind",
    "name",
    "state",
    "count",
    "results",
    "size",
    "lane",
    "root",
    "attempts",
    "left_at",
    "working",
    "reason",
    "remote",
    "body",
)
COLUMNS = (*COLUMNS_1, "applied", "retired", "there_at", "key_at")
_UNKNOWN = (0, 0, None, None)  # what a row of version 1 says of the new ones
# Those that a transition may change.
MOVED = (
    "state",
    "lane",
    "attempts",
    "left_at",
    "working",
    "reason",
    "remote",
    "applied",
    "retired",
    "there_at",
    "key_at",
)
_LONGEST_REASON = 2000
_LEVEL = 1  # of zlib: the fastest


def sum_of(*values: object) -> int:
    """Sum values as they are stored."""
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))


# --- submissions


def values_of(submission: Submission, state: State | None = None) -> tuple[object, ...]:
    """Give a row's values in the order of the columns; with ``state``, as it will be there."""
    reason = submission.reason
    return (
        str(submission.kind),
        submission.name,
        str(state or submission.state),
        submission.count,
        submission.results,
        submission.size,
        submission.lane,
        submission.root,
        submission.attempts,
        submission.left_at,
        int(submission.working),
        first_line(reason, _LONGEST_REASON) or reason[:_LONGEST_REASON],
        json.dumps(submission.remote),
        json.dumps(submission.body),
        int(submission.applied),
        int(submission.retired),
        submission.there_at,
        submission.key_at,
    )


def read_submissions(db: sqlite3.Connection, version: int = VERSION) -> list[Submission]:
    """Read all rows without their items, in order. Raises ValueError if a sum is wrong."""
    query = _READ
    missing: Sequence[object] = ()
    if version == 1:
        query, missing = _READ_1, _UNKNOWN
    return [_submission(row, missing) for row in db.execute(query)]


def _submission(row: Sequence[Any], missing: Sequence[Any]) -> Submission:
    number, *values, total = row
    if total != sum_of(*values):
        raise ValueError(f"the sum of row {number} is wrong")
    kind, name, state, count, results, size, lane, root, *more = (*values, *missing)
    attempts, left_at, working, reason, remote, body, *more = more
    applied, retired, there_at, key_at = more
    return Submission(
        id=number,
        kind=Kind(kind),
        name=name,
        state=State(state),
        count=count,
        results=results,
        size=size,
        lane=lane,
        root=root,
        attempts=attempts,
        left_at=left_at,
        working=bool(working),
        reason=reason,
        remote=json.loads(remote),
        body=json.loads(body),
        applied=bool(applied),
        retired=bool(retired),
        there_at=there_at,
        key_at=key_at,
    )


def insert(
    db: sqlite3.Connection,
    submission: Submission,
    items: Items | None,
) -> int:
    """Add a row and its results; the submission gets its id and the numbers of its items."""
    wires = labels = None
    if items:
        submission.count = len(items.wire)
        submission.results = items.results
        submission.size = items.size
        wires, labels = packed(items)
    values = values_of(submission)
    row = (*values, wires, labels, sum_of(*values))
    cursor = db.execute(_INSERT, row)
    submission.id = int(cursor.lastrowid or 0)
    return submission.id


def update(
    db: sqlite3.Connection,
    submission: Submission,
    state: State,
) -> None:
    """Store what a submission says of itself, in its new state."""
    values = values_of(submission, state)
    moved = [value for name, value in zip(COLUMNS, values, strict=True) if name in MOVED]
    db.execute(_UPDATE, (*moved, sum_of(*values), submission.id))


def _reading(columns: Sequence[str]) -> str:
    # only constants are put together
    return f"SELECT id, {', '.join(columns)}, sum FROM submission ORDER BY id"  # noqa: S608


_READ = _reading(COLUMNS)
_READ_1 = _reading(COLUMNS_1)
_INSERT = (
    f"INSERT INTO submission ({', '.join(COLUMNS)}, items, labels, sum)"  # noqa: S608 - constants
    f" VALUES ({', '.join('?' * len(COLUMNS))}, ?, ?, ?)"
)
_SET = ", ".join(f"{name} = ?" for name in MOVED)
_UPDATE = f"UPDATE submission SET {_SET}, sum = ? WHERE id = ?"  # noqa: S608 - constants


# --- the results of a batch, and those that are held until a plan is made from them


def hold(db: sqlite3.Connection, items: Items) -> None:
    """Keep results as they were read."""
    hold_packed(db, len(items.wire), items.results, *packed(items))


def hold_packed(
    db: sqlite3.Connection,
    count: int,
    results: int,
    wires: bytes,
    labels: bytes,
) -> None:
    """Keep a batch of results whose two blobs are there already."""
    total = _sum_of_held(count, results, wires, labels)
    db.execute(
        "INSERT INTO result (count, results, items, labels, sum) VALUES (?, ?, ?, ?, ?)",
        (count, results, wires, labels, total),
    )


def read_held(db: sqlite3.Connection) -> Iterator[Items]:
    """Give the batches of results that are held, in the order of the reports.

    Raises ValueError, TypeError or zlib.error if one is damaged.
    """
    query = "SELECT count, results, items, labels, sum FROM result WHERE id = ?"
    # each by itself: they can be many
    for (number,) in db.execute("SELECT id FROM result ORDER BY id"):
        count, results, wires, labels, total = db.execute(query, (number,)).fetchone()
        if total != _sum_of_held(count, results, wires, labels):
            raise ValueError(f"the sum of the results {number} is wrong")
        yield Items(unpacked_wire(wires), unpacked_labels(labels))


def _sum_of_held(
    count: int,
    results: int,
    wires: bytes,
    labels: bytes,
) -> int:
    return sum_of(count, results, zlib.crc32(wires), zlib.crc32(labels))


def packed(items: Items) -> tuple[bytes, bytes]:
    """Give the two blobs of a batch: what is sent, and the labels."""
    labels = [_label_row(label) for label in items.labels]
    wires = zlib.compress(b"\n".join(items.wire), _LEVEL)
    return wires, zlib.compress(json.dumps(labels).encode(), _LEVEL)


def unpacked_wire(blob: bytes) -> tuple[bytes, ...]:
    """Read what is sent. Raises zlib.error, TypeError."""
    return tuple(zlib.decompress(blob).split(b"\n"))


def unpacked_labels(blob: bytes) -> tuple[Label, ...]:
    """Read the labels. Raises zlib.error, ValueError, TypeError."""
    return tuple(_label(row) for row in json.loads(zlib.decompress(blob)))


def _label_row(label: Label) -> list[object]:
    row: list[object] = [label.name, label.suite, label.status]
    if label.weight != 1 or label.others:
        row += [label.weight, [_label_row(other) for other in label.others]]
    return row


def _label(row: list[Any]) -> Label:
    name, suite, status, *more = row
    suite, status = sys.intern(suite), sys.intern(status)
    if not more:
        return Label(name, suite, status)
    weight, others = more
    return Label(name, suite, status, weight, tuple(_label(other) for other in others))


# --- reports


def report_row(report: ReportSummary) -> tuple[str, str, str, str, int]:
    """Give the row of a report: path, format, tally, problems and their sum."""
    tally = {**asdict(report.tests), "synthetic": report.extras.synthetic}
    problems = [asdict(problem) for problem in report.problems]
    path = report.path.encode("utf-8", "replace").decode("utf-8")
    values = (path, report.format, json.dumps(tally), json.dumps(problems))
    return *values, sum_of(*values)


def report(
    path: str,
    form: str,
    tally: str,
    problems: str,
    total: int,
) -> ReportSummary:
    """Read a report's row. Raises ValueError, TypeError."""
    if total != sum_of(path, form, tally, problems):
        raise ValueError("the sum of a report is wrong")
    numbers = json.loads(tally)
    synthetic = numbers.pop("synthetic", 0)
    listed = [Problem(**problem) for problem in json.loads(problems)]
    return ReportSummary(
        path,
        form,
        tests=Tally(**numbers),
        problems=listed,
        extras=Extras(synthetic=synthetic),
    )
