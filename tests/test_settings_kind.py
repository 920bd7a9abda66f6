"""Which service a target is."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.services import NAMES
from testferry.settings.files import find
from testferry.settings.kind import type_of

USER = Path("home") / "testferry" / "config.toml"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_type_of_a_target() -> None:
    write(Path("testferry.toml"), "[targets.t]\ntype = 'testrail'\n[targets.testmo]\nwidth = 2\n")
    files = find(None)
    assert type_of(files, "t", NAMES) == "testrail"
    assert type_of(files, "testmo", NAMES) == "testmo"
    assert type_of(files, "http", NAMES) == "http"
    with pytest.raises(UsageProblem, match="there is no target 'testmoo'") as none:
        type_of(files, "testmoo", NAMES)
    assert none.value.hint.startswith("use testmo, testrail, http, sandbox, allure, azure,")
    assert none.value.hint.endswith("did you mean testmo?")
    write(USER, "[targets.t]\ntype = 'testmo'\n")
    with pytest.raises(UsageProblem, match=r"is testrail, but another file says testmo"):
        type_of(find(None), "t", NAMES)
    write(Path("c.toml"), "[targets.x]\ntype = 'testrial'\n[targets.testmo]\ntype = 'http'\n")
    with pytest.raises(UsageProblem, match="has no type that testferry knows: 'testrial'") as wrong:
        type_of(find("c.toml"), "x", NAMES)
    assert "did you mean testrail?" in wrong.value.hint
    with pytest.raises(UsageProblem, match="testmo is a service itself"):
        type_of(find("c.toml"), "testmo", NAMES)


@pytest.mark.parametrize("word", ["reports/", "r.xml", "a b", "*.xml"])
def test_a_report_in_a_targets_place_is_told_what_comes_first(word: str) -> None:
    with pytest.raises(UsageProblem, match="stands before the reports") as none:
        type_of((), word, NAMES)
    assert "testferry upload testmo REPORT..." in none.value.hint
    assert "[targets." not in none.value.hint
