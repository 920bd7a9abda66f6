from __future__ import annotations

import csv
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, SHARED
from fakes import counted, mutate, of, parse
from testferry.errors import ReportProblem
from testferry.model import ReportSummary, Result, Status, merge_attempts
from testferry.reports import Source, read

REPORTS = FIXTURES / "reports" / "junit"


def one(case: str) -> Result:
    return parse(f"<testsuite name='s'>{case}</testsuite>")[0][0]


def test_what_a_test_says_of_itself() -> None:
    result = one(
        """<testcase name="t" classname="a.B" time="1.5" file="a.py" line="7" assertions="3">
        <properties><property name="owner" value="me"/><property name="text">long</property></properties>
        <failure message="m" type="T">trace</failure><failure message="second"/>
        <system-out>out [x]
[[ATTACHMENT|shots/a b.png]]
</system-out><system-out>more</system-out><system-err>err</system-err></testcase>"""
    )
    assert (
        result.name,
        result.classname,
        result.suite,
        result.elapsed,
        result.file,
        result.line,
    ) == (
        "t",
        "a.B",
        ("s",),
        1.5,
        "a.py",
        7,
    )
    assert result.status is Status.FAILED
    assert [(one.kind, one.message, one.type, one.text) for one in result.details] == [
        ("failure", "m", "T", "trace"),
        ("failure", "second", "", ""),
    ]
    assert result.properties == (("owner", "me"), ("text", "long"))
    assert result.attachments == ("shots/a b.png",)
    assert result.stdout.endswith("more")
    assert (result.stderr, result.assertions, result.message, result.folder) == (
        "err",
        3,
        "m",
        "a.B",
    )


@pytest.mark.parametrize(
    ("inside", "attributes", "status", "raw"),
    [
        ("", "", Status.PASSED, ""),
        ("<failure/>", "", Status.FAILED, ""),
        ("<error/>", "", Status.ERROR, ""),
        ("<skipped/>", "", Status.SKIPPED, ""),
        ("<failure/><error/>", "", Status.ERROR, ""),
        ("<skipped/><failure/>", "", Status.SKIPPED, "expected-failure"),
        ("<skipped/><error/>", "", Status.ERROR, ""),
        ("", "status='notrun'", Status.SKIPPED, "notrun"),
        ("", "status='run' result='suppressed'", Status.SKIPPED, "suppressed"),
        ("", "status='run'", Status.PASSED, ""),
        ("<failure/>", "status='passed'", Status.FAILED, ""),
        ("<warning>w</warning>", "", Status.PASSED, "warning"),
        ("<rerunFailure/><failure/>", "", Status.FAILED, ""),
        ("<flakyFailure/>", "", Status.PASSED, ""),
    ],
)
def test_status(inside: str, attributes: str, status: Status, raw: str) -> None:
    result = one(f"<testcase name='t' {attributes}>{inside}</testcase>")
    assert (result.status, result.raw_status) == (status, raw)


