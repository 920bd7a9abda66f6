"""The pages of help."""

from __future__ import annotations

import pytest

from shells import Shell
from testferry.services import services


@pytest.mark.parametrize("width", ["80", "100"])
@pytest.mark.parametrize("target", [service.name for service in services()])
def test_the_page_of_a_target_fits_and_the_long_one_has_everything(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, width: str, target: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert shell("upload", target, "--help") == 0
    page = shell.out
    lines = page.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 100
    order = [page.index(f"{title}:") for title in ("Examples", "Most used", "Where", "Environment")]
    assert order == sorted(order)
    assert "--help-all lists" in page
    assert "TESTFERRY_<OPTION>" in page
    assert "--settle" not in page
    assert shell("upload", target, "--help-all") == 0
    assert "--settle DURATION" in shell.out
    assert "TESTFERRY_SETTLE" in shell.out
    assert "--help-all lists" not in shell.out


def test_what_is_used_most_stands_first(shell: Shell) -> None:
    assert shell("upload", "testmo", "--help") == 0
    first = shell.out.partition("Most used:")[2].splitlines()[1:4]
    assert [line.split()[0] for line in first] == ["--project-id", "--name", "--run-id"]
    assert "TESTMO_URL" in shell.out
    assert "TESTMO_TOKEN" in shell.out
    assert shell("upload", "testrail", "--help") == 0
    assert "TESTRAIL_USER" in shell.out


def test_a_short_list_is_shown_as_it_is(shell: Shell) -> None:
    assert shell("explain", "--help") == 0
    assert "Environment:" not in shell.out
    assert "--header" in shell.out
