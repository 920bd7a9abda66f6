"""Which numbers stand in a column more than once."""

from __future__ import annotations

from array import array
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from testferry.repeats import repeated


@given(st.lists(st.integers(-20, 20)))
def test_what_stands_more_than_once_is_found(numbers: list[int]) -> None:
    counted = Counter(numbers)
    assert repeated(array("q", numbers)) == {at for at in counted if at and counted[at] > 1}


def test_a_long_column_is_looked_through_part_by_part() -> None:
    column = array("q", range(-20_000, 20_000))
    assert repeated(column) == set()
    column.extend((0, 0, 19_999, -20_000))
    assert repeated(column) == {19_999, -20_000}
