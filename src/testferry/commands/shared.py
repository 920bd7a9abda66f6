"""What several commands do alike: the JSON document, the summary file, the exit, the way to a
service.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testferry.ending import complain
from testferry.events import Event, Listener, Told
from testferry.option import flag_of, options_of
from testferry.services.sandbox import Options as SandboxOptions
from testferry.settings import address
from testferry.settings.files import dialects, journal_folder, lies_in_passing, volume_folder
from testferry.settings.options import Connection, Ending, Files, Patience, Place, Screen, Whereto
from testferry.settings.read import Settings
from testferry.text import inert_json

if TYPE_CHECKING:  # start-up is a feature
    from testferry.clock import Clock
    from testferry.outcome import Flags
    from testferry.route import Destination
    from testferry.sandbox.faults import Faults
    from testferry.services.service import Service
    from testferry.workplace import Serve, Workplace


_IN_PASSING = (
    "warning: there is no home to write to: journals lie in {}, which may not last; name a place "
    "that does with --journal DIR"
)


def show_json(document: object) -> None:
    """The one JSON document of a command on standard output."""
    show_json_parts([json.dumps(document, ensure_ascii=True)])


def show_json_parts(parts: Iterable[str]) -> None:
    """The one JSON document, made while it is written."""
    try:
        for part in parts:
            click.echo(inert_json(part), nl=False)
        click.echo()
    except BrokenPipeError:
        pass
    except (OSError, ValueError) as problem:
        complain(f"standard output cannot be written: {problem}")


def folder_of(settings: Settings) -> Path:
    """Where the journals lie."""
    said = settings.of(Place).journal
    return volume_folder(said) if said else journal_folder()


def destination_of(settings: Settings, **instead: object) -> Destination:
    """Where a named target is, and how to get there. All that configuration says of it is looked
    at, so that every command gives one answer. Raises UsageProblem.

    ``instead`` are options that count instead of what was said.
    """
    from testferry.route import address_of, dialect_of

    service = service_of_settings(settings)
    options = settings.configured(**instead)
    if service.embedded:
        faults_of(settings, settings.of(SandboxOptions).fault)
    else:
        address.check_each(settings.sayings("url"), service, settings.target)
        address.check_unchallenged(settings.sayings("url"), service, settings.target)
    destination = reached(settings, options)
    with settings.placed("dialect"):
        dialect_of(destination)
    address_of(destination)
    with settings.placed("targets"):
        service.make(options)
    return destination


def faults_of(settings: Settings, said: tuple[str, ...]) -> Faults:
    """How the embedded service misbehaves. Raises UsageProblem for a fault that there is not."""
    from testferry.sandbox.faults import Faults, parse

    if not said:
        return Faults()
    for place, text in enumerate(said):
        with settings.placed("fault", str(place)):
            parse([text])
    return parse(said)


def reached(settings: Settings, options: dict[str, object]) -> Destination:
    """The target made of these options, at the place and by the way that the settings say."""
    from testferry.route import Destination

    service = service_of_settings(settings)
    connection, whereto = Connection(), Whereto()
    if not service.embedded:
        connection, whereto = settings.of(Connection), settings.of(Whereto)
    return Destination(
        settings.target,
        service,
        options,
        whereto,
        settings.origin("url"),
        connection,
        settings.of(Patience),
        dialects(settings.given.files),
    )


def service_of_settings(settings: Settings) -> Service:
    """The service of settings that are about a target."""
    if settings.service is None:
        raise TypeError("these settings are about no target")
    return settings.service


@contextlib.contextmanager
def workplace_of(settings: Settings, *, quiet: bool = False) -> Iterator[Workplace]:
    """The journals, the screen, and the embedded service if it is asked for."""
    from testferry.clock import SystemClock
    from testferry.screen.lines import animated, consoles
    from testferry.screen.live import Screen as Live
    from testferry.settings.ci import in_ci
    from testferry.workplace import Workplace

    screen, clock = settings.of(Screen), SystemClock()
    quiet = quiet or screen.quiet
    _, error = consoles(screen.color, quiet=quiet)
    live = animated(error, ci=in_ci(), quiet=quiet)
    serve = embedded(settings)
    with Live(error, clock, live=live, verbose=screen.verbose) as view:
        listener = _logged(view, screen, clock)
        if not settings.of(Place).journal and lies_in_passing():
            listener(Told(_IN_PASSING.format(folder_of(settings)), level=0))
        yield Workplace(folder_of(settings), listener, clock, serve)


def _logged(view: Listener, screen: Screen, clock: Clock) -> Listener:
    """The view, and the log file if there is to be one."""
    if not screen.log_file:
        return view
    from testferry.screen.log import LogFile

    log = LogFile(screen.log_file, clock)

    def both(event: Event) -> None:
        log(event)
        view(event)

    return both


def embedded(settings: Settings) -> Serve | None:
    """What starts the embedded service over a database; None if the target is another. Raises
    UsageProblem for a fault that there is not.
    """
    if settings.service is not None and not settings.service.embedded:
        return None
    options = settings.of(SandboxOptions)
    faults_of(settings, options.fault)  # a wrong one is told before anything is planned
    return partial(_served, options)


@contextlib.contextmanager
def _served(options: SandboxOptions, database: str) -> Iterator[str]:
    from testferry.sandbox.faults import parse
    from testferry.sandbox.server import Sandbox
    from testferry.sandbox.server import Settings as Behaviour

    behaviour = Behaviour(
        database,
        windows=tuple(window for window in options.server_rate if window is not None),
        latency=options.latency,
        faults=parse(options.fault),
    )
    with Sandbox(behaviour) as sandbox:
        yield sandbox.url


def flags_of(ending: Ending, *, dry_run: bool = False) -> Flags:
    """What the user said about the exit code."""
    from testferry.outcome import Flags

    return Flags(
        exit_zero=ending.exit_zero,
        allow_empty=ending.allow_empty,
        fail_on_failed_tests=ending.fail_on_failed_tests,
        dry_run=dry_run,
    )


def flags_with_words(settings: Settings, *, dry_run: bool = False) -> Flags:
    """The same, and what was said that the next command needs to be told too."""
    return with_words(flags_of(settings.of(Ending), dry_run=dry_run), settings)


def with_words(flags: Flags, settings: Settings) -> Flags:
    """The flags with the words of the line that the next command needs too."""
    return replace(
        flags,
        place=_again(settings, Place, Files),
        way=_again(settings, Whereto, Connection),
    )


def _again(settings: Settings, *records: type) -> str:
    """The words of the line that say these options, to be typed once more; no password among
    them.
    """
    found = ""
    for record in records:
        for name, option in options_of(record).items():
            said = settings.given.line.get(name)
            if isinstance(said, str):
                found += f" {flag_of(name, option)} {shlex.quote(_without_login(said))}"
    return found


def _without_login(said: str) -> str:
    """What was said; of an address with a login, with a place for it."""
    scheme, slashes, rest = said.rpartition("://")
    login, at, host = rest.rpartition("@")
    if not at or ":" not in login:
        return said
    return f"{scheme}{slashes}USER:PASSWORD@{host}"
