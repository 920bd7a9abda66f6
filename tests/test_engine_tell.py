"""What listeners hear of an upload while it runs."""

from __future__ import annotations

from pathlib import Path

from fakes import LOST, Fate, World, on
from testferry.events import Opened, Planned, Progressed, Told


def told(world: World, level: int) -> list[str]:
    return [e.text for e in world.events if isinstance(e, Told) and e.level == level]


def heard(tmp_path: Path, *fates: Fate, poison: tuple[str, ...] = ()) -> World:
    world = World(tmp_path, ["a", "b", "c", "d"], batch=2)
    world.plan()
    world.go(world.wire(on("append", *fates), poison))
    return world


def test_the_plan_comes_first_then_the_run_then_progress(tmp_path: Path) -> None:
    kinds = [type(event) for event in heard(tmp_path).events]
    assert kinds[0] is Planned
    assert kinds.index(Opened) > 0
    assert Progressed in kinds


def test_progress_adds_up_to_the_end(tmp_path: Path) -> None:
    last = [event for event in heard(tmp_path).events if isinstance(event, Progressed)][-1]
    assert (last.accepted, last.rejected, last.in_doubt, last.pending) == (4, 0, 0, 0)


def test_what_happens_to_a_batch_is_said_with_its_size_and_the_services_words(
    tmp_path: Path,
) -> None:
    lines = told(heard(tmp_path, LOST), 1)
    assert any("(2 results) is in doubt" in line for line in lines)
    assert any("arrived" in line for line in lines)


def test_a_refused_batch_says_that_it_is_split_and_why(tmp_path: Path) -> None:
    lines = told(heard(tmp_path, poison=("c",)), 1)
    assert any("is split to find out why: The given data was invalid" in line for line in lines)


def test_the_time_that_is_left_is_that_of_the_limit_or_of_the_pace(tmp_path: Path) -> None:
    events = [e for e in heard(tmp_path).events if isinstance(e, Progressed)]
    assert events[-1].to_go == 0
    assert events[-1].left_s is None, "nothing is left"
    told_times = [e.left_s for e in events if e.left_s is not None]
    assert all(left >= 0 for left in told_times)
    assert told_times, "two answers tell a pace"
