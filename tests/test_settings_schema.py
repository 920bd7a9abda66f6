"""The JSON Schema is made of the definitions, and holds for every table that is shipped."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from shells import Shell
from testferry.option import key_of
from testferry.services.http import ready
from testferry.settings.options import every_option
from testferry.settings.schema import schema


def fits(value: object, rule: dict[str, Any]) -> bool:
    """As much of JSON Schema as ours has in it."""
    said = [
        "anyOf" not in rule or any(fits(value, each) for each in rule["anyOf"]),
        "enum" not in rule or value in rule["enum"],
        "const" not in rule or value == rule["const"],
        "type" not in rule or _is_one_of(value, rule["type"]),
    ]
    if isinstance(value, dict):
        said.append(_table_fits(value, rule))
    if isinstance(value, list) and "items" in rule:
        said += [fits(each, rule["items"]) for each in value]
    return all(said)


def _is_one_of(value: object, said: str | list[str]) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
        "object": (dict,), "array": (list,),
    }  # fmt: skip
    return any(
        isinstance(value, kinds[each]) for each in ([said] if isinstance(said, str) else said)
    )


def _table_fits(table: dict[str, Any], rule: dict[str, Any]) -> bool:
    names = rule.get("propertyNames", {}).get("enum")
    if names is not None and not set(table) <= set(names):
        return False
    for key, value in table.items():
        inner = rule.get("properties", {}).get(key, rule.get("additionalProperties", {}))
        if inner is False or (isinstance(inner, dict) and not fits(value, inner)):
            return False
    return all(
        fits(table, each["then"])
        for each in rule.get("allOf", [])
        if set(each["if"]["required"]) <= set(table) and fits(table, each["if"])
    )


@pytest.mark.parametrize("name", ready.names())
def test_it_holds_for_every_shipped_table(name: str) -> None:
    assert fits(tomllib.loads(ready.text(name)), schema())


@pytest.mark.parametrize(
    "text",
    [
        "itme = 1",
        '[targets.x]\ntype = "htp"',
        '[targets.x]\ntype = "http"\nsend = { requets = "POST /" }',
        '[targets.x]\ntype = "http"\nanswer = { empty = "maybe" }',
        '[targets.x]\ntype = "http"\nauth = { cookie = "x" }',
        '[targets.x]\ntype = "testmo"\nitem = { a = 1 }',
        '[targets.x]\ntype = "http"\nbatch = { max_result = 3 }',
        "output = 'xml'",
    ],
)
def test_what_is_wrong_does_not_fit(text: str) -> None:
    assert not fits(tomllib.loads(text), schema())


def test_a_command_prints_it(shell: Shell) -> None:
    assert shell("config", "schema") == 0
    assert shell.json == json.loads(json.dumps(schema()))


def test_every_option_that_a_file_may_set_is_there() -> None:
    known = schema()["properties"]
    assert isinstance(known, dict)
    missing = {key_of(name) for name in every_option()} - set(known)
    target = known["targets"]["additionalProperties"]["propertyNames"]["enum"]
    assert missing <= set(target)
