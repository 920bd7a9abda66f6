"""The address of a fleet's server, and what its troubles mean."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
from testferry.pace.server import Place, trouble


@pytest.mark.parametrize(
    "said",
    [
        "redis://",
        "redis://host:port",
        "redis://:hunter2@host?alone=2",
        "redis://host?alone=x",
        "redis://[hunter2",
    ],
)
def test_a_wrong_address_is_told_without_its_password(said: str) -> None:
    with pytest.raises(UsageProblem) as told:
        Place.of(said)
    assert "hunter2" not in told.value.message + told.value.hint


def test_an_address_is_shown_without_a_login() -> None:
    place = Place.of("valkeys://me:hunter2@cache.example:7000/3?alone=0.5&ssl_cert_reqs=none")
    assert place.url == "rediss://me:hunter2@cache.example:7000/3?ssl_cert_reqs=none"
    assert (place.alone, place.shown) == (0.5, "cache.example:7000")
    assert "hunter2" not in repr(place)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("NOAUTH Authentication required.", "refuses the password"),
        ("READONLY You can't write against a read only replica.", "name the primary"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "is full"),
        ("MOVED 3999 127.0.0.1:6381", "is a cluster"),
        ("LOADING Redis is loading the dataset in memory", "is starting"),
        ("NOPERM this user has no permissions", "does not allow"),
        ("something with redis://:hunter2@host", "does not answer"),
    ],
)
def test_trouble_is_told_with_its_cure(said: str, told: str) -> None:
    words = trouble(OSError(said))
    assert told in words
    assert "hunter2" not in words
