"""What is asked of TestRail before anything is planned: as little as there is to know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import RailWorld
from testferry.cache import Cache


def reads(world: RailWorld) -> list[str]:
    """The reading requests of one upload, in order."""
    world.plan()
    wire = world.wire()
    world.go(wire)
    return [words for _, operation, words, _ in wire.requests if operation == "read"]


def test_a_project_of_one_suite_is_read_with_a_request_for_each_question(tmp_path: Path) -> None:
    asked = reads(RailWorld(tmp_path, ["a", "b"]))
    assert len(asked) == len(set(asked))
    assert any("get_cases/1" in words for words in asked)
    assert not any("get_suites" in words for words in asked)


def test_what_was_read_once_is_believed_after_two_questions(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", "https://x")
    (tmp_path / "cache").mkdir()
    names = [f"test_{at}" for at in range(240)]
    first = reads(RailWorld(tmp_path / "one", names, cache=cache))
    second = reads(RailWorld(tmp_path / "two", names, cache=cache))
    assert sum("get_cases/" in words for words in first) == 1
    assert sum("get_cases/" in words for words in second) == 2
    assert any("updated_after" in words for words in second)


@pytest.mark.parametrize("mode", ["id", "name"])
def test_the_automation_field_is_asked_for_only_where_it_is_needed(
    tmp_path: Path, mode: str
) -> None:
    asked = reads(RailWorld(tmp_path, ["a"], options={"match": mode}))
    assert not any("get_case_fields" in words for words in asked)


def test_a_run_or_a_plan_of_another_project_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    for at, (call, body, option) in enumerate(
        (("add_run/1", b'{"name": "r"}', "run_id"), ("add_plan/1", b'{"name": "p"}', "plan_id"))
    ):
        it = RailWorld(tmp_path / str(at), ["a"])
        made: Any = it.service.handle("POST", f"/index.php?/api/v2/{call}", body).document
        if option == "run_id":
            it.service.runs[made["id"]].fields["project_id"] = 2
            it.run_id = str(made["id"])
        else:
            it.service.plans[made["id"]]["project_id"] = 2
            it.options = {option: str(made["id"])}
        it.plan()
        outcome = it.go(it.wire())
        assert outcome.exit_code == 5
        assert "is of project 2, and not of project 1" in outcome.outcome.stop.reason
        assert not it.service.results


@pytest.mark.parametrize("job", ["", "nightly"])
def test_the_tests_of_a_run_are_read_once_for_all_that_is_asked_of_them(
    tmp_path: Path, job: str
) -> None:
    it = RailWorld(tmp_path, ["a", "b"])
    first, second = it.service.cases
    body = f'{{"name": "r", "include_all": false, "case_ids": [{first}, {second}]}}'.encode()
    made: Any = it.service.handle("POST", "/index.php?/api/v2/add_run/1", body).document
    it.run_id = str(made["id"])
    said = f'{{"results": [{{"case_id": {first}, "status_id": 1, "comment": "Job: {job}"}}]}}'
    path = f"/index.php?/api/v2/add_results_for_cases/{it.run_id}"
    it.service.handle("POST", path, said.encode())
    it.options = {"rerun": "skip", "run_key": "k", "build": {"job": job}}
    it.plan()
    wire = it.wire()
    before_results = []
    assert it.go(wire).exit_code == 0
    for _, operation, words, _ in wire.requests:
        if operation != "read":
            break
        before_results.append(words)
    assert sum("get_tests/" in words for words in before_results) == 1
    assert list(it.service.runs[made["id"]].tests) == [first, second]
    assert it.stored() == {"a": 1, "b": 1}, "the result of an earlier attempt stands"
