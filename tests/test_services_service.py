"""The face of each service: what its target is made of, and what cannot be meant together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import testferry
from testferry.errors import UsageProblem
from testferry.services import NAMES, service_of, services
from testferry.services.http import Options as OfHttp
from testferry.services.sandbox import Options as OfSandbox
from testferry.services.testmo import Options as OfTestmo
from testferry.services.testrail import Options as OfTestrail

RAIL = service_of("testrail")


def test_the_list_is_the_folders() -> None:
    folder = Path(testferry.__file__).parent / "services"
    assert {path.parent.name for path in folder.glob("*/__init__.py")} == set(NAMES)
    assert [service.name for service in services()] == list(NAMES)
    with pytest.raises(UsageProblem, match="there is no target type 'fax'"):
        service_of("fax")


@pytest.mark.parametrize("name", NAMES)
def test_a_target_is_made_of_what_is_configured_and_describes_it_so(name: str) -> None:
    service = service_of(name)
    said = {
        "testmo": OfTestmo(project_id=1, name="N"),
        "testrail": OfTestrail(project="1", title="T"),
        "http": OfHttp(),
        "sandbox": OfSandbox(),
    }[name]
    options = service.configured(said)
    described = service.make(options).describe()
    assert {key: described[key] for key in options} == options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (OfTestrail(), "there is no project"),
        (OfTestrail(run_id="1", plan_id="2"), "do not go together"),
        (OfTestrail(project="1", create_missing=True, match="id"), "does not go with --match id"),
        (OfTestrail(run_id="1", description="D"), "--description does not go with --run-id"),
        (OfTestrail(run_id="1", milestone_id="2"), "--milestone-id does not go with --run-id"),
        (OfTestrail(project="1", result_field={"status_id": "1"}), "cannot set 'status_id'"),
        (OfTestrail(project="1", case_field={"title": "1"}), "cannot set 'title'"),
        (OfTestrail(project="1", config_ids=("2",)), "--config-ids needs --plan-id"),
    ],
)
def test_what_cannot_be_meant_together(options: OfTestrail, said: str) -> None:
    with pytest.raises(UsageProblem, match=re.escape(said)):
        RAIL.configured(options)


def test_uploads_that_make_cases_in_one_project_take_turns() -> None:
    making = RAIL.configured(OfTestrail(project="P", create_missing=True))
    assert RAIL.makes_in(making) == ["P"]
    assert RAIL.makes_in(RAIL.configured(OfTestrail(project="P"))) == []
    assert service_of("testmo").makes_in({"project_id": 1}) == ()


def test_the_same_options_for_a_run_that_is_there() -> None:
    planned = RAIL.configured(OfTestrail(project="P", plan_id="3", config_ids=("2",)))
    filled = RAIL.in_run(planned, "9")
    assert (filled["run_id"], filled["plan_id"], filled["config_ids"]) == ("9", "", [])
    assert service_of("testmo").in_run({"project_id": 1}, "9")["run_id"] == "9"
