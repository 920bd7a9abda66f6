"""Where a token comes from."""

from __future__ import annotations

import base64
import html
import io
import json
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rings import put_in
from shells import TOKEN as CANARY
from shells import Shell
from testferry.dialects import load
from testferry.errors import NoSecret, UsageProblem
from testferry.services import service_of
from testferry.settings import secrets
from testferry.settings.secrets import Secret, of_proxies


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
    put_in(monkeypatch).tokens["testferry", "t"] = "kept"
    assert secrets.token(None, service, "t").place == "the keyring"
    assert secrets.token(None, service, "t").secret.reveal() == "kept"
    monkeypatch.setenv("TESTMO_TOKEN", " from-environment ")
    assert secrets.token(None, service, "t").secret.reveal() == "from-environment"
    (tmp_path / "token").write_text("from-file")
    (tmp_path / "token").chmod(0o600)
    assert secrets.token("token", service, "t").secret.reveal() == "from-file"


@pytest.mark.parametrize(
    "value", ["$(TESTMO_TOKEN)", "$(shop.testmo)", "${{ secrets.X }}", "$TESTMO_TOKEN"]
)
def test_what_nobody_filled_in_is_no_token(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TESTMO_TOKEN", value)
    service = service_of("testmo")
    with pytest.raises(NoSecret, match="which nobody filled in"):
        secrets.token(None, service, "t")
    monkeypatch.setenv("TESTMO_TOKEN", f"x{value}")
    assert secrets.token(None, service, "t").secret.reveal() == f"x{value}"


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


def test_a_token_on_standard_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TESTMO_TOKEN")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{CANARY}\n".encode())))
    assert shell.upload("r.xml", "--token-file", "-") == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert shell.upload("r.xml", "--again", "--token-file", "-") == 2
    assert "standard input is empty" in shell.err


def test_basic_carries_any_password_and_other_headers_do_not() -> None:
    secret = Secret("schlüssel")
    basic = secrets.credentials(load("testrail"), secret, "me")
    assert base64.b64decode(basic.headers["Authorization"].split()[1]).decode() == "me:schlüssel"
    with pytest.raises(UsageProblem, match="no header can carry"):
        secrets.credentials(load("testmo"), secret)


def test_a_secret_is_hidden_in_every_form_that_a_text_gives_it() -> None:
    value = 'SEKRET-c/7+1="ä'
    secret = Secret(value)
    quoted = quote(value, safe="")
    pair = base64.b64encode(f"me@example.com:{value}".encode()).decode()
    forms = (
        value, quoted, quoted.replace("%C3%A4", "%c3%a4").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"), quote(quoted, safe=""), quote_plus(value), html.escape(value),
        json.dumps(value), repr(value), base64.b64encode(value.encode()).decode(),
        base64.urlsafe_b64encode(value.encode()).decode(), pair,
    )  # fmt: skip
    for form in forms:
        assert form not in secret.hide(f"it said {form}.")
        assert "***" in secret.hide(f"it said {form}.")


def test_a_described_header_carries_what_one_of_a_dialect_does() -> None:
    secret = Secret("schlüssel")
    dialect = load("nestjs")
    basic = secrets.credentials(dialect, secret, "", {"basic": "me:{token}"})
    assert base64.b64decode(basic.headers["Authorization"].split()[1]).decode() == "me:schlüssel"
    with pytest.raises(UsageProblem, match="no header can carry"):
        secrets.credentials(dialect, secret, "", {"header": "X-API-Key: {token}"})
    query = secrets.credentials(dialect, secret, "", {"query": "api_key"})
    assert (query.headers, query.query) == ({}, (("api_key", "schlüssel"),))
    assert "schlüssel" not in repr(query)


CODES = {
    "itself": lambda character: character,
    "an address": lambda character: "".join(f"%{octet:02X}" for octet in character.encode()),
    "an address in small letters": lambda character: "".join(
        f"%{octet:02x}" for octet in character.encode()
    ),
    "an address, twice": lambda character: "".join(
        f"%25{octet:02X}" for octet in character.encode()
    ),
    "JSON": lambda character: json.dumps(f"\x00{character}\u1234")[7:-7],
    "JSON, all of it": lambda character: f"\\u{ord(character):04x}",
    "JSON in JSON": lambda character: f"\\\\u{ord(character):04X}",
    "Python": lambda character: f"\\x{ord(character):02x}",
    "HTML": lambda character: f"&#{ord(character)};",
    "HTML, in hex": lambda character: f"&#x{ord(character):X};",
    "HTML by name": html.escape,
    "HTML in HTML": lambda character: html.escape(f"&#{ord(character)};"),
}


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=4, max_size=150).filter(
        str.isprintable
    ),
    st.data(),
)
def test_no_code_shows_a_secret(value: str, data: st.DataObject) -> None:
    """Each of its characters may stand in another."""
    code = st.sampled_from(list(CODES.values()))
    coded = "".join(data.draw(code)(character) for character in value)
    assert "".join(Secret(value).hide(f"say {coded} .").split()) == "say***."


def test_a_long_secret_is_looked_for_in_time() -> None:
    value = "aB3-" * 2_500
    began = time.process_time()
    assert Secret(value).hide(f"%2D {value.replace('-', '%2D')} x") == "%2D *** x"
    Secret("-" * 2_000).hide("%2D" * 20_000)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("http://me:hunter2@proxy:80", ["hunter2"]),
        ("me:hunter2@proxy:80", ["hunter2"]),
        ("http://corp%5Cme:p%40ss%2Fw@proxy", ["p@ss/w"]),
        ("http://me:with@sign@proxy", ["with@sign"]),
        ("http://proxy:80", []),
        ("http://me@proxy", []),
        ("", []),
    ],
)
def test_a_proxys_password_is_a_secret_too(
    address: str, password: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that refuses may say back what it was sent."""
    assert of_proxies(address) == password
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert of_proxies("") == password
