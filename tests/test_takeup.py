"""An upload of the same reports that is there already: carried on, done, or another one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeClock, FakeWire, Fate, Killed, on
from shells import Shell, junit, with_cases
from testferry.beginning import start
from testferry.route import Destination, Route
from testferry.sandbox.faults import parse
from testferry.services import service_of
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testrail.emulator.state import State
from testferry.settings.options import Whereto
from testferry.work import Task
from testferry.workplace import Workplace


def report(tmp_path: Path) -> str:
    path = tmp_path / "report.xml"
    path.write_text(junit(["a", "b"]), "utf-8")
    return str(path)


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


RAIL = ("upload", "testrail", "--project", "1", "r.xml")


def test_options_that_shape_results_are_heeded_for_what_is_not_sent(
    rail: Shell, tmp_path: Path
) -> None:
    """A required field is missing: the upload stops; the user adds it and runs it again."""
    with_cases(rail, ["t0", "t1", "t2"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "t2"]))
    rail.sandbox.testrail.required = {"custom_env"}
    assert rail(*RAIL, "--batch-size", "1") == 5
    assert rail(*RAIL, "--batch-size", "1", "--result-field", "custom_env=qa") == 0, rail.err
    stored = rail.sandbox.testrail.results
    assert [result["custom_env"] for result in stored] == ["qa"] * 3
    assert len(rail.sandbox.testrail.runs) == 1, "into the run that was made"
    assert rail("resume") == 0
    assert len(rail.sandbox.testrail.results) == 3


def closed(rail: Shell) -> list[bool]:
    """Which runs of TestRail's are closed."""
    return [run.closed for run in rail.sandbox.testrail.runs.values()]


def test_tests_without_a_case_may_be_let_be(rail: Shell, tmp_path: Path) -> None:
    """They are named and counted, and nothing is amiss without them: the run is closed."""
    with_cases(rail, ["t0", "t1"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "other"]))
    assert rail(*RAIL, "--close-run") == 6
    assert "--create-missing makes their cases, --allow-unmatched leaves them out" in rail.out
    assert closed(rail) == [False]
    assert rail(*RAIL, "--close-run", "--allow-unmatched") == 0, "they are looked up once more"
    assert closed(rail) == [True]
    assert rail(*RAIL, "--close-run", "--allow-unmatched", "--again") == 0
    assert "✔ 2 of 3 results" in rail.out
    assert ": 1 without a case" in rail.out
    assert "other" in rail.out, "it is named all the same"
    assert "Next:" not in rail.out
    assert closed(rail) == [True, True]
    assert rail("uploads", "--output", "json") == 0
    states = [upload["state"] for upload in rail.json["uploads"]]
    assert sorted(states) == ["done", "done"]
    assert rail(*RAIL, "--close-run", "--allow-unmatched") == 0
    assert "Already uploaded" in rail.out
    assert len(closed(rail)) == 2


def test_no_advice_is_given_that_the_command_would_refuse(rail: Shell, tmp_path: Path) -> None:
    """A case that is looked for by its id has one: `--create-missing` does not go with it."""
    with_cases(rail, ["t0"])
    (first,) = rail.sandbox.testrail.cases
    (tmp_path / "r.xml").write_text(junit([f"t0 [C{first}]", "other"]))
    assert rail(*RAIL, "--match", "id") == 6
    assert "with --allow-unmatched leaves them out" in rail.out
    assert "--create-missing" not in rail.out


def test_the_same_results_in_another_shape_are_another_upload(rail: Shell, tmp_path: Path) -> None:
    with_cases(rail, ["t0"])
    (tmp_path / "r.xml").write_text(junit(["t0"]))
    assert rail(*RAIL, "--result-field", "version=1.0") == 0
    assert rail(*RAIL, "--result-field", "version=2.0") == 0
    assert [result["version"] for result in rail.sandbox.testrail.results] == ["1.0", "2.0"]
    assert rail(*RAIL, "--result-field", "version=2.0") == 0
    assert "Already" in rail.out


def test_cases_that_are_made_later_get_their_results_in_the_same_run(
    rail: Shell, tmp_path: Path
) -> None:
    """As the line behind `Next:` says; what arrived is not sent a second time."""
    with_cases(rail, ["t0", "t1"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "other"]))
    assert rail(*RAIL) == 6
    assert "the same command with --create-missing makes their cases" in rail.out
    assert rail(*RAIL, "--create-missing", "--close-run") == 0, rail.err
    assert len(rail.sandbox.testrail.results) == 3
    assert closed(rail) == [True]


