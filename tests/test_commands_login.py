"""``login``: the token goes into the keyring and from there to the service, never to a screen."""

from __future__ import annotations

import io
import sys

import pytest

from rings import put_in
from shells import Shell


def test_a_token_of_a_pipe_is_kept_and_used(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    token = shell.sandbox.settings.token
    ring = put_in(monkeypatch)
    monkeypatch.delenv("TESTMO_TOKEN")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{token}\n".encode())))
    assert shell("login", "testmo", "--token-file", "-") == 0
    assert "the token for testmo is in the keyring" in shell.err
    assert token not in shell.out + shell.err
    assert ring.tokens == {("testferry", "testmo"): token}
    assert shell.upload("r.xml") == 0
    assert shell("logout", "testmo") == 0
    assert "not in the keyring any more" in shell.err
    assert shell.upload("r.xml", "--again") == 2


def test_a_person_is_asked_without_an_echo(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = put_in(monkeypatch)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, hide_input, err: "typed" if hide_input else "")
    assert shell("login", "testmo", "-q") == 0
    assert ring.tokens == {("testferry", "testmo"): "typed"}
    assert not shell.out + shell.err


def test_what_cannot_be(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch)
    assert shell("login", "testmo") == 2
    assert "--token-file -" in shell.err
    assert shell("login", "sandbox") == 2
    assert "needs no token" in shell.err
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert shell("login", "testmo") == 2
    assert "pip install" in shell.err
