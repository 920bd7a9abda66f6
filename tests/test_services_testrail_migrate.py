"""What trcli was told: every option of its commands that send (``--help`` of 1.15.3) is heeded or
told, on its line as in its file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from others import TRCLI
from testferry.errors import UsageProblem
from testferry.services.testrail.migrate import migrate

EACH = [
    (place.format(option), words, option)
    for place, options in TRCLI.items()
    for option, words in options.items()
]
ENVIRONMENT = {"-h", "--host", "-u", "--username", "--noproxy"}


@pytest.mark.parametrize(("line", "words", "option"), EACH)
def test_every_option_is_heeded_or_told(line: str, words: list[str], option: str) -> None:
    found = migrate(line)
    assert [*found.words, *found.reports] == words
    told = " ".join(found.notes)
    assert "canary-5f3a" not in found.command + told + found.as_toml()
    if option.split(maxsplit=1)[0] in ENVIRONMENT:
        assert len(found.environment) == 1
    else:
        assert bool(told) is not bool(words)


def test_short_options_as_click_takes_them() -> None:
    found = migrate("trcli -yvh https://x -kcanary parse_junit -fr.xml")
    assert found.command == "testferry upload testrail --create-missing -vv r.xml"
    assert found.environment == {"TESTRAIL_URL": "https://x"}


def test_the_line_counts_more_than_its_file(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("project: A\ntitle: T\n")
    line = f"trcli -c {tmp_path}/c.yml --project B --zzz 4 parse_robot -f o.xml -x -"
    found = migrate(line)
    assert found.words == ["--project", "B", "--title", "T"]
    assert [note.split()[0] for note in found.notes] == ["-x", "zzz"]


def test_add_run_is_run_create() -> None:
    found = migrate("trcli -y -b 9 --project A add_run --title T --run-include-all -f x")
    assert found.command == "testferry run create testrail --project A --title T --include-all"
    assert len(found.notes) == 3


@pytest.mark.parametrize("line", ["trcli cases list", "trcli -y", "-y --project A"])
def test_what_is_no_upload(line: str) -> None:
    with pytest.raises(UsageProblem, match="is no upload of trcli's"):
        migrate(line)


def test_every_key_of_a_file_is_heeded_or_told(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(
        "---\nproject: 'A: b'\nproject_id: 4\nsuite_name: S\ncase_matcher: name\n"
        "close_run: false\nverbose: no\ncase_fields:\n  - type_id:1\n  - 'priority_id:2'\n"
        "result_fields:\n  version: 1.2\ncase_result_statuses:\n  passed: 1\n  failure: 9\n"
        "  odd: 9\nsilent: true\nodd: x\nfile: a.xml\npassword: p\nconfig: d.yml\n"
    )
    found = migrate(str(tmp_path / "c.yml"))
    assert found.words == [
        "--project", "A: b", "--suite", "S", "--match", "id",
        "--case-field", "type_id=1", "--case-field", "priority_id=2",
        "--result-field", "version=1.2", "--status", "passed=1,failed=9", "-q",
    ]  # fmt: skip
    assert found.reports == ["a.xml"]
    assert found.table["case-field"] == {"type_id": "1", "priority_id": "2"}
    assert "close-run" not in found.table
    told = " ".join(found.notes)
    for words in (
        "odd is no status of a report",
        "odd has no counterpart",
        "password: set TESTRAIL_KEY",
        "config: d.yml counts too",
        "project_id 4: counts where two projects share a name",
    ):
        assert words in told


@pytest.mark.parametrize("key", ["yes", "auto_creation_response", "auto_create_cases_yes"])
@pytest.mark.parametrize("said", ["true", "Yes", "on", "1"])
def test_cases_are_made_if_that_was_answered(tmp_path: Path, key: str, said: str) -> None:
    (tmp_path / "c.yml").write_text(f"project: A\n{key}: {said}\nyes: true\n")
    assert migrate(str(tmp_path / "c.yml")).words == ["--project", "A", "--create-missing"]


@pytest.mark.parametrize("text", ["no: true", "yes: false", "auto_creation_response: false"])
def test_or_not(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.yml").write_text(f"project: A\n{text}\n")
    found = migrate(str(tmp_path / "c.yml"))
    assert found.words == ["--project", "A", "--allow-unmatched"]


def test_what_trcli_lets_stand_together_is_taken_apart(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(
        "project: A\nrun_id: 5\nplan_id: 6\nconfig_ids: [1, 2]\nmilestone_id: 7\nrun_refs: X\n"
        "run_description: D\nyes: true\ncase_matcher: property\n"
    )
    found = migrate(str(tmp_path / "c.yml"))
    assert found.words == ["--project", "A", "--run-id", "5", "--match", "id"]
    assert found.table == {"project": "A", "run-id": "5", "match": "id"}
    left_out = [note.split()[0] for note in found.notes]
    assert left_out == [
        "--plan-id", "--config-ids", "--milestone-id", "--description", "--refs", "--create-missing"
    ]  # fmt: skip
    assert "--config-ids 1,2 is left out" in found.notes[1]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read"):
        migrate(str(tmp_path / "none.yml"))
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageProblem, match="is no text"):
        migrate(str(tmp_path / "b.yml"))
    for text, words in (("a b", "line 1 is no `key: value`"), ("# nothing", "says nothing")):
        (tmp_path / "c.yml").write_text(text)
        with pytest.raises(UsageProblem, match=words):
            migrate(str(tmp_path / "c.yml"))
