"""Whom TLS trusts besides the usual authorities, and what is said if nobody can read them."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from testferry.engine.authorities import VARIABLES, trust
from testferry.errors import UsageProblem


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_nothing_said_changes_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust(context, "")
    assert not context.get_ca_certs()


def test_a_folder_may_hold_them(tmp_path: Path) -> None:
    trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), str(tmp_path))


@pytest.mark.parametrize("variable", ["", *VARIABLES])
def test_what_cannot_be_used_is_said_with_the_cure(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("no certificate")
    own = ""
    if variable:
        monkeypatch.setenv(variable, str(bundle))
    else:
        own = str(bundle)
    with pytest.raises(UsageProblem, match=r"ca\.pem cannot be used") as caught:
        trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), own)
    assert caught.value.hint == "name a PEM file"
