"""``logout`` of what was never there."""

from __future__ import annotations

import pytest

from rings import put_in
from shells import Shell


def test_a_token_that_was_never_kept(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    assert shell("logout", "testmo") == 0
    assert "there was no token for testmo" in shell.err
    assert shell("logout", "testmo", "-q") == 0
    assert not shell.err


def test_a_machine_without_a_desktop(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, broken=True)
    assert shell("logout", "testmo") == 2
    assert "no keyring that can be used" in shell.err
