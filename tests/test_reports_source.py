from __future__ import annotations

import io
from pathlib import Path
from typing import IO, cast

from testferry.reports import Source, close
from testferry.reports.store import Store


def stored(store: Store, content: bytes) -> int:
    store.write(content)
    return store.keep()


def test_members_of_a_store_are_read_each_by_itself() -> None:
    store = Store()
    one, two = Source("1", store, stored(store, b"one")), Source("2", store, stored(store, b"two"))
    with one.open() as first, two.open() as second:
        assert (first.read(1), second.read(), first.read()) == (b"o", b"two", b"ne")
        second.seek(-1, io.SEEK_END)
        assert second.read() == b"o"
    close([one, two])
    assert store.closed


def test_the_folder_that_attachments_are_named_from(tmp_path: Path) -> None:
    assert Source(str(tmp_path / "r.xml")).base == str(tmp_path)
    assert Source(str(tmp_path)).base == str(tmp_path)
    assert Source("r.xml", io.BytesIO(b"")).base == ""


class Waiting:
    """A file that has nothing yet, as /proc/kmsg."""

    def read(self, _size: int = -1) -> None:
        return None

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return 0


def test_a_file_that_would_make_us_wait_is_empty() -> None:
    with Source("kmsg", spool=cast("IO[bytes]", Waiting())).open() as file:
        assert file.read(10) == b""
