from __future__ import annotations

import json
from pathlib import Path

from conftest import FIXTURES
from fakes import of
from testferry.model import ReportSummary, Status
from testferry.reports import find, read


def test_allure_attempts_and_broken_files(tmp_path: Path) -> None:
    folder = tmp_path / "allure-results"
    folder.mkdir()
    for at, status in enumerate(("failed", "passed")):
        document = {
            "uuid": str(at),
            "historyId": "h",
            "name": "t",
            "status": status,
            "start": at * 1000,
            "stop": at * 1000 + 500,
        }
        (folder / f"{at}-result.json").write_text(json.dumps(document))
    (folder / "2-result.json").write_text("{")
    found = find([str(tmp_path)])
    assert [source.path for source in found.sources] == [str(folder)]
    summary = ReportSummary("a")
    results = list(read(found.sources[0], summary))
    assert [(one.status, one.attempts, one.flaky, one.elapsed) for one in results] == [
        (Status.PASSED, 2, True, 0.5)
    ]
    assert "2-result.json" in summary.problems[0].message
    assert len(of((folder / "0-result.json").read_bytes())[0]) == 1
    (folder / "0-result.json").write_text("[]")
    assert [source.path for source in find([str(folder)]).sources] != [str(folder)]


def test_other_parameters_are_another_test_and_fixtures_that_failed_are_told(
    tmp_path: Path,
) -> None:
    common = {"historyId": "h", "name": "t", "fullName": "t", "stop": 1}
    for at, (user, status) in enumerate((("admin", "failed"), ("guest", "passed"))):
        document = {
            **common,
            "uuid": str(at),
            "status": status,
            "parameters": [{"name": "user", "value": user}],
        }
        (tmp_path / f"{at}-result.json").write_text(json.dumps(document))
    excluded = {**common, "uuid": "2", "status": "passed", "stop": 2, "parameters": [
        {"name": "user", "value": "guest"}, {"name": "seed", "value": "7", "excluded": True}]}  # fmt: skip
    (tmp_path / "2-result.json").write_text(json.dumps(excluded))
    after = {"name": "close", "status": "broken", "statusDetails": {"message": "no db"}}
    (tmp_path / "3-container.json").write_text(json.dumps({"children": ["1"], "afters": [after]}))
    summary = ReportSummary("a")
    found = list(read(find([str(tmp_path)]).sources[0], summary))
    assert [(str(one.status), one.attempts, one.synthetic) for one in found] == [
        ("failed", 1, False),
        ("passed", 2, False),
        ("error", 1, True),
    ]
    assert found[2].message == "no db"


def test_a_fixture_whose_failure_a_test_shows_is_told_once() -> None:
    summary = ReportSummary("a")
    folder = str(FIXTURES / "reports/allure/pytest-teardown")
    found = list(read(find([folder]).sources[0], summary))
    assert sorted(str(one.status) for one in found) == ["error", "passed"]
    assert not summary.problems
