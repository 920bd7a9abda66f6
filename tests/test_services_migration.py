"""What another client was told, as a command and as TOML."""

from __future__ import annotations

import tomllib

import pytest

from testferry.services.migration import Migrated, Value, quoted


@pytest.mark.parametrize("text", ["", "a b", 'a"b', "a\\b", "a\nb\x7f", "[x]\n[y]", "ü ✔"])
def test_a_text_is_the_same_text_in_toml(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@pytest.mark.parametrize("value", [True, 7, "x", ["a", 'b"'], {"k=": "v", "l": ""}])
def test_a_table_is_read_back(value: Value) -> None:
    found = Migrated("t", table={"key": value})
    assert tomllib.loads(found.as_toml()) == {"targets": {"t": {"key": value}}}


def test_a_command_is_quoted_for_a_shell() -> None:
    assert Migrated("t", words=["--name", "a b"]).command == "testferry upload t --name 'a b'"
