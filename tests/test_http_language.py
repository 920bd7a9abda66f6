"""The language of tables is fixed: six tables in it load, show themselves, rehearse and are sent."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from conftest import FIXTURES
from shapes import Shape, shapes
from shells import TOKEN, Shell
from sink import Said, Seen, Sink

TEXT = (FIXTURES / "tables" / "language.toml").read_text("utf-8")
TABLES = tomllib.loads(TEXT)["targets"]


def _made(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/runs/r1/results:batch"
    assert seen.headers["x-api-version"] == "2020-01-01"
    assert len(seen.headers["idempotency-key"]) == 32
    entries = seen.json["data"]["entries"]
    assert {entry["severity"] for entry in entries} == {0, 2}
    assert all(isinstance(entry["took"], int) for entry in entries)
    shape.kept += [entry["name"].rpartition(" ")[2] for entry in entries]
    return Said(
        200, {"data": {"entries": [{"external_id": entry["external_id"]} for entry in entries]}}
    )


def the_shape(name: str) -> Shape:
    found = shapes()
    found["elastic"] = found["elasticsearch"]
    found["elastic"].sets = {}
    found["azure"].sets = {}
    found["datasette"].sets = {"run": "7"}
    found["made"] = Shape(_made, {"run": "r1"}, header="x-api-key")
    return found[name]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_language(
    shell: Shell, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    (tmp_path / "testferry.toml").write_text(TEXT)
    shape = the_shape(name)
    place = "/bulk/ACME/Shop/_apis/test" if name == "azure" else "/bulk"
    with Sink(shape) as sink:
        assert shell("targets", "show", name) == 0, shell.err
        words = ("upload", name, *shape.words(), "--url", f"{sink.url}{place}", "--rate", "none")
        assert shell(*words, "--dry-run", "r.xml") == 0, shell.err
        assert not sink.seen
        assert shell(*words, "r.xml") == 0, shell.err + shell.out
        assert sorted(kept.rpartition(" ")[2] for kept in shape.kept) == ["a", "b"]
        assert all(shape.header in seen.headers for seen in sink.seen)


def test_what_becomes_of_their_lost_answers(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "testferry.toml").write_text(TEXT)
    said = {}
    for name in TABLES:
        assert shell("targets", "show", name) == 0
        said[name] = next(
            line for line in shell.out.splitlines() if line.startswith("a lost answer")
        )
    assert {
        name: line.removeprefix("a lost answer").split(" (")[0].strip()
        for name, line in said.items()
    } == {
        "qase": "sent again",
        "azure": "looked up",
        "squad": "sent again",
        "elastic": "sent again",
        "datasette": "looked up",
        "made": "sent again",
    }
