from __future__ import annotations

import pytest

from fakes import of, statuses


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Pass", "passed"),
        ("Fail", "failed"),
        ("Skip", "skipped"),
        ("NotRun", "skipped"),
        ("Wibble", "error"),
    ],
)
def test_results(word: str, status: str) -> None:
    assert statuses(
        f"<assembly name='x.dll'><test name='T.a' type='T' result='{word}'/></assembly>"
    ) == [("a", status)]


def test_an_assembly_that_failed_outside_of_a_test_keeps_its_words() -> None:
    found, _ = of(
        "<assembly name='d/x.dll'><errors><error name='F'><failure><message>cleanup</message></failure></error></errors></assembly>"
    )
    assert (found[0].name, found[0].message, found[0].synthetic) == (
        "F [assembly]",
        "cleanup",
        True,
    )


def test_a_failure_beside_a_green_word_is_one() -> None:
    found, _ = of(
        "<assemblies><assembly name='a'><collection name='c'><test name='a' result='Pass'>"
        "<failure><message>m</message></failure></test></collection></assembly></assemblies>"
    )
    assert [str(result.status) for result in found] == ["failed"]
