from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fakes import header
from journals import ID, planned
from testferry.errors import JournalProblem
from testferry.journal import JournalExists, Store
from testferry.journal.names import made_by_sqlite, marks_of, plan_of
from testferry.model import Tally


def test_an_unfinished_plan_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    store.create(header()).close()
    assert store.ids() == []
    with pytest.raises(JournalProblem, match="there is no journal"):
        store.open(ID, write=False)
    (tmp_path / "j" / f"{ID}.journal.plan").write_text("what a kill left")
    with store.create(header()) as journal:
        journal.commit_plan([], Tally(), [])
    assert store.ids() == [ID]
    assert not (tmp_path / "j" / f"{ID}.journal.plan").exists()


def test_it_is_on_the_disk_before_it_has_its_name_and_then_so_is_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "j")
    path, synced, fsync = store.path(ID), [], os.fsync

    def noted(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, path.exists()))
        fsync(handle)

    with store.create(header()) as journal:
        inode = plan_of(path).stat().st_ino
        monkeypatch.setattr(os, "fsync", noted)
        journal.commit_plan([], Tally(), [])
        assert path.stat().st_ino == inode
        assert synced == [(inode, False), (store.folder.stat().st_ino, True)]


def test_so_are_the_names_of_the_folders_that_were_made_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, fsync = [], os.fsync

    def noted(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    Store(tmp_path / "a" / "b" / "c").prepare()
    made = [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    assert synced == [folder.stat().st_ino for folder in made]
    synced.clear()
    Store(tmp_path / "a" / "b" / "c").prepare()
    assert synced == []


def test_a_journal_is_never_replaced(tmp_path: Path) -> None:
    """Another process began and ended the same upload since this one looked for it."""
    store = planned(tmp_path / "j")
    before = store.path(ID).read_bytes()
    with pytest.raises(JournalExists) as caught:
        store.create(header())
    assert caught.value.upload_id == ID
    assert caught.value.exit_code == 75
    assert store.path(ID).read_bytes() == before
    with store.create(header("other")) as journal:
        store.path("other").write_bytes(b"somebody who heeds no lock")
        with pytest.raises(JournalExists):
            journal.commit_plan([], Tally(), [])
    assert store.path("other").read_bytes() == b"somebody who heeds no lock"
    assert not plan_of(store.path("other")).exists()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_file_system_without_links_has_journals_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def link(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    store = planned(tmp_path / "j")
    assert store.ids() == [ID]
    assert not plan_of(store.path(ID)).exists()
    with store.create(header("other")) as journal:
        store.path("other").write_bytes(b"somebody who heeds no lock")
        with pytest.raises(JournalExists):
            journal.commit_plan([], Tally(), [])
    assert store.path("other").read_bytes() == b"somebody who heeds no lock"


def test_what_a_removed_journal_left_does_not_become_part_of_the_next(tmp_path: Path) -> None:
    """Somebody removed the .journal of a killed upload, and not what lay beside it."""
    store = planned(tmp_path / "j", batches=5)
    path = store.path(ID)
    with store.open(ID, write=True) as journal:
        journal.remember_stop("the upload before")
        kept = {
            file: file.read_bytes()
            for file in (*made_by_sqlite(path), marks_of(path))
            if file.exists()
        }
    assert len(kept) == 3
    path.unlink()
    for file, data in kept.items():
        file.write_bytes(data)
    with store.create(header()) as journal:
        for file, data in kept.items():
            assert not file.exists(), "cleared when the plan is begun"
            file.write_bytes(data)
        journal.commit_plan([], Tally(), [])
        assert journal.stopped() == ""
        assert journal.submissions() == []
    with store.open(ID, write=True) as journal:
        assert journal.submissions() == []


def test_a_second_name_that_a_kill_left_hurts_nobody(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    plan_of(store.path(ID)).hardlink_to(store.path(ID))
    with store.open(ID, write=True) as journal:
        assert journal.counts().pending == 6
    store.forget(ID)
    assert list(store.folder.iterdir()) == []


def test_a_plan_is_all_or_nothing(tmp_path: Path) -> None:
    """What was planned is counted: a row that is not there is seen."""
    store = planned(tmp_path / "j")
    with closing(sqlite3.connect(store.path(ID))) as db, db:
        db.execute("DELETE FROM submission WHERE id = 2")
    with pytest.raises(JournalProblem, match="rows are missing"):
        store.open(ID, write=False)
