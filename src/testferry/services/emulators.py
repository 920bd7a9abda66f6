"""The emulators of all services that have one, as their faces name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from testferry.services import services
from testferry.services.emulation import Emulator
from testferry.services.service import Service, loaded
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testrail.emulator import TestrailEmulator


def emulated() -> Iterator[Service]:
    """Give the services that have an emulator of their own."""
    for service in services():
        if service.emulator and not service.embedded:
            yield service


def operations() -> list[str]:
    """Name what faults can strike, over all services."""
    named: dict[str, None] = {}
    for service in emulated():
        named.update(dict.fromkeys(loaded(service.emulator).operations))
    return list(named)


class Emulators:
    """One emulator of each service. ``database`` is for those that keep anything on disk; ``wall``
    is their clock, in epoch seconds.
    """

    def __init__(
        self,
        database: str,
        wall: Callable[[], float],
    ) -> None:
        self.emulators: dict[str, Emulator] = {}
        for service in emulated():
            self.emulators[service.name] = loaded(service.emulator)(database, wall)

    def owner(self, target: str) -> Emulator:
        """Find the emulator whose request this is; the first one refuses what is nobody's."""
        for emulator in self.emulators.values():
            if emulator.owns(target):
                return emulator
        return next(iter(self.emulators.values()))

    # --- for those who look at what is stored

    @property
    def testmo(self) -> TestmoEmulator:
        """Testmo's."""
        return cast(TestmoEmulator, self.emulators["testmo"])

    @property
    def testrail(self) -> TestrailEmulator:
        """TestRail's."""
        return cast(TestrailEmulator, self.emulators["testrail"])
