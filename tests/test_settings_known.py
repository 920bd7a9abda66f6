"""What a checkout names is compared with what this user named before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.settings.address import check_known, shown
from testferry.settings.files import Source, journal_folder
from testferry.settings.known import remember, remembered
from testferry.settings.read import Origin

PROJECT = Origin(Source.PROJECT, "testferry.toml, line 1: url")
URL = "https://a.example"


def test_a_token_goes_to_no_address_that_only_a_project_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = service_of("testmo")
    with pytest.raises(UsageProblem, match="gets no token") as problem:
        check_known(URL, service, "t", PROJECT)
    assert f"--url {URL}" in problem.value.hint
    assert check_known("http://127.0.0.1:9", service, "t", PROJECT) == ""
    nobodys = check_known("https://a.invalid", service, "t", PROJECT)
    assert nobodys == "", "no host has such a name"
    with pytest.raises(UsageProblem):
        check_known("https://a.invalid.example", service, "t", PROJECT)
    monkeypatch.setenv("CI", "true")
    assert "the token is sent there" in check_known(URL, service, "t", PROJECT)
    monkeypatch.delenv("CI")
    monkeypatch.setenv("JENKINS_URL", "x")
    assert check_known(URL, service, "t", PROJECT)
    monkeypatch.delenv("JENKINS_URL")
    with pytest.raises(UsageProblem):
        check_known(URL, service, "t", PROJECT)
    assert check_known(URL, service, "t", Origin(Source.LINE, "--url")) == ""
    assert check_known(URL, service, "t", PROJECT) == ""
    with pytest.raises(UsageProblem):
        check_known(URL, service_of("testrail"), "t", PROJECT)
    with pytest.raises(UsageProblem):
        check_known(f"{URL}.evil.example", service, "t", PROJECT)


def test_a_list_that_others_can_write_says_nothing() -> None:
    assert not remembered("testmo", URL)
    remember("testmo", URL)
    remember("testmo", URL)
    path = journal_folder() / "addresses"
    assert path.read_text() == f"testmo {URL}\n"
    assert path.stat().st_mode & 0o077 == 0
    assert remembered("testmo", URL)
    path.chmod(0o666)
    assert not remembered("testmo", URL)


def test_without_a_place_for_the_list_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "file"))
    remember("testmo", URL)
    assert os.path.isfile(tmp_path / "file")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://u:pa ss@a.example/x", "https://***@a.example/x"),
        ("https://u:p/w@a.example", "https://***@a.example"),
        ("https://a.example/x?api_key=y", "https://a.example/x"),
        ("u:p@a.example", "***@a.example"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, said: str) -> None:
    assert shown(url) == said
