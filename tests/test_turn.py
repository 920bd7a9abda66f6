"""Who makes something waits for those who make something in the same place, says so, and not for
ever.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fakes import FakeClock, header
from journals import ID
from testferry import kernel
from testferry.errors import TryLater
from testferry.events import Event, Told
from testferry.journal import Journal, Store
from testferry.model import Tally
from testferry.pace.slots import Memory
from testferry.route import Destination, Route, route_to
from testferry.services import service_of
from testferry.settings.options import Speed, Whereto
from testferry.submission import Happening, Kind, Submission
from testferry.turn import turn
from testferry.workplace import Workplace


@pytest.fixture
def route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Route:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TESTRAIL_KEY", "x")
    options = {"project": "1", "create_missing": True}
    there = Whereto(url="http://127.0.0.1:9", user="me@here.example")
    return route_to(Destination("testrail", service_of("testrail"), options, there))


def at_work(tmp_path: Path, heard: list[Event]) -> Workplace:
    clock = FakeClock()
    return Workplace(
        tmp_path, heard.append, clock, pause=lambda seconds: clock.pass_to(clock.now() + seconds)
    )


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Journal]:
    with Store(tmp_path / "ours").create(header()) as journal:
        yield journal


def held(tmp_path: Path) -> int:
    """The lock of the one place, which somebody else holds."""
    (lock,) = tmp_path.rglob("making-*.lock")
    handle = os.open(lock, os.O_RDWR)
    assert kernel.lock(handle)
    return handle


@pytest.mark.parametrize(("max_time", "least"), [(None, 1800.0), (70.0, 70.0)])
def test_waiting_is_told_again_and_again_and_comes_to_an_end(
    tmp_path: Path, route: Route, ours: Journal, max_time: float | None, least: float
) -> None:
    heard: list[Event] = []
    workplace = at_work(tmp_path, heard)
    with turn(workplace, ours, route, Speed(max_time=max_time), Memory()):
        assert not heard, "there is nobody to wait for"
    handle, began = held(tmp_path), workplace.clock.now()
    with (
        pytest.raises(TryLater, match="one goes after the other"),
        turn(workplace, ours, route, Speed(max_time=max_time), Memory()),
    ):
        pass
    os.close(handle)
    took = workplace.clock.now() - began
    assert least <= took < least + 1
    assert len(heard) == -(-least // 30)
    assert all(isinstance(told, Told) and "waiting: another" in told.text for told in heard)


def test_the_turn_comes_when_the_other_one_has_ended(
    tmp_path: Path, route: Route, ours: Journal
) -> None:
    heard: list[Event] = []
    workplace = at_work(tmp_path, heard)
    with turn(workplace, ours, route, Speed(), Memory()):
        pass
    handle = held(tmp_path)
    workplace = replace(workplace, pause=lambda _: os.close(handle))
    with turn(workplace, ours, route, Speed(), Memory()):
        assert len(heard) == 1


def test_who_makes_nothing_waits_for_nobody(tmp_path: Path, route: Route, ours: Journal) -> None:
    makes_nothing = replace(route, target=route.service.make({"project": "1"}))
    with turn(at_work(tmp_path, []), ours, makes_nothing, Speed(), Memory()):
        assert not list(tmp_path.rglob("making-*.lock"))


def killed(folder: Path, workplace: Workplace) -> Store:
    """The journal of an upload that was killed ten seconds after its last request had left."""
    store = Store(folder)
    with store.create(header()) as journal:
        journal.plan(Submission(0, Kind.OPEN, "extend run"))
        journal.commit_plan([], Tally(), [])
        row = journal.submissions()[0]
        row.left_at = workplace.clock.wall()
        journal.move(row, Happening.LEAVES)
    workplace.pause(10.0)
    return store


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_a_killed_upload_sent_last_is_waited_for(
    tmp_path: Path, route: Route, ours: Journal, forgotten: bool
) -> None:
    """It may still be applied, and change what this one is about to read."""
    heard: list[Event] = []
    workplace = at_work(tmp_path, heard)
    store = killed(tmp_path / "theirs", workplace)
    with turn(workplace, ours, route, Speed(), Memory()):
        pass
    (lock,) = tmp_path.rglob("making-*.lock")
    lock.write_text(str(store.path(ID)))
    if forgotten:
        store.forget(ID)
    began = workplace.clock.now()
    with turn(workplace, ours, route, Speed(), Memory()):
        waited = workplace.clock.now() - began
    assert lock.read_text() == str(ours.path)
    if forgotten:
        assert not waited
    else:
        assert 80.0 <= waited < 81.0
        assert f"what upload {ID} sent last may still be applied" in str(heard[0])
    with turn(workplace, ours, route, Speed(), Memory()):
        assert len(heard) == 3 * (not forgotten), "it waits for nothing of its own"


def test_a_run_and_the_project_are_places_of_their_own(
    tmp_path: Path, route: Route, ours: Journal
) -> None:
    options = {"project": "1", "create_missing": True, "run_id": "7"}
    both = replace(route, target=route.service.make(options))
    with turn(at_work(tmp_path, []), ours, both, Speed(), Memory()):
        assert len(list(tmp_path.rglob("making-*.lock"))) == 2
    filling = replace(route, target=route.service.make({"project": "1", "run_id": "7"}))
    with turn(at_work(tmp_path, []), ours, filling, Speed(), Memory()):
        assert len(list(tmp_path.rglob("making-*.lock"))) == 2, "the run's is the same"


# --- a fleet


@dataclass
class Agreed(Memory):
    """What a fleet's server says of turns, and what it was told."""

    taken: str = ""
    after: list[float] = field(default_factory=list)

    def claim(self, word: str, seconds: float, who: str = "") -> bool:
        """Give the turn to the first one."""
        self.taken = self.taken or who
        return self.taken == who

    def release(self, word: str, after: float = 0.0) -> None:
        """Let the next one have it."""
        self.taken = ""
        self.after.append(after)


def test_another_machine_has_its_turn(tmp_path: Path, route: Route, ours: Journal) -> None:
    heard: list[Event] = []
    fleet = Agreed()
    workplace = at_work(tmp_path, heard)
    with turn(workplace, ours, route, Speed(), fleet):
        assert fleet.taken == ours.header.marker, "it has its turn again when it was killed"
    assert fleet.after == [0.0]
    fleet.taken = "another"
    with (
        pytest.raises(TryLater, match="one goes after the other"),
        turn(workplace, ours, route, Speed(max_time=60.0), fleet),
    ):
        pass
    assert len(heard) == 2
    assert fleet.taken == "another"


def test_the_next_machine_waits_for_what_we_sent_last(
    tmp_path: Path, route: Route, ours: Journal
) -> None:
    fleet = Agreed()
    workplace = at_work(tmp_path, [])
    ours.plan(Submission(0, Kind.OPEN, "extend run"))
    ours.commit_plan([], Tally(), [])
    with turn(workplace, ours, route, Speed(), fleet):
        row = ours.submissions()[0]
        row.left_at = workplace.clock.wall()
        ours.move(row, Happening.LEAVES)
        workplace.pause(10.0)
    assert fleet.after == [pytest.approx(80.0)]
