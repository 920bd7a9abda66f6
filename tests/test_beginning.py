"""The main job at its beginning: what is found, planned and said before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.beginning import start
from testferry.clock import SystemClock
from testferry.errors import UsageProblem
from testferry.events import Event
from testferry.route import Destination
from testferry.services import service_of
from testferry.settings.options import Intent
from testferry.work import Task
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
