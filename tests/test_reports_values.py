from __future__ import annotations

import math

import pytest

from fakes import codes, of
from testferry.reports.values import Durations, attachments_in, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 1.5),
        ("00:00:01.5000000", 1.5),
        ("1.02:00:00", 93600.0),
        ("0,288", 0.288),
        ("", None),
        (None, None),
    ],
)
def test_durations_of_dotnet(text: str | None, expected: float | None) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["soon", "1e999", "-00:00:01"])
def test_what_is_no_duration_of_dotnet_is_no_number_and_told_later(text: str) -> None:
    assert math.isnan(seconds(text) or 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2m39.18s", 159.18),
        ("6.80s", 6.8),
        ("350 ms", 0.35),
        ("1h 2m", 3720.0),
        ("1h2m3s", 3723.0),
        ("PT1.5S", 1.5),
        ("P1DT2H", 93600.0),
        ("00:00:01.5", 1.5),
        ("01:02", 62.0),
        ("80.803us", 80.803e-6),
        ("5 µs", 5e-6),
        ("1,234.5", 1234.5),
        ("2 seconds", 2.0),
        ("P", None),
        ("1 parsec", None),
        ("12 apples 3s", None),
    ],
)
def test_durations_in_every_form(text: str, expected: float | None) -> None:
    found = Durations().seconds(text)
    assert found == (pytest.approx(expected) if expected is not None else None)


def test_what_is_no_duration_is_counted_and_what_is_none_is_not() -> None:
    durations = Durations()
    for text in ("soon", "-", "", "n/a", "1 parsec"):
        assert durations.seconds(text) is None
    assert durations.odd == 2


@pytest.mark.parametrize("time", ["-5", "1e99", "548392417", "NaN", "inf"])
def test_no_duration_is_clamped(time: str) -> None:
    found, summary = of(f"<testsuite><testcase name='a' classname='c' time='{time}'/></testsuite>")
    assert found[0].elapsed is None
    assert codes(summary) == ["odd-duration"]


def test_a_suite_of_years_says_that_its_times_are_no_seconds() -> None:
    found, summary = of(
        "<testsuites time='1602085292'><testsuite><testcase name='a' classname='c' time='20000'/>"
        "</testsuite></testsuites>"
    )
    assert found[0].elapsed is None
    assert codes(summary) == ["odd-duration"]


@pytest.mark.parametrize(
    ("output", "paths"),
    [
        ("[[ATTACHMENT|a.png]]", ["a.png"]),
        ("[[ATTACHMENT|shots/t[chrome].png]]", ["shots/t[chrome].png"]),
        ("[[ATTACHMENT|t[x[0]].png]] and more", ["t[x[0]].png"]),
        ("saved: [[ATTACHMENT|a.png]] done", ["a.png"]),
        ("[[ATTACHMENT|a.png]][[ATTACHMENT|b.png]]", ["a.png", "b.png"]),
        ("[[ATTACHMENT|file:///w/a%20b.png]]", ["/w/a b.png"]),
        ("[[ATTACHMENT|file:///C:/a.png]]", ["C:/a.png"]),
        ("[[ATTACHMENT|C:\\a.png]]", ["C:\\a.png"]),
        ("[[ATTACHMENT|a[.png]]", ["a[.png"]),
        ("[[ATTACHMENT|never ends\n]]", []),
        ("[[ATTACHMENT|]]", []),
    ],
)
def test_attachments_wherever_they_stand(output: str, paths: list[str]) -> None:
    assert list(attachments_in(output)) == paths


def test_attachments_in_standard_error_count_too() -> None:
    found, summary = of(
        "<testsuite><testcase name='a' classname='c'><system-err>[[ATTACHMENT|e.png]]</system-err></testcase></testsuite>"
    )
    assert found[0].attachments == ("e.png",)
    assert dict(summary.extras.attached) == {"system-err": 1}
