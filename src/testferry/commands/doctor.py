"""``doctor``: is everything there that an upload needs? Each finding passes, or says how to cure
it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry.errors import TestferryError, UsageProblem
from testferry.services import services
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Connection, Files, Patience, Place, Screen, Whereto

if TYPE_CHECKING:  # start-up is a feature
    from pathlib import Path

    from testferry.clock import Clock
    from testferry.engine.client import Client
    from testferry.engine.judge import Answer
    from testferry.engine.step import Check, Reply
    from testferry.route import Destination, Route

_SKEW = 60.0  # seconds between two clocks that are as good as none
_REFUSED, _LATER = 5, 75


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination, with the exit code that it asks for if it fails."""

    name: str
    passed: bool
    message: str
    cure: str = ""
    exit_code: int = _REFUSED


def run(asked: Asked) -> None:
    """Address, TLS, token, project, clock, rate limit, journal: each line passes or fails with a
    cure.
    """
    from testferry.commands.shared import destination_of, folder_of, show_json

    target = asked.word("target")
    settings = asked.of_target(target)
    destination = destination_of(settings)
    if settings.service is None or settings.service.embedded:
        raise UsageProblem(
            f"there is nothing to examine for {target!r}",
            "use a service of your own, or a target of testferry.toml",
        )
    screen = settings.of(Screen)
    code = 0
    found = []
    for finding in examine(destination, folder_of(settings)):
        if not finding.passed and not code:
            code = finding.exit_code
        found.append(finding)
        if not screen.json:
            _show(finding, screen)
    if screen.json:
        checks = [_as_dict(finding) for finding in found]
        show_json({"schema": "testferry.doctor/1", "exit_code": code, "checks": checks})
    raise SystemExit(code)


def examine(destination: Destination, folder: Path) -> Iterator[Finding]:
    """One finding after the other; the first that everything else needs ends it."""
    from testferry.journal import Store
    from testferry.route import route_to

    try:
        Store(folder).prepare()
        yield Finding("journal", passed=True, message=f"{folder} can be written")
    except TestferryError as problem:
        yield _failed("journal", problem)
    try:
        route = route_to(destination)
    except TestferryError as problem:
        yield _failed("configuration", problem)
        return
    yield Finding("address", passed=True, message=route.url)
    whose = f"there is one for {route.user}" if route.user else "there is one"
    yield Finding("token", passed=True, message="; ".join((whose, *route.notices)))
    yield from _ask(route)


def _ask(route: Route) -> Iterator[Finding]:
    """What the service answers. To the lead: the engine's driver of conversations."""
    from testferry.clock import SystemClock
    from testferry.engine.client import Client, Connection

    destination, clock = route.destination, SystemClock()
    connection = Connection(
        route.url + route.service.address.api,
        {**route.dialect.headers, **route.headers},
        route.query,
        destination.patience.timeout,
        destination.connection.ca_bundle,
        destination.connection.proxy,
    )
    client = Client(connection, 1, clock)
    steps = route.target.check()
    request, answer = next(steps), None
    while True:
        client.post(request.method, request.target, request.body, {})
        reply, arrived = _reply(client, route, clock)
        if arrived is None:
            cure = "check the address, the proxy (--proxy) and the authorities (--ca-bundle)"
            yield Finding(
                "connection",
                passed=False,
                message=reply.message,
                cure=cure,
                exit_code=_LATER,
            )
            return
        if answer is None:
            tls = "over TLS" if route.url.startswith("https:") else "over loopback"
            yield Finding("connection", passed=True, message=f"answers {tls}")
        answer = arrived
        try:
            request = steps.send(reply)
        except StopIteration as end:
            checks: list[Check] = end.value
            break
    for check in checks:
        cure = "" if check.passed else check.cure
        yield Finding(check.name, check.passed, check.message, cure, check.exit_code)
    yield from _clock_and_rate(answer, clock.wall())


def _reply(client: Client, route: Route, clock: Clock) -> tuple[Reply, Answer | None]:
    """The reply to the request that is out, and the answer, None if none came."""
    from testferry.engine.judge import Answer, judge
    from testferry.engine.step import Reply

    done = client.wait(None)
    while done is None:
        done = client.wait(None)
    draw = random.SystemRandom().uniform
    answer = done.answer
    verdict, words = judge(route.dialect, answer, 1, clock.wall(), draw, route.secret.hide)
    if not isinstance(answer, Answer):
        return Reply(verdict, message=words), None
    return Reply(verdict, answer.status, answer.headers, answer.body, words), answer


def _clock_and_rate(answer: Answer, wall: float) -> Iterator[Finding]:
    from testferry.dialects.headers import quota, service_time

    theirs = service_time(answer.headers)
    if theirs is not None:
        skew = abs(theirs - wall)
        cure = "set this machine's clock: certificates and times of runs depend on it"
        message = f"{skew:.0f} s apart from the service's"
        yield Finding("clock", skew < _SKEW, message, cure)
    left = quota(answer.headers, wall)
    if left is None:
        yield Finding("rate limit", passed=True, message="the service tells none")
        return
    of = f" of {left.limit}" if left.limit else ""
    cure = "wait, or ask who else uses the limit"
    message = f"{left.remaining} requests left{of}"
    yield Finding("rate limit", left.remaining > 0, message, cure, _LATER)


def _failed(name: str, problem: TestferryError) -> Finding:
    return Finding(
        name,
        passed=False,
        message=problem.message,
        cure=problem.hint,
        exit_code=problem.exit_code,
    )


def _show(finding: Finding, screen: Screen) -> None:
    from testferry.screen.lines import consoles, plain

    out, _ = consoles(screen.color)
    if finding.passed:
        plain(out, f"✔ {finding.name}: {finding.message}")
        return
    plain(out, f"✘ {finding.name}: {finding.message}", "red")
    if finding.cure:
        plain(out, f"    {finding.cure}", "dim")


def _as_dict(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "passed": finding.passed,
        "message": finding.message,
        "cure": finding.cure,
    }


def command() -> click.Command:
    """The command, as click has it."""
    return Command(
        "doctor",
        run,
        Takes(
            (Whereto, Connection, Patience, Place, Files, Screen),
            tuple(service.options for service in services() if not service.embedded),
        ),
        [click.Argument(["target"])],
    )
