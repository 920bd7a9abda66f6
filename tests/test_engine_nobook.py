"""A book in which nothing stands answers like one in which nothing has happened."""

from __future__ import annotations

from testferry.engine.nobook import NoBook
from testferry.engine.step import Book
from testferry.submission import Kind, Submission


def test_nothing_has_left() -> None:
    book: Book = NoBook("mark", 5.0, 3)
    row = Submission(1, Kind.BATCH, "results")
    assert (book.marker, book.started, book.total, book.newest_result) == ("mark", 5.0, 3, 0)
    lists = (book.arrived(), book.lanes(), book.others_open(row), book.openings("run"))
    assert lists == ([], [], [], [])
    assert (book.confirmed(1), book.confirmed_items(), [*book.sent_items(None)]) == (0, 0, [])
    assert (book.unsettled(), book.service_time(row), book.key_age(row)) == (False, 0.0, 0.0)
    assert book.lane(row) is row
    book.cache("key", {"a": 1})
    assert book.cached("key") == {}
