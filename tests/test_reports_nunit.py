from __future__ import annotations

import pytest

from fakes import of, statuses


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ("result='Passed'", "passed"),
        ("result='Warning'", "passed"),
        ("result='Failed'", "failed"),
        ("result='Failed(Child)'", "failed"),
        ("result='Failed' label='Error'", "error"),
        ("result='Skipped'", "skipped"),
        ("result='Wibble'", "error"),
    ],
)
def test_results_of_nunit_3(attributes: str, status: str) -> None:
    assert statuses(f"<test-run><test-case name='a' {attributes}/></test-run>") == [("a", status)]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ("executed='True' success='True'", "passed"),
        ("executed='True' success='False'", "failed"),
        ("executed='False'", "skipped"),
        ("result='NotRunnable'", "error"),
        ("result='Wibble'", "error"),
    ],
)
def test_results_of_nunit_2(attributes: str, status: str) -> None:
    found = statuses(f"<test-results><test-case name='N.C.a(1.5)' {attributes}/></test-results>")
    assert found == [("a(1.5)", status)]


def test_a_suite_that_failed_without_a_failed_test_keeps_its_words() -> None:
    found, _ = of(
        "<test-run><test-suite name='S' result='Failed'><failure><message>TearDown: no</message></failure>"
        "<test-case name='a' result='Passed'/></test-suite></test-run>"
    )
    assert (found[-1].synthetic, found[-1].message) == (True, "TearDown: no")


@pytest.mark.parametrize(
    ("suite", "case", "expected"),
    [
        ("result='Failed' site='TearDown'", "result='Failed'", ["failed", "error"]),
        ("result='Failed' site='Child'", "result='Failed'", ["failed"]),
        ("result='Passed'", "result='Passed'", ["passed"]),
    ],
)
def test_a_teardown_that_failed_stands_beside_failed_tests(
    suite: str, case: str, expected: list[str]
) -> None:
    found, _ = of(
        f"<test-run><test-suite name='s' {suite}><failure><message>boom</message></failure>"
        f"<test-case name='a' {case}/></test-suite></test-run>"
    )
    assert [str(result.status) for result in found] == expected
    assert [result.message for result in found if result.synthetic] == ["boom"] * (
        len(expected) - 1
    )


def test_a_run_that_failed_without_a_count_is_no_green_one() -> None:
    found, _ = of(
        "<test-run result='Failed'><test-suite name='s'><test-case name='a' result='Passed'/>"
        "</test-suite></test-run>"
    )
    assert [result.synthetic for result in found] == [False, True]


def test_two_words_that_differ_are_not_green() -> None:
    found, _ = of(
        "<test-results total='1'><test-suite name='s'><results>"
        "<test-case name='b' result='Success' success='False'/></results></test-suite></test-results>"
    )
    assert [str(result.status) for result in found] == ["failed"]


def test_a_failure_says_nothing_beside_a_green_word() -> None:
    found, _ = of(
        "<test-run><test-suite name='s'><test-case name='a' result='Passed'>"
        "<failure><message>x</message></failure></test-case></test-suite></test-run>"
    )
    assert [str(result.status) for result in found] == ["passed"]


def test_a_suite_of_nunit_2_says_that_it_failed_in_two_ways() -> None:
    found, _ = of(
        "<test-results total='1'><test-suite name='s' success='False'><results>"
        "<test-case name='a' executed='True' success='True'/></results></test-suite></test-results>"
    )
    assert [result.synthetic for result in found] == [False, True]
