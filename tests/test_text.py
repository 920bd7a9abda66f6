from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammars import commands
from testferry.text import (
    clean,
    count,
    first_line,
    id_of,
    inert_json,
    inert_xml,
    listed,
    normal,
    seconds,
    shorten,
    steady,
    whole_number,
    without_passwords,
)

# What the Unicode Character Database calls Default_Ignorable_Code_Point, but for the two that say
# how an emoji is drawn, and the interlinear annotations.
IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
DANGEROUS = re.compile(
    "[\x00-\x09\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


@given(st.text())
def test_no_text_keeps_a_control_character(text: str) -> None:
    assert not DANGEROUS.search(clean(text))


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"])))
def test_harmless_text_is_left_alone(text: str) -> None:
    if not commands(text) and not IGNORABLE.search(text) and "::" not in text:
        assert clean(text) == text


def _github_command(line: str) -> bool:
    """The runner's grammar (actions/runner ActionCommand.cs): `::name` at the start, `##[name]`
    anywhere.
    """
    return line.lstrip().startswith("::") or bool(re.search(r"##\[[^\]]*\]", line))


@given(st.text(alphabet=st.one_of(st.characters(), st.characters(categories=["Cf", "Lo", "Mn"]))))
def test_what_is_shown_as_nothing_is_shown(text: str) -> None:
    assert not IGNORABLE.search(clean(text))


def test_an_emoji_is_drawn_as_it_was_meant() -> None:
    assert clean("✔\ufe0f ❤\ufe0f 1\ufe0f\u20e3") == "✔\ufe0f ❤\ufe0f 1\ufe0f\u20e3"
    assert clean("a\ufe0fb\ufe0e") == "a\\ufe0fb\\ufe0e"


HOSTILE = st.lists(
    st.sampled_from(
        [
            "#",
            "##",
            "[",
            "vso[",
            "teamcity[",
            "::",
            ":",
            "error",
            "]",
            "---",
            "+",
            "~~~",
            "section_start:1:x",
            "^^^+++",
            "x",
        ]
    ),
    max_size=8,
).map("".join)


@given(HOSTILE)
def test_no_runner_finds_a_command_in_what_is_shown(text: str) -> None:
    for shown in (clean(text), clean(text, one_line=False)):
        assert not commands(shown), shown
        assert "\x1b" not in shown


@given(HOSTILE)
def test_a_document_without_commands_is_the_same_document(text: str) -> None:
    made = inert_json(json.dumps({text: [text]}))
    assert json.loads(made) == {text: [text]}
    assert not commands(made)
    markup = f"<a>{escape(text.translate({27: None}))}</a>"
    made = inert_xml(markup)
    assert ET.fromstring(made).text == ET.fromstring(markup).text
    assert not [
        found for found in commands(made) if not found.startswith(("---", "+", "~", "^", "section"))
    ]


@pytest.mark.parametrize(
    "payload",
    [
        "::error::gone",
        "  ::set-output name=x::y",
        "a\n::stop-commands::x",
        "##[error]gone",
        "text ##[command]rm",
        "##vso[task.setvariable variable=x]y",
        "##VSO[task.complete]",
        "##teamcity[testFailed name='x']",
        "section_start:1:x\r\x1b[0K",
        "\x1b]52;c;aGk=\x07",
        "\u202egnp.exe",
        ":::error::x",
    ],
)
@pytest.mark.parametrize("one_line", [True, False])
def test_no_ci_system_reads_a_command(payload: str, one_line: bool) -> None:
    shown = clean(payload, one_line=one_line)
    for line in shown.splitlines():
        assert not _github_command(line)
        assert "##vso[" not in line.lower()
        assert "##teamcity[" not in line.lower()
        assert "section_start:" not in line
        assert "\x1b" not in line


@given(st.text(max_size=400), st.integers(1, 300))
def test_shortened_text_fits_and_keeps_its_ends(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    if len(text) <= limit:
        assert short == text
    elif limit > 120:
        assert short.startswith(text[:20])
        assert short.endswith(text[-10:])
        assert "left out by testferry" in short


def test_words_for_people() -> None:
    assert count(1, "result") == "1 result"
    assert count(1200, "result") == "1,200 results"
    assert [seconds(one) for one in (0.42, 12.4, 60, 200, 3600, 7500)] == [
        "0.4 s",
        "12 s",
        "1 min",
        "3 min 20 s",
        "1 h",
        "2 h 5 min",
    ]
    assert first_line("\n  \n  hello \nworld") == "hello"
    assert first_line("x" * 300, 10) == "x" * 9 + "…"
    assert first_line("") == ""
    assert normal("e\u0301") == "é"
    assert normal("plain") == "plain"


def test_names_without_what_differs_from_run_to_run() -> None:
    assert steady("p[java.lang.Object@68d279ec]") == "p[java.lang.Object@…]"
    assert steady("<object at 0x7f3a2c1b>") == "<object at 0x…>"
    assert steady("a@example.com 0x1") == "a@example.com 0x1"


@pytest.mark.parametrize(
    "text",
    [
        "Unknown scheme for proxy URL URL('bob:hunter2@proxy:80')",
        "http://bob:hunter2@proxy",
        "http://bob:a@b/hunter2@proxy",
        "x bob:hunter2@proxy",
    ],
)
def test_passwords_of_addresses_are_taken_out(text: str) -> None:
    assert "hunter2" not in without_passwords(text)
    assert "proxy" in without_passwords(text)
    assert without_passwords("mail me@example.com at 12:30") == "mail me@example.com at 12:30"


def test_what_stands_between_commas() -> None:
    assert listed(" A-1,, B 2 ,") == ["A-1", "B 2"]
    assert listed(" , ") == []


def test_only_plain_digits_are_a_number() -> None:
    assert [whole_number(text) for text in ("0", "12", "007")] == [0, 12, 7]
    for text in ("", "²", "١", "-1", "1.0", " 1", "1_0", "9" * 19):
        assert whole_number(text) is None


def test_an_id_is_a_number_only_if_it_is_written_as_one() -> None:
    known = {"7": 7, "007": "007", "²": "²", "": None, "a-b": "a-b", "9" * 19: "9" * 19}
    assert {text: id_of(text) for text in known} == known
