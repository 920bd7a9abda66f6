"""One command, several suites: each case's results are in the run of its suite."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fakes import DROPPED, FINE, LOST, Fate, RailWorld, on
from testferry.model import Result, Status
from testferry.services.testrail import suites
from testferry.services.testrail.emulator import FIELD
from testferry.services.testrail.emulator.state import State
from testferry.services.testrail.wish import OfCase, Plan, Wish
from testferry.submission import Kind, Label, Submission

NAMES = ("a", "b", "c", "d", "e", "f")


def world(folder: Path, *, files: tuple[str, ...] = (), **options: Any) -> RailWorld:
    """Two suites, of three cases each."""
    it = RailWorld(folder, [], options=options, batch=2)
    it.service.projects = State(mode=3).projects
    it.service.suites = State(mode=3).suites
    it.service.handle("POST", "/index.php?/api/v2/add_suite/1", b'{"name": "Mobile"}')
    (second,) = (number for number in it.service.suites if number != 1)
    body = f'{{"name": "M", "suite_id": {second}}}'.encode()
    it.service.handle("POST", "/index.php?/api/v2/add_section/1", body)
    there = list(it.service.sections)
    for at, name in enumerate(NAMES):
        it.service.make_case(there[at % 2], title=name, **{FIELD: f"suite.{name}"})
    it.entries = [
        Result(name, Status.PASSED, classname="suite", attachments=files, base=str(folder))
        for name in NAMES
    ]
    it.plan()
    return it


def stored(it: RailWorld) -> Counter[tuple[str, int]]:
    """Each case with the suite of the run that its result is in."""
    found: Counter[tuple[str, int]] = Counter()
    for result in it.service.results:
        case = it.service.cases[result["case_id_of_test"]]
        run = it.service.runs[result["run_id"]]
        assert run.fields["suite_id"] == case["suite_id"]
        found[str(case["title"]), int(case["suite_id"])] += 1
    return found


def test_each_result_is_once_in_the_run_of_its_suite(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    it = world(tmp_path, files=("f",), close_run=True)
    assert it.go(it.wire()).exit_code == 0
    assert set(stored(it).values()) == {1}
    assert len(stored(it)) == 6
    names = [run.fields["name"] for run in it.service.runs.values()]
    assert names == ["Nightly (Master)", "Nightly (Mobile)"]
    assert all(run.closed for run in it.service.runs.values())
    assert len(it.service.attachments) == 6


@pytest.mark.parametrize("operation", ["run", "append", "complete", "read"])
@pytest.mark.parametrize("fate", [LOST, DROPPED, Fate(status=500), Fate(status=500, apply=None)])
def test_one_fault_anywhere_costs_nothing(tmp_path: Path, operation: str, fate: Fate) -> None:
    it = world(tmp_path, close_run=True)
    wire = it.wire(on(operation, FINE, fate, FINE))
    assert it.go(wire).exit_code == 0
    assert set(stored(it).values()) == {1}
    assert (len(stored(it)), len(it.service.runs)) == (6, 2)


def test_the_runs_are_entries_of_a_plan_if_it_is_named(tmp_path: Path) -> None:
    it = world(tmp_path)
    it.service.handle("POST", "/index.php?/api/v2/add_plan/1", b'{"name": "Week 9"}')
    it = world_again(tmp_path / "2", it, plan_id="Week 9")
    assert it.go(it.wire(on("run", LOST, LOST))).exit_code == 0
    assert {run.plan for run in it.service.runs.values()} == set(it.service.plans)
    assert len(it.service.runs) == 2


def world_again(folder: Path, before: RailWorld, **options: Any) -> RailWorld:
    it = world(folder, **options)
    it.service, it.clock = before.service, before.clock
    return it


def test_where_cases_are_made_the_suite_has_to_be_named(tmp_path: Path) -> None:
    it = world(tmp_path, create_missing=True)
    outcome = it.go(it.wire())
    assert outcome.exit_code == 5
    assert "Master (1), Mobile" in outcome.outcome.stop.hint
    assert not it.service.runs


def test_one_suite_of_several_is_a_plain_upload(tmp_path: Path) -> None:
    it = world(tmp_path)
    it = world_again(tmp_path / "2", it)
    it.entries = [Result("b", Status.PASSED, classname="suite")]
    it = again = RailWorld(tmp_path / "3", [], entries=it.entries, options={})
    again.service = world(tmp_path / "4").service
    again.plan()
    assert it.go(it.wire()).exit_code == 0
    (run,) = it.service.runs.values()
    assert run.fields["name"] == "Nightly (Mobile)"


def test_what_has_no_case_is_told_once() -> None:
    made = Plan(cases={1: OfCase(), 2: OfCase(), 3: OfCase()})
    made.unmatched = [(b"{}", Label("x", "s", "passed"), "no case")]
    split = suites.parts(made, None, {1: 7, 2: 8, 3: 7})
    assert {suite: list(part.cases) for suite, part in split.items()} == {7: [1, 3], 8: [2]}
    assert sum(len(part.unmatched) for part in split.values()) == 1
    assert suites.parts(made, 5, {}) == {5: made}
    assert list(suites.parts(made, None, dict.fromkeys((1, 2, 3), 7))) == [7]


def test_a_batch_says_its_suite_by_its_name_and_a_file_by_its_body() -> None:
    assert suites.of(Submission(0, Kind.BATCH, Wish(suite=7).batches)) == 7
    assert suites.of(Submission(0, Kind.ATTACH, "attachment", body={"suite": 8})) == 8
    assert suites.of(Submission(0, Kind.BATCH, "results")) is None
