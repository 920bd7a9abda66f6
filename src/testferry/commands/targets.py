"""``targets``: the services and what they are told; one of them as it is understood."""

from __future__ import annotations

import click

from testferry import services
from testferry.services.http import ready
from testferry.settings.declare import Asked, Command, Group, Takes
from testferry.settings.kind import type_of
from testferry.settings.options import COMMON, Files, Screen

_ABOUT = "The services, the tables that are shipped, and the targets of your files."


def listed(asked: Asked) -> None:
    """Every target by its name: what it is, and who describes it."""
    from testferry.commands.shared import show_json
    from testferry.screen.lines import consoles, table

    screen = asked.settings().of(Screen)
    rows = _rows(asked)
    if screen.json:
        keys = ("name", "type", "title", "origin")
        found = [dict(zip(keys, row, strict=True)) for row in rows]
        show_json({"schema": "testferry.targets/1", "targets": found})
        return
    out, _ = consoles(screen.color)
    table(out, ("target", "type", "what it is", "from"), rows)


def _rows(asked: Asked) -> list[tuple[str, str, str, str]]:
    rows = [
        (service.name, service.name, service.title, "testferry") for service in services.services()
    ]
    for name in ready.names():
        rows.append((name, "http", ready.title(name), "testferry's own table"))
    for file in asked.given.files:
        for name in file.targets:
            kind = type_of(asked.given.files, name, services.NAMES) or ""
            rows.append((name, kind, "yours", file.place("targets", name)))
    return rows


def show(asked: Asked) -> None:
    """One target as it is understood: requests, a body, answers, limits, and what becomes of a lost
    answer.
    """
    from testferry.commands.shared import show_json
    from testferry.commands.way import service_of_settings
    from testferry.screen.lines import consoles, plain

    name = asked.word("target")
    settings = asked.of_target(name)
    service = service_of_settings(settings)
    lines = [("target", f"{name}: {service.title}")]
    if name in ready.names():
        lines = [("target", f"{name}: {ready.title(name)}"), ("example", ready.example(name))]
    origin = settings.origin("url")
    url = str(next((said for said, _ in settings.sayings("url")), "") or "")
    if url:
        lines.append(("address", f"{url}   ({origin})"))
    elif not service.embedded:
        lines.append(("address", "to be given: --url https://…"))
    lines += settings.shown()
    screen = settings.of(Screen)
    if screen.json:
        show_json({"schema": "testferry.target/1", "name": name, "lines": lines})
        return
    out, _ = consoles(screen.color)
    width = max(len(head) for head, _ in lines)
    for head, text in lines:
        plain(out, f"{head.ljust(width)}  {text}")


def _make_show() -> Command:
    known = tuple(service.options for service in services.services())
    return Command(
        "targets show", show, Takes(COMMON, known), [click.Argument(["target"], metavar="NAME")]
    )


def command() -> click.Command:
    """The command, as click has it."""
    return Group(
        "targets",
        {"show": _make_show},
        Takes((Files, Screen)),
        about=_ABOUT,
        run=listed,
    )