def test_what_is_looked_up_again_is_kept_without_trying_if_that_is_said(
    rail: Shell, tmp_path: Path
) -> None:
    with_cases(rail, ["t0"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1"]))
    assert rail(*RAIL) == 6
    with_cases(rail, ["t1"])
    assert rail(*RAIL, "--spool") == 0
    assert len(rail.sandbox.testrail.results) == 1
    assert rail("resume") == 0, rail.err
    assert len(rail.sandbox.testrail.results) == 2


def test_how_a_case_is_found_or_how_it_ends_is_no_other_upload(rail: Shell, tmp_path: Path) -> None:
    with_cases(rail, ["t0", "t1"])
    (tmp_path / "r.xml").write_text(junit(["t0", "t1"]))
    assert rail(*RAIL) == 0
    for more in (["--create-missing"], ["--match", "name"], ["--section", "Old"]):
        assert rail(*RAIL, *more) == 0
        assert "Already uploaded" in rail.out, more
    assert rail(*RAIL, "--close-run", "--dry-run") == 0
    assert closed(rail) == [False]
    assert rail(*RAIL, "--close-run") == 0
    assert closed(rail) == [True]
    for more in (["--close-run"], []):
        assert rail(*RAIL, *more) == 0
        assert "Already uploaded" in rail.out, more
    assert len(rail.sandbox.testrail.results) == 2


def test_where_no_test_has_a_case_there_is_no_run_to_be_closed(rail: Shell, tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(junit(["t0"]))
    assert rail(*RAIL, "--close-run", "--allow-unmatched") == 0, rail.err
    assert closed(rail) == []


def test_a_run_that_was_made_is_completed_though_its_results_are_planned_anew(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "r.xml").write_text(junit(["a", "b", "c", "d"]))
    faults = shell.sandbox.settings.faults.faults
    faults += parse(["append: 401 after 1"]).faults
    words = ("r.xml", "--batch-size", "2", "--width", "1")
    assert shell.upload(*words) == 5
    faults.clear()
    assert shell.upload(*words, "--exclude-status", "skipped") == 0, shell.err
    assert "planned anew (other exclude-status)" in shell.err
    (run,) = shell.sandbox.testmo.runs()
    assert shell.sandbox.testmo.run(run)["is_completed"]
    assert shell("uploads", "--output", "json") == 0
    (upload,) = shell.json["uploads"]
    assert (upload["state"], upload["results"]["total"]) == ("done", 4)


def test_that_there_is_nothing_to_be_retried_is_told(shell: Shell) -> None:
    assert shell.upload("r.xml", "--retry-rejected") == 0
    assert "no upload of these results with a rejected one is known here" in shell.err


def test_the_same_command_again_says_what_is_so_of_all_results(rail: Shell, tmp_path: Path) -> None:
    """What arrived is at the service since the first command; the list has one upload of them."""
    junit = '<testcase classname="c" name="{}"/>'
    names = ("test_1", "nowhere")
    suite = f"<testsuite>{''.join(map(junit.format, names))}</testsuite>"
    (tmp_path / "n.xml").write_text(suite)
    rail.sandbox.testrail.make_case(1001, title="t", custom_automation_id="c.test_1")
    for _ in range(3):
        assert rail("upload", "testrail", "--project", "1", "n.xml") == 6
        assert "! 1 of 2 results in run" in rail.out
    assert len(rail.sandbox.testrail.results) == 1
    assert rail("uploads", "--output", "json") == 0
    assert len(rail.json["uploads"]) == 1


def test_what_is_left_of_several_suites_goes_to_the_run_of_its_suite(
    rail: Shell, tmp_path: Path
) -> None:
    service = rail.sandbox.testrail
    service.projects, service.suites = State(mode=3).projects, State(mode=3).suites
    service.handle("POST", "/index.php?/api/v2/add_suite/1", b'{"name": "Mobile"}')
    second = max(service.suites)
    for suite in (1, second):
        body = f'{{"name": "S", "suite_id": {suite}}}'.encode()
        service.handle("POST", "/index.php?/api/v2/add_section/1", body)
    first, other = service.sections
    service.make_case(first, title="t0", custom_automation_id="c.t0")
    service.make_case(other, title="t1", custom_automation_id="c.t1")
    (tmp_path / "r.xml").write_text(junit(["t0", "t1", "t2"]))
    assert rail(*RAIL) == 6
    service.make_case(other, title="t2", custom_automation_id="c.t2")
    assert rail(*RAIL) == 0, rail.err
    stored = Counter(service.cases[each["case_id_of_test"]]["title"] for each in service.results)
    assert stored == {"t0": 1, "t1": 1, "t2": 1}


def test_that_a_picked_run_has_these_results_already_is_told(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    (run,) = shell.sandbox.testmo.runs()
    assert shell("upload", "testmo", "--run-id", str(run), "r.xml") == 0
    told = "a run picked by its id is a place of its own, so they are uploaded once more"
    assert told in shell.err
    assert f"the same results went into run {run} at " in shell.err
