"""What an upload leaves: what may have been applied is not settled, whatever its state is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import header
from testferry.journal import Store
from testferry.model import Tally
from testferry.remains import came_to_nothing, unsettled
from testferry.services.testmo.target import Testmo
from testferry.submission import Happening, Items, Kind, Label, Submission

ITEMS = Items((b"{}",), (Label("a", "s", "passed"),))
TARGET = Testmo(project_id=1, name="n", source="s")
LEFT = Happening.LEAVES


@pytest.mark.parametrize(
    ("happenings", "applied", "is_open", "nothing"),
    [
        ([], False, False, True),
        ([LEFT], False, True, False),
        ([LEFT, Happening.DEFERRED], False, False, True),
        # it waits to be sent once more under its key
        ([LEFT, Happening.DEFERRED], True, True, False),
        ([LEFT, Happening.IN_DOUBT], True, True, False),
        ([LEFT, Happening.ACCEPTED], False, False, False),
        ([LEFT, Happening.REJECTED], False, False, True),
    ],
)
def test_what_may_have_been_applied_is_something(
    tmp_path: Path,
    happenings: list[Happening],
    applied: bool,
    is_open: bool,
    nothing: bool,
) -> None:
    with Store(tmp_path).create(header()) as journal:
        journal.plan(Submission(0, Kind.BATCH, "append"), ITEMS)
        journal.commit_plan([], Tally(passed=1), [])
        for happening in happenings:
            (row,) = journal.submissions()
            row.applied = applied
            journal.move(row, happening)
        assert unsettled(journal) is is_open
        assert came_to_nothing(journal, TARGET) is nothing
