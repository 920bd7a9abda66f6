"""Whatever can still be read of a journal, damaged or not, finished or not."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from testferry import sql
from testferry.errors import JournalProblem
from testferry.journal.file import address
from testferry.journal.names import made_by_sqlite
from testferry.journal.rows import unpacked_labels, unpacked_wire
from testferry.submission import Label, State

_BATCH = "SELECT name, state, reason, items, labels FROM submission WHERE id = ?"
_HELD = "SELECT '', ?, '', items, labels FROM result WHERE id = ?"


def salvage(path: Path) -> Iterator[dict[str, Any]]:
    """Give every result that can still be read: its name, its state, why, and what is sent for it.

    What arrived of a finished upload is kept by name only: ``sent`` is None. Row by row and value
    by value: what is broken costs only itself. Raises JournalProblem if it is no database at all.
    """
    wal, *_ = made_by_sqlite(path)
    try:
        db = sql.Connection(address(path, "ro", immutable=not wal.exists()), uri=True)
        last = _last(db, "submission")
    except sqlite3.Error as problem:
        raise JournalProblem(
            f"nothing of {path} can be read: {problem}", "upload the reports again with --again"
        ) from None
    with contextlib.closing(db):
        for number in range(1, last + 1):
            yield from _results(db, _BATCH, (number,))
        held = 0
        with contextlib.suppress(sqlite3.Error):  # version 1 has no such table
            held = _last(db, "result")
        for number in range(1, held + 1):
            yield from _results(db, _HELD, (State.PENDING, number))


def _last(db: sqlite3.Connection, table: str) -> int:
    # only constants are put together
    found = db.execute(f"SELECT max(id) FROM {table}").fetchone()[0]  # noqa: S608
    return int(found or 0)


def _results(
    db: sqlite3.Connection,
    query: str,
    values: Sequence[object],
) -> Iterator[dict[str, object]]:
    with contextlib.suppress(sqlite3.Error, zlib.error, ValueError, TypeError):
        row = db.execute(query, values).fetchone()
        if row is None or row[4] is None:
            return
        name, place, reason, items, packed = row
        if name == "unmatched":
            place = name
        labels = unpacked_labels(packed)
        wires: Sequence[bytes | None] = (None,) * len(labels)
        if items is not None:
            wires = unpacked_wire(items)
        for wire, label in zip(wires, labels, strict=True):
            yield _line(label, place, reason, wire)


def _line(
    label: Label,
    state: str,
    reason: str,
    wire: bytes | None,
) -> dict[str, object]:
    sent = None
    if wire is not None:
        sent = wire.decode("utf-8", "replace")
    return {
        "name": label.name,
        "suite": label.suite,
        "status": label.status,
        "state": state,
        "reason": reason,
        "also": [other.name for other in label.others],
        "sent": sent,
    }
