"""What another client was told, as a command and as TOML."""

from __future__ import annotations

import shlex
import subprocess
import tomllib

import pytest

from testferry.errors import UsageProblem
from testferry.services.migration import Migrated, Value, options_of_line, quoted, words_of


@pytest.mark.parametrize("text", ["", "a b", 'a"b', "a\\b", "a\nb\x7f", "[x]\n[y]", "ü ✔"])
def test_a_text_is_the_same_text_in_toml(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}


@pytest.mark.parametrize("value", [True, 7, "x", ["a", 'b"'], {"k=": "v", "l": ""}])
def test_a_table_is_read_back(value: Value) -> None:
    found = Migrated("t", table={"key": value})
    assert tomllib.loads(found.as_toml()) == {"targets": {"t": {"key": value}}}


def test_a_command_is_quoted_for_a_shell() -> None:
    found = Migrated("t", words=["--name", "a b"], reports=["x y"], behind=["make", "a&b"])
    assert found.command == "testferry upload t --name 'a b' 'x y' -- make 'a&b'"
    assert Migrated("t").command == "testferry upload t REPORT"
    assert Migrated("t", "run create").command == "testferry run create t"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('"$WHO x"', "me x"),
        ('"a \\"b\\" ${WHO}"', 'a "b" me'),
        ("'`date` $1 \\ '\"$WHO\"", "`date` $1 \\ me"),
        ("'no variable $1'", "no variable $1"),
        ('"$(printf x)"', "x"),
    ],
)
def test_a_variable_is_filled_in_when_it_is_pasted(said: str, meant: str) -> None:
    (word,), _ = words_of(f"client {said}", "client")
    line = f"printf %s {Migrated('t', of_shell=True).word(word)}"
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, check=True, env={"WHO": "me"}
    )
    assert done.stdout == meant
    assert shlex.split(Migrated("t").word(word)) == [word], "of a file nothing is filled in"


def test_a_file_fills_in_no_variables() -> None:
    found = Migrated("t", of_shell=True)
    found.option("source", "$WHO")
    found.each("tag", ["a", "${WHO}"])
    found.pairs("field", {"a": "$WHO"})
    found.pairs("field", {"b": "c"})
    assert found.table == {"field": {"b": "c"}}
    assert [note.split()[0] for note in found.notes] == ["--source", "--tag", "--field"]
    assert found.words.count("--tag") == 2


@pytest.mark.parametrize(
    ("line", "words", "notes"),
    [
        ("client a b", ["a", "b"], 0),
        ("a b", ["a", "b"], 0),
        ("npx @testmo/client-cli@1.5 a", ["a"], 0),
        ("TOKEN=x A=1 ./bin/client a \\\n b", ["a", "b"], 2),
        ("client a -- npm && x | y", ["a", "--", "npm", "&&", "x", "|", "y"], 0),
        ("client a | tee b", ["a"], 1),
        ("client a && echo ok", ["a"], 1),
    ],
)
def test_the_words_of_a_line(line: str, words: list[str], notes: int) -> None:
    found, told = words_of(line, "client")
    assert (found, len(told)) == (words, notes)


def test_a_line_that_cannot_be_taken_apart() -> None:
    with pytest.raises(UsageProblem, match="cannot be taken apart"):
        words_of("client 'a", "client")


def test_options_with_none_one_and_many_values() -> None:
    words = ["--on", "a", "--one=x=y", "--one", "b", "c", "--many", "d", "-5", "--on", "--one"]
    assert list(options_of_line(words, frozenset({"--on"}), frozenset({"--many"}))) == [
        ("--on", []),
        ("a", []),
        ("--one", ["x=y"]),
        ("--one", ["b"]),
        ("c", []),
        ("--many", ["d", "-5"]),
        ("--on", []),
        ("--one", []),
    ]


def test_no_password_of_a_proxy_is_printed() -> None:
    found = Migrated("testrail", of_shell=True)
    for value in ("http://me:hunter2@proxy:80", "me:hunter2@proxy:80"):
        found.option("proxy", value)
    assert found.notes[0] == found.notes[1]
    assert "HTTPS_PROXY=http://USER:PASSWORD@proxy:80" in found.notes[0]
    assert "hunter2" not in f"{found}"
    found.option("proxy", "http://me:$PASSWORD@proxy:80")
    found.option("proxy", "http://proxy:80")
    assert found.command.count("--proxy") == 2
