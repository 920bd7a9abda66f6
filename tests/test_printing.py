"""No runner and no terminal finds a command in anything that is printed, whatever reports and
services say: the grammars of the runners, over every way of printing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from grammars import commands
from hostile import PAYLOADS, hostile_report
from shells import Shell, faulty

# Ways of printing; `$ID` is the upload's.
WAYS = (
    "inspect r.xml",
    "inspect r.xml -v",
    "inspect r.xml --output json",
    "inspect r.xml --convert ctrf -o -",
    "inspect r.xml --convert ndjson -o -",
    "inspect r.xml --convert junit -o -",
    "upload testmo --project-id 1 r.xml --dry-run",
    "uploads",
    "uploads --output json",
    "uploads show $ID",
    "uploads show $ID --output json",
    "uploads export $ID",
    "resume $ID",
    "upload testmo --project-id 1 r.xml --again -vv --output json",
)


# What the program itself tells GitHub.
OURS = re.compile(
    r"::(?:endgroup::|group::Tests that failed|(?:error|warning) (?:(?:file|line|title)=[^:,]*,?)+::)"
)


@faulty("append: refuse vso")
def test_no_way_of_printing_makes_a_command(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (tmp_path / "r.xml").write_text(hostile_report())
    shell.upload("r.xml", "-v", "--name", PAYLOADS[0], "--summary-file", "s.md", "--width", "1")
    shown = {"upload": shell.out + shell.err, "summary": (tmp_path / "s.md").read_text()}
    shell("uploads", "--output", "json")
    upload_id = json.loads(shell.out)["uploads"][0]["upload_id"]
    for way in WAYS:
        shell(*way.replace("$ID", upload_id).split())
        shown[way] = shell.out + shell.err
        assert shown[way], way
    # In a document, the heading of a group is no harm.
    harmless = ("---", "+++", "~~~", "^^^")
    for way, text in shown.items():
        found = [each.strip() for each in commands(text)]
        if "junit" in way:
            found = [each for each in found if not each.startswith(harmless)]
        assert not [each for each in found if not OURS.match(each)], way
