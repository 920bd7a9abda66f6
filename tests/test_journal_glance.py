from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from journals import ID, finished, planned
from testferry.journal.glance import Glance, glance, nobody_writes
from testferry.journal.rows import VERSION

OLD = Path(__file__).resolve().parent.parent / "fixtures" / "journals"


def test_the_first_bytes_say_what_it_is(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    path = store.path(ID)
    assert glance(path) == Glance(VERSION)
    assert not nobody_writes(path)
    with store.open(ID, write=True) as journal:
        journal.remember_stop("why")
        assert glance(path) == Glance(VERSION, open=True)
    path = finished(tmp_path / "k").path(ID)
    assert glance(path) == Glance(VERSION, finished=True)
    assert nobody_writes(path)


def test_of_the_first_version_too(tmp_path: Path) -> None:
    (stopped,) = (OLD / "testmo-refused").glob("*.journal")
    assert glance(stopped) == Glance(1)
    assert nobody_writes(stopped)
    (killed,) = (OLD / "testmo-killed-applied").glob("*.journal")
    assert glance(killed) == Glance(1, open=True)
    assert not nobody_writes(killed)


@pytest.mark.parametrize("kind", ["nothing", "empty", "text", "folder", "link", "other", "pipe"])
def test_of_what_is_no_journal_nothing_is_known(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.journal"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("hello, world\n" * 100)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        (real,) = (OLD / "testmo-finished").glob("*.journal")
        shutil.copy(real, tmp_path / "real")
        path.symlink_to(tmp_path / "real")
    elif kind == "other":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE t (x)")
    elif kind == "pipe":
        os.mkfifo(path)
    assert glance(path) == Glance()
    assert not nobody_writes(path)
