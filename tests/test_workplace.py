"""Where the rate is shared, as the user said it."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.settings.files import journal_folder
from testferry.settings.options import Speed
from testferry.workplace import Workplace, share

ADDRESS = "https://example.testmo.net"


def test_the_rate_is_shared_in_the_users_folder_or_nowhere_or_where_it_is_said(
    tmp_path: Path,
) -> None:
    own = share(Speed(), ADDRESS)
    assert own.path is not None
    assert own.path.parent == journal_folder()
    assert share(Speed(budget="none"), ADDRESS).path is None
    named = share(Speed(budget=f"file:{tmp_path / 'all.db'}"), ADDRESS)
    assert (named.path, named.scope, named.for_others) == (tmp_path / "all.db", ADDRESS, True)


@pytest.mark.parametrize("word", ["file:", "redis", "somewhere:else"])
def test_a_word_that_names_no_place_is_refused(word: str) -> None:
    with pytest.raises(UsageProblem, match="no place where a rate can be shared"):
        share(Speed(budget=word), ADDRESS)


def test_a_workplace_finds_the_journals_of_its_folder(tmp_path: Path) -> None:
    assert Workplace(tmp_path, lambda _event: None).store.unfinished() == []
