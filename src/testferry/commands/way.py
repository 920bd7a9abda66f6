"""The way from settings to a service: the destination, the journals and the screen, the embedded
service.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from testferry.commands.shared import folder_of
from testferry.errors import UsageProblem
from testferry.events import Event, Listener, Told
from testferry.option import Form, key_of, options_of
from testferry.settings import address
from testferry.settings.files import dialects, lies_in_passing
from testferry.settings.options import Connection, Patience, Place, Screen, Whereto
from testferry.settings.read import Settings

if TYPE_CHECKING:  # start-up is a feature
    from testferry.clock import Clock
    from testferry.route import Destination
    from testferry.sandbox.faults import Faults
    from testferry.services.sandbox import Options as SandboxOptions
    from testferry.services.service import Service
    from testferry.workplace import Serve, Workplace

_PASTED = re.compile(r"https?://([^/:?#\s]+)\S*/view/\d")
_IN_PASSING = (
    "warning: there is no home to write to: journals lie in {}, which may not last; name a place "
    "that does with --journal DIR"
)


def destination_of(settings: Settings, **instead: object) -> Destination:
    """Where a named target is, and how to get there. All that configuration says of it is looked
    at, so that every command gives one answer. Raises UsageProblem.

    ``instead`` are options that count instead of what was said.
    """
    from testferry.route import address_of, dialect_of

    service = service_of_settings(settings)
    options = settings.configured(**instead)
    if service.embedded:
        _check_faults(settings)
    else:
        address.check_each(settings.sayings("url"), service, settings.target)
        address.check_unchallenged(settings.sayings("url"), service, settings.target)
    destination = reached(settings, options)
    with settings.placed("dialect"):
        dialect_of(destination)
    _check_pasted(settings, service, address_of(destination))
    with settings.placed("targets"):
        service.make(options)
    return destination


def _check_pasted(settings: Settings, service: Service, url: str) -> None:
    """An id that was said as an address must be one of the service that is meant. Raises
    UsageProblem: the number alone would be that of something else.
    """
    ours = urlsplit(url).hostname
    for name, option in options_of(service.options).items():
        said = next((said for said, _ in settings.sayings(name)), None)
        if option.form not in (Form.ID, Form.WORD) or not isinstance(said, str):
            continue
        theirs = _PASTED.match(said.strip())
        if theirs and theirs[1].lower() != ours:
            words = f"--{key_of(name)} is an address of {theirs[1]}, and results go to {ours}"
            raise UsageProblem(words, "use one of that service, or its --url", (name,))


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
    from testferry.services.sandbox import Options

    _check_faults(settings)
    return partial(_served, settings.of(Options))


def _check_faults(settings: Settings) -> None:
    """Raises UsageProblem before anything is planned."""
    from testferry.services.sandbox import Options

    faults_of(settings, settings.of(Options).fault)


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
