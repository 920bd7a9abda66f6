"""What doctor asks TestRail: one thing after the other, each with its cure."""

from __future__ import annotations

from typing import Any

from rail import answer
from testferry.engine.step import Check
from testferry.services.testrail.check import examine
from testferry.services.testrail.target import Testrail

STATUSES = [{"id": 1, "name": "passed"}, {"id": 4, "name": "retest"}, {"id": 5, "name": "failed"}]
PROJECT = {"id": 1, "name": "Demo", "suite_mode": 1}
FIELD = [{"system_name": "custom_automation_id", "is_active": True, "configs": []}]


def checked(*documents: Any, **options: Any) -> dict[str, Check]:
    rail = Testrail(project="1", user="me", **options)
    found: list[Check] = answer(examine(rail), *documents)
    return {check.name: check for check in found}


def test_everything_in_order() -> None:
    found = checked(STATUSES, PROJECT, FIELD, STATUSES)
    assert all(check.passed for check in found.values())
    assert list(found) == ["testrail api", "project", "automation field", "statuses"]


def test_a_page_instead_of_the_api_is_an_address_that_is_wrong() -> None:
    found = checked(404)
    assert not found["testrail api"].passed
    assert "index.php?/api/v2" in found["testrail api"].cure


def test_a_key_that_is_refused_ends_it() -> None:
    found = checked(401)
    assert list(found) == ["testrail api"]
    assert "TESTRAIL_KEY" in found["testrail api"].cure


def test_a_completed_project_takes_nothing() -> None:
    found = checked(STATUSES, {**PROJECT, "is_completed": True}, FIELD, STATUSES)
    assert not found["project"].passed


def test_without_an_automation_field_ids_and_names_are_left() -> None:
    assert not checked(STATUSES, PROJECT, [], STATUSES)["automation field"].passed
    assert checked(STATUSES, PROJECT, [], STATUSES, match="id")["automation field"].passed


def test_a_status_that_there_is_not_is_told_with_those_there_are() -> None:
    found = checked(STATUSES, PROJECT, FIELD, STATUSES, status={"failed": "blocked"})
    assert not found["statuses"].passed
    assert "blocked" in found["statuses"].message
    assert found["statuses"].cure.endswith("passed (1), retest (4), failed (5)")
    assert found["statuses"].exit_code == 2, "what is wrong is the command"
    lost = checked(STATUSES, PROJECT, FIELD, 500, status={"failed": "blocked"})
    assert lost["statuses"].exit_code == 75, "the service is broken for now"


def test_a_service_that_is_down_is_told_to_be_tried_later() -> None:
    found = checked(503)
    assert found["testrail api"].exit_code == 75
    assert found["testrail api"].cure == "try again later"
    assert checked(401)["testrail api"].exit_code == 5
