"""What follows from decisions is on disk first: each change in a transaction of its own."""

from __future__ import annotations

from pathlib import Path

from fakes import FINE, Fate, Killed, World, on
from testferry.submission import Kind, State


def rows(world: World, kind: Kind) -> list[State]:
    with world.open() as journal:
        return [row.state for row in journal.submissions() if row.kind is kind]


def test_the_mark_is_on_disk_before_the_request_is_on_the_wire(tmp_path: Path) -> None:
    world = World(tmp_path, ["a", "b"], batch=1)
    world.plan()
    wire = world.wire(on("append", Fate(kill="before")))
    try:
        world.go(wire)
    except Killed:
        assert State.SENDING in rows(world, Kind.BATCH)
        return
    raise AssertionError("it lived")


def test_a_refused_batch_becomes_its_halves_and_a_stub(tmp_path: Path) -> None:
    world = World(tmp_path, ["a", "b", "c", "d"], batch=4)
    world.plan()
    world.go(world.wire(poison=["d"]))
    with world.open() as journal:
        batches = [row for row in journal.submissions() if row.kind is Kind.BATCH]
        roots = {row.root for row in batches if row.root}
    stubs = [row for row in batches if row.state is State.REJECTED and not row.count]
    assert sum(row.count for row in batches) == 4
    assert len(roots) == 1
    assert stubs
    assert world.stored() == {"a": 1, "b": 1, "c": 1}


def test_what_left_keeps_when_and_the_services_own_time(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    world.go(world.wire())
    with world.open() as journal:
        batch = next(row for row in journal.submissions() if row.kind is Kind.BATCH)
    assert batch.left_at is not None
    assert batch.key_at is not None


def test_the_run_is_remembered_as_soon_as_it_is_known(tmp_path: Path) -> None:
    """A kill right after the run was made: the next process fills the same run."""
    world = World(tmp_path, ["a", "b"], batch=1)
    world.plan()
    wire = world.wire(on("append", FINE, Fate(kill="before")))
    try:
        world.go(wire)
    except Killed:
        with world.open() as journal:
            run_id, _ = journal.run()
    world.go(world.wire().inherit(wire))
    assert run_id
    assert list(world.service.runs()) == [int(run_id)]


def test_what_a_look_found_of_a_batch_stays_in_its_lane(tmp_path: Path) -> None:
    """Later counts in the lane hold it."""
    world = World(tmp_path, ["a", "b", "c", "d"], batch=4)
    world.plan()
    world.go(world.wire(on("append", Fate(status=500, part=3))))
    with world.open() as journal:
        batches = [row for row in journal.submissions() if row.kind is Kind.BATCH and row.count]
        lanes = {row.id for row in journal.submissions() if row.kind is Kind.LANE}
    assert sorted(row.count for row in batches) == [1, 3]
    assert {row.lane for row in batches} <= lanes
