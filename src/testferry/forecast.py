"""What a rehearsal says: how many requests, where to, made of what, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testferry.outcome import Forecast
from testferry.pace.pacer import Pacer
from testferry.route import Route
from testferry.sending import rate_of
from testferry.settings.options import Speed


def forecast(route: Route, speed: Speed, rows: int) -> Forecast:
    """The requests that a rehearsal found, where they would go, and how long they would take."""
    rate = rate_of(speed, route.dialect, {})
    least = Pacer(rate, rows).forecast(rows)
    return Forecast(rows, route.url, tuple(_in_words(route.target.describe())), str(rate), least)


def _in_words(options: Mapping[str, object]) -> Iterator[str]:
    """What a target was told, for people; what is a description of its own (the body of a request,
    say) is left out.
    """
    for key, value in options.items():
        name = key.replace("_", " ")
        if value is True:
            yield name
        elif said := _said(value):
            yield f"{name} {said}"


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={inner}" for key, inner in value.items() if _is_plain(inner))
    if isinstance(value, list | tuple):
        return ", ".join(str(inner) for inner in value if _is_plain(inner))
    return str(value or "")


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)
