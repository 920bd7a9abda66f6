from __future__ import annotations

import pytest

from testferry.dialects import Window
from testferry.pace.limits import Rate, our_share, span, stated_limit


def test_our_share_is_rounded_down_but_never_to_nothing() -> None:
    assert our_share(Window(10, 60.0), 0.8) == Window(8, 60.0)
    assert our_share(Window(1, 60.0), 0.1) == Window(1, 60.0)
    assert Rate((Window(180, 60.0), Window(10, 1.0)), share=0.7).effective() == (
        Window(126, 60.0),
        Window(7, 1.0),
    )


def test_a_rate_in_words() -> None:
    rate = Rate((Window(180, 60.0), Window(10, 5.0)), share=0.8)
    assert str(rate) == "144 per min and 8 per 5s, 80% of 180 and 10"
    assert str(Rate((Window(1, 3600.0), Window(1, 1.0)))) == "1 per h and 1 per s"
    assert str(Rate()) == "no limit known"
    assert span(60.0) == "min"
    assert span(2.5) == "2.5s"


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (b"API Rate Limit Exceeded - 180 per minute maximum allowed.", Window(180, 60.0)),
        (b"5 per second maximum", Window(5, 1.0)),
        (b"1000 per hour maximum", Window(1000, 3600.0)),
        (b"0 per minute maximum", None),
        (b"Too many requests", None),
        (b" " * 5000 + b"5 per second maximum", None),
    ],
)
def test_a_limit_that_a_refusal_names(body: bytes, limit: Window | None) -> None:
    assert stated_limit(body) == limit
