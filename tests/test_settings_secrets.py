"""Where a token comes from."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from shells import TOKEN as CANARY
from shells import Shell
from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.settings import secrets
from testferry.settings.secrets import Secret


def test_a_token_file(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TESTMO_TOKEN")
    token = tmp_path / "token"
    token.write_text(CANARY + "\n")
    token.chmod(0o600)
    assert shell.upload("r.xml", "--token-file", str(token)) == 0


def test_the_order_in_which_a_token_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of("testmo")
    with pytest.raises(UsageProblem, match="there is no token for t"):
        secrets.token(None, service, "t")
    keyring = ModuleType("keyring")
    monkeypatch.setattr(keyring, "get_password", lambda _, name: f"of-{name}", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert secrets.token(None, service, "t").place == "the keyring"
    assert secrets.token(None, service, "t").secret.reveal() == "of-t"
    monkeypatch.setenv("TESTMO_TOKEN", " from-environment ")
    assert secrets.token(None, service, "t").secret.reveal() == "from-environment"
    (tmp_path / "token").write_text("from-file")
    (tmp_path / "token").chmod(0o600)
    assert secrets.token("token", service, "t").secret.reveal() == "from-file"


def test_who_the_key_belongs_to() -> None:
    assert secrets.user("x", service_of("testmo"), "t") == ""
    rail = service_of("testrail")
    with pytest.raises(UsageProblem, match="there is no user for t"):
        secrets.user("", rail, "t")
    assert secrets.user(" me@example.com ", rail, "t") == "me@example.com"


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("canary-5f3a")
    assert "canary" not in f"{secret!r} {secret} {[secret]}"
    assert secret.hide("it was canary-5f3a, said they") == "it was ***, said they"
    assert bool(Secret("")) is False
