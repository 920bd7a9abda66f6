"""The keyring of the desktop, where a token may be kept: `pip install testferry[keyring]`."""

from __future__ import annotations

import importlib
from types import ModuleType

from testferry.errors import UsageProblem

_SERVICE = "testferry"
_ELSEWHERE = "keep the token in the environment, or in a file for --token-file"


def kept(target: str) -> str:
    """The token that is kept for a target; empty if there is none, or no keyring."""
    keyring = _keyring()
    if keyring is None:
        return ""
    try:
        return keyring.get_password(_SERVICE, target) or ""
    except keyring.errors.KeyringError:  # a headless machine has none
        return ""


def keep(target: str, token: str) -> None:
    """Keep a token. Raises UsageProblem where that cannot be."""
    keyring = needed()
    try:
        keyring.set_password(_SERVICE, target, token)
    except keyring.errors.KeyringError as problem:
        raise _headless(problem) from None


def drop(target: str) -> bool:
    """Forget a token; returns whether there was one. Raises UsageProblem where that cannot be."""
    keyring = needed()
    try:
        keyring.delete_password(_SERVICE, target)
    except keyring.errors.PasswordDeleteError:
        return False
    except keyring.errors.KeyringError as problem:
        raise _headless(problem) from None
    return True


def _keyring() -> ModuleType | None:
    try:
        return importlib.import_module("keyring")
    except ImportError:
        return None


def needed() -> ModuleType:
    """The package, or UsageProblem with the way out."""
    found = _keyring()
    if found is None:
        raise UsageProblem(
            "there is no keyring here: its package is not installed",
            f"pip install 'testferry[keyring]', or {_ELSEWHERE}",
        )
    return found


def _headless(problem: Exception) -> UsageProblem:
    words = str(problem).splitlines()
    return UsageProblem(
        f"this machine has no keyring that can be used: {words[0] if words else 'it says nothing'}",
        f"on a machine without a desktop, {_ELSEWHERE}",
    )
