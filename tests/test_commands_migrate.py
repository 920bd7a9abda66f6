"""``migrate`` from outside: what it prints can be typed."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

from shells import Shell, section

TRCLI = """\
# a comment
host: https://x.testrail.io
project: "1"
username: me
key: canary-5f3a
file: r.xml
title: 'Nightly'   # of the night
case_matcher: auto
close_run: true
case_result_statuses:
  passed: 1
  failed: 4
"""


def test_the_command_and_the_table_of_trcli_work(rail: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text(TRCLI)
    section(rail.sandbox, ["c.a", "c.b"])
    assert rail("migrate", "trcli", "c.yml") == 0
    assert "canary-5f3a" not in rail.out
    command = next(line for line in rail.out.splitlines() if line.startswith("testferry upload"))
    table = "\n".join(line for line in rail.out.splitlines() if not line.startswith("testferry"))
    table = "\n".join(line for line in table.splitlines() if not line.startswith("export"))
    assert tomllib.loads(table)["targets"]["testrail"]["close-run"] is True
    assert rail(*shlex.split(command)[1:]) == 0
    (run,) = rail.sandbox.testrail.runs.values()
    assert (run.fields["name"], run.closed) == ("Nightly", True)


def test_a_command_line_of_testmos_client_works(shell: Shell) -> None:
    line = "testmo automation:run:submit --instance x.testmo.net --project-id 1 --name 'a b' --source s --results r.xml"
    assert shell("migrate", "testmo", line, "--output", "json") == 0
    found = shell.json
    assert found["schema"] == "testferry.migrate/1"
    assert found["environment"] == {"TESTMO_URL": "https://x.testmo.net"}
    assert shell(*shlex.split(found["command"])[1:]) == 0
    assert shell.sandbox.testmo.run(101)["name"] == "a b"


def test_what_a_projects_file_may_not_say_is_not_in_its_table(rail: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("project: Demo\nproxy: http://127.0.0.1:9\nyes: true\n")
    section(rail.sandbox, ["c.a", "c.b"])
    assert rail("migrate", "trcli", "c.yml") == 0
    assert "# --proxy stays on the line" in rail.out
    table = rail.out.partition("in testferry.toml:\n\n")[2].partition("\n#")[0]
    (tmp_path / "testferry.toml").write_text(table)
    assert "proxy" not in table
    assert rail("upload", "testrail", "r.xml") == 0, "the table is one that counts"


def test_a_line_of_trclis_in_quotes_works(rail: Shell, tmp_path: Path) -> None:
    section(rail.sandbox, ["c.a", "c.b"])
    line = "trcli -y -h x --project Demo -u me -k k parse_junit -f r.xml --title 'a b' --close-run"
    assert rail("migrate", "trcli", line, "--output", "json") == 0
    assert rail(*shlex.split(rail.json["command"])[1:]) == 0
    (run,) = rail.sandbox.testrail.runs.values()
    assert (run.fields["name"], run.closed) == ("a b", True)


def test_a_line_without_quotes_is_told_how(shell: Shell) -> None:
    assert shell("migrate", "testmo", "testmo", "automation:run:create", "--instance", "x") == 2
    assert "give the whole command line in quotes" in shell.err


def test_nonsense_is_no_table(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("project My project\n")
    assert shell("migrate", "trcli", "c.yml") == 2
    assert shell.err.startswith("error: c.yml, line 1 is no `key: value`")
    assert not shell.out


def test_a_client_that_is_not_known(shell: Shell) -> None:
    assert shell("migrate", "trcil", "x") == 2
    assert "did you mean trcli?" in shell.err
    assert shell("migrate", "testmo", "testmo", "automation:run:list") == 2
    assert "is no upload of Testmo's client" in shell.err
