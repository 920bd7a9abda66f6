"""What people call by name becomes an id, or an error that names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import RailWorld
from rail import answer
from testferry.engine.verdict import Refused
from testferry.model import Result, Status
from testferry.services.testrail import named
from testferry.services.testrail.read import Stopped

MILESTONES = {
    "milestones": [
        {"id": 3, "name": "R1", "milestones": [{"id": 5, "name": "Beta"}]},
        {"id": 4, "name": "R2", "milestones": [{"id": 6, "name": "Beta"}, {"id": 7, "name": "GA"}]},
    ]
}
CONFIGS = [
    {"name": "Browsers", "configs": [{"id": 2, "name": "Chrome"}, {"id": 3, "name": "Edge"}]},
    {"name": "Devices", "configs": [{"id": 6, "name": "Pixel"}, {"id": 7, "name": "Edge"}]},
]


def refusal(steps: object, *documents: object) -> Refused:
    with pytest.raises(Stopped) as caught:
        answer(steps, *documents)
    assert isinstance(caught.value.verdict, Refused)
    return caught.value.verdict


def test_digits_are_an_id_and_nothing_is_asked() -> None:
    for steps in (named.milestone(1, "7"), named.configurations(1, [2, 6]), named.users(["5"])):
        with pytest.raises(StopIteration) as ended:
            next(steps)
        assert ended.value.value in (7, [2, 6], [5])


def test_a_milestone_is_found_also_within_another() -> None:
    assert answer(named.milestone(1, "GA"), MILESTONES) == 7
    assert answer(named.milestone(1, "R2"), MILESTONES) == 4


def test_a_milestone_of_two_places_is_told_with_both_ids() -> None:
    refused = refusal(named.milestone(1, "Beta"), MILESTONES)
    assert "several milestones are called 'Beta'" in refused.reason
    assert refused.hint == "use --milestone-id with one of: Beta (5), Beta (6)"
    assert "R1 (3)" in refusal(named.milestone(1, "Gamma"), MILESTONES).hint


def test_configurations_by_name_and_by_their_group() -> None:
    assert answer(named.configurations(1, ["Chrome", 6]), CONFIGS) == [2, 6]
    assert answer(named.configurations(1, ["Devices/Edge"]), CONFIGS) == [7]
    assert "several configurations" in refusal(named.configurations(1, ["Edge"]), CONFIGS).reason
    assert "Pixel (6)" in refusal(named.configurations(1, ["Opera"]), CONFIGS).hint


def test_an_open_plan_by_its_name_and_none_that_is_closed() -> None:
    plans = {"plans": [{"id": 9, "name": "Week 9"}]}
    plan = answer(named.plan(1, "Week 9"), plans, {"id": 9, "entries": []})
    assert plan["id"] == 9
    closed = refusal(named.plan(1, "9"), {"id": 9, "is_completed": True})
    assert closed.closed
    assert "plan 9 is closed" in closed.reason


def test_whom_testrail_does_not_know_is_named_before_anything_is_sent() -> None:
    assert answer(named.users(["a@x", "8"]), {"id": 5}) == [5, 8]
    refused = refusal(named.users(["z@x"]), 400)
    assert refused.exit_code == 2
    assert "z@x" in refused.reason
    assert refusal(named.users(["z@x"]), {"name": "nobody"}).exit_code == 2


ENTRIES = {
    "entries": [
        {"name": "P", "runs": [{"id": 1, "config_ids": [2], "is_completed": True}]},
        {"name": "P", "runs": [{"id": 2, "config_ids": [2, 6], "suite_id": 1}]},
        {"name": "Q", "runs": [{"id": 3, "config_ids": [2], "suite_id": 1}]},
        {"name": "P", "runs": [{"id": 4, "config_ids": [2], "suite_id": 1}]},
    ]
}


@pytest.mark.parametrize(
    ("title", "suite", "configs", "found"),
    [
        ("P", 1, [6, 2], "2"),
        ("P", None, [2], "4"),
        ("P", 5, [2], ""),
        ("P", 1, [], ""),
        ("Q", 1, [2], "3"),
        ("R", 1, [2], ""),
    ],
)
def test_the_run_of_an_entry_is_the_open_one_of_the_same_place(
    title: str, suite: int | None, configs: list[int], found: str
) -> None:
    assert named.run_there(ENTRIES, title, suite, configs) == found


def planned(folder: Path, names: list[str], before: RailWorld | None = None) -> RailWorld:
    it = RailWorld(folder, names)
    if before is not None:
        it.service, it.clock = before.service, before.clock
    else:
        body = b'{"name": "Week 9"}'
        it.service.handle("POST", "/index.php?/api/v2/add_plan/1", body)
        it.service.make_configs("Browsers", "Chrome", "Edge")
    it.options = {"plan_id": "Week 9", "config_ids": ["Edge"]}
    it.entries = [Result(name, Status.FAILED, classname="suite") for name in names]
    it.plan()
    return it


def test_a_second_upload_fills_the_entry_that_is_there(tmp_path: Path) -> None:
    first = planned(tmp_path / "1", ["a", "b"])
    assert first.go(first.wire()).exit_code == 0
    second = planned(tmp_path / "2", ["b"], first)
    section = next(iter(second.service.sections))
    second.service.make_case(section, title="c", custom_automation_id="suite.c")
    second.entries.append(Result("c", Status.PASSED, classname="suite"))
    second = planned(tmp_path / "3", ["b", "c"], second)
    outcome = second.go(second.wire())
    assert outcome.exit_code == 0
    (run,) = second.service.runs.values()
    assert outcome.run_url.endswith(f"/{run.id}")
    assert len(run.tests) == 3, "its other cases stay in it"
    (plan,) = second.service.plans.values()
    assert len(plan["entries"]) == 1


def test_a_closed_entry_is_let_be_and_a_new_one_made(tmp_path: Path) -> None:
    first = planned(tmp_path / "1", ["a"])
    assert first.go(first.wire()).exit_code == 0
    (run,) = first.service.runs.values()
    run.closed = True
    second = planned(tmp_path / "2", ["a"], first)
    assert second.go(second.wire()).exit_code == 0
    assert len(second.service.runs) == 2


def test_failed_tests_go_to_the_users_in_turn(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, [f"t{at}" for at in range(5)])
    it.service.users = {5: "a@x", 6: "b@x"}
    it.options = {"assign_failed": ["a@x", "b@x"]}
    own = (("testrail_result_field", "assignedto_id:9"),)
    ended = [Status.FAILED, Status.PASSED, Status.ERROR, Status.FAILED, Status.FAILED]
    it.entries = [
        Result(f"t{at}", status, classname="suite", properties=own if at == 4 else ())
        for at, status in enumerate(ended)
    ]
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    given = [result.get("assignedto_id") for result in it.service.results]
    assert given == [5, None, 6, 5, "9"], "what the test says itself counts"
