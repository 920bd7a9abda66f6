"""`inspect` as a linter of reports: codes, severities, `--strict`, where ids and attachments stand."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import ROOT
from shells import Shell
from testferry.model import CODES

SOURCE = ROOT / "src" / "testferry"
ODD = "<testsuite name='s'><testcase name='C1 a' classname='c' time='-1'/><testcase name='b' classname='c'><system-out>[[ATTACHMENT|x.png]]</system-out></testcase></testsuite>"


def test_every_problem_has_a_code_a_severity_a_file_a_line_and_how_many_tests(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "odd.xml").write_text(ODD)
    (tmp_path / "cut.xml").write_text("<testsuite>\n<testcase name='x' classname='c'/>\n")
    assert shell("inspect", "odd.xml", "cut.xml", "--output", "json") == 4
    cut, odd = shell.json["reports"]
    assert set(cut["problems"][0]) == {"severity", "code", "message", "file", "line", "tests"}
    assert (cut["problems"][0]["code"], cut["problems"][0]["line"]) == ("cut-off", 3)
    assert [(one["severity"], one["code"], one["tests"]) for one in odd["problems"]] == [
        ("warning", "odd-duration", 1)
    ]
    assert odd["problems"][0]["file"] == "odd.xml"


def test_strict_makes_warnings_count(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "odd.xml").write_text(ODD)
    assert shell("inspect", "odd.xml") == 0
    assert shell("inspect", "--strict", "odd.xml") == 4
    assert shell("inspect", "--strict", "r.xml") == 0


def test_where_ids_and_attachments_stand_is_shown(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "odd.xml").write_text(ODD)
    shell("inspect", "odd.xml", "--output", "json")
    assert shell.json["ids"] == {"name": 1}
    assert shell.json["reports"][0]["attachments"] == {"system-out": 1}
    shell("inspect", "odd.xml")
    assert "name: 1 test" in shell.out
    assert "system-out: 1" in shell.out


def test_the_readme_lists_every_code_and_every_code_is_used() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("| code | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    listed = set(re.findall(r"^\| `([a-z-]+)` \| ", table, re.MULTILINE))
    assert listed == set(CODES)
    for code, meaning in CODES.items():
        assert f"| `{code}` | {meaning} |" in readme
    source = "".join(
        path.read_text("utf-8")
        for path in (*(SOURCE / "reports").glob("*.py"), SOURCE / "ingest.py")
    )
    unused = {code for code in CODES if f'"{code}"' not in source}
    assert not unused
    said = set(re.findall(r'(?:warn|fault|note|tell)\(\s*"([a-z-]+)"|code="([a-z-]+)"', source))
    assert {first or second for first, second in said} <= set(CODES)


def test_a_table_of_many_reports_is_cut_and_the_document_is_whole(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "many").mkdir()
    for at in range(230):
        (tmp_path / "many" / f"{at:03}.xml").write_text(
            f"<testsuite name='{at}'><testcase name='t{at}' classname='c'/></testsuite>"
        )
    assert shell("inspect", "many") == 0
    assert shell.out.count(".xml") == 100
    assert "… and 130 reports more: 230 tests in all (-v lists them)" in shell.out
    assert shell("inspect", "many", "-v") == 0
    assert "more:" not in shell.out
    assert shell("inspect", "many", "--output", "json") == 0
    assert len(shell.json["reports"]) == 230
    assert shell.json["total"]["total"] == 230
