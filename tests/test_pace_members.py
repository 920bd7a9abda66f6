"""Who of a fleet holds how much, as its server tells it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from servers import redis_server
from testferry.dialects import Window
from testferry.errors import TryLater
from testferry.pace.fleet import Fleet
from testferry.pace.limits import MARGIN
from testferry.pace.members import read
from testferry.pace.server import Place
from testferry.pace.slots import Memory

TWO = [Window(2, 60.0)]


def test_what_is_out_and_what_was_answered_and_a_pause(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        place = Place.of(server.url)
        one = Fleet(place, "https://x", Memory(), owner="ci-1:7:ab")
        other = Fleet(place, "https://y", Memory(), owner="ci-2:8:cd", clock=lambda: 0.0)
        assert one.take(TWO, 0.0) == one.take(TWO, 0.0) == other.take(TWO, 0.0) == 0.0
        one.complete(0.0)
        other.complete(0.0)
        other.pause(30.0)
        seen = read(place, "", 500.0, 60.0)
        found = {holder.host: holder for holder in seen.holders}
        assert (found["ci-1"].process, found["ci-1"].in_flight, found["ci-1"].answered) == (7, 1, 1)
        assert found["ci-1"].until == math.inf
        assert found["ci-2"].until == pytest.approx(560.0 + MARGIN, abs=2.0)
        ((scope, until),) = seen.paused
        assert scope == "https://y"
        assert until == pytest.approx(530.0, abs=2.0)
        assert [holder.host for holder in read(place, "https://x", 500.0, 60.0).holders] == ["ci-1"]
        assert read(place, "https://x", 500.0, 60.0).paused == ()
    with pytest.raises(TryLater, match="does not answer"):
        read(place, "", 0.0, 60.0)
