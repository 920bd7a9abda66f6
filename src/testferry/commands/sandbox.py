"""``sandbox``: serve the emulator on loopback, for rehearsing a pipeline."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry.errors import UsageProblem
from testferry.option import Form, option
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Files

if TYPE_CHECKING:  # start-up is a feature
    from testferry.dialects import Window

_BODY_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Serving:
    """Where it is served, and how it behaves."""

    port: int = option(
        "On loopback; 0 takes any.",
        Form.NUMBER,
        least=0,
        most=65535,
        default=8080,
        in_environment=False,
        in_files=False,
    )
    database: str = option(
        "Keep what is stored of Testmo in this file.",
        default=":memory:",
        metavar="FILE",
        in_environment=False,
        in_files=False,
    )
    rate: tuple[Window | None, ...] = option(
        "The rate limit to keep; Testmo publishes none.",
        Form.RATE,
        many=True,
        default=(),
        safe=True,
    )
    fixed_window: bool = option(
        "Count in fixed windows instead of sliding ones.",
        Form.FLAG,
        default=False,
        in_environment=False,
        in_files=False,
    )
    body_limit: int = option(
        "Larger bodies get 413.",
        Form.SIZE,
        default=_BODY_LIMIT,
        shown_default="20 MiB",
        in_environment=False,
        in_files=False,
    )
    latency: float = option(
        "Added to every answer.",
        Form.DURATION,
        default=0.0,
        shown_default="none",
        safe=True,
    )
    fault: tuple[str, ...] = option(
        "Misbehave; repeatable.",
        many=True,
        default=(),
        metavar="'append: 500 every 7'",
        safe=True,
    )


_EXAMPLES = (
    "testferry sandbox --port 8080 --rate 180/min",
    "testferry sandbox --fault 'append: lost every 5'",
)
_FAULTS = (
    ("OPERATION", "run, thread, append, complete, read, any."),
    ("of TestRail", "Also section, case, update, attach."),
    (
        "EFFECT",
        "500, 500 applied, 429 after 2, drop, lost, late 3s, slow 3s, hang, html, refuse TEXT.",
    ),
    ("WHEN", "every 7, once, first 3, after 10, for 20s."),
    ("429 after 2", "Answers 429 with Retry-After: 2 (seconds); WHEN says when."),
    ("lost", "Applies the request and drops the answer."),
    ("late 3s", "Drops the connection and applies it three seconds later."),
    ("refuse TEXT", "Answers 422 for a batch with a test that says TEXT."),
)


def run(asked: Asked) -> None:
    """Serve the embedded emulator of Testmo and TestRail on loopback, for rehearsing a pipeline."""
    from testferry.commands.way import faults_of
    from testferry.sandbox.server import TOKEN, Sandbox, Settings

    settings = asked.settings()
    serving = settings.of(Serving)
    behaviour = Settings(
        serving.database,
        windows=tuple(window for window in serving.rate if window is not None),
        sliding=not serving.fixed_window,
        body_limit=serving.body_limit,
        latency=serving.latency,
        faults=faults_of(settings, serving.fault),
    )
    try:
        served = Sandbox(behaviour, serving.port)
    except OSError as problem:
        raise UsageProblem(
            f"port {serving.port} cannot be used: {problem.strerror}",
            "use --port 0 for any free one",
        ) from None
    with served:
        click.echo(f"export TESTMO_URL={served.url}")
        click.echo(f"export TESTMO_TOKEN={TOKEN}")
        click.echo(
            f"export TESTRAIL_URL={served.url} TESTRAIL_USER=you@example.com TESTRAIL_KEY={TOKEN}"
        )
        click.echo("serving; Ctrl-C ends it", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            served.wait()


def command() -> click.Command:
    """The command, as click has it."""
    return Command(
        "sandbox",
        run,
        Takes((Serving, Files)),
        shows={"Examples": _EXAMPLES, "A fault is OPERATION: EFFECT [WHEN]": _FAULTS},
    )
