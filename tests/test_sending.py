"""How fast a journal's requests are sent, and under which headers it is kept."""

from __future__ import annotations

from testferry.dialects import Window, load
from testferry.pace.limits import Rate
from testferry.sending import rate_of
from testferry.settings.options import Speed


def test_the_rate_is_what_is_said_now_then_what_was_said_then_the_dialects() -> None:
    dialect = load("testrail", {})
    before = {"rates": [[60, 60.0]], "share": 0.5}
    assert rate_of(Speed(), dialect, {}) == Rate(
        dialect.windows, dialect.share, dialect.min_interval
    )
    assert rate_of(Speed(), dialect, {}, embedded=True).min_interval == 0.0
    assert rate_of(Speed(), dialect, before) == Rate((Window(60, 60.0),), 0.5)
    now = Speed(rate=(Window(3, 1.0), None), rate_share=0.9)
    assert rate_of(now, dialect, before) == Rate((Window(3, 1.0),), 0.9)
    assert rate_of(Speed(rate=(None,)), dialect, {}) == Rate((), dialect.share)
