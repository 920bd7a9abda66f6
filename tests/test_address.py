"""One list says which hosts are this machine, for whoever asks."""

from __future__ import annotations

import httpx
import pytest

from testferry.address import LOOPBACK, is_host
from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.settings.address import allowed


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_client_and_the_settings_mean_the_same_hosts(host: str) -> None:
    assert httpx.URL(f"http://{host}:8080").host in LOOPBACK
    url = f"http://{host}:8080"
    assert allowed(url, service_of("testmo"), "x") == url


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "0.0.0.0"])
def test_everything_else_is_elsewhere(host: str) -> None:
    assert httpx.URL(f"http://{host}").host not in LOOPBACK
    with pytest.raises(UsageProblem):
        allowed(f"http://{host}", service_of("testmo"), "x")


@pytest.mark.parametrize("name", ["a.example", "a.example.", "::1", "ä.example", "a" * 63])
def test_a_name_that_a_host_can_have(name: str) -> None:
    assert is_host(name)


@pytest.mark.parametrize("name", ["", "a..b", ".a", "a" * 64, "ä" * 63])
def test_a_name_that_no_host_can_have(name: str) -> None:
    assert not is_host(name)
