from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import TryLater
from testferry.ingest import Ingest
from testferry.reports import Source


class Hand:
    """A clock that is moved by a second at every look."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def wall(self) -> float:
        return self.time


def test_reading_ends_with_the_time_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    path.write_text("<testsuite>" + "<testcase name='a' classname='c'/>" * 1000 + "</testsuite>")
    assert len(list(Ingest([Source(str(path))], until=100.0, clock=Hand()))) == 1000
    ingest = Ingest([Source(str(path))], until=5.0, clock=Hand())
    with pytest.raises(TryLater, match="before the reports are read"):
        list(ingest)
    assert 0 < ingest.results < 1000
