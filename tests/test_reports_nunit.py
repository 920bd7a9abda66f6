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
