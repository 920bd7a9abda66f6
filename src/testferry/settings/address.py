"""The address that results and a token may be sent to: the one place where that is decided."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from testferry.address import LOOPBACK
from testferry.errors import UsageProblem
from testferry.services.service import Service
from testferry.settings.read import DEFAULT, Origin

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


def allowed(url: str, service: Service, target: str, origin: Origin = DEFAULT) -> str:
    """The service's address, checked, without its API's own path. Raises UsageProblem.

    ``origin`` says who named the address; what only a project's file names is heeded today like
    any other, unless the environment or the user's file names one.
    """
    if service.embedded:
        return service.name
    if not url:
        known = service.address.variable
        cure = f"use --url https://… or set {known}" if known else "use --url https://…"
        raise UsageProblem(f"there is no address for {target}", cure)
    try:
        return service.address.plain(_checked(url, target))
    except UsageProblem as problem:
        raise _with_origin(problem, origin) from None


def _with_origin(problem: UsageProblem, origin: Origin) -> UsageProblem:
    if not origin.place:
        return problem
    return UsageProblem(f"{origin}: {problem.message}", problem.hint)


def _checked(url: str, target: str) -> str:
    split = _split(url, target)
    if split.username or split.password:
        raise UsageProblem(
            "the address must not hold credentials",
            "use the environment or --token-file",
        )
    if split.scheme == "http" and split.hostname not in LOOPBACK:
        raise UsageProblem(
            f"http:// would send the token in the clear to {split.hostname}",
            f"use https://{split.netloc}{split.path}",
        )
    return split.geturl().rstrip("/")


def _split(url: str, target: str) -> SplitResult:
    wrong = UsageProblem(f"{url!r} is no address", f"use --url https://… for {target}")
    if _UNPRINTABLE.search(url):
        raise wrong
    full = url
    if "//" not in url:
        full = f"https://{url}"
    try:
        split = urlsplit(full)
        port_fits = split.port is None or split.port >= 0
    except ValueError:
        raise wrong from None
    if split.scheme not in ("http", "https") or not split.hostname or not port_fits:
        raise wrong
    return split
