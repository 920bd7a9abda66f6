"""``doctor``: is everything there that an upload needs? Each finding passes, or says how to cure
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry import exit_codes
from testferry.errors import TestferryError, TryLater, UsageProblem
from testferry.services import services
from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Connection, Files, Patience, Place, Screen, Whereto

if TYPE_CHECKING:  # start-up is a feature
    from pathlib import Path

    from testferry.engine.judge import Answer
    from testferry.route import Destination, Route

_SKEW = 60.0  # seconds between two clocks that are as good as none
_NO_ANSWER = "check the address, the proxy (--proxy) and the authorities (--ca-bundle)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination, with the exit code that it asks for if it fails."""

    name: str
    passed: bool
    message: str
    cure: str = ""
    exit_code: int = exit_codes.REFUSED


def run(asked: Asked) -> None:
    """Address, TLS, token, project, clock, rate limit, journal: each line passes or fails with a
    cure.
    """
    from testferry.commands.shared import folder_of, show_json
    from testferry.commands.way import destination_of

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
    """What the service answers."""
    from testferry.clock import SystemClock
    from testferry.engine.inquiry import Inquiry, Unanswered
    from testferry.engine.verdict import cure_of, exit_code_of
    from testferry.workplace import client_of

    clock = SystemClock()
    with closing(client_of(route.url, route, clock)) as client:
        inquiry = Inquiry(client, route.dialect, clock, route.secret.hide)
        try:
            checks = inquiry.carry_out(route.target.check())
        except Unanswered as problem:
            code, cure = exit_code_of(problem.verdict), cure_of(problem.verdict)
            if code == exit_codes.LATER:
                cure = _NO_ANSWER
            yield Finding(
                "connection", passed=False, message=problem.words, cure=cure, exit_code=code
            )
            return
    tls = "over TLS" if route.url.startswith("https:") else "over loopback"
    yield Finding("connection", passed=True, message=f"answers {tls}")
    for check in checks:
        cure = "" if check.passed else check.cure
        yield Finding(check.name, check.passed, check.message, cure, check.exit_code)
    yield from _clock_and_rate(inquiry.answers[-1], clock.wall())


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
    yield Finding("rate limit", left.remaining > 0, message, cure, TryLater.exit_code)


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
        [target_argument()],
        shows={
            "Examples": (
                "testferry doctor testmo --project-id 1",
                'testferry doctor testrail --project "My project"',
            )
        },
    )
