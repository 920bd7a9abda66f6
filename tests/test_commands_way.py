"""The way from settings to a service."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.commands.way import destination_of, embedded, faults_of, service_of_settings
from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.settings.files import find
from testferry.settings.options import COMMON, records_of_upload
from testferry.settings.read import Given, Settings, settings_of


def _settings(kind: str, line: dict[str, str]) -> Settings:
    service = service_of(kind)
    records = records_of_upload(service.options, embedded=service.embedded)
    return settings_of(Given(line, {}, find(None)), records, "t", service)


def test_only_the_sandbox_is_served_by_ourselves() -> None:
    assert embedded(_settings("testmo", {})) is None
    assert embedded(_settings("sandbox", {})) is not None


def test_a_destination_is_where_and_how() -> None:
    url = "https://example.testmo.net"
    found = destination_of(_settings("testmo", {"url": url, "project_id": "7"}))
    assert (found.name, found.service.name, found.whereto.url) == ("t", "testmo", url)
    assert found.options["project_id"] == 7


def test_without_a_target_there_is_no_service() -> None:
    with pytest.raises(TypeError, match="about no target"):
        service_of_settings(settings_of(Given(), COMMON))


def test_a_fault_that_there_is_not_is_told_with_its_place(tmp_path: Path) -> None:
    text = "[targets.t]\ntype = 'sandbox'\nfault = ['append: 500 once',\n'wat']\n"
    (tmp_path / "testferry.toml").write_text(text)
    with pytest.raises(UsageProblem, match=r"testferry\.toml, line 4: no fault: 'wat'"):
        embedded(_settings("sandbox", {}))
    settings = _settings("sandbox", {})
    assert faults_of(settings, ()).faults == []


def test_an_id_that_is_an_address_is_of_the_service_that_is_meant() -> None:
    said = {"url": "https://x.testrail.io", "project": "1"}
    for word, problem in (
        ("https://x.testrail.io:443/index.php?/runs/view/12", ""),
        ("R12", ""),
        ("https://y.testrail.io/index.php?/runs/view/12", "is an address of y.testrail.io"),
    ):
        settings = _settings("testrail", {**said, "run_id": word})
        if not problem:
            assert destination_of(settings).options["run_id"] == "12"
            continue
        with pytest.raises(UsageProblem, match=problem):
            destination_of(settings)
