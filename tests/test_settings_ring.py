"""The keyring: with one, with a broken one, with none."""

from __future__ import annotations

import sys

import pytest

from rings import put_in
from testferry.errors import UsageProblem
from testferry.settings import ring


def test_what_is_kept_is_found_and_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    assert ring.kept("t") == ""
    ring.keep("t", "secret")
    assert ring.kept("t") == "secret"
    assert ring.drop("t")
    assert not ring.drop("t")


def test_a_headless_machine_gets_a_clear_word(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, broken=True)
    assert ring.kept("t") == ""
    for call in (lambda: ring.keep("t", "x"), lambda: ring.drop("t")):
        with pytest.raises(UsageProblem, match=r"No recommended backend was available\.$") as told:
            call()
        assert "--token-file" in told.value.hint


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert ring.kept("t") == ""
    with pytest.raises(UsageProblem) as told:
        ring.needed()
    assert "pip install" in told.value.hint
