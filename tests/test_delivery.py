"""Many jobs fill one run, which is found by its key or made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from servers import redis_server
from testferry.beginning import start
from testferry.delivery import LONGEST_WAIT, Purpose, _Search
from testferry.events import Event, Told
from testferry.outcome import Flags, Outcome, exit_code
from testferry.pace.slots import Memory
from testferry.route import Destination, route_to
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings
from testferry.services import service_of
from testferry.settings.options import Batching, Intent, Speed, Whereto
from testferry.uploads import Resuming, complete_run, create_run, unfinished
from testferry.work import Task
from testferry.workplace import Workplace

SERVICES = ("testmo", "testrail")


class Fleet:
    """Jobs that fill one run of a service, each with its reports, on machines of their own."""

    def __init__(self, folder: Path, service: str, sandbox: Sandbox) -> None:
        self.folder = folder
        self.service = service
        self.sandbox = sandbox
        self.told: list[Event] = []
        self.rerun = "add"

    def options(self, key: str = "k", job: str = "") -> dict[str, Any]:
        options: dict[str, Any] = {"run_key": key, "build": {"job": job} if job else {}}
        if self.service == "testmo":
            return {**options, "project_id": 1, "name": "N", "source": "s"}
        title = {"project": "1", "title": "N", "create_missing": True}
        return {**options, **title, "rerun": self.rerun}

    def destination(self, key: str = "k", job: str = "") -> Destination:
        service = service_of(self.service)
        return Destination(
            self.service,
            service,
            self.options(key, job),
            Whereto(self.sandbox.url, user="a@b.example"),
        )

    def place(self, machine: str = "m") -> Workplace:
        return Workplace(self.folder / machine, self.told.append, heed=lambda *_: nullcontext())

    def job(self, name: str, machine: str = "m", key: str = "k", **task: Any) -> Outcome:
        report = self.folder / f"{name}.xml"
        test = task.pop("test", name)
        self.rerun = task.pop("rerun", "add")
        report.write_text(f'<testsuite><testcase classname="s" name="{test}"/></testsuite>')
        task.setdefault("intent", Intent(again=True))
        speed = Speed(settle=0.5, **task.pop("speed", {}))
        return start(
            self.place(machine),
            self.destination(key, name),
            Task([str(report)], speed=speed, **task),
        )

    def runs(self) -> list[str]:
        if self.service == "testmo":
            return [str(run) for run in self.sandbox.testmo.runs()]
        return [str(run) for run in self.sandbox.testrail.runs]

    def completed(self, run: str) -> bool:
        if self.service == "testmo":
            return bool(self.sandbox.testmo.run(int(run))["is_completed"])
        return self.sandbox.testrail.runs[int(run)].closed

    def stored(self, run: str) -> int:
        if self.service == "testmo":
            return len(self.sandbox.testmo.tests(int(run)))
        return len(self.sandbox.testrail.stored(int(run)))

    def misbehave(self, *faults: str) -> None:
        self.sandbox.settings = replace(self.sandbox.settings, faults=parse(faults))

    def lines(self) -> str:
        return "\n".join(event.text for event in self.told if isinstance(event, Told))


def search(fleet: Fleet, place: Workplace) -> _Search:
    """What one process does to find the run of the key."""
    return _Search(place, route_to(fleet.destination()), Speed(), Purpose.FILL, Memory())


def well(outcome: Outcome) -> bool:
    return exit_code(outcome, Flags()) == 0


@pytest.fixture(params=SERVICES)
def fleet(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fleet]:
    for name, value in (
        ("TESTMO_TOKEN", TOKEN),
        ("TESTRAIL_USER", "a@b.example"),
        ("TESTRAIL_KEY", TOKEN),
        ("XDG_STATE_HOME", str(tmp_path / "state")),
    ):
        monkeypatch.setenv(name, value)
    with Sandbox(Settings()) as sandbox:
        yield Fleet(tmp_path, request.param, sandbox)


def test_jobs_of_one_key_fill_one_run_wherever_they_are(fleet: Fleet) -> None:
    outcomes = [fleet.job("a"), fleet.job("b"), fleet.job("c", machine="other")]
    assert all(well(outcome) for outcome in outcomes)
    (run,) = fleet.runs()
    assert {outcome.run.id for outcome in outcomes} == {run}
    assert fleet.stored(run) == 3
    assert not fleet.completed(run)
    assert unfinished(fleet.place().store) == []


def test_another_key_is_another_run(fleet: Fleet) -> None:
    assert fleet.job("a").run.id != fleet.job("a", key="k2").run.id


def test_a_run_is_made_complete_by_its_key_and_takes_no_late_job(fleet: Fleet) -> None:
    made = create_run(fleet.place(), fleet.destination(), Speed())
    again = create_run(fleet.place("other"), fleet.destination(), Speed())
    assert made.run.id == again.run.id
    fleet.job("a")
    ended = complete_run(fleet.place("third"), fleet.destination(), Speed())
    assert (ended.run.id, exit_code(ended, Flags(allow_empty=True))) == (made.run.id, 0)
    assert fleet.completed(made.run.id)
    for machine in ("m", "fourth"):
        late = fleet.job("late", machine=machine)
        assert exit_code(late, Flags()) == 5
        assert f"run {made.run.id} of the key 'k' is complete" in late.stop.reason
        assert "--run-key" in late.stop.hint
        assert fleet.place(machine).store.unfinished() == [], "nothing to resume"
    assert fleet.runs() == [made.run.id]


def test_there_is_nothing_to_complete_where_no_run_has_the_key(fleet: Fleet) -> None:
    ended = complete_run(fleet.place(), fleet.destination(), Speed())
    assert exit_code(ended, Flags(allow_empty=True)) == 5
    assert fleet.runs() == []


def test_a_lost_answer_makes_no_second_run(fleet: Fleet) -> None:
    fleet.misbehave("run: lost once")
    assert well(fleet.job("a"))
    assert len(fleet.runs()) == 1


def test_a_run_that_is_gone_is_made_anew(fleet: Fleet) -> None:
    search(fleet, fleet.place()).keep("999")
    outcome = fleet.job("b")
    assert well(outcome)
    assert fleet.stored(outcome.run.id) == 1


def test_jobs_of_one_moment_without_a_common_machine_agree(fleet: Fleet) -> None:
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda name=name: outcomes.append(fleet.job(name, machine=name)))
        for name in ("a", "b", "c")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(well(outcome) for outcome in outcomes)
    (run,) = {outcome.run.id for outcome in outcomes}
    assert fleet.stored(run) == 3
    for other in fleet.runs():
        assert other == run or (fleet.completed(other) and fleet.stored(other) == 0)
        assert other == run or f"run {other} was made at the same moment as run {run}" in (
            fleet.lines()
        )


def test_a_common_server_lets_one_machine_after_the_other_look(
    fleet: Fleet, tmp_path: Path
) -> None:
    with redis_server(tmp_path) as server:
        outcomes: list[Outcome] = []

        def job(name: str) -> None:
            outcomes.append(fleet.job(name, machine=name, speed={"budget": server.url}))

        threads = [threading.Thread(target=job, args=(name,)) for name in ("a", "b", "c", "d")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(well(outcome) for outcome in outcomes)
    (run,) = fleet.runs()
    assert fleet.stored(run) == 4


def test_another_process_that_looks_is_waited_for_until_the_time_is_over(fleet: Fleet) -> None:
    with search(fleet, fleet.place()).journal():
        outcome = fleet.job("a", speed={"max_time": 1.0})
    assert exit_code(outcome, Flags()) == 75
    assert "one goes after the other" in fleet.lines()
    assert fleet.runs() == []


def test_a_search_that_met_an_outage_is_carried_on(fleet: Fleet) -> None:
    fleet.misbehave("any: 500")
    first = fleet.job("a", intent=Intent(), speed={"max_time": 2.0})
    assert exit_code(first, Flags()) == 75
    fleet.misbehave()
    place = fleet.place()
    resuming = Resuming(place, lambda header: (fleet.destination(job="a"), Speed(settle=0.5)), None)
    for upload_id in place.store.unfinished():
        header = place.store.open(upload_id, write=False).header
        way = replace(fleet.destination(), options=header.options)
        resuming.way_back = lambda _, way=way: (way, Speed(settle=0.5))  # type: ignore[misc]
        assert resuming.carry_on(upload_id)
    (run,) = fleet.runs()
    assert fleet.stored(run) == 1


def test_many_jobs_of_a_moment_draw_different_times(fleet: Fleet) -> None:
    drawn = iter([0.0, 0.5, 1.0])
    place = replace(fleet.place(), draw=lambda _low, _high: next(drawn))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CI", "true")
        crowd = search(fleet, place)
        waits = [crowd._wait() for _ in range(3)]
        patch.setenv("CI", "false")
        assert crowd._wait() == 0.0, "nobody else begins at a desk"
    assert waits[0] == 0.0
    assert LONGEST_WAIT / 2 < waits[1] < waits[2] == pytest.approx(LONGEST_WAIT)


def test_a_second_attempt_that_carries_on_is_told_that_nothing_is_sent_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = "".join(f'<testcase classname="s" name="{name}"/>' for name in "ab")
    (fleet.folder / "r.xml").write_text(f"<testsuite>{cases}</testsuite>")
    task = Task(
        [str(fleet.folder / "r.xml")],
        batching=Batching(batch_size=1),
        speed=Speed(width=1, settle=0.5),
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for number, faults in (("1", ("append: 403 after 0 after 1",)), ("2", ())):
        monkeypatch.setenv("GITHUB_RUN_ATTEMPT", number)
        fleet.misbehave(*faults)
        outcome = start(fleet.place(), fleet.destination("k", "a"), task)
    assert well(outcome)
    assert "carries the upload on, what is there (1) is not sent again" in fleet.lines()
    assert "added to what is there" not in fleet.lines()
    (run,) = fleet.runs()
    assert fleet.stored(run) == 2


@pytest.mark.parametrize(("rerun", "stored"), [("add", 3), ("skip", 2), ("replace", 3)])
def test_a_second_attempt_on_a_fresh_disk(
    fleet: Fleet, rerun: str, stored: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own earlier results are known by the line of its job; those of other jobs stand apart."""
    if fleet.service == "testmo" and rerun != "add":
        pytest.skip("Testmo does not show which job a result is of")
    fleet.job("a", test="t")
    fleet.job("b", test="t")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    again = fleet.job("a", machine="fresh", test="t", rerun=rerun)
    assert (exit_code(again, Flags()), again.figures.results.accepted) == (0, 1)
    (run,) = fleet.runs()
    assert fleet.stored(run) == stored
    if rerun == "add":
        assert "attempt 2 of this job: its results are added to what is there" in fleet.lines()
    if rerun == "skip":
        assert "1 result there already, of an earlier attempt: left out" in fleet.lines()
        fleet.job("c", machine="fresh", test="t", rerun="skip")
        assert fleet.stored(run) == 3, "another job's result is not this one's"
