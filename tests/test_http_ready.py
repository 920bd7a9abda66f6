"""Every shipped table rehearses, and sends to a service of its shape."""

from __future__ import annotations

import re

import pytest

from shapes import shapes
from shells import TOKEN, Shell
from sink import Sink
from testferry.services.http import ready

WORDS = ("--rate", "none", "--name", "Nightly", "--settle", "1s")


@pytest.mark.parametrize("name", ready.names())
def test_a_table_rehearses_and_sends(
    shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = shapes()[name]
    words = ("upload", name, *shape.words(), *WORDS)
    with Sink(shape) as sink:
        assert shell(*words, "--url", f"{sink.url}/bulk", "--dry-run", "r.xml") == 0, shell.err
        assert not sink.seen
        assert re.search(r"^(POST|PUT) http://", shell.out, re.MULTILINE)
        assert "***" in shell.out
        monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
        assert shell(*words, "--url", f"{sink.url}/bulk", "r.xml") == 0, shell.err + shell.out
        assert sorted(shape.kept) == ["a", "b"]
        if shape.header:
            assert all(shape.header in seen.headers for seen in sink.seen)
        rehearsed = [seen.method for seen in sink.seen]
    assert rehearsed
    assert TOKEN not in shell.out + shell.err


def test_an_address_that_is_not_this_machines_must_be_https(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    assert shell("upload", "talentlms", "--url", "http://results.example/x", "r.xml") == 2
    assert "in the clear" in shell.err


def test_what_is_not_set_is_told_with_the_words_to_type(shell: Shell) -> None:
    assert shell("upload", "qase", "--dry-run", "r.xml") == 2
    assert "--set project=…" in shell.err


def test_a_target_of_ones_own_stands_on_a_shipped_table(
    shell: Shell, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open("testferry.toml", "w", encoding="utf-8") as file:
        file.write(
            '[targets.ours]\nextends = "qase"\n'
            f'url = "{sink.url}/bulk"\nset = {{ project = "DEMO" }}\n'
            '[targets.qase]\nstatus = { failed = "invalid" }\n'
        )
    sink.answers = shape = shapes()["qase"]
    assert shell("upload", "ours", *WORDS, "r.xml") == 0, shell.err
    assert sorted(shape.kept) == ["a", "b"]
    statuses = [row["execution"]["status"] for row in sink.seen[1].json["results"]]
    assert statuses == ["passed", "invalid"]
