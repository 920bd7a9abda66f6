"""Every shipped table loads, says where its facts are from, and shows itself."""

from __future__ import annotations

import re
import tomllib

import pytest

from shapes import shapes
from shells import Shell
from testferry.services.http import ready


def test_every_table_is_tried() -> None:
    assert set(ready.names()) == set(shapes())


@pytest.mark.parametrize("name", ready.names())
def test_a_table_says_where_its_facts_are_from_and_what_is_unknown(name: str) -> None:
    text = ready.text(name)
    document = tomllib.loads(text)
    assert list(document["targets"]) == [name]
    assert document["targets"][name]["type"] == "http"
    assert ready.title(name)
    comments = " ".join(line for line in text.splitlines() if line.startswith("#"))
    assert re.search(r"Sources?:|Again:", comments)
    assert "Unknown:" in comments
    assert {"max_results", "max_bytes"} <= set(document["targets"][name]["batch"])


@pytest.mark.parametrize("name", ready.names())
def test_a_table_shows_itself(shell: Shell, name: str) -> None:
    assert shell("targets", "show", name) == 0, shell.err
    heads = {line.split("  ")[0] for line in shell.out.splitlines()}
    assert {"target", "address", "token", "send", "answer", "batch", "a lost answer"} <= heads
    for key in shapes()[name].sets:
        assert f"--set {key}=" in shell.out
