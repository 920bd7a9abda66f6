from __future__ import annotations

import os
import random
import sqlite3
import stat
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fakes import header, results
from testferry.errors import JournalProblem, TestferryError, TryLater, UsageProblem
from testferry.events import RefusedResult
from testferry.journal import journal as journal_module
from testferry.journal.journal import Journal, Store, fingerprint, seal, user_key
from testferry.model import ReportSummary, Tally
from testferry.services.http_json import label
from testferry.services.testmo.target import Testmo
from testferry.submission import TRANSITIONS, Happening, Items, Kind, State, Submission

ID = "0123456789ab"


def planned(folder: Path, batches: int = 3, size: int = 2) -> Store:
    store, target = Store(folder), Testmo(project_id=1)
    with store.create(header()) as journal:
        for at in range(batches):
            some = results(size, name=f"b{at}_{{}}")
            journal.plan(
                Submission(0, Kind.BATCH, "append"),
                Items(tuple(map(target.item, some)), tuple(map(label, some))),
            )
        summary = ReportSummary("r.xml", "junit", tests=Tally(passed=batches * size))
        summary.warn("odd", 3)
        journal.commit_plan([summary], summary.tests, [RefusedResult("f", "s", "why")])
    return store


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
        assert journal.failed_tests() == [RefusedResult("f", "s", "why")]
        assert journal.run() == ("", "")
        assert journal.items(99) == Items((), ())


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    planned(tmp_path / "j")
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o700
    for path in (tmp_path / "j").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_marks_are_on_disk_before_the_call_returns(tmp_path: Path) -> None:
    """synchronous=FULL in WAL: an fsync for every commit."""
    store = planned(tmp_path / "j")
    with store.open(ID, write=True) as journal:
        assert journal._db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert journal._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with store.create(header("new")) as journal:
        journal.commit_plan([], Tally(), [])
        assert journal._db.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=True):
        with pytest.raises(TryLater, match="another process"):
            store.open(ID, write=True)
        with store.open(ID, write=False) as reader:
            assert reader.unfinished()
    with store.open(ID, write=True):
        pass


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


def test_ids_count_up_for_the_same_reports(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    assert store.ids() == []
    word = fingerprint("a", {"b": 1})
    assert word == fingerprint("a", {"b": 1}) != fingerprint("a", {"b": 2})
    first, latest = store.next_id(word)
    assert (first, latest) == (word[:12], None)
    with store.create(header(first)) as journal:
        journal.commit_plan([], Tally(), [])
    second, latest = store.next_id(word)
    assert (second, latest) == (f"{first}-2", first)
    with store.create(header(second)) as journal:
        journal.commit_plan([], Tally(), [])
    assert store.next_id(word) == (f"{first}-3", second)
    assert store.resolve(second) == second
    assert store.resolve(first) == first
    with pytest.raises(UsageProblem, match="several uploads"):
        store.resolve(first[:5])
    with pytest.raises(UsageProblem, match="no upload begins"):
        store.resolve("zzz")


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


def test_a_row_with_a_value_that_we_did_not_write_is_damage_not_a_defect(tmp_path: Path) -> None:
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        journal._db.execute("UPDATE submission SET remote = '{'")
        with pytest.raises(JournalProblem, match="damaged"):
            journal.submissions()


def test_a_missing_journal_and_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(JournalProblem, match="cannot be used"):
        Store(tmp_path / "file" / "below").create(header())
    with pytest.raises(JournalProblem):
        Store(tmp_path / "file").ids()
    (tmp_path / "j").mkdir()
    with pytest.raises(JournalProblem, match="there is no journal"):
        Store(tmp_path / "j").open("nothing", write=False)


def test_somebody_elses_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    os.chown(tmp_path, 777, -1)
    with pytest.raises(JournalProblem, match="belongs to another user"):
        Store(tmp_path).create(header())


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ("database or disk is full", JournalProblem, "free some space"),
        ("disk I/O error", JournalProblem, "free some space"),
        ("database is locked", TryLater, "wait for"),
        ("attempt to write a readonly database", JournalProblem, "--journal DIR"),
        ("malformed", JournalProblem, "compare it"),
    ],
)
def test_sqlites_troubles_in_words(
    tmp_path: Path, words: str, kind: type[TestferryError], said: str
) -> None:
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        with pytest.raises(kind) as caught, journal._told():
            raise sqlite3.OperationalError(words)
        assert said in caught.value.hint


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A write that fails is undone; what was there before is there still."""
    with planned(tmp_path / "j").open(ID, write=True) as journal:
        journal._db.execute(
            f"PRAGMA max_page_count = {journal._db.execute('PRAGMA page_count').fetchone()[0]}"
        )
        one = journal.submissions()[0]
        big = results(400, name="x" * 200 + "{}")
        items = Items(tuple(os.urandom(400).hex().encode() for _ in big), tuple(map(label, big)))
        journal.move(one, Happening.LEAVES)
        with pytest.raises(JournalProblem, match="cannot be written"):
            journal.replace(one, Happening.REJECTED, [(Submission(0, Kind.BATCH, "append"), items)])
        assert journal.counts().in_doubt == 2
        assert journal.counts().pending == 4


def test_the_disk_full_at_opening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    problem = journal_module._problem(tmp_path, OSError(28, "No space left on device"))
    assert "disk is full" in problem.message


def test_the_seal_tells_ones_own_journals(tmp_path: Path) -> None:
    key = user_key(tmp_path / "state")
    assert key == user_key(tmp_path / "state")
    assert len(key) == 32
    assert seal(key, "https://a") != seal(key, "https://b")
    (tmp_path / "file").write_text("")
    assert user_key(tmp_path / "file" / "x") == b""


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
        self.journal._db.execute("BEGIN IMMEDIATE")
        self.journal._db.execute("UPDATE submission SET state = 'sent', items = NULL")
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
