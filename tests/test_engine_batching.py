from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from testferry.engine.batching import Limits, batches
from testferry.services.http_json import wrap
from testferry.submission import Items, Label

LABEL = Label("t", "s", "passed")


@given(st.lists(st.integers(2, 300), max_size=60), st.integers(1, 10), st.integers(80, 600))
def test_both_limits_hold_at_once_and_nothing_is_left_out(
    sizes: list[int], count: int, size: int
) -> None:
    wire = [b'"' + b"x" * (one - 2) + b'"' for one in sizes]
    limits = Limits(count, size, overhead=16)
    packed = list(batches(((one, LABEL) for one in wire), limits))
    assert [one for batch in packed for one in batch.wire] == wire
    for batch in packed:
        assert len(batch.labels) == len(batch.wire) <= count
        body = wrap("tests", batch)
        assert len(body) <= size or len(batch.wire) == 1, (
            "only a single result may be larger than the limit"
        )
    for before, after in pairwise(packed):
        full = (
            len(before.wire) == count
            or before.size + len(after.wire[0]) + 1 + limits.overhead > size
        )
        assert full, "a batch ends only because it is full"


def test_items_can_be_halved_and_picked() -> None:
    items = Items((b"0", b"1", b"2"), tuple(Label(str(at), "", "passed") for at in range(3)))
    first, second = items.halves()
    assert (first.wire, second.wire) == ((b"0",), (b"1", b"2"))
    assert items.pick({1}).labels == (Label("1", "", "passed"),)
    assert items.pick({1}, others=True).wire == (b"0", b"2")
