"""The Redis or Valkey server of a fleet: its address, the way to it, what its troubles mean.

Here and in ``fleet`` and ``members`` alone is ``redis`` known; it is an extra of testferry.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from testferry.address import is_host
from testferry.errors import UsageProblem

if TYPE_CHECKING:
    from redis import Redis

ALONE = 0.25  # of the limit, for a machine whose server cannot be used: four of them may be there
ANSWER = 3.0  # seconds for which the server is waited for
ODD = (ValueError, TypeError, LookupError, AttributeError, RecursionError)  # of no Redis
_NO_REDIS = "python -m pip install 'testferry[redis]'"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fleet shares its rates, as the user said it."""

    url: str = field(repr=False)
    # of the limit, while the server cannot be used
    alone: float = ALONE

    @classmethod
    def of(
        cls,
        said: str,
    ) -> Place:
        """Read an address. Raises UsageProblem, in which no password stands."""
        try:
            parts = urlsplit(said)
            ours = {key: value for key, value in parse_qsl(parts.query) if key == "alone"}
            others = [(key, value) for key, value in parse_qsl(parts.query) if key != "alone"]
            share = float(ours.get("alone", ALONE))
            well = is_host(parts.hostname or "") and 0.0 < share <= 1.0 and (parts.port or 1) > 0
        except ValueError:
            well = False
        if not well:
            raise not_usable()
        scheme = parts.scheme.replace("valkey", "redis")
        url = urlunsplit((scheme, parts.netloc, parts.path, urlencode(others), ""))
        return cls(url, share)

    @property
    def shown(self) -> str:
        """The host, for people."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or 6379}"


def key_of(
    scope: str,
    name: str,
) -> str:
    """Give the key of something that is kept of a service."""
    digest = hashlib.sha256(scope.encode()).hexdigest()[:16]
    return f"testferry:{{{digest}}}:{name}"


def not_usable() -> UsageProblem:
    """The problem of an address that is none; it says nothing of what was said."""
    return UsageProblem(
        "--budget is no address of a Redis server",
        "use redis://HOST:PORT/DB, rediss:// for TLS; ?alone=0.25 is the part of the limit that "
        "each machine keeps to while the server cannot be used",
        ("budget",),
    )


def connected(place: Place) -> Redis:
    """A client that connects when it is asked, and tries nothing a second time. Raises UsageProblem
    without the extra, and for an address that cannot be used.
    """
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise UsageProblem("--budget redis://… needs the redis extra", _NO_REDIS) from None
    try:
        return Redis.from_url(
            place.url,
            socket_timeout=ANSWER,
            socket_connect_timeout=ANSWER,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise not_usable() from None


# What the server's words mean, in the order in which they are looked for.
_MEANINGS = {
    "NOAUTH|WRONGPASS|username-password|Authentication|AUTH <password>": (
        "refuses the password (put it into TESTFERRY_BUDGET: redis://:PASSWORD@HOST)"
    ),
    "NOPERM": (
        "does not allow what is needed (the user needs EVAL, EVALSHA, SET and the keys testferry:*)"
    ),
    "READONLY|read only replica": "is a read-only replica (name the primary)",
    "OOM|maxmemory": "is full (give it more maxmemory, or another eviction policy)",
    "MOVED|CROSSSLOT|CLUSTERDOWN|^ASK ": (
        "is a cluster that keeps this elsewhere (name a server that is none)"
    ),
    "LOADING": "is starting",
    "DB index": "has no such database (take the number out of the address)",
    "unknown command": "cannot run scripts (Redis 5 or later, or Valkey, can)",
    "Protocol Error|(?i:invalid resp)|HTTP/|(Value|Type|Index|Key|Attribute|Recursion)Error": (
        "does not speak Redis (check host and port)"
    ),
    "(?i:certificate|ssl)": (
        "has no TLS that is trusted (redis:// or rediss://? ?ssl_ca_certs=FILE names the authority)"
    ),
}


def trouble(problem: Exception) -> str:
    """Why a server cannot be used, with the cure; never the server's own words with an address."""
    said = f"{problem} {type(problem).__name__}"
    for marks, words in _MEANINGS.items():
        if re.search(marks, said):
            return words
    return "does not answer"


def text(said: object) -> str:
    """Give what the server says as a text."""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
