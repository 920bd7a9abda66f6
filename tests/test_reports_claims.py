"""What a suite claims decides what its entries leave open."""

from __future__ import annotations

import pytest

from fakes import codes, of
from testferry.model import Status

BOTH = (
    "<testcase name='a' classname='c'><failure message='no'/><skipped message='rest'/></testcase>"
)
EXPECTED = "<testcase name='e' classname='c'><skipped type='todo'/><failure/></testcase>"
RED = "<testcase name='r' classname='c'><failure/></testcase>"
ODD = "<testcase name='o' classname='c' status='wibble'/>"
CHILD = "<testcase name='o' classname='c'><wibble/></testcase>"


def statuses(inside: str, attributes: str = "") -> list[str]:
    return [
        str(one.status) for one in of(f"<testsuite name='s' {attributes}>{inside}</testsuite>")[0]
    ]


@pytest.mark.parametrize(
    ("inside", "attributes", "expected"),
    [
        (BOTH, "failures='1'", ["failed"]),
        (BOTH, "failures='0'", ["skipped"]),
        (BOTH, "", ["skipped"]),
        (BOTH, "failures='2'", ["failed", "failed"]),  # the second stands for what is missing
        (RED + BOTH, "failures='1'", ["failed", "skipped"]),
        (RED + BOTH, "failures='2'", ["failed", "failed"]),
        (BOTH + RED, "failures='2'", ["failed", "failed"]),
        (EXPECTED, "failures='1'", ["skipped", "failed"]),
    ],
)
def test_a_failure_beside_a_skip_is_what_the_suite_counts(
    inside: str, attributes: str, expected: list[str]
) -> None:
    assert sorted(statuses(inside, attributes)) == sorted(expected)


def test_the_suite_around_decides_if_the_inner_one_says_nothing() -> None:
    inner = f"<testsuite name='i'>{BOTH}</testsuite>"
    found, _ = of(f"<testsuites failures='1'>{inner}</testsuites>")
    assert [one.status for one in found] == [Status.FAILED]
    found, _ = of(f"<testsuites failures='0'>{inner}</testsuites>")
    assert [one.status for one in found] == [Status.SKIPPED]


@pytest.mark.parametrize("inside", [ODD, CHILD])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", "error"),
        ("failures='1'", "error"),
        ("failures='0' errors='0'", "skipped"),
        ("skipped='3'", "skipped"),
    ],
)
def test_what_is_in_no_table_is_never_green(inside: str, attributes: str, expected: str) -> None:
    found, summary = of(f"<testsuite name='s' {attributes}>{inside * 3}</testsuite>")
    assert {str(one.status) for one in found} == {expected}
    told = [problem for problem in summary.problems if problem.code == "unknown-status"]
    assert [problem.tests for problem in told] == [3], "once, with the number of its tests"


@pytest.mark.parametrize("inside", [BOTH, ODD, CHILD])
def test_a_suite_that_is_cut_leaves_nothing_open_green(inside: str) -> None:
    found, summary = of(f"<testsuite name='s'>{inside}<testcase name='x'/><testca")
    opened = next(one for one in found if one.name != "x")
    assert opened.status.is_red
    assert "cut-off" in codes(summary)


def test_fewer_tests_than_are_claimed_are_warned_of() -> None:
    _, summary = of(
        "<testsuite name='s' tests='5'><testcase name='a'/><testcase name='b'/></testsuite>"
    )
    assert [(one.severity, one.code) for one in summary.problems] == [("warning", "claims-more")]
    _, summary = of("<testsuite name='pytest' tests='5'><testcase name='a'/></testsuite>")
    assert not summary.problems, "pytest counts its sub-tests"


def test_a_stand_in_keeps_its_cause() -> None:
    found, _ = of(
        "<testsuite name='s' errors='1'><system-err>Iteration: 0\nTypeError: x is undefined\n</system-err>"
        "<testcase name='a' classname='c'/></testsuite>"
    )
    assert found[-1].synthetic
    assert "TypeError: x is undefined" in found[-1].message
    assert "Iteration: 0" in found[-1].details[0].text


def test_one_element_for_several_failures_is_no_failure_more() -> None:
    failure = "<testcase name='a' classname='c'><failure>Failed 2 times.</failure></testcase>"
    assert statuses(failure, "failures='2'") == ["failed"]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("failures='1'", "claims 1 failure, its entries show 0"),
        ("failures='3'", "claims 3 failures, its entries show 0"),
        ("errors='1'", "claims 1 error, its entries show 0"),
        ("errors='2' failures='1'", "claims 1 failure and 2 errors, its entries show 0"),
    ],
)
def test_a_claim_is_told_in_the_words_of_the_file(attributes: str, words: str) -> None:
    _, summary = of(f"<testsuite name='s' {attributes}><testcase name='a'/></testsuite>")
    assert words in summary.problems[0].message
    assert summary.problems[0].code == "claims-more"


@pytest.mark.parametrize(
    "attributes",
    ["fails='1'", "failedTests='1'", "crashed='1'", "status='EXPLODED'", "aborted='true'"],
)
def test_a_suite_claims_in_many_words(attributes: str) -> None:
    found, summary = of(f"<testsuite name='s' {attributes}><testcase name='a'/></testsuite>")
    assert [str(result.status) for result in found] == ["passed", "failed"]
    assert "claims-more" in codes(summary)


@pytest.mark.parametrize("attributes", ["passed='0'", "success='0' executed='0'", "failures='0'"])
def test_what_a_suite_counts_is_no_word(attributes: str) -> None:
    found, summary = of(f"<testsuite name='s' {attributes}><testcase name='a'/></testsuite>")
    assert (len(found), summary.problems) == (1, ())


def test_the_status_of_a_suite_that_counts_is_told_only() -> None:
    found, summary = of(
        "<testsuite name='s' status='odd' failures='0'><testcase name='a'/></testsuite>"
    )
    assert (len(found), codes(summary)) == (1, ["unknown-status"])


@pytest.mark.parametrize("name", ["exception", "crash", "failed"])
def test_a_suite_fails_by_other_elements_too(name: str) -> None:
    found, summary = of(
        f"<testsuite name='s'><testcase name='a'/><{name} message='boom'/></testsuite>"
    )
    assert [result.message for result in found if result.synthetic] == ["boom"]
    assert codes(summary) == ["outside-failure"]


@pytest.mark.parametrize("inside", ["<skipped/><rerunFailure/>", "<skipped/>"])
def test_a_skip_beside_other_words_of_failure_is_what_the_suite_counts(inside: str) -> None:
    case = f"<testcase name='a' status='failed'>{inside}</testcase>"
    found, _ = of(f"<testsuite name='s' failures='1' skipped='0'>{case}</testsuite>")
    assert [str(result.status) for result in found] == ["failed"]
    found, _ = of(f"<testsuite name='s' failures='0' skipped='1'>{case}</testsuite>")
    assert [str(result.status) for result in found] == ["skipped"]
