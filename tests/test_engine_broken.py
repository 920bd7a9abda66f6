"""What breaks on the way is said in words, and with a cure only where time mends nothing."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from testferry.engine.broken import LATE, Way, explained

WAY = Way("api.example")
BEHIND = Way("api.example", "proxy.example")


def caused(problem: httpx.HTTPError, cause: BaseException) -> httpx.HTTPError:
    problem.__cause__ = cause
    return problem


def test_what_time_mends_has_no_cure() -> None:
    for problem in (
        httpx.ReadTimeout("x"),
        httpx.ConnectTimeout("x"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.ReadError(""),
    ):
        broken = explained(problem, WAY)
        assert broken.words
        assert broken.cure == ""
    assert explained(httpx.ReadTimeout("x"), WAY).words == LATE


@pytest.mark.parametrize(("way", "cure"), [(WAY, "--url"), (BEHIND, "--proxy")])
def test_a_host_that_does_not_exist_is_named_with_the_option_that_named_it(
    way: Way, cure: str
) -> None:
    nobody = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    broken = explained(caused(httpx.ConnectError("x"), nobody), way)
    assert way.first in broken.words
    assert cure in broken.cure


def test_a_resolver_that_is_only_out_of_reach_is_tried_again() -> None:
    for_now = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    assert explained(caused(httpx.ConnectError("x"), for_now), WAY).cure == ""


def test_a_certificate_that_is_not_trusted_says_how_it_can_be() -> None:
    cause = ssl.SSLCertVerificationError("x")
    cause.verify_message = "self-signed certificate"
    broken = explained(caused(httpx.ConnectError("x"), cause), WAY)
    assert "self-signed certificate" in broken.words
    assert "--ca-bundle" in broken.cure


def test_a_proxy_that_wants_a_password_is_the_users_to_mend_and_a_busy_one_is_not() -> None:
    wants = explained(httpx.ProxyError("407 Proxy Authentication Required"), BEHIND, "Basic")
    assert "Basic" in wants.words
    assert "--proxy" in wants.cure
    assert explained(httpx.ProxyError("503 Service Unavailable"), BEHIND).cure == ""


def test_the_way_is_the_users_proxy_or_the_environments_and_none_to_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://corp.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert Way.to("https://api.example", "") == Way("api.example", "corp.example")
    assert Way.to("https://api.example", "mine.example:8080") == Way("api.example", "mine.example")
    assert Way.to("http://127.0.0.1:8080", "") == Way("127.0.0.1")
