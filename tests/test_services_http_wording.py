"""Names are read as their words, texts by the words in them."""

from __future__ import annotations

import pytest

from testferry.services.http import wording


@pytest.mark.parametrize("name", ["insertErrors", "insert-errors", "INSERT_ERRORS", "errorcount"])
def test_a_name_of_errors_however_it_is_written(name: str) -> None:
    assert wording.is_of_errors(name)


@pytest.mark.parametrize(
    "name",
    ["failOnError", "error_rate", "errors_url", "max_failures", "badge", "notes", "id", "", "###"],
)
def test_a_name_that_only_has_such_a_word(name: str) -> None:
    assert not wording.is_of_errors(name)


@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("created", "part"),
        ("nInserted", "part"),
        ("rows_affected", "whole"),
        ("rowCount", "whole"),
        ("n", "whole"),
        ("number_of_results", "whole"),
        ("number", ""),
        ("total_count", ""),
        ("page_count", ""),
        ("created_by_user", ""),
    ],
)
def test_which_count_a_name_is(name: str, which: str) -> None:
    assert wording.counts(name) == which


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("insertedIds", "ids"),
        ("result_ids", "ids"),
        ("config_ids", ""),
        ("testResults", "entries"),
        ("results", "entries"),
        ("id", "entries"),
        ("", ""),
        ("tags", ""),
    ],
)
def test_what_a_name_lists(name: str, what: str) -> None:
    assert wording.lists(name) == what
