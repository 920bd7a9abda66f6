"""An upload from its start to its outcome."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import UNSENT, FakeClock, FakeWire
from shells import GOOD, faulty
from testferry.beginning import start
from testferry.errors import UsageProblem
from testferry.events import Event
from testferry.outcome import Flags, Outcome, exit_code
from testferry.route import Destination
from testferry.sandbox.server import TOKEN, Sandbox, Settings
from testferry.services import service_of
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.settings.options import Batching, Intent, Speed, Whereto
from testferry.uploads import Resuming, complete_run, create_run, unfinished
from testferry.work import Task
from testferry.workplace import Workplace


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_signals_stop_resumably(tmp_path: Path, number: int, code: int) -> None:
    import signal

    cases = "".join(f'<testcase name="t{at}"/>' for at in range(400))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    with Sandbox(Settings(latency=0.1)) as sandbox:
        environment = {**os.environ, "TESTMO_URL": sandbox.url, "TESTMO_TOKEN": TOKEN}
        words = [
            sys.executable,
            "-m",
            "testferry",
            "upload",
            "testmo",
            "--project-id",
            "1",
            "--batch-size",
            "2",
            "many.xml",
        ]
        upload = subprocess.Popen(
            [*words, "--output", "json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert upload.stderr is not None
        while "run 101" not in upload.stderr.readline():
            pass
        upload.send_signal(signal.Signals(number))
        out, _ = upload.communicate(timeout=30)
        assert upload.returncode == code
        document = json.loads(out)
        assert document["exit_code"] == code
        assert document["results"]["pending"] > 0
        assert document["results"]["in_doubt"] == 0, "what was out was given time to settle"
        done = subprocess.run(
            [*words, "--output", "json", "--width", "8", "--rate", "none"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert json.loads(done.stdout)["results"]["accepted"] == 400
        assert (
            len({test["name"] for test in sandbox.testmo.tests(101)})
            == len(sandbox.testmo.tests(101))
            == 400
        )


class Around:
    """A workplace of a test, and a destination in a sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TESTMO_TOKEN", TOKEN)
        (folder / "r.xml").write_text(GOOD)
        self.told: list[Event] = []
        self.place = Workplace(folder / "j", self.told.append)
        self.sandbox = sandbox
        options = {"project_id": 1, "name": "N", "source": "s"}
        self.destination = Destination("mine", service_of("testmo"), options, Whereto(sandbox.url))

    def start(self, **task: object) -> Outcome:
        return start(self.place, self.destination, Task(["r.xml"], **task))  # type: ignore[arg-type]


@pytest.fixture
def around(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Around]:
    with Sandbox(settings) as sandbox:
        yield Around(tmp_path, sandbox, monkeypatch)


def test_an_upload_returns_what_became_of_it(around: Around) -> None:
    outcome = around.start()
    assert (exit_code(outcome, Flags()), outcome.target, outcome.run.id) == (0, "mine", "101")
    assert outcome.figures.results.accepted == outcome.figures.results.total == 2
    assert not outcome.already
    again = around.start()
    assert (again.already > 0, again.run.id) == (True, "101")
    assert around.start(intent=Intent(again=True)).run.id == "102"
    assert around.told


def test_a_rehearsal_leaves_nothing_and_says_what_it_would_send(around: Around) -> None:
    outcome = around.start(intent=Intent(dry_run=True), batching=Batching(batch_size=1))
    assert outcome.upload_id == ""
    forecast = outcome.named.forecast
    assert forecast is not None
    assert (forecast.requests, forecast.url) == (5, around.sandbox.url)
    assert "project id 1" in forecast.options
    assert around.sandbox.requests == 0
    assert around.place.store.ids() == []


