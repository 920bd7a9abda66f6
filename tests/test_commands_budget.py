"""``budget`` from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from servers import redis_server
from shells import Shell


def test_what_an_upload_took_is_shown_until_it_counts_no_more(shell: Shell) -> None:
    assert shell.upload("r.xml", "--rate", "60/min") == 0
    assert shell("budget") == 0
    assert "this one" in shell.out
    assert shell.sandbox.url in shell.out
    assert shell("budget", "testmo", "--rate", "60/min") == 0
    assert "4 of the 48 requests that may leave in 1 min are taken" in shell.out
    assert shell("budget", "testmo", "--rate", "60/min", "--output", "json") == 0
    found = shell.json
    assert (found["schema"], found["limit"], found["window_s"]) == ("testferry.budget/1", 48, 60.0)
    (held,) = found["held"]
    assert (held["process"], held["answered"], held["in_flight"]) == (os.getpid(), 4, 0)
    assert held["until"] > 1e9


def test_another_file_and_none(shell: Shell) -> None:
    assert shell("budget", "--budget", "file:elsewhere.db") == 0
    assert "0 requests in the last 1 min" in shell.out
    assert shell("budget", "--budget", "none") == 0
    assert shell("budget", "testmo", "--url", "https://other.example") == 0
    assert shell("budget", "nowhere") == 2


def test_a_fleets_server_tells_who_holds_what(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server(tmp_path) as server:
        monkeypatch.setenv("TESTFERRY_BUDGET", server.url)
        assert shell.upload("r.xml", "--rate", "60/min") == 0
        assert shell("budget", "testmo", "--rate", "60/min", "--output", "json") == 0
        (held,) = shell.json["held"]
        assert (held["process"], held["answered"], held["in_flight"]) == (os.getpid(), 4, 0)
        assert held["host"]
        assert shell("budget") == 0
        assert held["host"] in shell.out
    assert shell("budget") == 75
    assert "does not answer" in shell.err
