"""The services that results can be sent to: a folder each, and this one list of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from testferry.errors import UsageProblem
from testferry.suggest import choices

if TYPE_CHECKING:
    from testferry.services.service import Service

# The order in which people see them. A new service is a folder with a SERVICE, and its name here.
NAMES = ("testmo", "testrail", "http", "sandbox")


def service_of(name: str) -> Service:
    """The service of this name. Raises UsageProblem if there is none."""
    if name not in NAMES:
        raise UsageProblem(f"there is no target type {name!r}", f"use {choices(NAMES)}")
    found: Service = import_module(f"testferry.services.{name}").SERVICE
    return found


def services() -> list[Service]:
    """Every service, in the order in which people see them."""
    return [service_of(name) for name in NAMES]
