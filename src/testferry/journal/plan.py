"""A plan has a file of its own until it is complete: a killed plan is no journal, and no journal is
half a plan.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict
from pathlib import Path

from testferry import kernel
from testferry.journal.header import Header
from testferry.journal.names import made_by_sqlite, plan_of
from testferry.journal.rows import SCHEMA, VERSION, sum_of
from testferry.journal.trouble import explained, unusable

APPLICATION_ID = 0x7E57F317


def begin(path: Path, header: Header) -> sqlite3.Connection:
    """Begin the plan of a journal; what a process that died left of one is cleared.

    Returns a connection with a transaction that is open until the plan is complete. Raises
    JournalProblem.
    """
    plan = plan_of(path)
    try:
        for left in (plan, *made_by_sqlite(plan)):
            left.unlink(missing_ok=True)
        os.close(kernel.open_private(plan, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except OSError as problem:
        raise unusable(plan, problem) from None
    with explained(path):
        db = sqlite3.connect(plan, isolation_level=None)
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
        db.execute("INSERT INTO mark VALUES (1, 0, 0)")
    return db


def publish(path: Path) -> None:
    """Make a plan the journal: it is on the disk in full before it has its name.

    Raises JournalProblem.
    """
    plan = plan_of(path)
    try:
        kernel.sync(plan)
        os.replace(plan, path)
        kernel.sync(path.parent)
    except OSError as problem:
        raise unusable(plan, problem) from None


def drop(path: Path) -> None:
    """Forget a plan that was not completed. Raises OSError."""
    plan_of(path).unlink(missing_ok=True)
