"""``config show``: every setting with its value, and where it comes from; no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from shells import TOKEN, Shell


def test_every_setting_has_a_value_and_an_origin(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "testferry.toml").write_text(
        "width = 3\n[targets.t]\ntype = 'testmo'\nproject-id = 7\ntag = ['a', 'b']\n"
    )
    monkeypatch.setenv("TESTFERRY_RATE", "60/min")
    assert shell("config", "show", "t", "--settle", "5s", "--output", "json") == 0
    document = shell.json
    assert document["schema"] == "testferry.config/1"
    assert (document["target"], document["type"]) == ("t", "testmo")
    assert document["files"] == [{"path": "testferry.toml", "source": "project's file"}]
    found = {setting["name"]: setting for setting in document["settings"]}
    assert found["width"] == {
        "name": "width", "value": 3, "source": "project's file",
        "origin": "testferry.toml, line 1: width", "variable": "TESTFERRY_WIDTH",
    }  # fmt: skip
    assert (found["settle"]["value"], found["settle"]["origin"]) == (5.0, "--settle")
    assert found["rate"]["value"] == ["60/60s"], "as it is written"
    assert found["tag"]["value"] == ["a", "b"]
    assert found["name"]["origin"] == "the folder's name"
    assert found["in-doubt"]["source"] == "default"
    assert found["token"]["value"] == "***"
    assert found["token"]["origin"] == "$TESTMO_TOKEN"
    assert TOKEN not in shell.out + shell.err


def test_as_a_table_without_a_target_and_with_none_of_that_name(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTFERRY_PROXY", f"http://me:{TOKEN}@proxy.example:1")
    monkeypatch.delenv("TESTMO_TOKEN")
    assert shell("config", "show") == 0
    assert "http://***@proxy.example:1" in shell.out
    assert TOKEN not in shell.out + shell.err
    assert shell("config", "show", "testmo") == 0
    assert "there is no token for testmo" in shell.out
    assert shell("config", "show", "nowhere") == 2
    assert shell("config", "show", "http") == 0
    assert "max_results=500" in shell.out
    assert shell.sandbox.requests == 0


def test_what_is_wrong_is_shown_and_told_as_every_command_tells_it(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "c.toml").write_text(
        "[targets.t]\ntype = 'testmo'\nwidth = 'wide'\nurl = 'https://a.example/?key=SEKRET5f3a'\n"
    )
    words = ("config", "show", "t", "--config", "c.toml")
    assert shell(*words, "--output", "json") == 2
    assert "error: c.toml, line 3: width 'wide' is no number" in shell.err
    document = shell.json
    found = {setting["name"]: setting for setting in document["settings"]}
    assert found["width"]["value"] == "wide"
    assert document["problem"] == "c.toml, line 3: width 'wide' is no number"
    assert shell(*words) == 2
    assert "wide" in shell.out
    assert "SEKRET" not in shell.out + shell.err, "nor what a wrong address holds"
    assert shell("config", "show", "testmo", "--output", "xml") == 2
    assert "--output 'xml' is not known" in shell.err
    assert "setting" in shell.out


def test_defaults_are_shown_as_help_names_them(shell: Shell) -> None:
    assert shell("config", "show", "testrail", "--output", "json") == 0
    found = {setting["name"]: setting for setting in shell.json["settings"]}
    assert (found["batch-bytes"]["value"], found["batch-bytes"]["origin"]) == (1_000_000, "default")
    assert found["rate-share"]["value"] == 0.8
    assert found["status"]["value"]["failed"] == "5"
    assert found["rate"]["value"] == "as the dialect has it"
    assert shell.json["problem"] is None
    assert shell("config", "show", "sandbox", "--server-rate", "none") == 0
    assert "none" in shell.out


def test_values_are_shown_as_one_types_them(shell: Shell) -> None:
    assert shell("config", "show", "testmo") == 0
    rows = dict(line.split(maxsplit=1) for line in shell.out.splitlines())
    assert rows["settle"].startswith("90s ")
    assert rows["batch-bytes"].startswith("1 MB ")
    assert shell("config", "show", "testmo", "--output", "json") == 0
    values = {one["name"]: one["value"] for one in shell.json["settings"]}
    assert (values["settle"], values["batch-bytes"]) == (90.0, 1_000_000)
