"""What headers say of waiting, in every form that occurs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.dialects.headers import Quota, quota, retry_after, service_time

NOW = 1_792_567_680.0  # Wed, 21 Oct 2026 07:28:00 GMT
DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        (" 5 ", 5.0),
        ("1.5", 2.0),
        ("2.0", 2.0),
        ("0.62", 1.0),
        ("5, 10", 10.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wednesday, 21-Oct-26 07:28:30 GMT", 30.0),
        ("Wed Oct 21 07:28:30 2026", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("-5", None),
        ("abc", None),
        ("", None),
        ("1e9", None),
        ("٥", None),
        ("NaN", None),
        ("inf", None),
        ("5; foo", None),
        ("Wed, 99 Foo 2026 07:28:30 GMT", None),
    ],
)
def test_retry_after_in_every_form(value: str, seconds: float | None) -> None:
    assert retry_after(value, DATE, 0.0) == seconds


def test_a_skewed_clock_does_not_matter() -> None:
    assert retry_after("Wed, 21 Oct 2026 07:28:30 GMT", DATE, NOW + 5000) == 30.0
    assert retry_after("Wed, 21 Oct 2026 07:28:30 GMT", None, NOW + 10) == 20.0


@given(st.text(), st.text())
def test_any_header_gives_a_wait_or_none(value: str, date: str) -> None:
    found = retry_after(value, date, NOW)
    assert found is None or found >= 0


def test_the_services_own_clock() -> None:
    for form in (DATE, "Wednesday, 21-Oct-26 07:28:00 GMT", "Wed Oct 21 07:28:00 2026"):
        assert service_time({"date": form}) == NOW
    assert service_time({}) is None
    assert service_time({"date": "yesterday"}) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"x-ratelimit-remaining": "12", "x-ratelimit-limit": "100", "x-ratelimit-reset": "30"},
            Quota(12, 100, 30.0),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 9)},
            Quota(0, None, 9.0),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW * 1000) + 9000)},
            Quota(0, None, 9.0),
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-reset": "2026-10-21T07:28:20Z"},
            Quota(3, None, 20.0),
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-reset": "2026-10-21T07:28:20"},
            Quota(3, None, 20.0),
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-reset": "2026-99-21T07:28:20Z"},
            Quota(3, None, None),
        ),
        (
            {"ratelimit-remaining": "3", "ratelimit-reset": "Wed, 21 Oct 2026 07:28:40 GMT"},
            Quota(3, None, 40.0),
        ),
        ({"ratelimit": '"default";r=50;t=30'}, Quota(50, None, 30.0)),
        ({"ratelimit": '"a";r=50;t=30, "b";r=1;t=10'}, Quota(1, None, 10.0)),
        ({"ratelimit": '"a";r=7'}, Quota(7, None, None)),
        (
            {"x-ratelimit-minute-remaining": "4", "x-ratelimit-day-remaining": "9000"},
            Quota(4, None, None),
        ),
        (
            {
                "x-ratelimit-remaining-short": "2",
                "x-ratelimit-limit-short": "5",
                "x-ratelimit-reset-short": "1",
            },
            Quota(2, 5, 1.0),
        ),
        ({"x-ratelimit-remaining": "many"}, None),
        ({"x-ratelimit-remaining": "5", "x-ratelimit-limit": "100, 100;w=60"}, Quota(5, 100, None)),
        ({"ratelimit": "nonsense"}, None),
        ({}, None),
    ],
)
def test_quota_headers(headers: dict[str, str], expected: Quota | None) -> None:
    assert quota(headers, NOW) == expected


@given(
    st.dictionaries(
        st.sampled_from(["ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]),
        st.text(),
    )
)
def test_quota_headers_never_raise(headers: dict[str, str]) -> None:
    quota(headers, NOW)
