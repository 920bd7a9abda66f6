"""Where a rate is shared, and a proxy: what cannot be used is told when it is read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shells import Shell
from testferry.settings.ways import wrong_budget, wrong_proxy

LONG = "a" * 64


@pytest.mark.parametrize("said", ["auto", "none", "file:all.db"])
def test_a_place_where_a_rate_can_be_shared(said: str) -> None:
    assert wrong_budget(said) is None


@pytest.mark.parametrize("said", ["file:", "redis", "redis:x", "memcache://pw@x", "somewhere:pw"])
def test_a_word_that_names_no_place_quotes_no_password(said: str) -> None:
    wrong = wrong_budget(said)
    assert wrong is not None
    assert "is no place where a rate can be shared" in wrong[0]
    assert "pw" not in "".join(wrong)


@pytest.mark.parametrize(
    "said", ["redis://", "rediss://:pw@h:abc", "redis://a..b", f"redis://{LONG}.b"]
)
def test_what_is_no_server_is_told_without_its_password(said: str) -> None:
    wrong = wrong_budget(said)
    assert wrong is not None
    assert wrong[0] == "is no address of a Redis server"
    assert "pw" not in "".join(wrong)


def test_a_server_can_be_used_with_the_extra_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redis")
    assert wrong_budget("rediss://:pw@cache.example/1") is None
    monkeypatch.setitem(sys.modules, "redis", None)
    wrong = wrong_budget("redis://cache.example")
    assert wrong is not None
    assert "testferry[redis]" in wrong[1]


@pytest.mark.parametrize("said", ["http://u:p@proxy.example:8080", "proxy:3128", "https://[::1]:1"])
def test_a_proxy(said: str) -> None:
    assert wrong_proxy(said) is None


@pytest.mark.parametrize(
    "said", ["ftp://x", "http://", "http://a..b", f"{LONG}:1", "x:99999", "[::1"]
)
def test_no_proxy(said: str) -> None:
    assert wrong_proxy(said) is not None


def test_one_of_socks_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testferry.settings.ways.find_spec", lambda _name: None)
    assert wrong_proxy("socks5://h:9") is not None
    monkeypatch.setattr("testferry.settings.ways.find_spec", lambda name: name)
    assert wrong_proxy("socks5://h:9") is None


SAYINGS = [
    'budget = "memcache://x"',
    'budget = "file:"',
    'budget = "redis://"',
    'proxy = "ftp://x"',
    'proxy = "http://a..b"',
    "max-time = 0",
]


@pytest.mark.parametrize("said", SAYINGS)
def test_every_command_gives_the_same_answer(shell: Shell, said: str) -> None:
    table = f'[targets.r]\ntype = "testrail"\nproject = "Demo"\n{said}\n'
    Path("c.toml").write_text(table)
    key = said.partition(" ")[0]
    for words in (
        ("upload", "r", "r.xml"),
        ("run", "create", "r"),
        ("run", "complete", "r", "--run-id", "5"),
        ("doctor", "r"),
        ("budget", "r"),
        ("config", "show", "r"),
        ("targets", "show", "r"),
    ):
        assert shell(*words, "--config", "c.toml") == 2, words
        assert f"c.toml, line 4: {key}" in shell.err


@pytest.mark.parametrize("host", ["example..testrail.io", f"{LONG}.testrail.io"])
def test_a_name_that_no_host_can_have_is_told_at_once(shell: Shell, host: str) -> None:
    for words in (
        ("upload", "testrail", "r.xml"),
        ("run", "create", "testrail"),
        ("doctor", "testrail"),
    ):
        assert shell(*words, "--project", "Demo", "--url", f"https://{host}") == 2
        assert f"no host can be called '{host}'" in shell.err


def test_the_environments_proxy_is_one_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pw@a..b:1")
    place = ("testmo", "--project-id", "1", "--url", "https://a.example")
    for words in (("upload", *place, "r.xml"), ("run", "create", *place), ("doctor", *place)):
        assert shell(*words) == 2
        assert "the proxy" in shell.err
        assert "pw" not in shell.err
