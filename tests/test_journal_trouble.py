from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from testferry.errors import JournalProblem, TestferryError, TryLater
from testferry.journal.trouble import explained, unusable


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ("database or disk is full", JournalProblem, "free some space"),
        ("disk I/O error", JournalProblem, "free some space"),
        ("database is locked", TryLater, "wait for"),
        ("attempt to write a readonly database", JournalProblem, "--journal DIR"),
        ("malformed", JournalProblem, "compare it"),
    ],
)
def test_sqlites_troubles_in_words(
    tmp_path: Path, words: str, kind: type[TestferryError], said: str
) -> None:
    with pytest.raises(kind) as caught, explained(tmp_path / "0123456789ab.journal"):
        raise sqlite3.OperationalError(words)
    assert said in caught.value.hint


def test_a_pair_that_the_table_of_transitions_lacks_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(KeyError), explained(tmp_path):
        raise KeyError(("pending", "accepted"))
    with pytest.raises(JournalProblem, match="damaged"), explained(tmp_path):
        raise KeyError("a word")


def test_the_disk_full_at_opening(tmp_path: Path) -> None:
    problem = unusable(tmp_path, OSError(28, "No space left on device"))
    assert "disk is full" in problem.message
