"""The sandbox: Testmo at an address of our own, for as long as an upload lasts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from testferry.option import Form, option
from testferry.services import testmo
from testferry.services.emulation import TOKEN
from testferry.services.service import Address, SecretNames

if TYPE_CHECKING:  # start-up is a feature
    from testferry.dialects import Window


@dataclass(frozen=True, slots=True)
class Options(testmo.Options):
    """Testmo's, and how the emulator misbehaves."""

    fault: tuple[str, ...] = option(
        "Misbehave; see `testferry sandbox --help`.",
        many=True,
        default=(),
        metavar="'append: 500 every 7'",
        safe=True,
        shown_by=("resume",),
        often=True,
    )
    server_rate: tuple[Window | None, ...] = option(
        "The emulator's rate limit.",
        Form.RATE,
        many=True,
        default=(),
        metavar="N/min",
        shown_default="none",
        safe=True,
        shown_by=("resume",),
        often=True,
    )
    latency: float = option(
        "Added to every answer.",
        Form.DURATION,
        default=0.0,
        shown_default="none",
        safe=True,
        shown_by=("resume",),
    )


SERVICE = replace(
    testmo.SERVICE,
    name="sandbox",
    title="the sandbox",
    options=Options,
    configured=testmo.described,
    address=Address(api="/api/v1"),
    secret=SecretNames(public=TOKEN),
    embedded=True,
    foreign={},
    asks=(),
    migrates=("", ""),
    examples=("testferry upload sandbox reports/ --fault 'append: lost every 5'",),
)
