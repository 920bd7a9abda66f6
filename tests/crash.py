"""Run testferry and die, by SIGKILL, exactly there: `python tests/crash.py POINT N -- ARGUMENTS`.
The shipped program has no such hook.

A point is a method of the program, before or after it does its work; N says at which time that it
is reached.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from testferry.engine.exchange import Exchange
from testferry.engine.loop import Upload
from testferry.engine.scheduler import Scheduler
from testferry.engine.worker import Worker
from testferry.journal import Journal
from testferry.pace.shared import Budget
from testferry.submission import Happening, Kind

seen = 0


def die(limit: int) -> None:
    global seen  # noqa: PLW0603 - the one thing that this script counts
    seen += 1
    if seen == limit:
        os.kill(os.getpid(), signal.SIGKILL)


def around(
    owner: type, name: str, limit: int, *, after: bool, when: Callable[..., bool] = lambda *_: True
) -> None:
    original = getattr(owner, name)

    def wrapped(*given: Any, **more: Any) -> Any:
        if not after and when(*given):
            die(limit)
        made = original(*given, **more)
        if after and when(*given):
            die(limit)
        return made

    setattr(owner, name, wrapped)


def moves(*happenings: Happening, kind: Kind | None = None) -> Callable[..., bool]:
    return lambda _journal, one, happening, *_: (
        happening in happenings and (kind is None or one.kind is kind)
    )


def traced(event: str) -> Callable[..., bool]:
    return lambda worker, name, _info: (
        name == event and worker.job is not None and worker.job.method == "POST"
    )


def arm(point: str, limit: int) -> None:  # noqa: C901, PLR0912, PLR0915 - a table of points
    match point:
        case "C01-before-the-plan-is-committed":
            around(Journal, "commit_plan", limit, after=False)
        case "C02-after-the-plan-is-committed":
            around(Journal, "commit_plan", limit, after=True)
        case "C03-before-the-mark":
            around(Journal, "move", limit, after=False, when=moves(Happening.LEAVES))
        case "C04-after-the-mark":
            around(Journal, "move", limit, after=True, when=moves(Happening.LEAVES))
        case "C05-connected-nothing-sent":
            around(
                Worker,
                "_trace",
                limit,
                after=False,
                when=traced("http11.send_request_headers.started"),
            )
        case "C06-headers-sent":
            around(
                Worker,
                "_trace",
                limit,
                after=False,
                when=traced("http11.send_request_headers.complete"),
            )
        case "C07-body-under-way":
            around(
                Worker,
                "_trace",
                limit,
                after=False,
                when=traced("http11.send_request_body.started"),
            )
        case "C08-body-sent":
            around(
                Worker,
                "_trace",
                limit,
                after=False,
                when=traced("http11.send_request_body.complete"),
            )
        case "C09-waiting-for-the-answer":
            around(
                Worker,
                "_trace",
                limit,
                after=True,
                when=traced("http11.receive_response_headers.started"),
            )
        case "C10-answer-headers-read":
            around(
                Worker,
                "_trace",
                limit,
                after=False,
                when=traced("http11.receive_response_headers.complete"),
            )
        case "C11-answer-read-not-noted":
            around(
                Journal, "move", limit, after=False, when=moves(Happening.ACCEPTED, kind=Kind.BATCH)
            )
        case "C12-answer-noted":
            around(
                Journal, "move", limit, after=True, when=moves(Happening.ACCEPTED, kind=Kind.BATCH)
            )
        case "C13-before-a-split":
            around(Journal, "replace", limit, after=False)
        case "C14-after-a-split":
            around(Journal, "replace", limit, after=True)
        case "C15-while-reading-back":
            around(Exchange, "look", limit, after=True)
        case "C16-after-reading-back":
            around(Scheduler, "looked", limit, after=True)
        case "C17-run-created-not-noted":
            around(
                Journal, "move", limit, after=False, when=moves(Happening.ACCEPTED, kind=Kind.OPEN)
            )
        case "C18-thread-created-not-noted":
            around(
                Journal, "move", limit, after=False, when=moves(Happening.ACCEPTED, kind=Kind.LANE)
            )
        case "C19-completed-not-noted":
            around(
                Journal, "move", limit, after=False, when=moves(Happening.ACCEPTED, kind=Kind.CLOSE)
            )
        case "C20-plan-of-the-matches-half-made":
            around(
                Journal,
                "_insert",
                limit,
                after=True,
                when=lambda _journal, one, _items: one.name == "results" and one.id > 4,
            )
        case "C21-while-waiting":
            around(Upload, "_pass_time", limit, after=False)
        case "C22-holding-the-budget":
            around(Budget, "take", limit, after=True)
        case "C23-before-the-checkpoint":
            around(Journal, "finish", limit, after=False)
        case "C25-after-the-end":
            around(Journal, "finish", limit, after=True)
        case "C26-attachment-uploaded-not-noted":
            around(
                Journal,
                "move",
                limit,
                after=False,
                when=moves(Happening.ACCEPTED, kind=Kind.ATTACH),
            )
        case _:
            raise SystemExit(f"there is no point {point}")


if __name__ == "__main__":
    arm(sys.argv[1], int(sys.argv[2]))
    from testferry.cli import run

    sys.exit(run(sys.argv[4:]))
