"""What every command that talks to a service works with: a folder of journals, a listener, and the
machine with its clock, its signals, its network and the rate that its processes share.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from testferry import __version__
from testferry.clock import Clock, SystemClock, pause
from testferry.engine.exchange import Wire
from testferry.events import Listener
from testferry.journal import Store
from testferry.kernel import heeding
from testferry.pace.shared import Budget
from testferry.pace.slots import SCHEMES, Slots
from testferry.route import Route
from testferry.settings.files import journal_folder
from testferry.settings.options import Speed

if TYPE_CHECKING:  # httpx is loaded when something is sent
    from testferry.engine.client import Client

_COMMON_HEADERS = {
    "User-Agent": f"testferry/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
# Starts the embedded service over a database, and gives its address.
Serve = Callable[[str], contextlib.AbstractContextManager[str]]
# Calls a handler with the number of each of these signals meanwhile.
Heed = Callable[[list[int], Callable[[int], None]], contextlib.AbstractContextManager[None]]


class Network(Wire, Protocol):
    """A wire that is left when nothing more is to be sent."""

    def close(self) -> None:
        """Leave it."""
        ...


def client_of(
    base: str,
    route: Route,
    clock: Clock,
) -> Client:
    """Make the client that goes a route. Raises UsageProblem for a proxy or an authority that
    cannot be used.
    """
    from testferry.engine.client import Client, Connection

    destination = route.destination
    connection = Connection(
        base + route.service.address.api,
        {**_COMMON_HEADERS, **route.dialect.headers, **route.headers},
        route.query,
        destination.patience.timeout,
        destination.connection.ca_bundle,
        destination.connection.proxy,
    )
    return Client(connection, clock)


def share(speed: Speed, base: str) -> Slots:
    """Find where the rate is shared: with this user's other processes here, or as said."""
    scheme, is_address, _ = speed.budget.partition("://")
    if is_address and scheme in SCHEMES:
        from testferry.pace.fleet import Fleet

        return Fleet.of(speed.budget, base, Budget.of(journal_folder(), base))
    if speed.budget == "auto":
        return Budget.of(journal_folder(), base)
    if speed.budget == "none":
        return Budget()
    path = Path(speed.budget.removeprefix("file:"))
    return Budget.of(journal_folder(), base, path.expanduser())


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything outside of an upload that it touches; a simulation has its own of each."""

    folder: Path  # of the journals
    listener: Listener
    clock: Clock = field(default_factory=SystemClock)
    serve: Serve | None = None
    pause: Callable[[float], None] = pause  # seconds, while another process has its turn
    draw: Callable[[float, float], float] = random.SystemRandom().uniform
    heed: Heed = heeding
    connect: Callable[[str, Route, Clock], Network] = client_of
    share: Callable[[Speed, str], Slots] = share
    # seconds for which a service that is down is asked, while others wait for their turn
    patience: float | None = None

    @property
    def store(self) -> Store:
        """The journals."""
        return Store(self.folder)
