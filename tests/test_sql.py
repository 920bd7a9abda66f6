"""Statements end when they are carried out, whoever still holds their cursors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from testferry import sql


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sql.Connection]:
    connection = sql.Connection(tmp_path / "x.db", isolation_level=None)
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2,), (3,)])
    yield connection
    connection.close()


def test_a_cursor_that_is_held_keeps_nothing_from_being_committed(db: sql.Connection) -> None:
    held = [db.execute("PRAGMA journal_mode = WAL"), db.execute("SELECT n FROM t")]
    held.append(db.execute("BEGIN IMMEDIATE"))
    first = db.execute("SELECT n FROM t")
    assert first.fetchone() == (1,)
    held.append(db.execute("UPDATE t SET n = n + 10 RETURNING n"))
    db.execute("COMMIT")
    db.execute("VACUUM")
    db.execute("PRAGMA journal_mode = DELETE")
    assert first.fetchall() == [(2,), (3,)]
    assert [cursor.fetchall() for cursor in held] == [
        [("wal",)],
        [(1,), (2,), (3,)],
        [],
        [(11,), (12,), (13,)],
    ]


def test_it_does_so_with_plain_cursors(tmp_path: Path) -> None:
    """What the module is for: without it this is what happens."""
    plain = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    held = plain.execute("SELECT 1 UNION SELECT 2")
    with pytest.raises(sqlite3.OperationalError, match="in progress"):
        plain.execute("VACUUM")
    held.close()
    plain.close()


def test_rows_are_given_in_each_of_the_ways_of_a_cursor(db: sql.Connection) -> None:
    assert list(db.execute("SELECT n FROM t WHERE n > ?", (1,))) == [(2,), (3,)]
    found = db.execute("SELECT n FROM t")
    assert [next(found), found.fetchone(), found.fetchone(), found.fetchone()] == [
        (1,),
        (2,),
        (3,),
        None,
    ]
    assert db.execute("INSERT INTO t VALUES (7)").lastrowid == 7
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO t VALUES (7)")
