"""What an upload to TestRail can be told, and what cannot be meant together."""

from __future__ import annotations

from pathlib import Path

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


def test_options_for_a_run_that_is_there_are_of_no_plan() -> None:
    made = in_run(RAIL.configured(Options(project="1", plan_id="3", config_ids=(2,))), "9")
    assert made["run_id"] == "9"
    assert RAIL.make(made).describe()["run_id"] == "9"
