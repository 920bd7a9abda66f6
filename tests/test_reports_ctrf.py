from __future__ import annotations

from fakes import of


def test_a_summary_that_says_more_than_the_tests() -> None:
    _, summary = of(
        '{"reportFormat":"CTRF","results":{"summary":{"failed":3},"tests":[{"name":"a","status":"odd"}]}}'
    )
    (claim,) = [problem for problem in summary.problems if problem.code == "claims-more"]
    assert "3 failures, its entries show 1" in claim.message


def test_messages_as_lists_durations_as_text_and_tags() -> None:
    found, _ = of(
        '{"reportFormat":"CTRF","results":{"tests":[{"name":"a","status":"failed","duration":"1.5s",'
        '"message":["one","two"],"tags":["C5"]}]}}'
    )
    assert (found[0].message, found[0].elapsed, found[0].ids) == ("one\ntwo", 1.5, (5,))


def test_the_case_of_a_word_does_not_matter() -> None:
    found, summary = of(
        '{"reportFormat": "CTRF", "results": {"tests": [{"name": "a", "status": "FAILED"}, {"name": "b", "status": "Passed"}]}}'
    )
    assert [str(one.status) for one in found] == ["failed", "passed"]
    assert not summary.problems
