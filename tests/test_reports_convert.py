from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from conftest import FIXTURES
from fakes import GOOD_REPORT, counted, of
from testferry.model import Detail, Result, Status
from testferry.reports.convert import FORMATS, write

REPORTS = FIXTURES / "reports"
GOOD = GOOD_REPORT


@pytest.mark.parametrize("form", ["ctrf", "junit"])
@pytest.mark.parametrize(
    "name",
    [
        "junit/pytest.xml",
        "playwright/playwright.json",
        "go-test/go-test.jsonl",
        "junit/node-test.xml",
    ],
)
def test_what_is_converted_is_read_back_with_the_same_counts(form: str, name: str) -> None:
    found, summary = of((REPORTS / name).read_bytes())
    out = io.StringIO()
    write(found, form, out)
    again, second = of(out.getvalue())
    assert [one.name for one in again] == [one.name for one in found]
    assert second.tests.passed == summary.tests.passed
    assert second.tests.skipped == summary.tests.skipped
    assert second.tests.total == summary.results
    assert not [problem for problem in second.problems if problem.is_error]


def test_conversion_to_lines() -> None:
    found, _ = of(GOOD)
    out = io.StringIO()
    write(found, "ndjson", out)
    assert [json.loads(line)["name"] for line in out.getvalue().splitlines()] == ["a", "b"]
    assert set(FORMATS) == {"ctrf", "junit", "ndjson"}


@pytest.mark.parametrize(
    "name", [name for name, _ in counted(REPORTS / "counts.csv") if not (REPORTS / name).is_dir()]
)
def test_lines_are_read_back_as_they_were(name: str) -> None:
    found, _ = of((REPORTS / name).read_bytes())
    out = io.StringIO()
    write(found, "ndjson", out)
    assert of(out.getvalue())[0] == found


def test_junit_keeps_suites_properties_and_types() -> None:
    junit = """<testsuites><testsuite name="o"><testsuite name="i"><testcase name="a" classname="c"><properties>
        <property name="k" value="v"/></properties><error message="m" type="T">text</error></testcase>
        <testcase name="b" classname="c"><flakyFailure message="once"/></testcase></testsuite></testsuite>
        <testsuite name="p"><testcase name="c" classname="c" time="0.5"/></testsuite></testsuites>"""
    found, _ = of(junit)
    out = io.StringIO()
    write(found, "junit", out)
    assert of(out.getvalue())[0] == found


def test_a_converted_result_keeps_its_status_whatever_its_details_say() -> None:
    odd = [
        Result("a", Status.ERROR, details=(Detail("failure", "m"),)),
        Result("b", Status.PASSED, details=(Detail("failure", "expected"),)),
        Result("c", Status.SKIPPED),
        Result("d", Status.FAILED),
    ]
    out = io.StringIO()
    write(odd, "junit", out)
    assert [one.status for one in of(out.getvalue())[0]] == [one.status for one in odd]


def test_an_error_with_a_word_of_its_own_comes_back_as_one() -> None:
    out = io.StringIO()
    write([Result("a", Status.ERROR, raw_status="panicked")], "ctrf", out)
    (again,) = of(out.getvalue())[0]
    assert (again.status, again.raw_status) == (Status.ERROR, "panicked")


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_are_written_whatever_the_locale(form: str) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    write([Result("é 价 \x1b \ud800", Status.PASSED, suite=("ü",))], form, file)
    (again,) = of(raw.getvalue())[0]
    assert again.name.startswith("é 价")


def test_a_green_report_never_imports_junitparser() -> None:
    code = (
        "import io, sys; from testferry.reports import Source, read; from testferry.model import ReportSummary;"
        "list(read(Source('x', io.BytesIO(b'<testsuite><testcase name=\"a\"><failure/></testcase></testsuite>')), ReportSummary('x')));"
        "print('junitparser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
