"""What xz packed takes no more memory than its presets do."""

from __future__ import annotations

import io
import lzma
import sys

import pytest

from testferry.reports.xz import MOST_FILLED, MOST_MEMORY, open_xz

TEXT = b"<testsuite/>" * 20_000


def test_every_preset_and_several_streams_are_read() -> None:
    packed = b"".join(lzma.compress(TEXT, preset=preset) for preset in (0, 6, 9))
    assert open_xz(io.BytesIO(packed)).read() == TEXT * 3
    # zeros may stand between and behind
    assert (
        open_xz(io.BytesIO(packed + b"\0" * 4 + lzma.compress(b"x") + b"\0" * 8)).read()[-1:]
        == b"x"
    )
    assert open_xz(io.BytesIO(packed)).read1(10) == TEXT[:10]


def test_a_cut_file_and_a_greedy_one_are_refused() -> None:
    with pytest.raises(EOFError):
        open_xz(io.BytesIO(lzma.compress(TEXT)[:-9])).read()
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2 * MOST_MEMORY}]
    with pytest.raises(lzma.LZMAError, match=r"Memory|Internal error"):  # PyPy's word for it
        open_xz(io.BytesIO(lzma.compress(TEXT, filters=filters))).read()
    with pytest.raises(lzma.LZMAError):
        open_xz(io.BytesIO(b"\xfd7zXZ\x00 no more")).read()


def test_what_came_before_xz_is_read() -> None:
    assert open_xz(io.BytesIO(lzma.compress(TEXT, lzma.FORMAT_ALONE))).read() == TEXT


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="its lzma refuses large ones")
def test_a_large_dictionary_is_allowed_as_long_as_little_comes_out() -> None:
    much = b"<testsuite/>" * (MOST_FILLED // 12 + 10)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2 * MOST_FILLED}]
    with pytest.raises(lzma.LZMAError, match="more memory"):
        open_xz(io.BytesIO(lzma.compress(much, filters=filters))).read()
    # each stream has a dictionary of its own, and one of a usual size has no such limit
    small = lzma.compress(TEXT, filters=filters) * 2
    usual = lzma.compress(much, preset=0)
    read = open_xz(io.BytesIO(small + usual))
    assert sum(len(chunk) for chunk in iter(lambda: read.read(1 << 20), b"")) == 2 * len(
        TEXT
    ) + len(much)
