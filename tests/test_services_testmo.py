"""What an upload to Testmo can be told."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.services.testmo import Options

TESTMO = service_of("testmo")


def test_without_a_project_and_a_run_there_is_nowhere_to_go() -> None:
    with pytest.raises(UsageProblem, match="there is no project"):
        TESTMO.configured(Options(name="N"))
    assert TESTMO.configured(Options(run_id="7"))["run_id"] == "7"


def test_empty_tags_are_none() -> None:
    assert TESTMO.configured(Options(project_id=1, tag=("a", "", "b")))["tags"] == ["a", "b"]


def test_what_the_target_is_made_of_are_plain_values() -> None:
    """They are kept in the journal, as JSON."""
    made = TESTMO.configured(Options(project_id=3, name="N", source="s", milestone="m"))
    assert TESTMO.make(made).describe() == TESTMO.make(TESTMO.make(made).describe()).describe()


@pytest.mark.parametrize("word", ["skip", "replace"])
def test_what_an_earlier_attempt_left_cannot_be_told_from_others(word: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be done at Testmo"):
        TESTMO.configured(Options(project_id=1, rerun=word))
