"""``explain``: what testferry would do on an answer, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from testferry.errors import UsageProblem
from testferry.option import Form, option
from testferry.piped import piped
from testferry.services import NAMES, service_of
from testferry.settings.complete import word_argument
from testferry.settings.declare import Asked, Command, Takes, of_service
from testferry.settings.kind import type_of
from testferry.settings.options import Files, Screen
from testferry.settings.shipped import shipped_names

if TYPE_CHECKING:  # start-up is a feature
    from testferry.dialects import Decision
    from testferry.settings.read import Settings

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer that is to be explained."""

    header: tuple[str, ...] = option(
        "A header of the answer; repeatable.",
        many=True,
        default=(),
        metavar="'K: V'",
        in_environment=False,
        in_files=False,
    )
    body: str | None = option(
        "The answer's body.",
        Form.FILE,
        metavar="FILE|-",
        in_environment=False,
        in_files=False,
    )
    attempt: int = option(
        "Which send this answers.",
        Form.NUMBER,
        least=1,
        default=1,
        in_environment=False,
        in_files=False,
    )


def run(asked: Asked) -> None:
    """What testferry would do on an answer, why, and which sentence of the service's documents says
    so.
    """
    from testferry.clock import SystemClock
    from testferry.commands.shared import show_json
    from testferry.dialects import decide, load
    from testferry.settings.files import dialects
    from testferry.settings.secrets import of_environment

    settings = asked.settings()
    answer, screen = settings.of(Answer), settings.of(Screen)
    with settings.placed():
        own = dialects(settings.given.files)
        dialect = load(_dialect(asked.word("dialect"), settings), own)
    found = decide(
        dialect,
        _status(asked.word("status")),
        _headers(answer),
        _body(answer),
        answer.attempt,
        SystemClock().wall(),
    )
    hide = of_environment().hide  # the answer may have said it back
    found = replace(found, message=hide(found.message), reason=hide(found.reason))
    if not screen.json:
        _show(found, screen)
        return
    show_json(_document(dialect.name, answer.attempt, found))


def _dialect(said: str, settings: Settings) -> str:
    """The dialect that is named, or that of a target of this name, if no dialect is called so."""
    from testferry.dialects.load import SHIPPED

    files = settings.given.files
    known = {name for file in files for name in file.dialects}
    targets = {name for file in files for name in file.targets}
    if said in known.union(SHIPPED) or said not in targets.union(shipped_names()):
        return said
    service = service_of(type_of(files, said, NAMES))
    given = replace(settings.given, line={})  # what is said of the answer is none of the target's
    found: object = of_service(given, service, said).of(service.options)
    return str(getattr(found, "dialect", "") or service.dialect)


def _document(dialect: str, attempt: int, found: Decision) -> dict[str, object]:
    """The form of ``testferry.explain/1``."""
    wait = None
    if found.wait_s:
        wait = list(found.wait_s)
    return {
        "schema": "testferry.explain/1",
        "dialect": dialect,
        "status": found.status,
        "attempt": attempt,
        "action": found.action,
        "kind": found.kind,
        "ambiguous": found.ambiguous,
        "wait_s": wait,
        "message": found.message,
        "reason": found.reason,
        "source": found.source,
    }


def _status(said: str) -> int:
    if not re.fullmatch("[1-9][0-9][0-9]", said):
        raise UsageProblem(
            f"{said!r} is no HTTP status",
            "use a number from 100 to 999: `testferry explain simutest 429`",
        )
    return int(said)


def _headers(answer: Answer) -> dict[str, str]:
    headers = {}
    for line in answer.header:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise UsageProblem(f"--header {line!r} is not 'Name: value'")
        headers[name.strip()] = value.strip()
    return headers


def _body(answer: Answer) -> bytes:
    if answer.body is None:
        return b""
    if answer.body == STANDARD_INPUT:
        return piped("the body").read()
    try:
        with open(answer.body, "rb") as file:
            return file.read()
    except OSError as problem:
        raise UsageProblem(f"--body {answer.body!r} cannot be read: {problem.strerror}") from None


def _show(found: Decision, screen: Screen) -> None:
    from testferry.screen.lines import consoles, plain

    out, _ = consoles(screen.color)
    wait = look = ""
    if found.wait_s:
        wait = f", in {found.wait_s[0]:g} to {found.wait_s[1]:g} s"
    if found.ambiguous:
        look = "; it may have been applied all the same: testferry looks first"
    plain(out, f"{found.action}{wait} ({found.kind}){look}", "bold")
    plain(out, f"  because   {found.reason}")
    plain(out, f"  they say  {found.message}")
    plain(out, f"  document  {found.source}", "dim")


def _dialects() -> Iterable[str]:
    from testferry.dialects.load import SHIPPED

    return SHIPPED


def command() -> click.Command:
    """The command, as click has it."""
    return Command(
        "explain",
        run,
        Takes((Answer, Files, Screen)),
        [
            word_argument("dialect", "DIALECT", _dialects),
            click.Argument(["status"]),
        ],
        shows={
            "Examples": (
                "testferry explain testrail 429 --header 'Retry-After: 5'",
                "testferry explain nestjs 400 --body answer.json",
            )
        },
    )
