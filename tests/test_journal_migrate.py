from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from testferry.errors import JournalProblem
from testferry.journal import Store
from testferry.journal import file as file_module
from testferry.journal import migrate as migrate_module
from testferry.journal.glance import glance
from testferry.journal.rows import VERSION
from testferry.submission import Kind, State

OLD = Path(__file__).resolve().parent.parent / "fixtures" / "journals"
NAMES = sorted(path.parent.name for path in OLD.glob("*/received.json"))
HELD = {"testrail-killed-before-the-match", "testrail-interrupted-before-the-match"}


def of_version_1(tmp_path: Path, name: str) -> tuple[Store, str]:
    shutil.copytree(OLD / name, tmp_path / "j")
    (journal,) = (tmp_path / "j").glob("*.journal")
    journal.chmod(0o600)
    return Store(tmp_path / "j"), journal.name.removesuffix(".journal")


def version(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_read_stays_as_it_is(tmp_path: Path, name: str) -> None:
    store, upload_id = of_version_1(tmp_path, name)
    before = store.path(upload_id).read_bytes()
    with store.open(upload_id, write=False) as journal:
        assert (
            journal.counts().total
            == json.loads((OLD / name / "received.json").read_text())["tests"]
        )
        assert journal.header.version == 1
        assert journal.header.sources == []
    assert store.path(upload_id).read_bytes() == before
    assert version(store.path(upload_id)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_one_that_is_opened_to_write_becomes_one_of_this_version(tmp_path: Path, name: str) -> None:
    store, upload_id = of_version_1(tmp_path, name)
    with store.open(upload_id, write=False) as journal:
        read = journal.submissions(), journal.counts(), list(journal.held_items()), journal.header
    with store.open(upload_id, write=True) as journal:
        assert (
            journal.submissions(), journal.counts(), list(journal.held_items()), journal.header
        ) == read, "as a copy in memory said"  # fmt: skip
        assert bool(read[2]) is (name in HELD)
        assert not read[2] or not [row for row in read[0] if row.kind is Kind.BATCH]
        for row in journal.submissions():
            assert row.applied is (row.state in (State.SENDING, State.IN_DOUBT))
            assert row.key_at is None, "its key is the one that version 1 gave it"
            assert not row.retired
    assert version(store.path(upload_id)) == VERSION
    with store.open(upload_id, write=True) as journal:
        assert journal.submissions() == read[0], "the sums are right"
        assert journal.header.version == 1, "what was sent by then followed the rules of then"


def test_what_was_held_is_read_as_results(tmp_path: Path) -> None:
    store, upload_id = of_version_1(tmp_path, "testrail-killed-before-the-match")
    with store.open(upload_id, write=True) as journal:
        held = list(journal.held())
        assert [result.name for result, _, _ in held] == [f"t{at}" for at in range(12)]
        assert [label.name for _, _, label in held] == [f"t{at}" for at in range(12)]
        assert held[1][0].details[0].text == "line 1\nline 2"
        assert held[3][0].properties == (("owner", "ann"),)
        assert [row.name for row in journal.submissions()] == ["match"]
        assert journal.counts().pending == 12


def test_a_sum_that_is_wrong_is_seen_and_nothing_is_made_of_it(tmp_path: Path) -> None:
    store, upload_id = of_version_1(tmp_path, "testmo-refused")
    path = store.path(upload_id)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE submission SET state = 'pending' WHERE id = 1")
    for write in (False, True):
        with pytest.raises(JournalProblem, match="the sum of row 1"):
            store.open(upload_id, write=write)
    assert version(path) == 1


def test_a_migration_that_is_cut_short_did_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, upload_id = of_version_1(tmp_path, "testrail-killed-before-the-match")
    migrate = migrate_module.migrate

    def cut(db: sqlite3.Connection) -> None:
        migrate(db)
        raise KeyboardInterrupt

    monkeypatch.setattr(file_module, "migrate", cut)
    with pytest.raises(KeyboardInterrupt):
        store.open(upload_id, write=True)
    monkeypatch.undo()
    assert version(store.path(upload_id)) == 1
    with store.open(upload_id, write=True) as journal:
        assert journal.counts().pending == 12


def test_a_finished_one_that_is_only_looked_at_leaves_no_files(tmp_path: Path) -> None:
    store, upload_id = of_version_1(tmp_path, "testmo-finished")
    before = {path.name for path in store.folder.iterdir()}
    assert store.unfinished() == []
    with store.open(upload_id, write=False) as journal:
        assert not journal.unfinished()
    assert {path.name for path in store.folder.iterdir()} == before
    assert glance(store.path(upload_id)).version == 1
