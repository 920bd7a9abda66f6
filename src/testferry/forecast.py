"""What a rehearsal says: how many requests, where to, made of what, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testferry.option import options_of
from testferry.outcome import Forecast
from testferry.pace.pacer import Pacer
from testferry.route import Route
from testferry.sending import rate_of
from testferry.settings.options import Speed


def forecast(route: Route, speed: Speed, rows: int) -> Forecast:
    """The requests that a rehearsal found, where they would go, and how long they would take."""
    rate = rate_of(speed, route.dialect, {})
    least = Pacer(rate, rows).forecast(rows)
    said = tuple(_in_words(_said_of(route)))
    return Forecast(rows, route.url, said, str(rate), least)


def _said_of(route: Route) -> dict[str, object]:
    """What a target was told by options; not what it knows of its surroundings."""
    of_its_own = route.target.how - options_of(route.service.options).keys()
    return {
        name: value for name, value in route.target.describe().items() if name not in of_its_own
    }


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
