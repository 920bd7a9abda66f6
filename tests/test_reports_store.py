"""Members of archives in one file."""

from __future__ import annotations

from testferry.reports.store import Store


def test_what_is_not_kept_is_written_over() -> None:
    store = Store()
    store.write(b"half of it")
    store.drop()
    store.write(b"who")
    store.write(b"le")
    number = store.keep()
    empty = store.keep()
    assert (store.size(number), store.size(empty)) == (5, 0)
    assert store.open(number).read() == b"whole"
    assert store.open(empty).read() == b""
    store.close()
    assert store.closed
