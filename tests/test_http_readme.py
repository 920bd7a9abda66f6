"""What README says of bulk APIs is true: its table is sent, its commands run, its short forms load."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from conftest import ROOT
from shells import TOKEN, Shell
from sink import Said, Seen, Sink
from testferry.services.http.filters import FILTERS
from testferry.services.http.table import described
from testferry.services.http.template import FIELDS

README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.partition("## Any other bulk API")[2].partition("## Rehearse")[0]
TABLE = next(
    text for text in re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL) if "made" in text
)
ROWS = re.findall(r"^\| ([^|]+) \| (`.+) \|$", SECTION, re.MULTILINE)


def answers(seen: Seen) -> Said:
    if seen.method == "GET":
        return Said(405)
    if seen.path == "/v1/runs":
        assert seen.json == {"title": "Nightly", "team": "core"}
        return Said(201, {"data": {"id": 5}})
    if seen.method == "PATCH":
        return Said(200, {})
    assert seen.path == "/v1/runs/5/results"
    entries = []
    for row in seen.json["data"]["entries"]:
        bad = row["outcome"] == "FAIL"
        error = {"error": {"message": f"no {row['severity']}"}} if bad else {}
        entries.append({"external_id": row["external_id"], **error})
    return Said(207, {"data": {"entries": entries[::-1]}})


def test_the_table_is_sent_and_answered_for_each_result(
    sink: Sink, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "testferry.toml").write_text(
        TABLE.replace("https://results.example/v1", f"{sink.url}/v1")
    )
    sink.answers = answers
    words = ("upload", "made", "r.xml", "--name", "Nightly", "--rate", "none", "--output", "json")
    assert shell(*words) == 6, shell.err
    assert [(row["name"], row["reason"]) for row in shell.json["refused"]] == [("b", "no 2")]
    assert all(seen.headers["x-api-key"] == TOKEN for seen in sink.seen)
    assert shell("targets", "show", "made") == 0
    assert "sent again (key in each item)" in shell.out
    assert shell("doctor", "made") == 0


def test_the_commands_run(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_bytes((tmp_path / "r.xml").read_bytes())
    lines = re.findall(r"^testferry (?:targets show|upload) qase.*$", SECTION, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        assert shell(*shlex.split(line, comments=True)[1:]) == 0, shell.err


@pytest.mark.parametrize(("what", "written"), ROWS)
def test_a_short_form_is_understood(what: str, written: str) -> None:
    said = "\n".join(re.findall(r"`([a-z]+ = [^`]+)`", written))
    table = tomllib.loads(said.replace("idempotent = true\nidempotent = false", ""))
    if table.get("send", {}).get("format") == "ndjson":
        table["item"] = {"a": "{name}"}
    if "look" in table:
        table["open"] = {"request": "POST /runs", "keep": {"id": "/id"}}
    described(table)


def test_the_words_of_the_language_are_all_there() -> None:
    assert len(ROWS) == 11
    for word in (*FIELDS, *(each.split()[0] for each in FILTERS)):
        assert re.search(rf"\b{word}\b", SECTION), word
