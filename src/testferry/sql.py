"""Sqlite with statements that end when they are carried out.

CPython ends a statement when nobody holds its cursor any more; PyPy does so some time later. A
statement that has not ended keeps others from being committed, and a file from being closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from typing import Any, Self

from testferry import kernel

IN_MEMORY = ":memory:"


class _Ended(sqlite3.Cursor):
    """A cursor that has read all of its rows."""

    _rows: Iterator[Any] | None = None  # while they are read, it is the statement's

    def execute(self, *statement: Any) -> Self:
        self._rows = None
        super().execute(*statement)
        self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[object]:
        return list(self)

    def __next__(self) -> object:
        # PyPy's own fetchall comes by here, CPython's does not.
        if self._rows is None:
            return super().__next__()
        return next(self._rows)


class Connection(sqlite3.Connection):
    """A connection to a file whose statements end at once. Its arguments are sqlite3.connect's."""

    def execute(self, *statement: object) -> sqlite3.Cursor:
        """Carry out a statement and read all of its rows. Raises sqlite3.Error."""
        return self.cursor(_Ended).execute(*statement)


def private(path: str, **more: Any) -> Connection:
    """Connect to a file that nobody else may read; it is made if need be. Raises OSError."""
    if path != IN_MEMORY:
        os.close(kernel.open_private(path, os.O_RDWR | os.O_CREAT))
    return Connection(path, **more)
