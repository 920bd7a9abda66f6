"""Which hosts there can be, and which are this machine: there no token travels in the clear, and no
proxy is asked.
"""

from __future__ import annotations

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# What is said of a proxy's address that cannot be used, and the cure; it may hold a password.
NO_PROXY = (
    "is no http:// or https:// address",
    "use --proxy http://USER:PASSWORD@HOST:PORT; write %2F for / and %40 for @ in them",
)


def is_host(name: str) -> bool:
    """Whether a host can have this name: none of its labels is empty or too long (RFC 1035)."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return bool(name)
