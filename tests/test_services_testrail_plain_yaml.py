"""YAML as trcli's configuration has it, and what is refused of it."""

from __future__ import annotations

import pytest

from testferry.services.testrail.plain_yaml import Said, Unreadable, read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b", {"a": "b"}),
        ("a:", {"a": ""}),
        ("a: ~\nb: null", {"a": "", "b": ""}),
        ("a: b # c", {"a": "b"}),
        ("a: b#c", {"a": "b#c"}),
        ("# c\n\na: 'b # c'  # d", {"a": "b # c"}),
        ("a: 'it''s a # b'", {"a": "it's a # b"}),
        ('a: "x \\"y\\" \\n \\q # z"', {"a": 'x "y" \n \\q # z'}),
        ("'a b': c", {"a b": "c"}),
        ("a: https://x:80/y?z", {"a": "https://x:80/y?z"}),
        ("a: b\n---\na: c\n...\nd: e", {"a": "c", "d": "e"}),
        ("a:\n- b\n- 'c:1'\nd: e", {"a": ["b", "c:1"], "d": "e"}),
        ("a:\n  - b:1\n  -\n", {"a": ["b:1", ""]}),
        ("a:\n  b: 1\n  c: 'd'\n", {"a": {"b": "1", "c": "d"}}),
        ("a: [b, 'c, d', ]", {"a": ["b", "c, d"]}),
        ("a: []\nb: {}", {"a": [], "b": {}}),
        ('a: {b: c, d: "e, f"}', {"a": {"b": "c", "d": "e, f"}}),
        ("", {}),
    ],
)
def test_what_is_read(text: str, said: dict[str, Said]) -> None:
    assert read(text, "f") == said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", "line 1 is no `key: value`"),
        ("- a", "line 1 is no `key: value`"),
        ("a: b\n  c: d", "line 2 is indented below a value"),
        ("  a: b", "line 1 is indented, and belongs to nothing"),
        ("a:\n\tb: c", "line 2 is indented by a tab"),
        ("a:\n  b: c\n    d: e", "line 3 stands at an odd place"),
        ("a:\n  b: c\n  - d", "line 3 stands at an odd place"),
        ("a: 'b", "line 1 has a quote that is not closed"),
        ("a: b: c", "line 1 has a colon in its text: put it in quotes"),
        ("a: [b", "line 1 has no ]"),
        ("a: [[b]]", "line 1 is deeper than is read here"),
        ("a: [[b], c]", "line 1 is deeper"),
        ("a: *b", "line 1 has a text that begins with *"),
        ("a: |\n  b", "line 2 is indented below a value"),
        ("a: !x b", "line 1 has a text that begins with !"),
    ],
)
def test_what_is_refused_has_its_line(text: str, words: str) -> None:
    with pytest.raises(Unreadable) as problem:
        read(text, "f.yml")
    assert problem.value.message.startswith(f"f.yml, {words}")
    assert "`key: value`" in problem.value.hint
