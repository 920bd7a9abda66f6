"""What one command does with its reports."""

from __future__ import annotations

from pathlib import Path

from shells import Shell
from testferry.outcome import Outcome
from testferry.route import Destination
from testferry.services import service_of
from testferry.settings.options import Speed
from testferry.work import Task, Work
from testferry.workplace import Workplace


def work(tmp_path: Path, speed: Speed) -> Work:
    service = service_of("sandbox")
    there = Destination("sandbox", service, service.make({}).describe())
    return Work(Workplace(tmp_path, lambda _event: None), there, Task([], speed=speed))


def test_the_time_of_the_command_is_what_is_left_of_it(tmp_path: Path) -> None:
    assert work(tmp_path, Speed()).speed_left().max_time is None
    begun = work(tmp_path, Speed(max_time=60.0))
    begun.until = begun.workplace.clock.now() + 40.0
    left = begun.speed_left().max_time
    assert left is not None
    assert 30.0 < left <= 40.0
    begun.until = begun.workplace.clock.now() - 1.0
    assert begun.speed_left().max_time == 0.0


def test_the_code_of_the_command_is_kept_whatever_becomes_of_the_upload(tmp_path: Path) -> None:
    begun = work(tmp_path, Speed())
    begun.outcome.command_code = 3
    begun.keep(Outcome(upload_id="x"))
    assert (begun.outcome.upload_id, begun.outcome.command_code) == ("x", 3)


def test_a_report_without_a_result_leaves_no_journal(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "none.xml").write_text("<testsuite/>")
    assert shell.upload("none.xml") == 3
    assert not list(tmp_path.rglob("*.journal"))
