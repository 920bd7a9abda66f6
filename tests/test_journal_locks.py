from __future__ import annotations

from pathlib import Path

import pytest

from journals import ID, planned
from testferry.errors import TryLater


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = planned(tmp_path / "j")
    with store.open(ID, write=True):
        with pytest.raises(TryLater, match="another process"):
            store.open(ID, write=True)
        with store.open(ID, write=False) as reader:
            assert reader.unfinished()
    with store.open(ID, write=True):
        pass
