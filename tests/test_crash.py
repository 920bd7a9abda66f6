"""Kill -9 exactly there, start again until it is done: nothing lost, nothing doubled, one run. The
points are those of the plan, C1-C26.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from shells import junit, section
from testferry.dialects import Window
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings

HERE = Path(__file__).resolve().parent
POINTS = re.findall(r'case "(C\d+[a-z-]+)"', (HERE / "crash.py").read_text("utf-8"))
NAMES = [f"t{at}" for at in range(24)]
POISON = "append: refuse t13"
FAULTS = ("append: lost every 3", "append: 500 applied every 5", "append: 429 after 1 every 7")
ONLY_TESTMO = {"C18-thread-created-not-noted"}
ONLY_TESTRAIL = {"C20-plan-of-the-matches-half-made", "C26-attachment-uploaded-not-noted"}
LONG = (
    "ALL_CASES" in os.environ
)  # the third time that each point is reached, too: `pytest -m "long or not long"`
WORLDS = [
    (service, point, number)
    for at, point in enumerate(POINTS)
    for turn, service in enumerate(("testmo", "testrail"))
    for number in (1, 3)[: 1 + LONG]
    if LONG
    or at % 2 == turn
    or point in ONLY_TESTMO | ONLY_TESTRAIL  # CI takes each point on one of the services, in turn
    if not (service == "testmo" and point in ONLY_TESTRAIL)
    and not (service == "testrail" and point in ONLY_TESTMO)
]


def words_of(service: str) -> list[str]:
    own = {
        "testmo": ["testmo", "--project-id", "1", "--name", "N"],
        "testrail": [
            "testrail",
            "--project",
            "1",
            "--title",
            "N",
            "--create-missing",
            "--close-run",
        ],
    }
    return [
        "upload",
        *own[service],
        "--batch-size",
        "4",
        "--settle",
        "1s",
        "--width",
        "2",
        "--rate",
        "60/s",
        "--output",
        "json",
        "-q",
        "r.xml",
    ]


@pytest.mark.parametrize(("service", "point", "number"), WORLDS, ids=lambda value: str(value))
def test_killed_there_and_started_again(
    tmp_path: Path, service: str, point: str, number: int
) -> None:
    (tmp_path / "shot.png").write_bytes(b"x")
    report = junit(NAMES)
    if service == "testrail":  # a name is in no body there unless it failed
        report = report.replace('name="t13"/>', 'name="t13"><failure message="t13"/></testcase>')
        attached = (
            '<properties><property name="testrail_attachment" value="shot.png"/></properties>'
        )
        report = report.replace('name="t2"/>', f'name="t2">{attached}</testcase>').replace(
            'name="t3"/>', f'name="t3">{attached}</testcase>'
        )
    (tmp_path / "r.xml").write_text(report)
    refused = ["t13"] if "completed" not in point else []
    faults = parse((POISON, *FAULTS) if refused else FAULTS)
    with Sandbox(
        Settings(str(tmp_path / "sandbox.db"), windows=(Window(600, 1.0),), faults=faults)
    ) as sandbox:
        if service == "testrail":
            section(sandbox, [f"c.{name}" for name in NAMES[:12]])
        environment = {
            **os.environ,
            "TESTMO_URL": sandbox.url,
            "TESTMO_TOKEN": TOKEN,
            "TESTRAIL_URL": sandbox.url,
            "TESTRAIL_USER": "me",
            "TESTRAIL_KEY": TOKEN,
            "PYTHONPATH": str(HERE),
        }
        first = subprocess.run(
            [sys.executable, HERE / "crash.py", point, str(number), "--", *words_of(service)],
            env=environment, cwd=tmp_path, capture_output=True, check=False, timeout=90,
        )  # fmt: skip
        reached = first.returncode == -9
        code = 6 if refused else 0
        assert reached or first.returncode == code, first.stderr
        for _ in range(4):
            done = subprocess.run(
                [sys.executable, "-m", "testferry", *words_of(service)],
                env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=90,
            )  # fmt: skip
            if done.returncode != 75:
                break
        document = json.loads(done.stdout)
        assert done.returncode == code, done.stderr
        assert [one["name"] for one in document["refused"]] == refused
        assert document["results"]["accepted"] == len(NAMES) - len(refused)
        wanted = Counter(name for name in NAMES if name not in refused)
        if service == "testmo":
            stored = Counter(
                test["name"] for run in sandbox.testmo.runs() for test in sandbox.testmo.tests(run)
            )
            assert len(sandbox.testmo.runs()) == 1
        else:
            rail = sandbox.testrail
            stored = Counter(
                str(rail.cases[one["case_id_of_test"]]["custom_automation_id"])[2:]
                for one in rail.results
            )
            assert len(rail.runs) == 1
            assert len(rail.cases) == len(NAMES), "never two cases for one test"
            assert len({number for number, _, _ in rail.attachments}) == 2
            assert not rail.deleted
        assert stored == wanted
    if number == 1:
        assert reached, "the point is there"
