"""Fields are the instance's: which there are, what they take, which must be filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes import RailWorld
from rail import answer
from testferry.cache import Cache
from testferry.engine.verdict import Deferred, Refused
from testferry.model import Result, Status
from testferry.services.testrail import fields
from testferry.services.testrail.emulator.fields import make_field
from testferry.services.testrail.read import Stopped

LISTED = [
    make_field("browser", 6, items="1, Chrome\n2, Firefox"),
    make_field("tags", 12, items="1, slow\n2, flaky"),
    make_field("build", 2),
    make_field("manual", 5),
    make_field("env", required=True),
    make_field("steps_only", required=True, templates=[2]),
    {**make_field("old"), "is_active": False},
]
KNOWN = fields.fields_of(LISTED, 1)


def checked(**said: str) -> dict[str, object]:
    given = {f"custom_{name}": value for name, value in said.items()}
    return fields.checked(given, KNOWN, fields.OF_RESULTS, "--result-field")


def refusal(said: dict[str, str]) -> Refused:
    with pytest.raises(Stopped) as caught:
        fields.checked(said, KNOWN, fields.OF_RESULTS, "--result-field")
    assert isinstance(caught.value.verdict, Refused)
    assert caught.value.verdict.exit_code == 2
    return caught.value.verdict


def test_a_field_of_other_projects_is_none() -> None:
    far = make_field("far")
    far["configs"][0]["context"] = {"is_global": False, "project_ids": [2]}
    assert "custom_far" not in fields.fields_of([far], 1)
    assert "custom_far" in fields.fields_of([far], 2)
    assert "custom_bare" in fields.fields_of([{"system_name": "custom_bare"}], 1)


def test_values_are_ids_or_the_words_of_the_instance() -> None:
    assert checked(browser="firefox", tags="slow, 2", build="-7", manual="Yes", env="qa") == {
        "custom_browser": "2",
        "custom_tags": [1, 2],
        "custom_build": "-7",
        "custom_manual": True,
        "custom_env": "qa",
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("custom_browser", "Opera", "'Opera' is not one of: 1 (Chrome), 2 (Firefox)"),
        ("custom_tags", "slow,odd", "is not one of: 1 (slow), 2 (flaky)"),
        ("custom_build", "7.5", "is not a whole number"),
        ("custom_manual", "perhaps", "is not true or false"),
        ("custom_env", "x" * 251, "251 characters; it holds 250"),
    ],
)
def test_a_value_that_the_field_does_not_take_is_told_with_what_it_takes(
    name: str, value: str, words: str
) -> None:
    assert words in refusal({name: value}).reason


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("browser", "did you mean custom_browser?"),
        ("versoin", "did you mean version?"),
        ("zzz", "there are: assignedto_id"),
    ],
)
def test_a_field_that_there_is_not_is_told_with_the_nearest(name: str, hint: str) -> None:
    refused = refusal({name: "1"})
    assert f"no field {name!r}" in refused.reason
    assert hint in refused.hint


@pytest.mark.parametrize(
    ("name", "guess"),
    [("custom_brwoser", "did you mean custom_browser?"), ("custom_old", "custom_")],
)
def test_a_custom_field_that_is_not_listed_is_told_and_sent_all_the_same(
    name: str, guess: str
) -> None:
    """What this user is shown may not be all: the service has the word."""
    sent = fields.checked({name: "7"}, KNOWN, fields.OF_RESULTS, "--result-field")
    assert sent == {name: "7"}
    (told,) = fields.unlisted([name, "version"], KNOWN, "--result-field")
    assert told.startswith(f"--result-field: no field {name!r} is listed (")
    assert guess in told
    assert fields.unlisted([name], None, "--result-field") == []


def test_where_the_service_lists_nothing_what_is_said_is_sent() -> None:
    said = {"anything": "[1, 2]"}
    assert fields.checked(said, None, fields.OF_CASES, "--case-field") == {"anything": [1, 2]}
    assert answer(fields.of_results(1), 403) is None
    with pytest.raises(Stopped) as caught:
        answer(fields.of_results(1), 503)
    assert isinstance(caught.value.verdict, Deferred)


def test_what_must_be_filled_is_judged_only_where_it_is_known() -> None:
    assert [each.name for each in fields.missing(KNOWN, ())] == ["custom_env"]
    assert fields.missing(KNOWN, ["custom_env"]) == []
    of_steps = fields.missing(KNOWN, ["custom_env"], template=2)
    assert [each.name for each in of_steps] == ["custom_steps_only"]
    preset = make_field("preset", required=True)
    preset["configs"][0]["options"]["default_value"] = "1"
    assert fields.missing(fields.fields_of([preset], 1), ()) == []


def world(folder: Path, **more: Any) -> RailWorld:
    it = RailWorld(folder, ["a", "b"], options=more.pop("options", {}))
    it.service.result_fields = [make_field("env", 6, required=True, items="1, qa\n2, live")]
    it.entries = [
        Result(name, Status.PASSED, classname="suite", properties=more.get("properties", ()))
        for name in "ab"
    ]
    it.plan()
    return it


def test_a_required_field_is_named_with_its_values_before_anything_is_sent(tmp_path: Path) -> None:
    it = world(tmp_path)
    wire = it.wire()
    outcome = it.go(wire)
    assert outcome.exit_code == 5
    assert "custom_env is required" in outcome.outcome.stop.reason
    cure = "use --result-field custom_env=VALUE (one of: 1 (qa), 2 (live))"
    assert outcome.outcome.stop.hint == cure
    assert {operation for _, operation, _, _ in wire.requests} == {"read"}
    assert not it.service.runs


@pytest.mark.parametrize(
    "more",
    [
        {"options": {"result_fields": {"custom_env": "live"}}},
        {"properties": (("testrail_result_field", "custom_env:2"),)},
    ],
)
def test_an_option_or_the_tests_themselves_fill_it(tmp_path: Path, more: dict[str, Any]) -> None:
    it = world(tmp_path, **more)
    assert it.go(it.wire()).exit_code == 0
    assert [result["custom_env"] for result in it.service.results] == ["2", "2"]


def test_cases_that_lack_a_field_are_not_asked_for_and_cost_only_their_own_results(
    tmp_path: Path,
) -> None:
    it = RailWorld(tmp_path, ["a"])
    it.service.fields.append(make_field("kind", 6, required=True, items="1, unit"))
    it.options = {"create_missing": True}
    it.entries = [Result(name, Status.PASSED, classname="suite") for name in "ab"]
    it.plan()
    wire = it.wire()
    outcome = it.go(wire)
    assert (outcome.exit_code, outcome.results.accepted, outcome.results.rejected) == (6, 1, 1)
    assert not {"case", "section"} & {operation for _, operation, _, _ in wire.requests}
    (refused,) = outcome.refused
    assert "use --case-field custom_kind=VALUE (one of: 1 (unit))" in refused.reason


def test_the_automation_field_is_one_of_the_projects() -> None:
    listed = [
        {"system_name": "custom_case_automation_id"},
        {"system_name": "custom_automation_id", "is_active": False},
    ]
    assert answer(fields.automation_field(1), listed) == "custom_case_automation_id"


def test_whether_results_have_steps_is_known_also_without_asking_again(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    cache = Cache(tmp_path / "cache", "https://x")
    for at in range(2):
        it = RailWorld(tmp_path / str(at), ["a"], cache=cache)
        it.service.result_fields = [make_field("step_results", 11)]
        it.entries = [
            Result("a", Status.PASSED, classname="suite", properties=(("step[passed]", "Given"),))
        ]
        it.plan()
        wire = it.wire()
        assert it.go(wire).exit_code == 0
        (stored,) = it.service.results
        assert stored["custom_step_results"] == [{"content": "Given", "status_id": 1}]
        asked = [target for _, _, target, _ in wire.requests if "get_result_fields" in target]
        assert len(asked) == (at == 0)


def test_a_field_that_the_template_of_new_cases_lacks_is_told(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, ["a"])
    it.service.fields.append(make_field("goals", templates=[3]))
    said = {"custom_goals": "x", "template_id": "2"}
    it.options = {"create_missing": True, "case_fields": said}
    it.entries = [Result("new", Status.PASSED, classname="suite")]
    it.plan()
    outcome = it.go(it.wire())
    assert outcome.exit_code == 2
    assert "template 2 has no such field" in outcome.outcome.stop.reason
    assert not it.service.runs
    fields.check_template(["custom_goals"], KNOWN, 2)


def test_a_template_that_is_no_number_is_for_the_service_to_judge(tmp_path: Path) -> None:
    it = RailWorld(tmp_path, ["a"])
    it.options = {"create_missing": True, "case_fields": {"template_id": "²"}}
    it.entries = [Result("new", Status.PASSED, classname="suite")]
    it.plan()
    assert it.go(it.wire()).exit_code == 0
    (case,) = [each for each in it.service.cases.values() if each["title"] == "new"]
    assert case["template_id"] == "²"
