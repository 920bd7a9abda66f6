"""On which line a key of a TOML text stands."""

from __future__ import annotations

import json
import tomllib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.settings.places import line_at

TEXT = """\
width = 1
tag = '''
width = 2
'''
[targets.a]
width = 3
"batch-size" = 4
batch = { path = 'x', note = "[targets.no]" }
when = 1979-05-27 07:32:00  # [targets.never]
[ targets . "b" ] # another
batch.path = 'y'
[targets.d.send.headers]
X = 'y'
"X.Y" = '''
"z" = 1'''
[[dialects.e.rules]]
status = 429
[[dialects.e.rules]]
status = [ 500,
  # the second
  502, ]
[dialects.e.rules.headers]
"\\u0061" = "\\""
[targets.f]
open = [
  { request = "POST /a", keep = { id = "/id" } },
  { request = "POST /b", json = [
    1, [2,
      3] ] },
]
[targets.e]
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("width",), 1),
        (("tag",), 2),
        (("targets", "a"), 5),
        (("targets", "a", "width"), 6),
        (("targets", "a", "batch-size"), 7),
        (("targets", "a", "batch", "path"), 8),
        (("targets", "a", "when"), 9),
        (("targets", "b"), 10),
        (("targets", "b", "batch", "path"), 11),
        (("targets", "d"), 12),
        (("targets", "d", "send", "headers", "X"), 13),
        (("targets", "d", "send", "headers", "X.Y"), 14),
        (("targets", "d", "send", "headers", "X", "Y"), 14),
        (("dialects", "e", "rules"), 16),
        (("dialects", "e", "rules", "0", "status"), 17),
        (("dialects", "e", "rules", "1"), 18),
        (("dialects", "e", "rules", "1", "status"), 19),
        (("dialects", "e", "rules", "1", "status", "0"), 19),
        (("dialects", "e", "rules", "1", "status", "1"), 21),
        (("dialects", "e", "rules", "1", "headers", "a"), 23),
        (("targets", "f", "open", "0", "keep", "id"), 26),
        (("targets", "f", "open", "1", "request"), 27),
        (("targets", "f", "open", "1", "json", "1", "1"), 29),
        (("targets", "e"), 31),
    ],
)
def test_the_line_of_a_key_or_an_entry(keys: tuple[str, ...], line: int) -> None:
    tomllib.loads(TEXT)  # it is TOML
    assert line_at(TEXT, keys, 3) == line


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("nowhere",), None),
        (("targets", "never"), None),
        (("targets", "no"), None),
        (("targets", "c", "width"), None),
        (("targets", "a", "depth"), None),
        (("targets", "a", "batch", "most"), 8),
        (("targets", "f", "open", "1", "headers", "X"), 27),
        (("targets", "f", "open", "7"), 25),
        (("dialects", "e", "rules", "0", "status", "0"), 17),
    ],
)
def test_of_what_is_not_there_the_nearest_around_it(
    keys: tuple[str, ...], line: int | None
) -> None:
    assert line_at(TEXT, keys, 3) == line


@given(st.text(max_size=80), st.lists(st.text(max_size=9), min_size=1, max_size=3))
def test_the_scan_never_fails(text: str, keys: list[str]) -> None:
    found = line_at(text, tuple(keys), 1)
    assert found is None or 1 <= found <= text.count("\n") + 1


@pytest.mark.parametrize("text", ["a = [ } ]", "[", "a = {", "a.=", "=1", "a", "x = " + "[" * 500])
def test_what_is_no_toml_is_scanned_as_far_as_it_goes(text: str) -> None:
    assert line_at(f"first = 1\n{text}\nlast = 1", ("first",), 1) == 1


as_toml = partial(json.dumps, ensure_ascii=False)
KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)


@given(st.dictionaries(KEYS, st.integers() | st.text(max_size=5), min_size=1, max_size=5))
def test_each_line_of_a_flat_text_is_found(said: dict[str, object]) -> None:
    lines = [f"{as_toml(key)} = {as_toml(value)}" for key, value in said.items()]
    text = "\n".join(["[targets.x]", *lines])
    for number, key in enumerate(said, 2):
        found = line_at(text, ("targets", "x", key), 3)
        assert found is not None
        assert found == number or "." in key
