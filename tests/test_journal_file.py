from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pytest

from fakes import header
from journals import ID, finished, planned
from testferry.errors import JournalProblem, TestferryError
from testferry.model import Tally
from testferry.submission import Happening, Kind, State, Submission


def test_marks_are_on_disk_before_the_call_returns(tmp_path: Path) -> None:
    """synchronous=FULL in WAL: an fsync for every commit."""
    store = planned(tmp_path / "j")
    with store.open(ID, write=True) as journal:
        assert journal._file.db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert journal._file.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with store.create(header("new")) as journal:
        journal.commit_plan([], Tally(), [])
        assert journal._file.db.execute("PRAGMA synchronous").fetchone()[0] == 2


@pytest.mark.parametrize(
    "spoil", ["version", "application", "bytes", "zero", "text", "directory", "writable", "symlink"]
)
def test_a_journal_that_is_not_right_says_so(tmp_path: Path, spoil: str) -> None:
    store = planned(tmp_path / "j")
    path = store.path(ID)
    if spoil in ("version", "application"):
        pragma = "user_version = 99" if spoil == "version" else "application_id = 1"
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA {pragma}")
        db.close()
    elif spoil == "bytes":
        data = bytearray(path.read_bytes())
        data[4096:8192] = os.urandom(4096)
        path.write_bytes(data)
    elif spoil in ("zero", "text"):
        path.write_bytes(b"" if spoil == "zero" else b"hello, world\n" * 100)
    elif spoil == "directory":
        path.unlink()
        path.mkdir()
    elif spoil == "writable":
        path.chmod(0o666)
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalProblem) as caught:
        store.open(ID, write=True)
    assert caught.value.exit_code == 74
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_byte_flips_give_an_answer_or_a_clear_error_never_a_wrong_one(tmp_path: Path) -> None:
    store = planned(tmp_path / "j", batches=5)
    path = store.path(ID)
    whole = path.read_bytes()
    chance = random.Random(20261121)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        path.write_bytes(data)
        try:
            with store.open(ID, write=True) as journal:
                for one in journal.submissions():
                    journal.items(one.id)
                journal.counts()
                list(journal.listed(State.PENDING))
        except TestferryError as problem:
            assert problem.exit_code in (74, 75)


def test_a_reader_sees_the_marks_and_the_rows_of_one_moment(tmp_path: Path) -> None:
    """Whatever another process commits between its statements, a sound journal is not damaged."""
    store = planned(tmp_path / "j", batches=6)
    with store.open(ID, write=True) as journal, store.open(ID, write=False) as reader:
        rows = journal.submissions()

        def split_one(_: str) -> None:
            row = rows.pop()
            halves = journal.items(row.id).halves()
            journal.move(row, Happening.LEAVES)
            parts = [(Submission(0, Kind.BATCH, "append"), half) for half in halves]
            journal.replace(row, Happening.REJECTED, parts)

        reader._file.db.set_trace_callback(split_one)
        reader._file._check_marks()
        assert len(rows) < 6


def test_what_a_reader_opens_it_leaves_alone(tmp_path: Path) -> None:
    store = finished(tmp_path / "j")
    before = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    with store.open(ID, write=False) as journal, pytest.raises(JournalProblem, match="cannot be"):
        journal.remember_stop("why")
    assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == before


def test_a_name_of_any_letters_is_opened(tmp_path: Path) -> None:
    store = planned(tmp_path / "a ?b#c%20d ü")
    with store.open(ID, write=True) as journal:
        assert journal.counts().pending == 6


def test_a_journal_that_is_closed_says_so(tmp_path: Path) -> None:
    journal = planned(tmp_path / "j").open(ID, write=False)
    journal.close()
    with pytest.raises(JournalProblem):
        journal.submissions()
