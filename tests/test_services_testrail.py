"""What an upload to TestRail can be told, and what cannot be meant together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.services.testrail import Options, in_run, makes_in

RAIL = service_of("testrail")


def test_a_folder_of_attachments_is_the_same_wherever_it_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = RAIL.configured(Options(project="1", attachments_root="files"))
    assert made["attachments_root"] == str(tmp_path / "files")


def test_a_run_that_is_filled_keeps_what_is_its_own() -> None:
    with pytest.raises(UsageProblem, match="--description does not go with --run-id"):
        RAIL.configured(Options(run_id="7", description="mine"))


@pytest.mark.parametrize("key", ["case_id", "test_id", "status_id"])
def test_what_testferry_says_itself_is_for_no_field_to_say(key: str) -> None:
    with pytest.raises(UsageProblem, match=f"cannot set '{key}'"):
        RAIL.configured(Options(project="1", result_field={key: "1"}))


def test_only_uploads_that_make_cases_wait_for_each_other() -> None:
    made = RAIL.configured(Options(project="Demo"))
    assert makes_in(made) == []
    assert makes_in({**made, "create_missing": True}) == ["Demo"]
    assert makes_in({**made, "run_id": "7"}) == ["7"], (
        "its list of cases is replaced at each change"
    )
    both = {**made, "create_missing": True, "run_id": "7"}
    assert makes_in(both) == ["Demo", "7"], "who makes cases fills a run with others who make none"


def test_uploads_to_one_entry_of_a_plan_wait_for_each_other() -> None:
    def places(**more: Any) -> list[object]:
        return makes_in(RAIL.configured(Options(project="Demo", plan_id="9", **more)))

    assert places() == places()
    assert places() != places(title="other")
    assert places() != places(config_ids=("2",))


def test_options_for_a_run_that_is_there_are_of_no_plan() -> None:
    made = in_run(RAIL.configured(Options(project="1", plan_id="3", config_ids=("2",))), "9")
    assert made["run_id"] == "9"
    assert RAIL.make(made).describe()["run_id"] == "9"


@pytest.mark.parametrize(
    ("option", "said", "kept"),
    [
        ("plan_id", "R9", "9"),
        ("plan_id", "M9", "M9"),
        ("milestone_id", "M5", "5"),
        ("milestone_id", "https://x.testrail.io/index.php?/milestones/view/5", "5"),
        ("milestone_id", " Release 2 ", "Release 2"),
        ("milestone_id", "R1", "R1"),
    ],
)
def test_ids_are_taken_as_testrail_shows_them_and_anything_else_is_a_name(
    option: str, said: str, kept: str
) -> None:
    given: Any = {option: said}
    options = Options(project="1", **given)
    made = RAIL.configured(options)
    assert made[option] == kept


@pytest.mark.parametrize("said", ["0", "1234567890123456789"])
def test_digits_that_no_id_has_are_refused(said: str) -> None:
    with pytest.raises(UsageProblem, match="is no id"):
        RAIL.configured(Options(project="1", milestone_id=said))


def test_lists_are_said_with_commas_or_one_by_one() -> None:
    options = Options(
        project="1",
        plan_id="3",
        config_ids=("2, Chrome", "6"),
        assign_failed=("a@x,b@x", "c@x"),
    )
    made = RAIL.configured(options)
    assert made["config_ids"] == [2, "Chrome", 6]
    odd = RAIL.configured(Options(project="1", plan_id="3", config_ids=("²",)))
    assert odd["config_ids"] == ["²"], "a name, and no number that Python would not read"
    assert made["assign_failed"] == ["a@x", "b@x", "c@x"]


def test_a_milestone_is_the_plans_own() -> None:
    with pytest.raises(UsageProblem, match="--milestone-id does not go with --plan-id"):
        RAIL.configured(Options(project="1", plan_id="3", milestone_id="5"))


def test_the_working_directory_counts_unless_it_is_gone_or_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert RAIL.configured(Options(project="1"))["working_folder"] == str(tmp_path)
    monkeypatch.chdir("/")
    assert not RAIL.configured(Options(project="1"))["working_folder"]
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert not RAIL.configured(Options(project="1"))["working_folder"]


def test_a_run_holds_so_many_references() -> None:
    with pytest.raises(UsageProblem, match="--refs has more than 250 characters"):
        RAIL.configured(Options(project="1", refs="A-1," * 63))
