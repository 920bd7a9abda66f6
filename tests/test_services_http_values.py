"""What a hole names when a request leaves."""

from __future__ import annotations

from table import Book, batch
from testferry.services.http.values import OPEN, Values, batch_key, row_name
from testferry.submission import Items

NOTHING = Items((), ())


def test_each_scope_has_its_values() -> None:
    values = Values(Book({"id": 5, "token": "t"}), batch(), "k", "Nightly", opens=1)
    assert (values("batch", "key"), values("batch", "number")) == ("k", 7)
    assert (values("upload", "id"), values("upload", "name")) == ("mark", "Nightly")
    assert (values("upload", "total"), values("upload", "started")) == (3, 1_700_000_000.0)
    assert (values("run", "id"), values("run", "token"), values("run", "x")) == (5, "t", "")
    assert values.of_result("r")("key", "") == "r"
    page = values.of_page({"offset": 3})
    assert (page("page", "offset"), page("page", "next")) == (3, "")
    assert Values(Book({"id": 5}), batch(), run_id="9", opens=1)("run", "id") == "9"


def test_rows_are_named_for_good() -> None:
    assert [row_name(OPEN, place) for place in range(3)] == ["open", "open 2", "open 3"]


def test_a_key_names_the_row_and_not_what_it_holds() -> None:
    assert batch_key("m", batch(), NOTHING) == batch_key("m", batch(), Items((b"{}",), ()))
    other = batch_key("n", batch(), NOTHING)
    assert batch_key("m", batch(), NOTHING) != other, "--again sends the same rows once more"
    of_the_first_release = batch(left_at=1.0)
    one, two = (Items((wire,), ()) for wire in (b"1", b"2"))
    assert batch_key("m", of_the_first_release, one) != batch_key("m", of_the_first_release, two)
