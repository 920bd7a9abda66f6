from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.journal.rows import (
    COLUMNS,
    MOVED,
    SCHEMA,
    hold,
    insert,
    packed,
    read_held,
    read_submissions,
    report,
    report_row,
    sum_of,
    unpacked_labels,
    unpacked_wire,
    update,
)
from testferry.model import ReportSummary, Tally
from testferry.submission import Items, Kind, Label, State, Submission

WORDS = st.text(max_size=20)
LABELS = st.recursive(
    st.builds(Label, WORDS, WORDS, st.sampled_from(["passed", "failed"])),
    lambda inner: st.builds(
        Label, WORDS, WORDS, st.just("passed"), st.integers(0, 5), st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=4,
)  # fmt: skip


def database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    return db


def told(**more: object) -> Submission:
    """A row that says something of everything."""
    values: dict[str, object] = {
        "id": 0,
        "kind": Kind.BATCH,
        "name": "append",
        "state": State.SENDING,
        "count": 2,
        "results": 3,
        "size": 40,
        "lane": 1,
        "root": 1,
        "attempts": 4,
        "left_at": 1_800_000_000.5,
        "working": False,
        "reason": "a reason",
        "applied": True,
        "retired": True,
        "there_at": 1_800_000_001.0,
        "key_at": 1_800_000_002.0,
        "remote": {"id": "7"},
        "body": {"name": "N"},
    }
    return Submission(**{**values, **more})  # type: ignore[arg-type]  # as above


def test_every_field_of_a_row_is_written_and_read() -> None:
    with closing(database()) as db:
        first = told(lane=None, root=None)
        insert(db, first, None)
        submission = told()
        insert(db, submission, None)
        assert read_submissions(db) == [first, submission]
    default = Submission(0, Kind.BATCH, "x")
    for field in fields(Submission):
        said = getattr(told(), field.name)
        same = said == getattr(default, field.name)
        assert not same or field.name in ("id", "kind"), f"the test says nothing of {field.name}"


def test_what_a_transition_may_change_is_stored_with_it() -> None:
    assert set(MOVED) <= set(COLUMNS)
    with closing(database()) as db:
        insert(db, told(lane=None, root=None), None)
        submission = Submission(0, Kind.BATCH, "append", count=2, results=3, size=40)
        submission.body = {"name": "N"}
        insert(db, submission, None)
        for name in MOVED:
            if name != "state":
                setattr(submission, name, getattr(told(), name))
        update(db, submission, State.SENDING)
        submission.state = State.SENDING
        assert read_submissions(db)[1] == submission


@pytest.mark.parametrize("column", COLUMNS)
def test_a_value_that_changed_by_itself_is_seen(column: str) -> None:
    with closing(database()) as db:
        insert(db, told(lane=None, root=None), None)
        insert(db, told(), None)
        new = {"kind": "attach", "state": "sent", "lane": 2, "root": 2}.get(column, 77)
        db.execute(f"UPDATE submission SET {column} = ? WHERE id = 2", (new,))
        with pytest.raises(ValueError, match="the sum of row 2"):
            read_submissions(db)


@given(st.lists(st.tuples(st.binary(max_size=30), LABELS), min_size=1, max_size=5))
def test_the_results_of_a_batch_are_written_and_read(entries: list[tuple[bytes, Label]]) -> None:
    wires = tuple(wire.replace(b"\n", b"") for wire, _ in entries)
    items = Items(wires, tuple(label for _, label in entries))
    blob, labels = packed(items)
    assert Items(unpacked_wire(blob), unpacked_labels(labels)) == items


def test_held_results_come_in_the_order_of_the_reports_and_damage_is_seen() -> None:
    batches = [
        Items((b"1", b"2"), (Label("a", "s", "passed"), Label("b", "s", "failed"))),
        Items((b"3",), (Label("c", "s", "passed"),)),
    ]
    with closing(database()) as db:
        for items in batches:
            hold(db, items)
        assert list(read_held(db)) == batches
        for change in ("results = 5", "items = labels", "count = 9", "labels = items"):
            db.execute("SAVEPOINT before")
            db.execute(f"UPDATE result SET {change} WHERE id = 2")
            with pytest.raises(ValueError, match="results 2"):
                list(read_held(db))
            db.execute("ROLLBACK TO before")


def test_a_report_is_written_and_read_whatever_its_name() -> None:
    summary = ReportSummary("\udcffr.xml", "junit", tests=Tally(passed=3))
    summary.extras.synthetic = 1
    summary.warn("banner", "odd", 3)
    row = report_row(summary)
    found = report(*row)
    assert (found.path, found.format, found.tests) == ("?r.xml", "junit", Tally(passed=3))
    assert (found.extras.synthetic, found.problems) == (1, summary.problems)
    with pytest.raises(ValueError, match="sum"):
        report("other", *row[1:])


def test_a_sum_is_of_all_values_and_their_order() -> None:
    assert sum_of(1, "2") != sum_of("1", 2)
    assert sum_of("a", "b") != sum_of("b", "a")
    assert sum_of("\udcff") == sum_of("\udcff")
