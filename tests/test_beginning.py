"""The main job at its beginning: what is found, planned and said before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import FakeClock, FakeWire, Fate, Killed, on
from testferry.beginning import Task, start
from testferry.clock import SystemClock
from testferry.errors import UsageProblem
from testferry.events import Event
from testferry.route import Destination, Route
from testferry.services import service_of
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.settings.options import Intent, Whereto
from testferry.workplace import Workplace

REPORT = (
    '<testsuite><testcase classname="c" name="a"/><testcase classname="c" name="b"/></testsuite>'
)


def place(tmp_path: Path) -> Workplace:
    heard: list[Event] = []
    return Workplace(tmp_path / "journals", heard.append, SystemClock(), None)


def nowhere() -> Destination:
    """A place that nobody answers at."""
    service = service_of("sandbox")
    return Destination("sandbox", service, service.make({}).describe())


def report(tmp_path: Path) -> str:
    path = tmp_path / "report.xml"
    path.write_text(REPORT, "utf-8")
    return str(path)


def test_a_dry_run_counts_and_leaves_no_journal(tmp_path: Path) -> None:
    task = Task([report(tmp_path)], intent=Intent(dry_run=True))
    outcome = start(place(tmp_path), nowhere(), task)
    assert outcome.figures.results.total == 2
    assert outcome.figures.requests.total == 0
    assert not list((tmp_path / "journals").glob("*.journal*"))


def test_no_report_is_no_upload_unless_that_is_meant(tmp_path: Path) -> None:
    nothing = str(tmp_path / "*.xml")
    said = start(place(tmp_path), nowhere(), Task([nothing]))
    assert said.stop.reason
    meant = start(place(tmp_path), nowhere(), Task([nothing], allow_empty=True))
    assert not meant.stop.reason


def test_a_wrong_address_is_told_before_a_report_is_opened(tmp_path: Path) -> None:
    service = service_of("testmo")
    there = Destination("testmo", service, {"project_id": 1})
    with pytest.raises(UsageProblem):
        start(place(tmp_path), there, Task([report(tmp_path)]))


def test_what_is_carried_on_keeps_the_options_with_which_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is made under that name: another name of now would not find it again."""
    monkeypatch.setenv("TESTMO_TOKEN", "t")
    clock, names = FakeClock(), list[Any]()
    service = TestmoEmulator(":memory:", clock.wall)
    fates = on("run", Fate(kill="after"))

    def connect(_base: str, route: Route, _clock: object) -> FakeWire:
        names.append(route.target.describe()["name"])
        return FakeWire(clock, service, fates)

    at_work = Workplace(tmp_path / "journals", lambda _event: None, clock, connect=connect)
    task = Task([report(tmp_path)])
    for name in ("first", "second"):
        options = {"project_id": 1, "name": name, "source": "s"}
        there = Destination(
            "testmo", service_of("testmo"), options, Whereto(url="http://127.0.0.1:9")
        )
        if name == "first":
            with pytest.raises(Killed):
                start(at_work, there, task)
        else:
            assert start(at_work, there, task).figures.results.accepted == 2
    assert names == ["first", "first"]


def test_a_command_that_carried_an_upload_on_finds_it_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second attempt of the job finishes what the first one began; the same command again sends
    nothing.
    """
    monkeypatch.setenv("TESTMO_TOKEN", "t")
    clock = FakeClock()
    service = TestmoEmulator(":memory:", clock.wall)
    fates = on("append", Fate(kill="before"))

    def connect(*_: object) -> FakeWire:
        return FakeWire(clock, service, fates)

    at_work = Workplace(tmp_path / "journals", lambda _event: None, clock, connect=connect)
    options = {"project_id": 1, "name": "n", "source": "s"}
    there = Destination("testmo", service_of("testmo"), options, Whereto(url="http://127.0.0.1:9"))
    task = Task([report(tmp_path)])
    monkeypatch.setenv("CI_JOB_ID", "1")
    with pytest.raises(Killed):
        start(at_work, there, task)
    monkeypatch.setenv("CI_JOB_ID", "2")
    assert not start(at_work, there, task).already
    assert start(at_work, there, task).already
    assert len(service.runs()) == 1
