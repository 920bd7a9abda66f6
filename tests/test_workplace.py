"""Where the rate is shared, as the user said it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.pace.fleet import Fleet
from testferry.pace.shared import Budget
from testferry.settings.files import journal_folder
from testferry.settings.options import Speed
from testferry.workplace import Workplace, share

ADDRESS = "https://example.testmo.net"


def test_the_rate_is_shared_in_the_users_folder_or_nowhere_or_where_it_is_said(
    tmp_path: Path,
) -> None:
    own = share(Speed(), ADDRESS)
    assert isinstance(own, Budget)
    assert own.path is not None
    assert own.path.parent == journal_folder()
    alone = share(Speed(budget="none"), ADDRESS)
    assert isinstance(alone, Budget)
    assert alone.path is None
    named = share(Speed(budget=f"file:{tmp_path / 'all.db'}"), ADDRESS)
    assert isinstance(named, Budget)
    assert (named.path, named.scope, named.for_others) == (tmp_path / "all.db", ADDRESS, True)


def test_a_workplace_finds_the_journals_of_its_folder(tmp_path: Path) -> None:
    assert Workplace(tmp_path, lambda _event: None).store.unfinished() == []


def test_an_address_of_a_server_is_a_fleets_place() -> None:
    pytest.importorskip("redis")
    found = share(Speed(budget="rediss://:hunter2@cache.example/1"), ADDRESS)
    assert isinstance(found, Fleet)
    assert (found.place.shown, found.scope) == ("cache.example:6379", ADDRESS)
    with pytest.raises(UsageProblem, match="no address") as told:
        share(Speed(budget="redis://:hunter2@cache.example?alone=5"), ADDRESS)
    assert "hunter2" not in str(told.value)


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(UsageProblem) as told:
        share(Speed(budget="redis://cache.example"), ADDRESS)
    assert "testferry[redis]" in told.value.hint
