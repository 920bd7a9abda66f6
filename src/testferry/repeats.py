"""Which numbers stand in a long column more than once, found in little memory."""

from __future__ import annotations

from array import array

_AT_ONCE = 8192


def repeated(column: array[int]) -> set[int]:
    """Return the numbers that stand more than once in a column, whatever 0 does.

    A part of the numbers at a time: a set of all of them would be larger than the column.
    """
    found: set[int] = set()
    parts = len(column) // _AT_ONCE + 1
    for part in range(parts):
        seen: set[int] = set()
        for number in column:
            if number % parts != part or not number:
                continue
            if number in seen:
                found.add(number)
            seen.add(number)
    return found
