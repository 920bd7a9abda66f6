"""The one list of emulators: a further service's is one import and one entry here."""

from __future__ import annotations

from collections.abc import Callable

from testferry.services.emulation import Emulator
from testferry.services.testmo import emulator as of_testmo
from testferry.services.testrail import emulator as of_testrail

# What faults can strike, over all services.
OPERATIONS = tuple(dict.fromkeys((*of_testmo.OPERATIONS, *of_testrail.OPERATIONS)))


class Emulators:
    """One emulator of each service. ``database`` is kept by those that keep anything on disk;
    ``wall`` is their clock, in epoch seconds.
    """

    def __init__(self, database: str, wall: Callable[[], float]) -> None:
        self.testmo = of_testmo.TestmoEmulator(database, wall)
        self.testrail = of_testrail.TestrailEmulator(wall)
        # The first that owns a request answers it; the last one owns them all.
        self.emulators: list[Emulator] = [self.testrail, self.testmo]
