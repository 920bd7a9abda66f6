from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from testferry import kernel
from testferry.dialects import Window
from testferry.pace.limits import LONGEST_PAUSE, MARGIN
from testferry.pace.shared import (
    BUSY,
    LATE,
    LONGEST_REQUEST,
    PATIENCE,
    SAME_MOMENT,
    Boot,
    Budget,
)

TWO_A_MINUTE = [Window(2, 60.0)]


def budget(folder: Path, scope: str = "https://x") -> Budget:
    return Budget.of(folder, scope)


def of_another(path: Path, *, done: float | None, pid: int | None = None) -> None:
    """Slots of a process that is gone, or that is somewhere else."""
    place = kernel.process_namespace()
    if pid is None:
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        pid = child.pid
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE slot SET pid = ?, done = ?, space = ?", (pid, done, place))


def test_two_processes_share_one_limit(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    assert first.take(TWO_A_MINUTE, 100.0) == 0.0
    assert second.take(TWO_A_MINUTE, 100.0) == 0.0
    assert first.take(TWO_A_MINUTE, 101.0) == pytest.approx(MARGIN), "an answer may free one"
    second.complete(105.0)
    first.complete(103.0)
    assert first.take(TWO_A_MINUTE, 110.0) == pytest.approx(103 + 60 + MARGIN - 110)
    assert first.take(TWO_A_MINUTE, 103 + 60 + MARGIN) == 0.0


def test_services_do_not_share(tmp_path: Path) -> None:
    shared = tmp_path / "shared.db"
    for one, other in (
        (budget(tmp_path, "https://x"), budget(tmp_path, "https://y")),
        (Budget.of(tmp_path, "https://x", shared), Budget.of(tmp_path, "https://y", shared)),
    ):
        assert one.take([Window(1, 60.0)], 100.0) == 0.0
        one.pause(500.0)
        assert other.take([Window(1, 60.0)], 100.0) == 0.0
        assert one.take([Window(1, 60.0)], 100.0) > 0.0


def test_a_pause_holds_every_process(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    first.pause(130.0)
    first.pause(120.0)
    assert second.take(TWO_A_MINUTE, 100.0) == pytest.approx(30.0)
    assert second.take(TWO_A_MINUTE, 130.0) == 0.0


def test_no_pause_is_believed_that_nobody_can_have_meant(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    first.pause(1e12)
    assert second.take(TWO_A_MINUTE, 100.0) == pytest.approx(LONGEST_PAUSE)


def test_a_slot_that_was_not_needed_is_free_again(tmp_path: Path) -> None:
    first = budget(tmp_path)
    first.give_back()
    first.complete(1.0)
    assert first.take([Window(1, 60.0)], 100.0) == 0.0
    first.give_back()
    assert first.take([Window(1, 60.0)], 100.0) == 0.0
    first.close(101.0)
    assert first.take([Window(1, 60.0)], 102.0) == pytest.approx(101 + 60 + MARGIN - 102), (
        "what was in flight at its end was given up then"
    )


def test_what_is_in_flight_counts_until_the_longest_request_has_ended(tmp_path: Path) -> None:
    """A process that nobody can see from here (a container): it may be at work still."""
    first, second = budget(tmp_path), budget(tmp_path)
    assert first.take([Window(1, 60.0)], 100.0) == 0.0
    assert first.path is not None
    with closing(sqlite3.connect(first.path)) as db, db:
        db.execute("UPDATE slot SET pid = 999999999, space = 'elsewhere'")
    for now in (100 + 61.0, 100 + LONGEST_REQUEST):
        assert second.take([Window(1, 60.0)], now) > 0.0, now
    assert second.take([Window(1, 60.0)], 100 + LONGEST_REQUEST + 60 + MARGIN) == 0.0


def test_a_slot_of_a_killed_process_counts_one_window_and_no_longer(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    assert first.take([Window(1, 2.0)], 100.0) == 0.0
    assert first.path is not None
    of_another(first.path, done=None)
    assert second.take([Window(1, 2.0)], 101.0) == pytest.approx(2 + MARGIN)
    assert second.take([Window(1, 2.0)], 103.1) > 0.0
    assert second.take([Window(1, 2.0)], 101 + 2 + MARGIN) == 0.0


def test_a_slot_of_a_living_process_is_its_own(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    assert first.take([Window(1, 2.0)], 100.0) == 0.0
    assert first.path is not None
    of_another(first.path, done=None, pid=os.getppid())
    assert second.take([Window(1, 2.0)], 103.0) > 0.0
    assert second.take([Window(1, 2.0)], 150.0) > 0.0


@pytest.mark.parametrize("word", ["", "a-boot"])
def test_what_was_stamped_before_a_reboot_is_dropped(tmp_path: Path, word: str) -> None:
    path = tmp_path / "b.db"
    # up for a million seconds, then started again and up for an hour
    before = Budget(path, boot=Boot(word, began=5_000_000.0))
    assert before.take([Window(1, 60.0)], 1_000_000.0) == 0.0
    before.complete(1_000_001.0)
    before.pause(1_000_500.0)
    before.close()
    later = Boot(word and "another", began=6_000_200.0)
    after = Budget(path, boot=later)
    assert after.take([Window(1, 60.0)], 3600.0) == 0.0


@pytest.mark.parametrize("word", ["", "a-boot"])
def test_a_clock_that_is_set_is_no_reboot(tmp_path: Path, word: str) -> None:
    path = tmp_path / "b.db"
    before = Budget(path, boot=Boot(word, began=5_000_000.0))
    assert before.take([Window(1, 60.0)], 100_000.0) == 0.0
    before.complete(100_001.0)
    for jump in (3600.0, -3600.0, 0.5, 0.0):
        other = Budget(path, boot=Boot(word, began=5_000_000.0 + jump))
        assert other.take([Window(1, 60.0)], 100_010.0) > 0.0, jump
        other.close()


def test_a_reboot_soon_after_it_began(tmp_path: Path) -> None:
    """The monotonic clock of now is beyond every stamp: only the wall clock tells."""
    path = tmp_path / "b.db"
    before = Budget(path, boot=Boot("", began=5_000_000.0))
    assert before.take([Window(1, 60.0)], 100.0) == 0.0
    before.complete(101.0)
    before.close()
    after = Budget(path, boot=Boot("", began=5_000_000.0 + 101 + 2 * SAME_MOMENT))
    assert after.take([Window(1, 60.0)], 130.0) == 0.0


def test_this_machine_knows_when_it_began() -> None:
    first, second = Boot.now(), Boot.now()
    assert first.word == second.word == kernel.boot_id()
    assert first.began == pytest.approx(second.began, abs=1.0)
    assert not first.is_later_than(second.word, second.began, 10.0)


def test_a_file_that_others_hold_is_waited_for_and_never_removed(tmp_path: Path) -> None:
    first, second = budget(tmp_path), budget(tmp_path)
    assert first.take(TWO_A_MINUTE, 100.0) == 0.0
    assert first.path is not None
    inode = first.path.stat().st_ino
    with closing(sqlite3.connect(first.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        assert second.take(TWO_A_MINUTE, 100.0) == BUSY, "nothing leaves meanwhile"
        first.complete(101.0)
        assert not second.alone
        db.execute("ROLLBACK")
    assert first.path.stat().st_ino == inode
    assert second.take([Window(1, 60.0)], 110.0) > 0.0, "one is in flight as far as is known"
    second.close()
    assert first.take([Window(1, 60.0)], 110.0) == pytest.approx(101 + 60 + MARGIN - 110), (
        "what could not be written then is written now"
    )


def test_who_was_stopped_in_the_middle_does_not_hold_everybody_for_ever(tmp_path: Path) -> None:
    first = budget(tmp_path)
    assert first.take(TWO_A_MINUTE, 100.0) == 0.0
    assert first.path is not None
    path = first.path
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        first._busy = PATIENCE - 1
        assert first.take(TWO_A_MINUTE, 100.0) == 0.0, "alone"
        db.execute("ROLLBACK")
    assert first.alone
    assert path.exists(), "the others go on sharing it"


@pytest.mark.parametrize("spoil", ["bytes", "tables"])
def test_a_damaged_file_costs_a_window_and_is_made_anew(tmp_path: Path, spoil: str) -> None:
    first = budget(tmp_path)
    assert first.take(TWO_A_MINUTE, 100.0) == 0.0
    first.close()
    assert first.path is not None
    if spoil == "bytes":
        first.path.write_bytes(random.Random(1).randbytes(8192))
    else:
        with closing(sqlite3.connect(first.path)) as db, db:
            db.executescript("DROP TABLE slot; CREATE TABLE slot (x)")
    second = budget(tmp_path)
    assert second.take(TWO_A_MINUTE, 200.0) == pytest.approx(60 + MARGIN), (
        "nobody knows what was sent"
    )
    assert second.take(TWO_A_MINUTE, 200.0 + 60 + MARGIN) == 0.0
    assert not second.alone
    second.close()
    if spoil == "bytes":
        first.path.write_bytes(random.Random(2).randbytes(8192))
        assert second.take(TWO_A_MINUTE, 400.0) == 0.0
        assert second.alone, "a second time is enough"


def test_without_a_place_it_goes_on_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    nowhere = Budget.of(tmp_path, "https://x", tmp_path / "file" / "below.db")
    assert nowhere.take(TWO_A_MINUTE, 100.0) == 0.0
    assert nowhere.alone
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    assert Budget.of(tmp_path / "file" / "x", "https://x").alone
    lonely = Budget()
    assert lonely.take(TWO_A_MINUTE, 100.0) == 0.0
    lonely.pause(1000.0)
    assert lonely.take(TWO_A_MINUTE, 100.0) == 0.0
    assert not lonely.alone, "nobody wanted to share"


def test_a_named_file_may_be_shared_by_users_and_ones_own_may_not(tmp_path: Path) -> None:
    before = os.umask(0o002)
    try:
        shared = Budget.of(tmp_path / "mine", "https://x", tmp_path / "shared.db")
        own = Budget.of(tmp_path / "mine", "https://x")
        for each in (shared, own):
            assert each.take(TWO_A_MINUTE, 100.0) == 0.0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "shared.db").stat().st_mode) == 0o664
    assert own.path is not None
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    linked = Budget.of(tmp_path, "https://x", tmp_path / "link.db")
    linked.take(TWO_A_MINUTE, 100.0)
    assert linked.alone
    assert not (tmp_path / "elsewhere.db").exists()


def test_who_asked_first_goes_first(tmp_path: Path) -> None:
    holder, early, late = budget(tmp_path), budget(tmp_path), budget(tmp_path)
    one = [Window(1, 60.0)]
    assert holder.take(one, 100.0) == 0.0
    holder.complete(100.0)
    assert early.take(one, 101.0) == pytest.approx(59 + MARGIN)
    assert late.take(one, 102.0) > 0
    free = 160.0 + MARGIN
    assert late.take(one, free) > 0, "the slot is the other one's"
    assert early.take(one, free) == 0.0


def test_one_that_waits_no_more_holds_nobody_up(tmp_path: Path) -> None:
    holder, early, late = budget(tmp_path), budget(tmp_path), budget(tmp_path)
    one = [Window(1, 60.0)]
    for leaves in (True, False):
        assert holder.take(one, 100.0) == 0.0
        holder.complete(100.0)
        assert early.take(one, 101.0) > 0
        assert late.take(one, 102.0) > 0
        if leaves:
            early.close(161.0)
        free = 160.0 + MARGIN + LATE + 0.1
        assert late.take(one, free) == 0.0
        late.give_back()
        early.close()
        with closing(sqlite3.connect(tmp_path / early.path.name)) as db, db:  # type: ignore[union-attr]
            db.execute("DELETE FROM slot")