def test_reruns_are_attempts_of_one_result() -> None:
    result = one(
        "<testcase name='t'><flakyFailure message='1'><stackTrace>x</stackTrace><system-out>no</system-out></flakyFailure></testcase>"
    )
    assert (result.attempts, result.flaky, result.stdout) == (2, True, "")
    summary = parse(
        "<testsuite><testcase name='t'><failure/><rerunFailure/><rerunError/></testcase></testsuite>"
    )[1]
    assert (summary.extras.reruns, summary.extras.flaky) == (1, 0)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<testcase name='a'/>", ["a"]),
        ("<testsuites><testcase name='a'/></testsuites>", ["a"]),
        (
            "<testsuites><testsuites><testsuite name='x'><testcase name='a'/></testsuite></testsuites></testsuites>",
            ["x/a"],
        ),
        (
            "<testsuite name='x'><testsuite name='y'><testcase name='a'/></testsuite><testcase name='b'/></testsuite>",
            ["x/y/a", "x/b"],
        ),
        (
            "<j:testsuites xmlns:j='urn:x'><j:testsuite name='n'><j:testcase name='a'><j:failure/></j:testcase></j:testsuite></j:testsuites>",
            ["n/a"],
        ),
        ("<testsuite xmlns='urn:y'><testcase name='a'/></testsuite>", ["a"]),
        (
            "<testsuite><testcase name='outer'><testcase name='inner'/></testcase></testsuite>",
            ["inner", "outer"],
        ),
        ("<testsuite><testcase/><testcase name=''/></testsuite>", ["(unnamed)", "(unnamed)"]),
        ("<root><testsuite name='x'><testcase name='a'/></testsuite></root>", ["x/a"]),
    ],
)
def test_tests_are_found_at_any_depth(text: str, names: list[str]) -> None:
    assert ["/".join((*found.suite, found.name)) for found in parse(text)[0]] == names


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", 1.5), ("2.6e-05", 2.6e-05), ("3.069E9", None), ("0,288", 0.288), ("1,234.5", 1234.5), ("2.503,1", 2503.1),
        ("1,234", 1234.0), ("1,234,567", 1234567.0), ("12,5", 12.5), ("", None), ("NaN", None), ("inf", None), ("-5", None), ("N/A", None),
        ("80.803us", 80.803e-6), ("00:00:01.5", 1.5), ("<<computed>>", None), ("1 234.5", 1234.5), ("1.2.3", None), ("٣", 3.0),
    ],
)  # fmt: skip
def test_times_of_every_locale(text: str, seconds: float | None) -> None:
    quoted = text.replace("<", "&lt;")
    assert one(f"<testcase name='t' time='{quoted}'/>").elapsed == (
        pytest.approx(seconds) if seconds is not None else None
    )


def test_a_decimal_comma_is_decided_for_the_whole_file() -> None:
    found, _ = parse(
        "<testsuite><testcase name='a' time='0,5'/><testcase name='b' time='1,234'/></testsuite>"
    )
    assert [one.elapsed for one in found] == [0.5, pytest.approx(1.234)]


def test_a_suites_own_error_becomes_a_failing_result() -> None:
    found, summary = parse(
        "<testsuite name='s' tests='1' errors='1'><error message='boom'>x</error><testcase name='a'/></testsuite>"
    )
    assert [(one.name, one.status, one.synthetic) for one in found] == [
        ("a", Status.PASSED, False),
        ("s [suite]", Status.ERROR, True),
    ]
    assert (summary.tests.total, summary.extras.synthetic, summary.results) == (1, 1, 2)
    assert summary.problems[0].is_error


def test_failures_that_only_attributes_claim_become_a_failing_result() -> None:
    found, summary = parse(
        "<testsuites failures='3'><testsuite name='s' failures='2'><testcase name='a'><failure/></testcase></testsuite></testsuites>"
    )
    assert [one.status for one in found] == [Status.FAILED, Status.FAILED, Status.FAILED]
    assert summary.extras.synthetic == 2
    assert "claims 2 failures, its entries show 1" in summary.problems[0].message


@pytest.mark.parametrize(
    "text", ["<testsuite failures='x' errors='-4'><testcase name='a'/></testsuite>"]
)
def test_attributes_that_are_no_numbers_do_not_matter(text: str) -> None:
    assert parse(text)[1].problems == []


def test_lxml_is_not_used() -> None:
    result = one("<testcase name='t'><failure message='m'/></testcase>")
    assert result.details[0].message == "m"
    assert "lxml" not in {
        module.split(".")[0] for module in sys.modules if module.startswith("testferry")
    }


