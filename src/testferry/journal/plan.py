"""A plan has a file of its own until it is complete: a killed plan is no journal, and no journal is
half a plan.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from dataclasses import asdict
from pathlib import Path

from testferry import kernel, sql
from testferry.journal.header import Header
from testferry.journal.names import made_by_sqlite, marks_of, plan_of, upload_of
from testferry.journal.rows import APPLICATION_ID, SCHEMA, VERSION, sum_of
from testferry.journal.trouble import JournalExists, explained, unusable


def begin(path: Path, header: Header) -> sqlite3.Connection:
    """Begin the plan of a journal; what a process that died left of one is cleared.

    Returns a connection with a transaction that is open until the plan is complete. Raises
    JournalExists if the journal is there already, JournalProblem.
    """
    plan = plan_of(path)
    if path.exists():
        raise JournalExists(upload_of(path))
    try:
        for left in (plan, *made_by_sqlite(plan)):
            left.unlink(missing_ok=True)
        clear_beside(path)
        os.close(kernel.open_private(plan, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except OSError as problem:
        raise unusable(plan, problem) from None
    with explained(path):
        db = sql.Connection(plan, isolation_level=None)
        # Nothing of it counts before ``publish`` has put all of it on the disk.
        db.execute("PRAGMA journal_mode = MEMORY")
        db.execute("PRAGMA synchronous = OFF")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        for key, value in asdict(header).items():
            text = json.dumps(value)
            db.execute("INSERT INTO upload VALUES (?, ?, ?)", (key, text, sum_of(key, text)))
        db.execute("INSERT INTO mark VALUES (1, 0, 0, 0)")
    return db


def publish(path: Path) -> None:
    """Make a plan the journal: it is on the disk in full before it has its name.

    Raises JournalExists if there is one of that name: it is never replaced, its marks say what was
    sent. Raises JournalProblem.
    """
    plan = plan_of(path)
    try:
        kernel.sync(plan)
        clear_beside(path)
        _name(plan, path)
        kernel.sync(path.parent)
    except FileExistsError:
        raise JournalExists(upload_of(path)) from None
    except OSError as problem:
        raise unusable(plan, problem) from None


def clear_beside(path: Path) -> None:
    """Remove what lies beside a journal that is not there (any more).

    A -wal that is left would become part of the new journal. Raises OSError.
    """
    if not path.exists():
        for left in (*made_by_sqlite(path), marks_of(path)):
            left.unlink(missing_ok=True)


def _name(plan: Path, path: Path) -> None:
    """Give a plan its name. Raises FileExistsError if the name is taken, OSError."""
    try:
        path.hardlink_to(plan)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the lock keeps others from taking the name
        if path.exists():
            raise FileExistsError(path) from None
        plan.rename(path)
        return
    with contextlib.suppress(OSError):  # a second name hurts nobody, and the next plan clears it
        plan.unlink()


def drop(path: Path) -> None:
    """Forget a plan that was not completed. Raises OSError."""
    plan_of(path).unlink(missing_ok=True)
