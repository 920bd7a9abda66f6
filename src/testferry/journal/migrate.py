"""From version 1 of the journal to version 2.

Version 1 kept the results of a plan that was not made yet as batches before the row "match", and
its rows knew less. What left then may have been applied. No row gets a time of its key: that tells
the rows whose key version 1 made of their content, and it must stay that key.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from testferry.journal.rows import (
    RESULT_TABLE,
    VERSION,
    hold_packed,
    read_submissions,
    sum_of,
    update,
)
from testferry.submission import Kind, State, Submission

OLDEST = 1
_COLUMNS = (
    "submission ADD COLUMN applied INTEGER NOT NULL DEFAULT 0",
    "submission ADD COLUMN retired INTEGER NOT NULL DEFAULT 0",
    "submission ADD COLUMN there_at REAL",
    "submission ADD COLUMN key_at REAL",
    "mark ADD COLUMN held INTEGER NOT NULL DEFAULT 0",
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring a journal of version 1 to this one, within the caller's transaction.

    Raises ValueError if a sum of what is there is wrong.
    """
    rows = read_submissions(db, OLDEST)
    for column in _COLUMNS:
        db.execute(f"ALTER TABLE {column}")
    db.execute(RESULT_TABLE)
    held = _held(rows)
    _move(db, held)
    gone = {submission.id for submission in held}
    for submission in rows:
        if submission.id not in gone:
            submission.applied = submission.state in (State.SENDING, State.IN_DOUBT)
            update(db, submission, submission.state)
    text = json.dumps(OLDEST)
    row = ("version", text, sum_of("version", text))
    db.execute("INSERT OR REPLACE INTO upload VALUES (?, ?, ?)", row)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _held(rows: Iterable[Submission]) -> list[Submission]:
    """List the batches that waited for the match: they lie before its row, until it is sent."""
    waiting: list[Submission] = []
    for submission in rows:
        if submission.kind is Kind.BATCH:
            waiting.append(submission)
        elif submission.kind is Kind.OPEN and submission.name == "match":
            if submission.state is State.SENT:
                return []
            return waiting
    return []


def _move(db: sqlite3.Connection, held: list[Submission]) -> None:
    for submission in held:
        query = "SELECT items, labels FROM submission WHERE id = ?"
        wires, labels = db.execute(query, (submission.id,)).fetchone()
        hold_packed(db, submission.count, submission.results, wires, labels)
        db.execute("DELETE FROM submission WHERE id = ?", (submission.id,))
    number = len(held)
    counted = "UPDATE mark SET submissions = submissions - ?, held = ?"
    db.execute(counted, (number, number))
