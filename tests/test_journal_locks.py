from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from journals import ID, planned
from testferry import kernel
from testferry.errors import JournalProblem, TryLater
from testferry.journal.locks import is_locked, locked, one_at_a_time
from testferry.journal.names import lock_of


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=True):
        with pytest.raises(TryLater, match="another process"):
            store.open(ID, write=True)
        with store.open(ID, write=False) as reader:
            assert reader.unfinished()
    with store.open(ID, write=True):
        pass


def test_whether_somebody_is_at_work_is_known_without_waiting(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    assert not store.is_busy(ID)
    with store.open(ID, write=True):
        assert store.is_busy(ID)
    assert not store.is_busy(ID)
    assert not is_locked(tmp_path / "none.journal")
    assert not lock_of(tmp_path / "none.journal").exists(), "looking leaves nothing"


def nobody() -> None:
    raise AssertionError("there is nobody to wait for")


def test_who_only_looks_sends_nobody_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the lock for an instant: one look is no verdict."""
    path = tmp_path / "u.journal"
    looking = locked(path)
    monkeypatch.setattr("testferry.journal.locks.pause", lambda _: os.close(looking))
    os.close(locked(path))


def test_who_makes_something_at_one_place_waits_for_the_others(tmp_path: Path) -> None:
    lock, order = tmp_path / "folder" / "making.lock", []
    inside, waited = threading.Event(), threading.Event()

    def second() -> None:
        inside.wait(5)
        with one_at_a_time(lock, waited.set):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with one_at_a_time(lock, nobody):
        inside.set()
        assert waited.wait(5), "it is told, again and again"
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    (tmp_path / "file").write_text("")
    with one_at_a_time(tmp_path / "file" / "below.lock", nobody):
        order.append("nobody to wait for")
    assert len(order) == 3


def test_each_leaves_its_name_to_the_next(tmp_path: Path) -> None:
    lock = tmp_path / "making.lock"
    with one_at_a_time(lock, nobody) as seat:
        assert seat.before() == ""
        seat.take("the first")
    with one_at_a_time(lock, nobody) as seat:
        assert seat.before() == "the first"
        seat.take("2nd")
        assert seat.before() == "2nd"
    lock.write_bytes(b"\xff")
    with one_at_a_time(lock, nobody) as seat:
        assert seat.before() == ""
    with one_at_a_time(tmp_path / "making.lock" / "none", nobody) as seat:
        seat.take("nobody")
        assert seat.before() == ""


def test_a_lock_that_was_removed_meanwhile_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload was forgotten between opening its lock and having it: others have another one."""
    path, lock = tmp_path / f"{ID}.journal", kernel.lock
    removed: list[int] = []

    def after_removal(handle: int) -> bool:
        if not removed:
            removed.append(handle)
            lock_of(path).unlink()
        return lock(handle)

    monkeypatch.setattr(kernel, "lock", after_removal)
    handle = locked(path)
    assert removed
    with pytest.raises(TryLater):
        locked(path)
    os.close(handle)


def test_a_place_without_locks_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / f"{ID}.journal"
    lock_of(path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalProblem, match="cannot be used"):
        locked(path)
    assert not (tmp_path / "elsewhere").exists()
    lock_of(path).unlink()
    os.close(locked(path))
