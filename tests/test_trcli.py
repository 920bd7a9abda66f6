"""The emulator is faithful: TestRail's own uploader works into it with each of its matchers, and
what testferry leaves is the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testferry.sandbox.server import TOKEN, Sandbox, Settings
from testferry.services.testrail.emulator import FIELD
from twelve import REPORTS

VERSION = "1.15.3"


@pytest.fixture(scope="module")
def trcli(tmp_path_factory: pytest.TempPathFactory) -> str:
    """In an environment of its own; ``TESTFERRY_TRCLI`` names one that is there already."""
    if given := os.environ.get("TESTFERRY_TRCLI"):
        return given
    place = tmp_path_factory.mktemp("trcli")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    made = subprocess.run(
        [place / "bin" / "pip", "install", "-q", f"trcli=={VERSION}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"trcli cannot be installed here: {made.stderr.strip().splitlines()[-1][:200]}")
    return str(place / "bin" / "trcli")


def sandbox() -> Sandbox:
    made = Sandbox(Settings())
    made.testrail.handle(
        "POST", "/index.php?/api/v2/add_section/1", b'{"name": "Old", "suite_id": 1}'
    )
    for at, name in enumerate(("test_pass", "test_fail", "test_skip")):
        made.testrail.make_case(1001, title=f"case {at}", **{FIELD: f"tests.LoginTests.{name}"})
    return made


def report(matcher: str, cases: list[int]) -> str:
    """The same three tests, written as each matcher wants them."""
    inside = (
        "",
        '<failure type="AssertionError" message="assert 1 == 2">Traceback ...</failure>',
        '<skipped message="later"/>',
    )
    parts = []
    for case, name, child, time in zip(
        cases, ("test_pass", "test_fail", "test_skip"), inside, ("0.4", "2.6", "0"), strict=True
    ):
        title = f"[C{case}] {name}" if matcher == "name" else name
        own = f'<property name="test_id" value="C{case}"/>' if matcher == "property" else ""
        field = '<property name="testrail_result_field" value="version:1.2"/>'
        said = (
            '<property name="testrail_result_comment" value="Build 991"/>'
            if name == "test_fail"
            else ""
        )
        properties = f"<properties>{own}{field}{said}</properties>"
        parts.append(
            f'<testcase classname="tests.LoginTests" name="{title}" time="{time}">{properties}{child}</testcase>'
        )
    return f'<testsuites name="all"><testsuite name="LoginTests">{"".join(parts)}</testsuite></testsuites>'


def left(served: Sandbox) -> dict[str, Any]:
    """What there is in TestRail afterwards, without what two uploads cannot share: ids and
    times.
    """
    service = served.testrail
    titles = {case: fields["title"] for case, fields in service.cases.items()}
    keys = ("status_id", "elapsed", "version")
    return {
        "cases": sorted(
            (one["title"], one[FIELD], service.sections[one["section_id"]]["name"])
            for one in service.cases.values()
        ),
        "runs": [
            (
                run.fields["name"],
                run.fields["include_all"],
                sorted(titles[case] for case in run.tests),
            )
            for run in service.runs.values()
        ],
        "results": sorted(
            (
                titles[one["case_id_of_test"]],
                (one.get("comment") or "").strip(),
                *(one.get(key) for key in keys),
            )
            for one in service.results
        ),
        "deleted": service.deleted,
    }


def by_trcli(trcli: str, served: Sandbox, path: Path, matcher: str, *more: str) -> None:
    words = [
        trcli,
        "-y" if "create" in more else "-n",
        "-h",
        served.url,
        "--project",
        "Demo",
        "-u",
        "me@example.com",
        "-k",
        TOKEN,
    ]
    words += ["parse_junit", "--case-matcher", matcher, "--title", "Nightly", "-f", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def by_us(served: Sandbox, path: Path, matcher: str, *more: str) -> None:
    environment = {
        **os.environ,
        "TESTRAIL_URL": served.url,
        "TESTRAIL_USER": "me@example.com",
        "TESTRAIL_KEY": TOKEN,
    }
    words = [
        sys.executable,
        "-m",
        "testferry",
        "upload",
        "testrail",
        "--project",
        "Demo",
        "--match",
        matcher,
        "--title",
        "Nightly",
    ]
    words += ["--create-missing"] if "create" in more else []
    done = subprocess.run(
        [*words, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("theirs", "ours"), [("auto", "auto"), ("name", "id"), ("property", "id")])
def test_the_same_runs_cases_and_results(
    trcli: str, tmp_path: Path, theirs: str, ours: str
) -> None:
    path = tmp_path / "r.xml"
    found = []
    for upload, matcher in ((lambda *given: by_trcli(trcli, *given), theirs), (by_us, ours)):
        with sandbox() as served:
            path.write_text(report(theirs, sorted(served.testrail.cases)))
            upload(served, path, matcher)
            found.append(left(served))
    assert found[0] == found[1]
    assert len(found[0]["results"]) == 3


def test_the_same_new_cases(trcli: str, tmp_path: Path) -> None:
    path = tmp_path / "r.xml"
    found = []
    for upload in (lambda *given: by_trcli(trcli, *given), by_us):
        with sandbox() as served:
            more = '<testcase classname="tests.LoginTests" name="test_new" time="1.0"/></testsuite>'
            path.write_text(
                report("auto", sorted(served.testrail.cases)).replace("</testsuite>", more)
            )
            upload(served, path, "auto", "create")
            found.append(left(served))
    assert found[0] == found[1]
    assert len(found[0]["cases"]) == 4


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_same_of_twelve_reports(
    trcli: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Cases, runs, statuses, comments, fields, steps and files; only the empty lists that trcli
    sends with every result are not sent.
    """
    monkeypatch.chdir(tmp_path)  # trcli looks for files in the working directory
    Path("shot.png").write_bytes(b"png")
    path = tmp_path / "r.xml"
    path.write_text(REPORTS[name], "utf-8")
    found = []
    for upload in (lambda *given: by_trcli(trcli, *given), by_us):
        with sandbox() as served:
            upload(served, path, "auto", "create")
            service = served.testrail
            files = [(file, len(content)) for _, file, content in service.attachments]
            steps = [result.get("custom_step_results") or None for result in service.results]
            found.append({**left(served), "files": files, "steps": steps})
    assert found[0] == found[1]
    assert found[0]["results"]
