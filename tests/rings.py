"""A keyring of the desktop, as its package looks to whoever imports it."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest


class Ring(ModuleType):
    """Keeps what it is told; ``broken`` is a machine without a desktop."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__("keyring")
        self.tokens: dict[tuple[str, str], str] = {}
        self.broken = broken
        self.errors = ModuleType("keyring.errors")
        kinds = {"KeyringError": type("KeyringError", (Exception,), {})}
        kinds["PasswordDeleteError"] = type("PasswordDeleteError", (kinds["KeyringError"],), {})
        vars(self.errors).update(kinds)

    def _check(self) -> None:
        if self.broken:
            raise vars(self.errors)["KeyringError"]("No recommended backend was available.\nmore")

    def get_password(self, service: str, name: str) -> str | None:
        self._check()
        return self.tokens.get((service, name))

    def set_password(self, service: str, name: str, token: str) -> None:
        self._check()
        self.tokens[service, name] = token

    def delete_password(self, service: str, name: str) -> None:
        self._check()
        if self.tokens.pop((service, name), None) is None:
            raise vars(self.errors)["PasswordDeleteError"]("none")


def put_in(monkeypatch: pytest.MonkeyPatch, *, broken: bool = False) -> Ring:
    ring = Ring(broken=broken)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    return ring
