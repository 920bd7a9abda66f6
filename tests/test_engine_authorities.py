"""Whom TLS trusts, and what is said if nobody can read them."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from types import ModuleType
from typing import Self

import certifi
import pytest

from testferry.engine import authorities
from testferry.engine.authorities import VARIABLES, trust, usual
from testferry.errors import UsageProblem


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)


def listed() -> ssl.SSLContext:
    """The list that comes with httpx: here, one that trusts nobody."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def names(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


@pytest.fixture
def files(authority: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux whose OpenSSL finds nobody where it looks; a file of one authority is elsewhere."""
    empty = tmp_path / "empty"
    empty.mkdir()
    bare = ssl.DefaultVerifyPaths("", str(empty), "", "", "", "")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: bare)
    monkeypatch.setattr(ssl, "create_default_context", listed)
    monkeypatch.setattr(authorities, "_FILES", (str(empty / "none"), str(authority)))
    return empty


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    end = "-----END CERTIFICATE-----"
    one = Path(certifi.where()).read_text("utf-8").partition(end)[0] + end
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    file.write_text(one + "\n", "utf-8")
    return file


def test_the_files_of_the_system_are_read_where_they_are(files: Path) -> None:
    assert names(usual(listed)) == 1


def test_what_is_looked_up_by_name_is_trusted_too(files: Path) -> None:
    (files / "deadbeef.0").write_text("")
    assert not names(usual(listed)), "nothing else is read"


def test_a_small_container_has_none_and_gets_the_list(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorities, "_FILES", ())
    own = listed()
    assert usual(lambda: own) is own


def test_what_the_environment_names_replaces_the_list(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "mine.pem")
    own = listed()
    assert usual(lambda: own) is own


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_macos_and_windows_are_asked_themselves(
    system: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context(ssl.SSLContext):
        def __new__(cls, protocol: int) -> Self:
            return super().__new__(cls, protocol)

    module = ModuleType("truststore")
    module.SSLContext = Context  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "truststore", module)
    assert not isinstance(usual(listed), Context), "Linux would read its files for each connection"
    monkeypatch.setattr(sys, "platform", system)
    found = usual(listed)
    assert isinstance(found, Context)
    assert found.verify_mode is ssl.CERT_REQUIRED
    assert found.check_hostname
    monkeypatch.setitem(sys.modules, "truststore", None)
    own = listed()
    assert usual(lambda: own) is own


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
