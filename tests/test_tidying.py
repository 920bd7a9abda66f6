"""Old finished uploads are dropped in passing."""

from __future__ import annotations

import os
from pathlib import Path

from fakes import FakeClock, header
from testferry.events import Event, Told
from testferry.journal import Store
from testferry.model import Tally
from testferry.tidying import AT_ONCE, OLD, tidy
from testferry.workplace import Workplace

DAY = 86400.0


def finished(store: Store, upload_id: str, age: float, clock: FakeClock) -> None:
    """An upload that was done so many seconds ago."""
    with store.create(header(upload_id)) as journal:
        journal.commit_plan([], Tally(), [])
        journal.finish()
    when = clock.wall() - age
    os.utime(store.path(upload_id), (when, when))


def test_what_is_done_and_old_is_dropped_and_told_in_one_line(tmp_path: Path) -> None:
    clock, told = FakeClock(), list[Event]()
    place = Workplace(tmp_path, told.append, clock)
    for number in range(3):
        finished(place.store, f"old{number}", OLD + DAY, clock)
    finished(place.store, "young", OLD - DAY, clock)
    tidy(place)
    assert place.store.ids() == ["young"]
    words = "3 finished uploads of more than 30 days ago: dropped from the journal"
    assert told == [Told(words, level=0)]
    tidy(place)
    assert len(told) == 1, "nothing was done, nothing is said"


def test_no_command_drops_more_than_it_has_time_for(tmp_path: Path) -> None:
    clock = FakeClock()
    place = Workplace(tmp_path, lambda _event: None, clock)
    for number in range(AT_ONCE + 1):
        path = place.store.path(f"old{number}")
        if not number:
            finished(place.store, "old0", OLD + DAY, clock)
            continue
        path.write_bytes(place.store.path("old0").read_bytes())
        path.chmod(0o600)
        os.utime(path, (clock.wall() - OLD - DAY,) * 2)
    tidy(place)
    assert len(place.store.ids()) == 1


def test_a_folder_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    tidy(Workplace(file, lambda _event: None, FakeClock()))
