"""Which numbers are HTTP's statuses, and which may be ids."""

from __future__ import annotations

import pytest

from testferry.services.http.statuses import are_statuses, is_bad_status


@pytest.mark.parametrize(
    ("values", "are"),
    [
        ([201, 422, 201], True),
        ([422, 422, 422], True),
        ([422], True),
        ([403, 404, 405], False),
        ([401, 402, 403], False),
        ([200, 201, 210], False),
        (["201", "422"], False),
        ([True, 201], False),
        ([], False),
    ],
)
def test_which_numbers_are_statuses(values: list[object], are: bool) -> None:
    assert are_statuses(values) is are


def test_a_refusal_is_a_number_from_400_on() -> None:
    assert [is_bad_status(value) for value in (399, 400, 599, 600, True, "400")] == [
        *(False, True, True, False, False, False)
    ]
