"""Sending what a journal holds: the one place that calls the engine."""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from testferry.cache import Cache
from testferry.dialects import Dialect, Window
from testferry.engine.actions import Extent, Pace
from testferry.engine.conclude import conclude, summarise
from testferry.engine.loop import Surroundings, Upload
from testferry.errors import JournalProblem, NothingToUpload, TestferryError
from testferry.events import Told
from testferry.journal import Header, Journal, seal, user_key
from testferry.kernel import stopping_signals
from testferry.outcome import Outcome, Stop
from testferry.pace.limits import Rate
from testferry.route import Route
from testferry.settings import ci
from testferry.settings.files import journal_folder
from testferry.settings.options import Speed
from testferry.turn import turn
from testferry.workplace import Workplace

if TYPE_CHECKING:  # httpx is loaded when something is sent
    pass


def header_of(
    workplace: Workplace,
    route: Route,
    upload_id: str,
    word: str,
    speed: Speed,
) -> Header:
    """The header of a new upload; ``word`` is its fingerprint."""
    job, number = ci.job()
    return Header(
        upload_id=upload_id,
        target=route.destination.name,
        type=route.service.name,
        url=route.url,
        fingerprint=word,
        marker=f"testferry-{secrets.token_hex(8)}",
        created=workplace.clock.wall(),
        options=route.target.describe(),
        sealed=seal(user_key(journal_folder()), route.url),
        speed=_remembered(speed),
        job=job,
        number=number,
    )


def carry_out(
    workplace: Workplace,
    journal: Journal,
    route: Route,
    speed: Speed,
    *,
    extent: Extent = Extent.ALL,
) -> Outcome:
    """Send what the journal holds, or as much of it as ``extent`` says."""
    clock, outcome = workplace.clock, Outcome()
    started = clock.now()
    for notice in route.notices:
        workplace.listener(Told(f"warning: {notice}", level=0))
    with _service(workplace, route) as base:
        client = workplace.connect(base, route, clock)
        around = _around(workplace, route, base, speed)
        pace = _pace(workplace, speed, route, journal.header.speed)
        target, dialect = route.target, route.dialect
        upload = Upload(journal, target, dialect, pace, around, base, extent=extent)
        try:
            with (
                turn(workplace, journal, route, speed, around.budget),
                workplace.heed(stopping_signals(), upload.interrupt),
            ):
                stopped = upload.run(client)
        except JournalProblem as problem:
            return _without_journal(upload, outcome, problem)
        finally:
            client.close()
            around.budget.close()
    if extent is Extent.PLAN and upload.planned:
        stopped = None
    conclude(upload, stopped, outcome)
    outcome.named.advice = route.service.advice(journal.header.options)
    outcome.figures.duration_s = clock.now() - started
    if not outcome.unfinished and not outcome.figures.results.in_doubt:
        journal.finish()
    return outcome


def _without_journal(
    upload: Upload,
    outcome: Outcome,
    problem: JournalProblem,
) -> Outcome:
    """The disk is full: what is on it still says what was sent."""
    outcome.figures.requests = upload.requests
    with contextlib.suppress(TestferryError):
        summarise(upload.journal, outcome)
    return end_early(outcome, problem)


def _around(
    workplace: Workplace,
    route: Route,
    base: str,
    speed: Speed,
) -> Surroundings:
    return Surroundings(
        workplace.clock,
        workplace.listener,
        workplace.draw,
        route.secret.hide,
        Cache(workplace.folder, route.url),
        workplace.share(speed, base),
    )


@contextlib.contextmanager
def _service(workplace: Workplace, route: Route) -> Iterator[str]:
    """The address; an embedded service is started for as long as it is needed."""
    if not route.service.embedded or workplace.serve is None:
        yield route.url
        return
    with workplace.serve(str(workplace.folder / f"{route.service.name}.sqlite")) as url:
        yield url


def end_early(outcome: Outcome, problem: TestferryError) -> Outcome:
    """The outcome of what a problem ended."""
    code = problem.exit_code
    if isinstance(problem, NothingToUpload):  # its code follows from the counts
        code = 0
    outcome.stop = Stop(code, problem.message, problem.hint, needs=problem.needs)
    return outcome


# --- speed


def rate_of(
    speed: Speed,
    dialect: Dialect,
    remembered: Mapping[str, object],
    *,
    embedded: bool = False,
) -> Rate:
    """The windows that hold: those that were said now, or when it was planned, or the dialect's."""
    share = dialect.share
    before = remembered.get("share")
    if speed.rate_share is not None:
        share = speed.rate_share
    elif isinstance(before, int | float):
        share = float(before)
    windows = _windows(speed, remembered)
    if windows is not None:
        return Rate(windows, share)
    interval = dialect.min_interval
    if embedded:
        interval = 0.0
    return Rate(dialect.windows, share, interval)


def _windows(speed: Speed, remembered: Mapping[str, object]) -> tuple[Window, ...] | None:
    if speed.rate:
        return tuple(window for window in speed.rate if window is not None)
    before = remembered.get("rates")
    if not isinstance(before, list):
        return None
    return tuple(Window(int(limit), float(per)) for limit, per in before)


def _remembered(speed: Speed) -> dict[str, object]:
    """What a resume should keep to, unless it is told otherwise."""
    rates = None
    if speed.rate:
        rates = [[window.limit, window.per] for window in speed.rate if window is not None]
    return {"rates": rates, "share": speed.rate_share}


def _pace(
    workplace: Workplace,
    speed: Speed,
    route: Route,
    remembered: Mapping[str, object],
) -> Pace:
    max_time = math.inf
    if speed.max_time is not None:
        max_time = speed.max_time
    rate = rate_of(speed, route.dialect, remembered, embedded=route.service.embedded)
    return Pace(
        rate,
        speed.width,
        speed.settle,
        speed.in_doubt,
        max_time,
        workplace.patience,
    )
