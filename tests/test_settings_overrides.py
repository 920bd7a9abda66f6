"""``--set`` gives a hole its value, or a key of the table another one."""

from __future__ import annotations

from typing import Any

import pytest

from testferry.settings.overrides import put

HOLES = repr({"send": {"request": "POST /{set.project}/{set.n|int}"}})


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("project=007", {"set": {"project": "007"}}),
        ("n=5", {"set": {"n": 5}}),
        ("set.any-key=x=y", {"set": {"any-key": "x=y"}}),
        ("batch.max-results=7", {"batch": {"max_results": 7}}),
        ("url=https://x", {"url": "https://x"}),
        ("nothing", {}),
    ],
)
def test_where_a_value_goes(text: str, made: dict[str, Any]) -> None:
    table: dict[str, object] = {}
    put(table, text, HOLES)
    assert table == made


def test_several_values_stand_beside_each_other() -> None:
    table: dict[str, object] = {}
    for text in ("project=a", "n=1", "batch.path=x", "batch.gzip=true"):
        put(table, text, HOLES)
    assert table == {"set": {"project": "a", "n": 1}, "batch": {"path": "x", "gzip": "true"}}


def test_a_value_that_the_table_has_as_a_text_stays_one() -> None:
    """`build = "1"` and `--set build=7` are of one kind: a service may keep 7 and "7" apart."""
    table: dict[str, object] = {"set": {"build": "1", "n": 1}}
    for text in ("set.build=7", "n=7"):
        put(table, text, HOLES)
    assert table == {"set": {"build": "7", "n": 7}}
