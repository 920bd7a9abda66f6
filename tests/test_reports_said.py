"""What attributes say of how a test ended."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from testferry.reports.said import Shapes, word_of, words_in, words_of_test

NAMES = ("name", "status", "Result", "failures", "success", "skipped", "state", "attempt")
VALUES = ("", "run", "Passed", "failed", "0", "1", "true", "false", "bewildered", " ok ", "x" * 200)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES))


def test_the_word_that_says_most_is_the_one_that_is_not_green() -> None:
    assert word_of(["run", "Passed", "Failed"]) == "failed"
    assert word_of(["run", "passed"]) == "passed"
    assert word_of(["run", "bewildered"]) == "bewildered"
    assert word_of([" ", ""]) == ""


def test_zero_and_one_are_words_of_a_test_and_counts_of_a_suite() -> None:
    assert words_of_test({"success": "0"}) == ["failed"]
    assert words_in({"success": "0"}) == []
    assert words_in({"errors": "true"}) == words_of_test({"errors": "true"}) == ["error"]


@given(st.lists(ATTRIBUTES, max_size=12))
def test_what_is_remembered_of_a_shape_is_what_each_element_says(
    elements: list[dict[str, str]],
) -> None:
    shapes = Shapes()
    for attributes in (*elements, *elements):
        shape = shapes.of(attributes)
        assert shape.word(attributes) == word_of(words_of_test(attributes))
        assert shape.retries == ("attempt" in attributes)


def test_hostile_elements_are_not_remembered_without_end() -> None:
    shapes = Shapes()
    for number in range(1000):
        assert shapes.of({f"status{number}": "failed"}).word({f"status{number}": ""}) == ""
        attributes = {"status": f"failed{number}", "result": "failed"}
        assert shapes.of(attributes).word(attributes) == "failed"
    long = {"status": "y" * 100_000}
    assert shapes.of(long).word(long) == "y" * 100_000
    assert shapes.remembered < 1000
