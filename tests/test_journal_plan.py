from __future__ import annotations

from pathlib import Path

import pytest

from fakes import header
from journals import ID
from testferry.errors import JournalProblem
from testferry.journal import Store
from testferry.model import Tally


def test_an_unfinished_plan_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    store.create(header()).close()
    assert store.ids() == []
    with pytest.raises(JournalProblem, match="there is no journal"):
        store.open(ID, write=False)
    (tmp_path / "j" / f"{ID}.journal.plan").write_text("what a kill left")
    with store.create(header()) as journal:
        journal.commit_plan([], Tally(), [])
    assert store.ids() == [ID]
    assert not (tmp_path / "j" / f"{ID}.journal.plan").exists()
