from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fakes import header, results
from journals import ID, finished, planned
from testferry.errors import JournalProblem
from testferry.journal import Store, salvage
from testferry.model import Tally
from testferry.services.http_json import label
from testferry.services.testrail.target import Testrail
from testferry.submission import Happening, Items, Kind, Submission

NAMES = ["b0_0", "b0_1", "b1_0", "b1_1", "b2_0", "b2_1"]


def test_every_result_with_its_state_and_what_is_sent(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=True) as journal:
        first, second, _ = journal.submissions()
        journal.move(first, Happening.LEAVES)
        journal.move(first, Happening.ACCEPTED)
        second.reason = "why"
        journal.move(second, Happening.LEAVES)
    lines = list(salvage(store.path(ID)))
    assert [line["name"] for line in lines] == NAMES
    assert [line["state"] for line in lines] == ["sent"] * 2 + ["sending"] * 2 + ["pending"] * 2
    assert lines[2]["reason"] == "why"
    assert '"name":"b0_0"' in lines[0]["sent"]


def test_of_a_finished_upload_every_name_and_state(tmp_path: Path) -> None:
    lines = list(salvage(finished(tmp_path / "j").path(ID)))
    assert [(line["name"], line["state"], line["sent"]) for line in lines] == [
        (name, "sent", None) for name in NAMES
    ]
    assert [line["status"] for line in lines] == ["passed"] * 6


def test_what_is_held_is_pending(tmp_path: Path) -> None:
    store, target = Store(tmp_path / "j"), Testrail(project="1")
    with store.create(header()) as journal:
        some = results(3)
        journal.hold(Items(tuple(map(target.item, some)), tuple(map(label, some))))
        journal.plan(Submission(0, Kind.OPEN, "read"))
        journal.commit_plan([], Tally(passed=3), [])
    lines = list(salvage(store.path(ID)))
    assert [(line["name"], line["state"]) for line in lines] == [
        ("test_0", "pending"), ("test_1", "pending"), ("test_2", "pending")
    ]  # fmt: skip


def test_what_is_broken_costs_only_itself(tmp_path: Path) -> None:
    path = planned(tmp_path / "j", batches=40).path(ID)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE submission SET items = x'00' WHERE id = 7")
        db.execute("UPDATE submission SET labels = x'00' WHERE id = 9")
    names = [line["name"] for line in salvage(path)]
    assert names == [
        f"b{at}_{number}" for at in range(40) if at not in (6, 8) for number in range(2)
    ]
    data = bytearray(path.read_bytes())
    chance = random.Random(20261127)
    for _ in range(20):
        data[chance.randrange(8192, len(data))] ^= 255
    path.write_bytes(data)
    assert {line["name"] for line in salvage(path)} <= set(names)
    path.write_bytes(b"nonsense" * 100)
    with pytest.raises(JournalProblem, match="nothing of"):
        list(salvage(path))
