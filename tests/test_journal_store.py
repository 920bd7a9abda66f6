from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fakes import header
from journals import planned
from testferry.errors import JournalProblem, UsageProblem
from testferry.journal import Store, fingerprint
from testferry.model import Tally


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    planned(tmp_path / "j")
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o700
    for path in (tmp_path / "j").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_ids_count_up_for_the_same_reports(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    assert store.ids() == []
    word = fingerprint("a", {"b": 1})
    assert word == fingerprint("a", {"b": 1}) != fingerprint("a", {"b": 2})
    first, latest = store.next_id(word)
    assert (first, latest) == (word[:12], None)
    with store.create(header(first)) as journal:
        journal.commit_plan([], Tally(), [])
    second, latest = store.next_id(word)
    assert (second, latest) == (f"{first}-2", first)
    with store.create(header(second)) as journal:
        journal.commit_plan([], Tally(), [])
    assert store.next_id(word) == (f"{first}-3", second)
    assert store.resolve(second) == second
    assert store.resolve(first) == first
    with pytest.raises(UsageProblem, match="several uploads"):
        store.resolve(first[:5])
    with pytest.raises(UsageProblem, match="no upload begins"):
        store.resolve("zzz")


def test_a_missing_journal_and_a_place_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(JournalProblem, match="cannot be used"):
        Store(tmp_path / "file" / "below").create(header())
    with pytest.raises(JournalProblem):
        Store(tmp_path / "file").ids()
    (tmp_path / "j").mkdir()
    with pytest.raises(JournalProblem, match="there is no journal"):
        Store(tmp_path / "j").open("nothing", write=False)


def test_somebody_elses_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    os.chown(tmp_path, 777, -1)
    with pytest.raises(JournalProblem, match="belongs to another user"):
        Store(tmp_path).create(header())
