"""One submission's conversation: its answers are judged, pages are read again, the end is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import FINE, LOST, Fate, RailWorld, World, on
from testferry.events import Told
from testferry.journal import Store
from testferry.services.testmo import settle, target
from testferry.submission import State


def test_a_request_is_marked_on_disk_before_it_leaves(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()

    def look(_number: int, operation: str, _body: bytes) -> Fate:
        if operation != "read":
            with Store(tmp_path).open("0123456789ab", write=False) as journal:
                marked = [row for row in journal.submissions() if row.state is State.SENDING]
            assert marked, f"{operation} leaves, and the disk does not know"
        return FINE

    assert world.go(world.wire(look)).exit_code == 0


def test_what_was_lost_is_looked_for_before_it_is_sent_again(tmp_path: Path) -> None:
    world = World(tmp_path, ["a", "b"], batch=2)
    world.plan()
    wire = world.wire(on("append", LOST))
    ended = world.go(wire)
    operations = [operation for _, operation, _, _ in wire.requests]
    at = operations.index("append")
    assert ended.exit_code == 0
    assert "read" in operations[at + 1 :]
    assert operations.count("append") == 1
    assert world.stored() == {"a": 1, "b": 1}


def test_a_page_that_did_not_come_is_read_again_alone(tmp_path: Path) -> None:
    """Not everything that was read before it."""
    world = RailWorld(tmp_path, ["a", "b"])
    world.plan()
    wire = world.wire(on("read", FINE, Fate(status=503, apply=None)))
    ended = world.go(wire)
    asked = [words for _, operation, words, _ in wire.requests if operation == "read"]
    assert ended.exit_code == 0
    assert asked[1] == asked[2]
    assert len(set(asked)) == len(asked) - 1


def test_a_page_that_is_cut_each_time_is_asked_for_like_a_5xx_and_ends_for_now(
    tmp_path: Path,
) -> None:
    """Answered with a success each time, so no rule of the dialect counts it."""
    world = RailWorld(tmp_path, ["a"])
    world.plan()
    cut = Fate(status=200, apply=None, body=b'{"cut')
    wire = world.wire(on("read", *[cut] * 40))
    ended = world.go(wire)
    times = [when for when, operation, _, _ in wire.requests if operation == "read"]
    assert (ended.exit_code, len(times)) == (75, 5)
    assert ended.results.pending == 1
    assert times[4] - times[3] >= 8.0
    assert world.go(world.wire(on("read", cut))).exit_code == 0, "once proves nothing"


def test_credentials_that_are_refused_end_it_at_the_first_answer(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    wire = world.wire(lambda *_: Fate(status=403, apply=None))
    assert world.go(wire).exit_code == 5
    assert len(wire.requests) == 1


def test_a_429_is_counted_and_nothing_is_lost(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    refused = Fate(status=429, apply=None, headers={"retry-after": "2"})
    ended = world.go(world.wire(on("append", refused)))
    assert ended.requests.throttled == 1
    assert ended.requests.retried == 1
    assert world.stored() == {"a": 1}


def test_doubt_is_told_to_those_who_want_to_know(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    world.go(world.wire(on("append", LOST)))
    told = [event for event in world.events if isinstance(event, Told)]
    assert any("is in doubt" in event.text and event.level == 1 for event in told)


def test_a_page_is_not_read_again_before_its_time(tmp_path: Path) -> None:
    """A 500 to a reader closes no gate: its own wait passes."""
    world = RailWorld(tmp_path, ["a"])
    world.plan()
    wire = world.wire(on("read", FINE, Fate(status=500, apply=None), Fate(status=500, apply=None)))
    assert world.go(wire).exit_code == 0
    times = [when for when, operation, _, _ in wire.requests if operation == "read"]
    assert times[2] - times[1] >= 1.0
    assert times[3] - times[2] >= 2.0


def test_an_answer_that_is_nested_too_deep_is_doubt_and_no_defect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How deep one can read depends on the Python: nobody can send a journal into a traceback."""

    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(target, "_appended", deep)
    world = World(tmp_path / "1", ["a"])
    world.plan()
    assert world.go(world.wire(lambda *_: FINE)).exit_code == 0, "a look finds it"
    assert world.stored() == {"a": 1}
    monkeypatch.setattr(settle, "is_page", deep)
    world = World(tmp_path / "2", ["a"])
    world.plan()
    ended = world.go(world.wire(lambda *_: FINE))
    assert (ended.exit_code, ended.results.in_doubt) == (6, 1)
    assert "nested too deep" in ended.refused[0].reason
