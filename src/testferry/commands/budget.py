"""``budget [TARGET]``: who holds how much of the rate limit, and until when."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from testferry.pace.slots import SCHEMES
from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Files, Screen, Speed, Whereto

if TYPE_CHECKING:  # start-up is a feature
    from testferry.pace.holders import Holder
    from testferry.settings.read import Settings

_MINUTE = 60.0  # the window that is looked at where no target says another


def run(asked: Asked) -> None:
    """Who holds how much of the rate limit, and until when: of one target, or of all."""
    from testferry.clock import SystemClock
    from testferry.commands.shared import show_json
    from testferry.pace.holders import read

    name = asked.word("target")
    settings = asked.of_target(name) if name else asked.settings()
    clock, screen = SystemClock(), settings.of(Screen)
    limit, per, scope = _limit(settings, named=bool(name))
    now = clock.now()
    budget = settings.of(Speed).budget
    found = [read(path, now, per) for path in _files(budget)]
    if budget.partition("://")[0] in SCHEMES:
        from testferry.pace.members import read as read_members
        from testferry.pace.server import Place

        found.append(read_members(Place.of(budget), scope, now, per))
    holders = [
        holder for shared in found for holder in shared.holders if scope in ("", holder.scope)
    ]
    paused = dict(pause for shared in found for pause in shared.paused if scope in ("", pause[0]))
    ahead = clock.wall() - now
    if screen.json:
        show_json(
            {
                "schema": "testferry.budget/1",
                "target": name or None,
                "limit": limit,
                "window_s": per,
                "held": [_as_dict(holder, ahead) for holder in holders],
                "paused": {url: round(until + ahead, 3) for url, until in paused.items()},
            }
        )
        return
    _show(holders, paused, ahead, screen, limit, per)


def _limit(settings: Settings, *, named: bool) -> tuple[int | None, float, str]:
    """How many requests may leave, in how many seconds, to which address."""
    if not named:
        return None, _MINUTE, ""
    from testferry.commands.way import reached, service_of_settings
    from testferry.route import dialect_of
    from testferry.sending import rate_of
    from testferry.settings import address

    service = service_of_settings(settings)
    said = getattr(settings.of(service.options), "dialect", "")
    destination = reached(settings, {"dialect": said})
    rate = rate_of(settings.of(Speed), dialect_of(destination), {}, embedded=service.embedded)
    scope = address.allowed(
        destination.whereto.url,
        service,
        destination.name,
        destination.origin,
    )
    if not rate.windows:
        return None, _MINUTE, scope
    window = min(rate.windows, key=lambda known: known.per)
    return max(1, math.floor(window.limit * rate.share)), window.per, scope


def _files(budget: str) -> Iterator[Path]:
    from testferry.pace.holders import files
    from testferry.settings.files import journal_folder

    word, _, path = budget.partition(":")
    if word == "file" and path:
        yield Path(path).expanduser()
    elif budget == "auto":
        yield from files(journal_folder())


def _as_dict(holder: Holder, ahead: float) -> dict[str, object]:
    until = None
    if holder.until != math.inf:
        until = round(holder.until + ahead, 3)
    return {
        "url": holder.scope,
        "host": holder.host or None,
        "process": holder.process,
        "in_flight": holder.in_flight,
        "answered": holder.answered,
        "until": until,
    }


def _row(holder: Holder, ahead: float) -> tuple[str, ...]:
    from testferry.clock import at_time

    until = "when it is answered"
    if holder.until != math.inf:
        until = at_time(holder.until + ahead)
    whose = f"{holder.host} {holder.process}".strip()
    if holder.process == os.getpid() and not holder.host:
        whose = "this one"
    return whose, f"{holder.in_flight:,}", f"{holder.answered:,}", until, holder.scope


def _show(
    holders: list[Holder],
    paused: dict[str, float],
    ahead: float,
    screen: Screen,
    limit: int | None,
    per: float,
) -> None:
    from testferry.clock import at_time
    from testferry.screen.lines import consoles, plain, table
    from testferry.text import count, seconds

    out, _ = consoles(screen.color)
    rows = [_row(holder, ahead) for holder in holders]
    if rows:
        table(out, ("process", "on the way", "answered", "held until", "to"), rows, cut=True)
    held = sum(holder.held for holder in holders)
    words = f"{count(held, 'request')} in the last {seconds(per)}"
    if limit is not None:
        words = f"{held:,} of the {limit:,} requests that may leave in {seconds(per)} are taken"
    plain(out, words)
    for url, gate in paused.items():
        plain(out, f"everybody waits until {at_time(gate + ahead)}: {url}", "yellow")


def command() -> Command:
    """The command, as click has it."""
    return Command(
        "budget",
        run,
        Takes((Speed, Whereto, Files, Screen)),
        [target_argument(required=False)],
    )
