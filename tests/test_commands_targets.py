"""``targets`` lists what there is; ``targets show`` says what one of them does."""

from __future__ import annotations

import json
from pathlib import Path

from shells import Shell
from sink import Sink

OWN = """item = { title = "{title}", took = "{elapsed|ms}" }
auth = { query = "key" }
[targets.sink.send]
request = "POST /runs/{set.run}"
headers = { X-Batch = "{batch.key}" }
json = { rows = "{results}" }
[targets.sink.answer]
items = "/rows"
failed = "/error"
"""


def test_every_target_and_who_describes_it(sink: Sink, shell: Shell) -> None:
    assert shell("targets", "--output", "json") == 0
    found = {each["name"]: each for each in shell.json["targets"]}
    assert {"testmo", "testrail", "http", "qase", "sink"} <= set(found)
    assert found["sink"]["origin"] == "testferry.toml, line 1"
    assert shell("targets") == 0
    assert "Azure DevOps" in shell.out


def test_a_table_as_it_is_understood(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    with (tmp_path / "testferry.toml").open("a") as file:
        file.write(OWN)
    assert shell("targets", "show", "sink") == 0, shell.err
    told = " ".join(shell.out.split())
    for words in (
        f"address {sink.url}/bulk (testferry.toml, line 3: url)",
        "token ?key=***",
        "send POST /runs/{set.run}",
        "X-Batch: {batch.key}",
        '"title": "shop.CartTest › adds two numbers"',
        '"took": 250',
        "an entry for each result at /rows, in the order sent; failed where something stands",
        "batch 500 results, 1,000,000 bytes",
        "a lost answer kept in doubt",
        "to be set --set run=…",
    ):
        assert words in told
    assert not sink.seen
    assert shell("targets", "show", "sink", "--output", "json") == 0
    assert ["batch", "500 results, 1,000,000 bytes"] in json.loads(shell.out)["lines"]


def test_a_wrong_table_and_one_that_there_is_not(sink: Sink, shell: Shell, tmp_path: Path) -> None:
    assert shell("targets", "show", "nowhere") == 2
    with (tmp_path / "testferry.toml").open("a") as file:
        file.write('item = { a = "{nmae}" }\n')
    assert shell("targets", "show", "sink") == 2
    assert "testferry.toml, line 4: item.a: {nmae}" in shell.err


def test_a_service_says_what_it_is_told(shell: Shell) -> None:
    assert shell("targets", "show", "testmo") == 0
    assert "service" in shell.out
    assert "https://NAME.testmo.net" in shell.out
