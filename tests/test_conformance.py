"""What every target must hold: a new one is safe on the day that it passes these. Add it to TARGETS
with its fake service.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import (
    DROPPED,
    FATES,
    FINE,
    LOST,
    UNSENT,
    Fate,
    Killed,
    NoBook,
    RailWorld,
    World,
    on,
    once,
    scripted,
    sending,
    to_its_end,
)
from testferry.engine.step import Check, Reply
from testferry.engine.verdict import Accepted, Deferred, Refused, Rejected
from testferry.model import Detail, Result, Status
from testferry.services import service_of
from testferry.submission import Kind

TARGETS: dict[str, type[World]] = {"testmo": World, "testrail": RailWorld}
DESCRIBED: dict[str, dict[str, Any]] = {
    "testmo": {"project_id": 1, "name": "N", "source": "s"},
    "testrail": {"project": "1", "title": "N"},
    "http": {"endpoint": ""},
}
ANY = Result(
    "näme\x1b[31m[/red]<b>", Status.FAILED, ("a", "b"), "c.D", "f.py", 3, 1.25, "odd", (Detail("failure", "m", "T", "x" * 99),),
    (("k", "v"),), "out", "err", ("shot.png",), 2, flaky=False, assertions=4, base="/home/me",
)  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize(
    "fate",
    [LOST, DROPPED, UNSENT, Fate(status=None, apply=12.0), Fate(status=500), Fate(status=500, apply=None), Fate(status=502, apply=20.0),
     Fate(status=503, apply=None), Fate(status=429, apply=None, headers={"retry-after": "7"}), Fate(status=413, apply=None)],
)  # fmt: skip
def test_every_result_arrives_once(tmp_path: Path, name: str, width: int, fate: Fate) -> None:
    it = TARGETS[name](tmp_path, [f"test_{at}" for at in range(30)], width=width)
    it.plan()
    outcome = it.go(it.wire(on("append", FINE, fate, fate)))
    assert outcome.exit_code == 0, outcome
    assert it.stored() == once(30)
    assert outcome.results.accepted == outcome.results.total == 30


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_request_loses_and_doubles_nothing(
    tmp_path: Path, name: str, when: str
) -> None:
    number = 0
    while True:
        it = TARGETS[name](tmp_path / f"{when}{number}", [f"test_{at}" for at in range(12)])
        it.plan()
        first = it.wire(scripted([*[FINE] * number, Fate(kill=when)]))
        try:
            it.go(first)
        except Killed:
            second = it.wire().inherit(first)
            assert it.go(second).exit_code == 0
            second.finish()
            assert it.stored() == once(12), number
            number += 1
            continue
        break
    assert number >= 5


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("status", [401, 403])
def test_what_every_batch_would_meet_stops_the_upload_and_rejects_nothing(
    tmp_path: Path, name: str, status: int
) -> None:
    it = TARGETS[name](tmp_path, [f"test_{at}" for at in range(30)])
    it.plan()
    wire = it.wire(on("append", FINE, *[Fate(status=status, apply=None)] * 9))
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.rejected) == (5, 0)
    assert len([1 for _, what, _, _ in wire.requests if what == "append"]) <= 3
    assert it.go(it.wire()).exit_code == 0
    assert it.stored() == once(30)


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_target_describes_itself_without_secrets_and_is_made_again_from_that(name: str) -> None:
    target = service_of(name).make(DESCRIBED[name])
    again = service_of(name).make(target.describe())
    assert again.describe() == target.describe()
    assert set(target.identity()) <= set(target.describe())
    assert not {
        key for key in target.describe() if key in ("token", "key", "password", "secret", "user")
    }


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_result_is_one_line_and_always_the_same(name: str) -> None:
    wire = service_of(name).make(DESCRIBED[name]).item(ANY)
    assert b"\n" not in wire
    assert wire == service_of(name).make(DESCRIBED[name]).item(ANY)
    if name != "testrail":  # which sends it only once a case is known
        assert b"/home/me" not in wire, "no path of this machine"


@pytest.mark.parametrize("name", DESCRIBED)
def test_openings_and_closings_are_what_they_say(name: str) -> None:
    from testferry.model import Tally

    target = service_of(name).make(DESCRIBED[name])
    assert all(
        row.kind in (Kind.OPEN, Kind.LANE, Kind.CLOSE)
        for row in target.openings(Tally(), 0.0, "mark")
    )
    assert all(row.kind is Kind.CLOSE for row in target.closings())


@pytest.mark.parametrize("name", DESCRIBED)
@pytest.mark.parametrize("verdict", [Rejected("no"), Refused("no"), Deferred("later", 5.0)])
def test_an_opening_hands_up_what_the_service_says(name: str, verdict: Any) -> None:
    from testferry.model import Tally
    from testferry.submission import Items

    target = service_of(name).make(DESCRIBED[name])
    for row in target.openings(Tally(), 0.0, "mark")[:1]:
        steps = sending(target, row, Items((), ()), NoBook())
        next(steps)
        with pytest.raises(StopIteration) as end:
            steps.send(Reply(verdict, 400, {}, b"", "no"))
        assert not isinstance(end.value.value, Accepted)


@pytest.mark.parametrize("name", DESCRIBED)
def test_doctor_asks_and_is_told(name: str) -> None:
    steps = service_of(name).make(DESCRIBED[name]).check()
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(Refused("401: no"), 401, {}, b"", "no"))
    assert all(isinstance(one, Check) for one in end.value.value)


@pytest.mark.parametrize("name", TARGETS)
@given(
    fates=st.lists(FATES, max_size=12),
    width=st.integers(1, 4),
    count=st.integers(1, 15),
    batch=st.integers(1, 6),
)
@settings(max_examples=60)
def test_any_sequence_of_faults(
    name: str, fates: list[Fate], width: int, count: int, batch: int
) -> None:
    with TemporaryDirectory() as folder:
        it = TARGETS[name](
            Path(folder), [f"test_{at}" for at in range(count)], batch=batch, width=width
        )
        it.plan()
        outcome = to_its_end(it, scripted(fates), len(fates) + 3)
        assert it.stored() + Counter(one.name for one in outcome.refused) == once(count)
