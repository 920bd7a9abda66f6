from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes import header, results
from journals import ID, planned
from testferry.errors import JournalProblem
from testferry.events import NamedResult
from testferry.journal import Journal
from testferry.model import Tally
from testferry.services.http_json import label
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
