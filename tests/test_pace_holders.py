"""Who holds how much of a limit."""

from __future__ import annotations

import math
from pathlib import Path

from testferry.dialects import Window
from testferry.pace.holders import Shared, files, read
from testferry.pace.shared import Budget

MINUTE = (Window(10, 60.0),)


def test_what_is_in_flight_and_what_is_answered(tmp_path: Path) -> None:
    budget = Budget(tmp_path / "budget-1.db", scope="https://x")
    assert budget.take(MINUTE, 100.0) == 0.0
    assert budget.take(MINUTE, 101.0) == 0.0
    budget.complete(102.0)
    (path,) = files(tmp_path)
    (holder,) = read(path, 110.0, 60.0).holders
    assert (holder.scope, holder.in_flight, holder.answered, holder.held) == ("https://x", 1, 1, 2)
    assert holder.until == math.inf
    budget.complete(103.0)
    (holder,) = read(path, 110.0, 60.0).holders
    assert 163.0 <= holder.until < 164.0
    assert read(path, 500.0, 60.0).holders == ()


def test_a_pause_holds_until_its_end(tmp_path: Path) -> None:
    budget = Budget(tmp_path / "b.db", scope="https://x")
    budget.pause(150.0)
    assert read(tmp_path / "b.db", 100.0, 60.0).paused == (("https://x", 150.0),)
    assert read(tmp_path / "b.db", 151.0, 60.0).paused == ()


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none.db", 1.0, 60.0) == Shared()
    (tmp_path / "odd.db").write_text("odd")
    assert read(tmp_path / "odd.db", 1.0, 60.0) == Shared()
