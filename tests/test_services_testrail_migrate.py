"""Configuration files of trcli."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.services.testrail.migrate import migrate


def test_every_key_is_heeded_or_told(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(
        "---\nproject: A: b\nsuite_name: S\ncase_matcher: property\nclose_run: false\n"
        "auto_create_cases_yes: yes\ncase_fields:\n  - type_id:1\n  - 'priority_id:2'\n"
        "result_fields:\n  version: 1.2\ncase_result_statuses:\n  passed: 1\n  odd: 9\n"
        "silent: true\n? odd\nfile: a.xml\npassword: p\n"
    )
    found = migrate(str(tmp_path / "c.yml"))
    assert found.words == [
        "--project", "A: b", "--suite", "S", "--match", "id", "--create-missing",
        "--case-field", "type_id=1", "--case-field", "priority_id=2",
        "--result-field", "version=1.2", "--status", "passed=1", "a.xml",
    ]  # fmt: skip
    assert found.table["case-field"] == {"type_id": "1", "priority_id": "2"}
    assert "close-run" not in found.table
    notes = " ".join(found.notes)
    assert "c.yml, line 16 is not understood: ? odd" in notes
    assert "silent has no counterpart" in notes
    assert "password: set TESTRAIL_KEY" in notes


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        migrate(str(tmp_path / "none.yml"))
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageProblem, match="is no text"):
        migrate(str(tmp_path / "b.yml"))


def test_without_a_file_the_report_is_named_as_one_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("project: A\n")
    assert migrate(str(tmp_path / "c.yml")).words == ["--project", "A", "REPORT"]