def test_what_ends_an_upload_early_is_in_the_outcome_but_a_wrong_word_is_raised(
    around: Around,
) -> None:
    nothing = start(around.place, around.destination, Task(["none.xml"]))
    assert (exit_code(nothing, Flags()), nothing.stop.code) == (3, 0)
    assert "none.xml" in nothing.stop.reason
    empty = start(around.place, around.destination, Task(["none.xml"], allow_empty=True))
    assert empty.stop.reason == ""
    with pytest.raises(UsageProblem):
        around.start(command=[])
    failed = around.start(command=[sys.executable, "-c", "raise SystemExit(4)"])
    assert exit_code(failed, Flags()) == 4


def carried_on(around: Around, upload_id: str, to: Destination) -> Outcome:
    outcome = Resuming(around.place, lambda _: (to, Speed()), None).carry_on(upload_id)
    assert outcome is not None
    return outcome


@faulty("append: 403 once")
def test_an_upload_that_came_to_its_end_meanwhile_is_no_error(around: Around) -> None:
    """Carrying an upload of a run key on ends the search for its run, and leaves none of it."""
    begun = around.start()
    around.place.store.forget(begun.upload_id)
    resuming = Resuming(around.place, lambda _: (around.destination, Speed()), None)
    assert resuming.carry_on(begun.upload_id) is None
    assert resuming.busy == []
    assert around.place.store.ids() == []
    assert not list(around.place.folder.glob("*.lock"))


@faulty("append: 403 once")
def test_resume_asks_the_way_back_and_returns_what_became_of_it(around: Around) -> None:
    begun = around.start()
    assert exit_code(begun, Flags()) == 5
    assert unfinished(around.place.store) == [begun.upload_id]
    elsewhere = replace(around.destination, whereto=Whereto("https://a.testmo.net"))
    lost = carried_on(around, begun.upload_id, elsewhere)
    assert (lost.stop.code, lost.upload_id, lost.target) == (2, begun.upload_id, "mine")
    assert "to no other address" in lost.stop.reason
    nowhere = replace(around.destination, whereto=Whereto())
    ended = carried_on(around, begun.upload_id, nowhere)
    assert (exit_code(ended, Flags()), ended.figures.results.accepted) == (0, 2), (
        "the journal names the address"
    )
    assert unfinished(around.place.store) == []


def test_a_service_that_is_down_leaves_time_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTMO_TOKEN", "t")
    clock, testmo = FakeClock(), service_of("testmo")
    emulator = TestmoEmulator(":memory:", clock.wall)
    place = Workplace(
        tmp_path / "journals",
        lambda _: None,
        clock,
        connect=lambda *_: FakeWire(clock, emulator, lambda *_: UNSENT),
    )
    options, begun = {"project_id": 1, "name": "n", "source": "s"}, list[str]()
    for port in (8, 9):
        there = Destination("testmo", testmo, options, Whereto(f"http://127.0.0.1:{port}"))
        (tmp_path / f"{port}.xml").write_text(GOOD)
        task = Task([str(tmp_path / f"{port}.xml")], intent=Intent(spool=True))
        begun.append(start(place, there, task).upload_id)
    nowhere = Destination("testmo", testmo, options, Whereto())
    resuming = Resuming(place, lambda _: (nowhere, Speed()), 60.0)
    for waiting, upload_id in enumerate(begun):
        outcome = resuming.carry_on(upload_id, 1 - waiting)
        assert outcome is not None
        assert outcome.stop.outage
        assert outcome.figures.requests.total > 0
        assert outcome.figures.duration_s <= 35, "half of it is for each of two"


def test_a_run_for_others(around: Around) -> None:
    made = create_run(around.place, around.destination, Speed())
    assert made.run.id == "101"
    assert not around.sandbox.testmo.run(101)["is_completed"]
    named = around.destination.with_options({"project_id": 1, "run_id": "101"})
    complete_run(around.place, named, Speed())
    assert around.sandbox.testmo.run(101)["is_completed"]
    refused = complete_run(
        around.place, around.destination.with_options({"project_id": 1, "run_id": "9"}), Speed()
    )
    assert (refused.stop.code, refused.upload_id) == (5, "")
    assert len(around.place.store.ids()) == 2, "what came to nothing leaves nothing"
