"""The end of an upload is what stands on disk, whoever asks and whenever."""

from __future__ import annotations

from pathlib import Path

from fakes import FINE, Fate, Killed, World, on
from testferry.engine.conclude import summarise
from testferry.outcome import Outcome


def test_another_process_reads_the_same_end(tmp_path: Path) -> None:
    world = World(tmp_path, ["a", "b", "c", "d", "e", "f"], batch=2)
    world.plan()
    ended = world.go(world.wire(poison=["c"]))
    with world.open() as journal:
        again = summarise(journal, Outcome())
    assert again.figures.results == ended.results
    assert [named.name for named in again.named.refused] == ["c"]
    assert again.run == ended.outcome.run
    assert not again.unfinished or ended.outcome.unfinished


def test_a_process_that_died_left_the_truth_on_disk(tmp_path: Path) -> None:
    world = World(tmp_path, ["a", "b", "c", "d"], batch=2)
    world.plan()
    try:
        world.go(world.wire(on("append", FINE, Fate(kill="after"))))
    except Killed:
        with world.open() as journal:
            outcome = summarise(journal, Outcome())
    assert outcome.figures.results.accepted == 2
    assert outcome.figures.results.total == 4
    assert outcome.unfinished


def test_why_it_stopped_is_kept_for_those_who_ask_later(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    refused = Fate(status=401, apply=None, body=b'{"message": "Unauthenticated."}')
    ended = world.go(world.wire(lambda *_: refused))
    assert ended.exit_code == 5
    assert "Unauthenticated" in ended.stop_reason
