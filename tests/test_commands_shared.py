"""What several commands do alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testferry.commands.shared import flags_of, show_json
from testferry.settings.options import Ending


def test_the_json_document_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"name": "größer"})
    said = capsys.readouterr().out
    assert said.isascii()
    assert said.count("\n") == 1
    assert json.loads(said) == {"name": "größer"}


def test_a_reader_that_went_away_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", gone)
    show_json({})


def test_what_the_user_said_about_the_exit_code_is_all_that_counts_there() -> None:
    flags = flags_of(Ending(exit_zero=True, fail_on_failed_tests=True), dry_run=True)
    assert flags.exit_zero
    assert flags.fail_on_failed_tests
    assert flags.dry_run
    assert not flags.allow_empty
