from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes import header
from journals import ID, finished, planned
from testferry.errors import JournalProblem, TryLater, UsageProblem
from testferry.journal import JournalExists, Store, fingerprint
from testferry.model import Tally
from testferry.submission import Happening, Items, Kind, Label, Submission


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    planned(tmp_path / "j")
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o700
    for path in (tmp_path / "j").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


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
    with pytest.raises(UsageProblem, match="several uploads") as problem:
        store.resolve(first[:5])
    assert problem.value.hint == f"say which: {first}, {second}"
    with pytest.raises(UsageProblem, match="no upload begins"):
        store.resolve("zzz")
    store.forget(second)
    with pytest.raises(UsageProblem, match="is a variable of the shell empty"):
        store.resolve("")  # every id begins so, also the only one


def test_what_cannot_be_forgotten_is_told(tmp_path: Path) -> None:
    """A folder that is called like a journal, in a checkout."""
    store = Store(tmp_path)
    store.path("e" * 12).mkdir()
    with pytest.raises(JournalProblem, match="cannot be used for the journal"):
        store.forget("e" * 12)


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


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
def test_a_directory_that_others_can_write_is_refused_with_a_cure_that_works(
    tmp_path: Path, mode: int
) -> None:
    """What they lay beside a journal, sqlite would take for a part of it."""
    store = finished(tmp_path / "j")
    store.folder.chmod(mode)
    for use in (store.prepare, store.ids, store.unfinished, lambda: store.open(ID, write=False)):
        with pytest.raises(JournalProblem, match=rf"by others \(mode {mode:o}\)") as caught:
            use()
    below = Path(caught.value.hint.rpartition(" ")[2])
    assert below.parent == store.folder
    with Store(below).create(header()):
        pass
    store.folder.chmod(0o755)
    store.open(ID, write=False).close()


def test_one_name_that_vanishes_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = planned(tmp_path / "j")
    (store.folder / "dangling.journal").symlink_to(tmp_path / "nowhere")
    assert store.ids() == [ID]
    (store.folder / "dangling.journal").unlink()
    with store.create(header("vanishing")) as journal:
        journal.commit_plan([], Tally(), [])
    stat = os.DirEntry.stat

    class Vanishing:
        """The folder as it was listed; a file of it is forgotten before it is looked at."""

        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.name, self.path, self._entry = entry.name, entry.path, entry

        def stat(self) -> os.stat_result:
            if self.name.startswith("vanishing"):
                Path(self.path).unlink(missing_ok=True)
                return os.stat(self.path)
            return stat(self._entry)

    scandir = os.scandir

    @contextmanager
    def listing(folder: Path) -> Iterator[Iterator[Vanishing]]:
        with scandir(folder) as entries:
            yield (Vanishing(entry) for entry in entries)

    monkeypatch.setattr(os, "scandir", listing)
    assert store.ids() == [ID]


def test_finished_ones_are_told_without_opening_them(tmp_path: Path) -> None:
    store = finished(tmp_path / "j")
    many = 200
    for at in range(many):
        shutil.copy(store.path(ID), store.path(f"{at:012x}"))
    with store.create(header("left")) as journal:
        journal.plan(Submission(0, Kind.OPEN, "run"))
        journal.commit_plan([], Tally(), [])
    store.path("broken").write_bytes(b"hello, world\n" * 100)
    before = {path.name for path in store.folder.iterdir() if not path.name.startswith("left")}
    began = time.process_time()
    assert set(store.unfinished()) == {"left", "broken"}
    assert time.process_time() - began < many * 0.0005
    after = {path.name for path in store.folder.iterdir() if not path.name.startswith("left")}
    assert after == before, "no -wal and no -shm is left behind"


def test_one_that_goes_on_is_not_finished_any_more(tmp_path: Path) -> None:
    store = finished(tmp_path / "j")
    assert store.unfinished() == []
    with store.open(ID, write=True) as journal:
        assert not store.path(f"{ID}").with_name(f"{ID}.journal-wal").exists()
        journal.add([Submission(0, Kind.OPEN, "run")])
        assert store.unfinished() == [ID], "also while it is open"
    assert store.unfinished() == [ID]


def test_old_finished_ones_are_pruned(tmp_path: Path) -> None:
    store = finished(tmp_path / "j")
    day, now = 86400.0, 1_900_000_000.0
    for name in ("young", "locked"):
        shutil.copy(store.path(ID), store.path(name))
    for name in ("left", "rejected", "doubtful"):
        with store.create(header(name)) as journal:
            journal.plan(
                Submission(0, Kind.BATCH, "append"), Items((b"{}",), (Label("a", "s", "passed"),))
            )
            journal.commit_plan([], Tally(), [])
            (row,) = journal.submissions()
            if name != "left":
                journal.move(row, Happening.LEAVES)
            if name == "rejected":
                journal.move(row, Happening.REJECTED)
                journal.finish()
            if name == "doubtful":
                journal.move(row, Happening.IN_DOUBT)
    store.path("broken").write_bytes(b"hello, world\n" * 100)
    for name in store.ids():
        age = 1 if name == "young" else 31
        os.utime(store.path(name), (now - age * day, now - age * day))
    with store.open("locked", write=True):
        assert store.prune(30 * day, now) == [ID]
    assert set(store.ids()) == {"young", "locked", "left", "rejected", "doubtful", "broken"}
    assert not list(store.folder.glob(f"{ID}*"))
    assert store.prune(30 * day, now) == ["locked"]


def test_two_processes_of_which_one_was_quicker(tmp_path: Path) -> None:
    """Both looked before either had begun: the second finds what the first has done."""
    store = Store(tmp_path / "j")
    word = fingerprint("a")
    first, second = store.next_id(word), store.next_id(word)
    assert first == second == (word[:12], None)
    with store.create(header(word[:12])) as journal:
        with pytest.raises(TryLater, match="another process"):
            store.create(header(word[:12]))
        journal.commit_plan([], Tally(), [])
    with pytest.raises(JournalExists):
        store.create(header(word[:12]))
    assert store.next_id(word) == (f"{word[:12]}-2", word[:12])


def test_a_name_that_is_nobodys_number_counts_for_nothing(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    for name in (f"{ID}-x", f"{ID}-", f"{ID}x-9", "other"):
        shutil.copy(store.path(ID), store.path(name))
    assert store.next_id(ID)[0] == f"{ID}-2"