@pytest.mark.parametrize(
    ("name", "counts"),
    counted(REPORTS / "counts.csv"),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reports_of_real_tools(name: str, counts: list[int]) -> None:
    summary = ReportSummary(name)
    for _ in read(Source(str(REPORTS / name)), summary):
        pass
    assert list(summary.tests.as_dict().values()) == counts, summary.problems


CORPUS = SHARED / "corpus" / "manifest.csv"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside this checkout")
def test_the_corpus_to_the_last_test() -> None:
    missed = []
    for row in csv.DictReader(CORPUS.read_text("utf-8").splitlines()):
        if row["format"] != "junit-xml" or row["expect"] not in ("parse", "parse-lenient"):
            continue
        summary = ReportSummary(row["path"])
        for _ in read(Source(str(CORPUS.parent / row["path"])), summary):
            pass
        wanted = [int(row[key]) for key in ("tests", "passed", "failed", "errors", "skipped")]
        if list(summary.tests.as_dict().values()) != wanted:
            missed.append((row["path"], wanted, summary.tests))
    assert not missed


SAMPLES = [path.read_bytes() for path in sorted(REPORTS.glob("*.xml"))]


@given(st.data())
@settings(max_examples=150)
def test_any_mutation_of_any_report_gives_results_or_a_named_problem(data: st.DataObject) -> None:
    sample = bytearray(data.draw(st.sampled_from(SAMPLES)))
    mutate(data, sample)
    try:
        parse(bytes(sample))
    except ReportProblem as problem:
        assert problem.message


def test_a_case_without_a_name_is_called_by_its_class() -> None:
    assert one("<testcase name='' classname='com.A'><failure/></testcase>").name == "com.A"


@pytest.mark.parametrize(
    "case",
    [
        "<testcase name='a' classname='c' attempt='2'/>",
        "<testcase name='a' classname='c'><flakyFailure/></testcase>",
        "<testcase name='a' classname='c'><properties><property name='retry' value='1'/></properties></testcase>",
    ],
)
def test_what_says_that_a_test_was_tried_again(case: str) -> None:
    assert one(case).retried
    assert not one("<testcase name='a' classname='c'/>").retried


def test_expectations_of_one_name_are_no_retries() -> None:
    found, _ = parse((REPORTS / "testthat.xml").read_bytes())
    merged = {one.name: one.status for one in merge_attempts(found, "auto")}
    assert merged["several_expectations"] is Status.FAILED


@pytest.mark.parametrize("said", ["1", "1.0", "1,0", " 1 "])
def test_a_count_is_believed_however_it_is_written(said: str) -> None:
    results, _ = parse(f"<testsuite name='s' failures='{said}'><testcase name='t'/></testsuite>")
    assert [result.status for result in results] == [Status.PASSED, Status.FAILED]


@pytest.mark.parametrize("said", ["", "NaN", "inf", "many", "-1"])
def test_what_is_no_count_claims_nothing(said: str) -> None:
    results, _ = parse(f"<testsuite name='s' failures='{said}'><testcase name='t'/></testsuite>")
    assert [result.status for result in results] == [Status.PASSED]


def test_attachments_with_brackets_of_the_real_reporter() -> None:
    found, summary = of((FIXTURES / "reports/junit/mocha-junit-attachments.xml").read_bytes())
    assert [one.attachments for one in found] == [
        ("shots/pay [chrome].png", "shots/pay [chrome] 2.png"),
        ("logs/list.txt",),
        (),
    ]
    assert not summary.problems


@pytest.mark.parametrize("name", ["catch2.xml", "catch2-3.xml"])
def test_suites_that_count_assertions_claim_no_tests(name: str) -> None:
    summary = ReportSummary(name)
    for _ in read(Source(str(REPORTS / name)), summary):
        pass
    assert not summary.problems


def test_a_suite_of_googletest_that_claims_more_is_told() -> None:
    for case in (
        '<testcase name="a" status="run" result="completed" time="0" classname="c"/>',
        '<testcase name="a" status="run" time="0" classname="c"/>',
    ):
        _, summary = of(f'<testsuite name="s" tests="2">{case}</testsuite>')
        assert [problem.code for problem in summary.problems] == ["claims-more"]
