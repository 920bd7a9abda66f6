"""What xz packed takes no more memory than its presets do."""

from __future__ import annotations

import io
import lzma

import pytest

from testferry.reports.xz import MOST_MEMORY, open_xz

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
    with pytest.raises(lzma.LZMAError, match="Memory"):
        open_xz(io.BytesIO(lzma.compress(TEXT, filters=filters))).read()
    with pytest.raises(lzma.LZMAError):
        open_xz(io.BytesIO(b"\xfd7zXZ\x00 no more")).read()
