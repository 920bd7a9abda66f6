"""Whatever can still be read of a journal, damaged or not."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from testferry.errors import JournalProblem
from testferry.journal.file import address
from testferry.journal.names import made_by_sqlite
from testferry.journal.rows import unpacked_labels, unpacked_wire
from testferry.submission import Label

_BATCH = "SELECT name, state, reason, items, labels FROM submission WHERE id = ?"


def salvage(path: Path) -> Iterator[dict[str, Any]]:
    """Give every result that can still be read: its name, its state, why, and what is sent for it.

    Row by row and value by value: what is broken costs only itself. Raises JournalProblem if it is
    no database at all.
    """
    wal, *_ = made_by_sqlite(path)
    try:
        db = sqlite3.connect(address(path, "ro", immutable=not wal.exists()), uri=True)
        last = db.execute("SELECT max(id) FROM submission").fetchone()[0] or 0
    except sqlite3.Error as problem:
        raise JournalProblem(
            f"nothing of {path} can be read: {problem}", "upload the reports again with --again"
        ) from None
    with contextlib.closing(db):
        for number in range(1, last + 1):
            with contextlib.suppress(sqlite3.Error, zlib.error, ValueError, TypeError):
                row = db.execute(_BATCH, (number,)).fetchone()
                if row and row[3]:
                    yield from _results(row)


def _results(row: Sequence[Any]) -> Iterator[dict[str, Any]]:
    name, state, reason, wires, labels = row
    place = state
    if name == "unmatched":
        place = name
    for wire, label in zip(unpacked_wire(wires), unpacked_labels(labels), strict=True):
        yield _line(label, place, reason, wire)


def _line(label: Label, state: str, reason: str, wire: bytes) -> dict[str, Any]:
    return {
        "name": label.name,
        "suite": label.suite,
        "status": label.status,
        "state": state,
        "reason": reason,
        "also": [other.name for other in label.others],
        "sent": wire.decode("utf-8", "replace"),
    }
