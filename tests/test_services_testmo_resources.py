"""Files of resources, as Testmo's own client writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shells import Shell, runs_asked_for
from testferry.errors import UsageProblem
from testferry.services.testmo.resources import read

WRITTEN = {
    "fields": [
        {"type": "string", "name": "Version", "value": "2.3"},
        {"type": "console", "name": "Files", "value": ""},
        {"type": "url", "name": "Site", "value": "https://x"},
    ],
    "links": [{"name": "Repo", "url": "https://x/repo", "note": "n" * 100}],
    "artifacts": [{"name": "r.xml", "url": "https://x/r", "mimeType": "text/xml", "size": 7}],
}


def written(tmp_path: Path, document: object) -> str:
    (tmp_path / "r.json").write_text(json.dumps(document))
    return str(tmp_path / "r.json")


def test_every_entry_is_as_the_service_takes_it(tmp_path: Path) -> None:
    found = read(written(tmp_path, WRITTEN))
    assert [(field["type"], field["name"]) for field in found["fields"]] == [
        (1, "Version"),
        (4, "Files"),
        (5, "Site"),
    ]
    assert len(str(found["links"][0]["note"])) <= 80
    assert found["artifacts"] == [
        {"name": "r.xml", "url": "https://x/r", "mime_type": "text/xml", "size": 7}
    ]
    assert read(written(tmp_path, {})) == {"fields": [], "links": [], "artifacts": []}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is no object"),
        ({"field": []}, "'field' is none of fields, links, artifacts"),
        ({"links": {}}, "links is no list"),
        ({"links": [7]}, "entry 1 of links is no object"),
        ({"links": [{"name": "a", "url": "b"}, {"name": "a"}]}, "entry 2 of links has no url"),
        ({"fields": [{"type": "int", "name": "a", "value": ""}]}, "type 'int' is none of string"),
        ({"fields": [{"type": "url", "name": "", "value": "x"}]}, "entry 1 of fields has no name"),
        ({"artifacts": [{"name": 7, "url": "x"}]}, "entry 1 of artifacts has no name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(UsageProblem) as problem:
        read(written(tmp_path, document))
    assert words in problem.value.message


def test_what_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{")
    with pytest.raises(UsageProblem, match="is no JSON"):
        read(str(tmp_path / "r.json"))
    with pytest.raises(UsageProblem, match="cannot be read"):
        read(str(tmp_path))


def test_a_run_is_made_with_them(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = runs_asked_for(shell, monkeypatch)
    file = written(tmp_path, WRITTEN)
    words = ["--resources", file, "--link", "Docs=https://x/d", "--field", "A=b"]
    assert shell.upload(*words, "--config-id", "4", "--milestone-id", "5", "r.xml") == 0
    (made,) = asked
    assert [link["name"] for link in made["links"]] == ["Docs", "Repo"]
    assert [field["name"] for field in made["fields"][1:]] == ["A", "Version", "Files", "Site"]
    assert made["artifacts"][0]["name"] == "r.xml"
    assert (made["config_id"], made["milestone_id"]) == (4, 5)
    assert shell("run", "create", "testmo", "--project-id", "1", "--resources", file) == 0
    assert asked[1]["links"][0]["name"] == "Repo"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--resources", "r.json", "--run-id", "7"], "--resources does not go with --run-id"),
        (["--config-id", "4", "--config-name", "x"], "--config-name and --config-id do not go"),
        (["--milestone-id", "4", "--milestone", "x"], "--milestone and --milestone-id do not go"),
        (["--resources", "gone.json"], "gone.json"),
        (["--milestone-id", "May"], "--milestone-id"),
        (["--thread-resources", "r.json"], "a thread has no links"),
        (["--no-measure-elapsed"], "--no-measure-elapsed"),
    ],
)
def test_what_does_not_go_together(
    shell: Shell, tmp_path: Path, words: list[str], problem: str
) -> None:
    written(tmp_path, WRITTEN)
    assert shell.upload(*words, "r.xml") == 2
    assert problem in shell.err
