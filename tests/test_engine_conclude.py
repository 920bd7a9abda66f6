"""The end of an upload is what stands on disk, whoever asks and whenever."""

from __future__ import annotations

from pathlib import Path

from fakes import FINE, Fate, Killed, World, header, on
from testferry.engine.conclude import summarise
from testferry.journal import Store
from testferry.model import Tally
from testferry.outcome import Outcome
from testferry.submission import ATTACHMENT, Kind, State, Submission


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


def test_what_is_on_its_way_is_in_doubt_for_nobody_while_a_process_is_at_it(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, ["a", "b"], batch=2)
    world.plan()
    seen = []

    def look(_number: int, operation: str, _body: bytes) -> Fate:
        if operation == "append":
            with Store(tmp_path).open("0123456789ab", write=False) as journal:
                for under_way in (True, False):
                    ended = summarise(journal, Outcome(), under_way=under_way)
                    counts = ended.figures.results
                    seen.append((counts.pending, counts.in_doubt, len(ended.named.refused)))
        return FINE

    assert world.go(world.wire(look)).exit_code == 0
    assert seen == [(2, 0, 0), (0, 2, 2)]


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


def test_a_look_that_is_refused_is_no_attachment_and_is_told(tmp_path: Path) -> None:
    file, look = {"path": "shot.png", "test": "a"}, {"path": "the run", "test": "all"}
    with Store(tmp_path / "j").create(header()) as journal:
        for name, body in ((ATTACHMENT, file), ("last look at the run", look)):
            row = Submission(0, Kind.ATTACH, name, State.REJECTED, reason="gone", body=body)
            journal.plan(row)
        journal.commit_plan([], Tally(), [])
        outcome = summarise(journal, Outcome())
    assert outcome.figures.attachments_missing == outcome.figures.looks_refused == 1
    named = [(lost.name, lost.suite, lost.reason) for lost in outcome.named.refused]
    assert named == [
        ("shot.png", "attachment of a", "gone"),
        ("last look at the run", "", "gone"),
    ]


def test_why_it_stopped_is_kept_for_those_who_ask_later(tmp_path: Path) -> None:
    world = World(tmp_path, ["a"])
    world.plan()
    refused = Fate(status=401, apply=None, body=b'{"message": "Unauthenticated."}')
    ended = world.go(world.wire(lambda *_: refused))
    assert ended.exit_code == 5
    assert "Unauthenticated" in ended.stop_reason
