"""What is wrong with a proxy's address, or with the word for where a rate is shared.

It is known when it is read, so that every command says it; the words quote no password.
"""

from __future__ import annotations

from importlib.util import find_spec
from urllib.parse import urlsplit

from testferry.address import NO_PROXY, is_host
from testferry.errors import UsageProblem

_NO_PLACE = "use auto, none, file:PATH with a file that the others can write too, or redis://HOST"
_SOCKS = ("socks5", "socks5h")


def wrong_proxy(said: str) -> tuple[str, str] | None:
    """Words and cure; None if it can be used. It may be said without ``http://``."""
    full = said
    if "://" not in said:
        full = f"http://{said}"
    try:
        parts = urlsplit(full)
        well = is_host(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        return NO_PROXY
    known = parts.scheme in ("http", "https")
    if parts.scheme in _SOCKS:
        known = find_spec("socksio") is not None
    return None if well and known else NO_PROXY


def wrong_budget(said: str) -> tuple[str, str] | None:
    """Words and cure; None if a rate can be shared there."""
    from testferry.pace.slots import SCHEMES  # start-up is a feature

    word, _, rest = said.partition(":")
    if said in ("auto", "none") or (word == "file" and rest):
        return None
    if word not in SCHEMES or not rest.startswith("//"):
        return f"{word!r} is no place where a rate can be shared", _NO_PLACE
    from testferry.pace.server import Place, connected

    try:
        connected(Place.of(said)).close()
    except UsageProblem as problem:
        return problem.message.removeprefix("--budget "), problem.hint
    return None
