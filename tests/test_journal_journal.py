from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes import header, results
from journals import ID, finished, planned
from testferry.errors import JournalProblem
from testferry.events import NamedResult
from testferry.journal import Journal, Store
from testferry.journal.rows import VERSION
from testferry.model import Tally
from testferry.services.http_json import label
from testferry.services.testrail.target import Testrail
from testferry.submission import TRANSITIONS, Happening, Items, Kind, State, Submission


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=False) as journal:
        assert journal.header == header()
        assert [one.count for one in journal.submissions()] == [2, 2, 2]
        assert journal.counts().as_dict()["pending"] == 6
        assert journal.unfinished()
        assert [one.name for one in journal.items(1).labels] == ["b0_0", "b0_1"]
        assert journal.reports()[0].problems[0].message == "odd"
        assert journal.tests() == Tally(passed=6)
        assert journal.failed_tests() == [NamedResult("f", "s", "why")]
        assert journal.run() == ("", "")
        assert journal.items(99) == Items((), ())


def test_a_pair_that_the_table_lacks_is_a_defect(tmp_path: Path) -> None:
    with planned(tmp_path / "j").open(ID, write=True) as journal, pytest.raises(KeyError):
        journal.move(journal.submissions()[0], Happening.ACCEPTED)


def test_when_all_is_sent_the_results_need_not_be_kept(tmp_path: Path) -> None:
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        for one in journal.submissions():
            journal.move(one, Happening.LEAVES)
            journal.move(one, Happening.ACCEPTED)
        journal.finish()
        assert journal.items(1) == Items((), ())
        assert journal.counts().accepted == 6
        assert not journal.unfinished()


