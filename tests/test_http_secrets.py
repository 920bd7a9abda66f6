"""A token that a table sends its own way is in the request, and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from shells import TOKEN, Shell
from sink import Said, Sink, describe, each
from testferry import __version__


def test_a_token_in_the_query_is_in_the_request_and_nowhere_else(
    sink: Sink, shell: Shell, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    describe(tmp_path, 'auth = { query = "api_key" }\nsend = { request = "POST /x?a=1" }')
    # The service says the whole address back, in an error that no `answer` explains.
    sink.answers = lambda seen: Said(207, {"path": seen.path, "errors": [seen.path]})
    assert shell("upload", "sink", "r.xml", "--rate", "none", "-vv") == 6, shell.err
    assert sink.seen[0].path == f"/bulk/x?a=1&api_key={TOKEN}"
    assert "authorization" not in sink.seen[0].headers
    said = shell.out + shell.err
    assert "***" in said
    assert TOKEN not in said + caplog.text
    for path in (tmp_path / "home").rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path


def test_who_asks_says_its_name_and_version(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    """Whoever runs a service looks for it in a log, when something goes wrong."""
    describe(tmp_path, "")
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0
    assert sink.seen[0].headers["user-agent"] == f"testferry/{__version__}"


def test_a_service_that_says_the_token_back_is_not_heard_with_it(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, 'answer = { items = "/rows", failed = "/error" }')
    sink.answers = each(200, {"rows": [{"error": f"no {TOKEN}"}, {"error": f"not {TOKEN}"}]})
    assert shell("upload", "sink", "r.xml", "--rate", "none", "--output", "json") == 6
    assert [row["reason"] for row in shell.json["refused"]] == ["no ***", "not ***"]


def test_no_token_is_asked_for_or_sent_where_there_is_none(
    sink: Sink, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(tmp_path, "auth = { none = true }")
    monkeypatch.delenv("TESTFERRY_TOKEN")
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0, shell.err
    assert "authorization" not in sink.seen[0].headers


@pytest.mark.parametrize("auth", ['{ header = "X-API-Key: {token}" }', '{ query = "k" }'])
def test_a_table_that_sends_a_token_needs_one_whatever_its_dialect_says(
    sink: Sink, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    describe(
        tmp_path,
        f'auth = {auth}\ndialect = "open"\n[dialects.open]\nextends = "nestjs"\nauth = "none"',
    )
    monkeypatch.delenv("TESTFERRY_TOKEN")
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 2
    assert "TESTFERRY_TOKEN" in shell.err
    assert not sink.seen


@pytest.mark.parametrize(
    "auth",
    ['{ query = "a&b" }', "{ bearer = false }", "{ none = 1 }", '{ cookie = "x" }'],
)
def test_a_way_that_is_none_is_told_and_nothing_sent(
    sink: Sink, shell: Shell, tmp_path: Path, auth: str
) -> None:
    describe(tmp_path, f"auth = {auth}")
    assert shell("upload", "sink", "r.xml") == 2
    assert "auth" in shell.err
    assert not sink.seen
