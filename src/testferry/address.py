"""Which hosts are this machine: where no token travels in the clear, and no proxy is asked."""

from __future__ import annotations

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