def test_a_row_with_a_value_that_we_did_not_write_is_damage_not_a_defect(tmp_path: Path) -> None:
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        journal._file.db.execute("UPDATE submission SET remote = '{'")
        with pytest.raises(JournalProblem, match="damaged"):
            journal.submissions()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A write that fails is undone; what was there before is there still."""
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        journal._file.db.execute(
            f"PRAGMA max_page_count = {journal._file.db.execute('PRAGMA page_count').fetchone()[0]}"
        )
        one = journal.submissions()[0]
        big = results(400, name="x" * 200 + "{}")
        items = Items(tuple(os.urandom(400).hex().encode() for _ in big), tuple(map(label, big)))
        journal.move(one, Happening.LEAVES)
        with pytest.raises(JournalProblem, match="cannot be written"):
            journal.replace(one, Happening.REJECTED, [(Submission(0, Kind.BATCH, "append"), items)])
        assert journal.counts().in_doubt == 2
        assert journal.counts().pending == 4


def held_and_planned(folder: Path) -> Store:
    """Six results held, and the opening that says what becomes of them."""
    store, target = Store(folder), Testrail(project="1")
    with store.create(header()) as journal:
        for at in range(3):
            some = results(2, name=f"b{at}_{{}}")
            journal.hold(Items(tuple(map(target.item, some)), tuple(map(label, some))))
        journal.plan(Submission(0, Kind.OPEN, "read"))
        journal.commit_plan([], Tally(passed=6), [])
    return store


def test_what_is_held_is_pending_and_is_read_as_it_was(tmp_path: Path) -> None:
    store = held_and_planned(tmp_path / "j")
    for write in (False, True):
        with store.open(ID, write=write) as journal:
            held = list(journal.held())
            assert [result for result, _, _ in held] == [
                result for at in range(3) for result in results(2, name=f"b{at}_{{}}")
            ]
            assert [name.name for _, _, name in held] == [result.name for result, _, _ in held]
            assert [wire for _, wire, _ in held] == [
                Testrail(project="1").item(result) for result, _, _ in held
            ]
            assert journal.counts().as_dict() == {
                "total": 6, "accepted": 0, "rejected": 0, "in_doubt": 0, "pending": 6, "unmatched": 0, "excluded": 0
            }  # fmt: skip
            assert journal.batches_held() == 3
            assert journal.unfinished()
            assert len(list(journal.listed(State.PENDING))) == 6
            assert not list(journal.listed(State.SENT))
            assert [row.name for row in journal.submissions()] == ["read"]


def test_what_is_held_alone_is_something_left_to_do(tmp_path: Path) -> None:
    with held_and_planned(tmp_path / "j").open(ID, write=True) as journal:
        (row,) = journal.submissions()
        journal.move(row, Happening.LEAVES)
        journal.move(row, Happening.ACCEPTED)
        assert journal.unfinished()


def test_what_was_held_becomes_what_is_sent_all_or_nothing(tmp_path: Path) -> None:
    store = held_and_planned(tmp_path / "j")

    def rows(journal: Journal, *, die: bool) -> Iterator[tuple[Submission, Items | None]]:
        for items in journal.held_items():
            yield Submission(0, Kind.BATCH, "results"), items
            if die:
                raise KeyboardInterrupt

    with store.open(ID, write=True) as journal:
        (row,) = journal.submissions()
        journal.move(row, Happening.LEAVES)
        with pytest.raises(KeyboardInterrupt):
            journal.replan(row, Happening.ACCEPTED, rows(journal, die=True))
        assert [row.state for row in journal.submissions()] == [State.SENDING]
        assert journal.batches_held() == 3
        made = journal.replan(row, Happening.ACCEPTED, rows(journal, die=False))
        assert [row.id for row in made] == [2, 3, 4]
        assert row.state is State.SENT
        assert journal.batches_held() == 0
        assert list(journal.held()) == []
        assert journal.counts().pending == 6
    with store.open(ID, write=True) as journal:
        assert [row.count for row in journal.submissions()] == [0, 2, 2, 2]


def test_held_results_that_are_damaged_or_missing_are_seen_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    for at, change in enumerate(
        (
            "UPDATE result SET results = 9",
            "DELETE FROM result WHERE id = 2",
            "UPDATE mark SET held = 4",
        )
    ):
        store = held_and_planned(tmp_path / str(at))
        with closing(sqlite3.connect(store.path(ID))) as db, db:
            db.execute(change)
        with pytest.raises(JournalProblem, match="damaged"):
            store.open(ID, write=True)


def test_what_a_transition_changes_elsewhere_is_stored_with_it(tmp_path: Path) -> None:
    """A lane that proves nothing any more: the next process has to know it."""
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        journal.add([Submission(0, Kind.LANE, "thread")])
        batch, *_, lane = journal.submissions()
        journal.move(lane, Happening.LEAVES)
        journal.move(lane, Happening.ACCEPTED)
        batch.lane, batch.there_at, batch.key_at = lane.id, 5.0, 6.0
        journal.move(batch, Happening.LEAVES)
        batch.applied = True
        journal.move(batch, Happening.IN_DOUBT)
        lane.retired = True
        journal.move(batch, Happening.UNKNOWN, also=[lane])
    with Store(tmp_path / "j").open(ID, write=True) as journal:
        batch, *_, lane = journal.submissions()
        assert lane.retired
        assert lane.state is State.SENT
        assert (batch.applied, batch.there_at, batch.key_at) == (True, 5.0, 6.0)


def test_a_header_knows_where_the_upload_went_and_from_what(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "place": {"project": 1, "run": "7"},
        "attempt": "github-1-2",
        "sources": [["/a/r.xml", 1.5, "digest"]],
    }
    store = Store(tmp_path / "j")
    with store.create(header(**facts)) as journal:
        journal.commit_plan([], Tally(), [])
    with store.open(ID, write=False) as journal:
        assert journal.header == header(**facts)
        assert journal.header.version == VERSION
    assert header().place == {}
    assert (header().attempt, header().sources) == ("", [])


def test_a_finished_upload_keeps_every_name_and_state(tmp_path: Path) -> None:
    store = finished(tmp_path / "j")
    for write in (False, True):
        with store.open(ID, write=write) as journal:
            named = [result.name for result in journal.listed(State.SENT)]
            assert named == ["b0_0", "b0_1", "b1_0", "b1_1", "b2_0", "b2_1"]
            assert journal.items(1) == Items((), ())
    assert sorted(path.name for path in store.folder.iterdir()) == [
        f"{ID}.journal", f"{ID}.journal.lock", f"{ID}.journal.marks"
    ]  # fmt: skip


def test_a_finished_upload_may_be_read_while_it_is_finished(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=False) as reader:
        with store.open(ID, write=True) as journal:
            for row in journal.submissions():
                journal.move(row, Happening.LEAVES)
                journal.move(row, Happening.ACCEPTED)
            journal.finish()
        assert reader.counts().total == 6
    assert store.unfinished() == []


class JournalMachine(RuleBasedStateMachine):
    """Any sequence of transitions, splits, crashes and reopenings: no result is ever lost or
    counted twice.
    """

    @initialize(batches=st.integers(1, 4), size=st.integers(1, 6))
    def begin(self, batches: int, size: int) -> None:
        self.folder = TemporaryDirectory()
        self.store = planned(Path(self.folder.name) / "j", batches, size)
        self.journal: Journal = self.store.open(ID, write=True)
        self.names = Counter(f"b{at}_{one}" for at in range(batches) for one in range(size))

    @rule(which=st.integers(0, 50), happening=st.sampled_from(Happening))
    def move(self, which: int, happening: Happening) -> None:
        rows = self.journal.submissions()
        one = rows[which % len(rows)]
        if (one.state, happening) in TRANSITIONS:
            self.journal.move(one, happening)

    @rule(which=st.integers(0, 50))
    def split(self, which: int) -> None:
        rows = [
            one
            for one in self.journal.submissions()
            if one.state is State.SENDING and one.count > 1
        ]
        if rows:
            one = rows[which % len(rows)]
            halves = self.journal.items(one.id).halves()
            self.journal.replace(
                one,
                Happening.REJECTED,
                [(Submission(0, Kind.BATCH, "append"), half) for half in halves],
            )

    @rule()
    def crash_in_a_transaction(self) -> None:
        self.journal._file.db.execute("BEGIN IMMEDIATE")
        self.journal._file.db.execute("UPDATE submission SET state = 'sent', items = NULL")
        self.reopen()

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = self.store.open(ID, write=True)

    @invariant()
    def every_result_is_in_exactly_one_place(self) -> None:
        if hasattr(self, "journal"):
            there = Counter(
                one.name
                for row in self.journal.submissions()
                for one in self.journal.items(row.id).labels
            )
            assert there == self.names
            assert self.journal.counts().total == sum(self.names.values())

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
            self.folder.cleanup()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
