"""``init``: write a testferry.toml, by questions or flags, and examine what it says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry.errors import UsageProblem
from testferry.option import Form, flag_of, key_of, option, options_of
from testferry.piped import somebody_is_there
from testferry.services import NAMES, service_of, services
from testferry.services.migration import quoted
from testferry.services.service import Service
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Screen, Whereto
from testferry.settings.types import led_out
from testferry.text import whole_number

if TYPE_CHECKING:  # start-up is a feature
    from testferry.settings.read import Settings

FILE = "testferry.toml"
_KINDS = tuple(name for name in NAMES if name != "sandbox")
_ADVICE = {
    "http": """
# What one result looks like, and what an answer says: README, "Describe a service".
# item = { title = "{name}", outcome = "{status}", took_ms = "{elapsed|ms}" }
# send = { request = "POST /results", json = { results = "{results}" } }
# answer = { items = "/items", failed = "/error", reason = "/error/message" }
"""
}


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written."""

    type: str | None = option(
        "Which service.",
        Form.CHOICE,
        choices=_KINDS,
        in_environment=False,
        in_files=False,
    )
    target: str = option(
        "What the target is called.",
        default="",
        shown_default="the service's name",
        in_environment=False,
        in_files=False,
    )
    force: bool = option(
        f"Write over a {FILE} that is there.",
        Form.FLAG,
        default=False,
        in_environment=False,
        in_files=False,
    )


def run(asked: Asked) -> None:
    """Write a testferry.toml: it asks on a terminal, or takes what the flags say; then it examines
    the target, and ends with the code of that.
    """
    settings = asked.settings()
    writing = settings.of(Writing)
    _check_place(force=writing.force)
    service = service_of(writing.type or _ask("Service", "--type", _KINDS[0], _KINDS))
    url = settings.of(Whereto).url or os.environ.get(service.address.variable, "")
    example = service.address.example or "https://results.example/api"
    url = _checked(url or _ask(f"Address, like {example}", "--url"), service)
    said = {name: _said(asked, service, name) for name in service.asks}
    target = writing.target or service.name
    text = _file(target, service, url, {name: value for name, value in said.items() if value})
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(text)
    _examine(target, service, url, settings)


def _check_place(*, force: bool) -> None:
    """Nothing is written over unless the user says so, and nothing through a link out of here: a
    checkout may bring one. Raises UsageProblem.
    """
    if os.path.lexists(FILE) and not force:
        raise UsageProblem(f"there is a {FILE} here", "--force writes over it")
    led = led_out(FILE)
    if led:
        raise UsageProblem(f"{FILE} leads out of this folder by a link, to {led}", "remove it")


def _ask(
    question: str,
    flag: str,
    default: str = "",
    choices: tuple[str, ...] = (),
) -> str:
    """Ask a person; without one, say the flag. Raises UsageProblem."""
    if not somebody_is_there():
        raise UsageProblem(
            f"{flag} is missing",
            "standard input is no terminal: nobody can be asked",
        )
    kind = None
    if choices:
        kind = click.Choice(choices)
    found = click.prompt(question, default=default, show_default=bool(default), type=kind, err=True)
    return str(found).strip()


def _said(asked: Asked, service: Service, name: str) -> str:
    """The value of an option: on the line, or asked for; it may stay empty."""
    line = asked.given.line.get(name)
    if isinstance(line, str):
        return line
    if not somebody_is_there():
        return ""
    known = options_of(service.options)[name]
    return _ask(f"{known.help.rstrip('.')} (may stay empty)", flag_of(name, known))


def _checked(url: str, service: Service) -> str:
    """The address as it will be used. Raises UsageProblem."""
    from testferry.settings import address

    return address.allowed(url, service, service.name)


def _file(
    target: str,
    service: Service,
    url: str,
    said: dict[str, str],
) -> str:
    variables = [name for name in (service.secret.user, service.secret.token) if name]
    lines = [
        "# Written by `testferry init`. No secret belongs here: the environment has",
        f"# {', '.join(variables)}, or `testferry login {target}` keeps the token.",
        f"[targets.{_key(target)}]",
        f"type = {quoted(service.name)}",
        f"url = {quoted(url)}",
    ]
    for name, value in said.items():
        written = quoted(value)
        number = whole_number(value)
        if options_of(service.options)[name].form is Form.NUMBER and number is not None:
            written = str(number)
        lines.append(f"{key_of(name)} = {written}")
    return "\n".join(lines) + "\n" + _ADVICE.get(service.name, "")


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else quoted(name)


def _examine(
    target: str,
    service: Service,
    url: str,
    settings: Settings,
) -> None:
    """Examine the new target as `doctor` does. The file is written, whatever is missing still."""
    from testferry.screen.lines import consoles, plain
    from testferry.settings import known

    known.remember(service.name, url)  # this user's own word
    out, _ = consoles(settings.of(Screen).color)
    plain(out, f"{FILE} is written; `testferry upload {target} REPORT…` uploads there")
    doctor = ["doctor", target]
    root = click.get_current_context().find_root().command
    try:
        root.main(doctor, "testferry", standalone_mode=False, obj=doctor)
    except SystemExit as ended:
        if ended.code:
            words = f"mend what has a ✘; `testferry doctor {target}` examines it again"
            plain(out, words, "yellow")
        raise


def command() -> Command:
    """The command, as click has it."""
    asks = tuple(service.options for service in services())
    return Command("init", run, Takes((Writing, Whereto, Screen), asks, files=False))
