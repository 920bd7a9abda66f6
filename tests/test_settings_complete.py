"""Arguments whose words a shell can complete."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from testferry.settings.complete import (
    report_argument,
    target_argument,
    target_names,
    unfinished_arguments,
    upload_argument,
    upload_arguments,
)


def words(argument: click.Argument, begun: str) -> list[str]:
    context = click.Context(click.Command("c", params=[argument]))
    return [item.value for item in argument.shell_complete(context, begun)]


def test_targets(tmp_path: Path) -> None:
    assert words(target_argument(), "testr") == ["testrail"]
    (tmp_path / "testferry.toml").write_text("[targets.mine]\ntype = 'http'\n")
    assert words(target_argument(), "m") == ["mine"]
    (tmp_path / "testferry.toml").write_text("= 1")
    assert "testmo" in target_names()


def test_uploads_of_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert words(unfinished_arguments(), "") == []
    assert words(upload_arguments(), "") == []
    (tmp_path / "j").write_text("")
    monkeypatch.setenv("TESTFERRY_JOURNAL", str(tmp_path / "j"))
    assert words(upload_argument(), "") == []


def test_reports_are_files() -> None:
    argument = report_argument()
    context = click.Context(click.Command("c", params=[argument]))
    assert [item.type for item in argument.shell_complete(context, "re")] == ["file"]
