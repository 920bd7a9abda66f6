"""What an answer's headers say of waiting: Retry-After in all its forms, the rate-limit headers,
the service's own clock. Pure; ``now`` is an argument, in epoch seconds; names are in lower case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"[0-9]{1,300}(?:\.[0-9]{1,9})?\Z")
_COUNT = re.compile(r"[0-9]{1,12}")
_ITEM_ENDS = re.compile(r",(?=\s*\"|\s*[a-zA-Z*])")
_REMAINING = re.compile(r"((?:x-)?ratelimit(?:-[a-z0-9]+)?)-remaining(-[a-z0-9_-]+)?")
_EPOCH_MS = 1e12
_EPOCH_S = 1e9
_UNSAID_RESET = 60.0  # seconds: what a quota without a reset is compared by


def http_date(value: str) -> float | None:
    """Read an HTTP-date in any of its three forms as epoch seconds; None if it is none."""
    try:
        parsed = parsedate_to_datetime(value.strip())
        # asctime has no zone; HTTP dates are GMT
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=UTC)
        return parsed.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def service_time(headers: Mapping[str, str]) -> float | None:
    """Read the service's own clock from its ``Date``, in epoch seconds; None if it says none."""
    return http_date(headers.get("date", ""))


def retry_after(value: str, date: str | None, now: float) -> float | None:
    """Count the seconds that a ``Retry-After`` value asks for (RFC 9110 10.2.3).

    Returns None if it is malformed. A date is compared with ``date``, the answer's own ``Date``,
    so that a skewed clock does not matter, else with ``now``.
    """
    value = value.strip()
    # decimals occur in the wild: rounded up
    if _NUMBER.match(value):
        return float(math.ceil(float(value)))
    until = http_date(value)
    if until is not None:
        since = http_date(date or "")
        if since is None:
            since = now
        return max(0.0, until - since)
    # repeated headers arrive joined by a comma: the largest counts
    parts = [part.strip() for part in value.split(",")]
    if len(parts) > 1 and all(_NUMBER.match(part) for part in parts):
        return max(float(math.ceil(float(part))) for part in parts)
    return None


@dataclass(frozen=True, slots=True)
class Quota:
    """What the rate-limit headers of an answer say."""

    # requests left
    remaining: int
    # requests in all; None if it is not said
    limit: int | None
    # seconds until there are more; None if it is not said
    reset: float | None

    @property
    def per_second(self) -> float:
        """How many requests a second would use it up just in time."""
        return self.remaining / max(1.0, self.reset or _UNSAID_RESET)


def quota(headers: Mapping[str, str], now: float) -> Quota | None:
    """Find the tightest quota that an answer's headers declare; None if they declare none."""
    found = [*_listed(headers.get("ratelimit", "")), *_counted(headers, now)]
    return min(found, key=lambda declared: declared.per_second, default=None)


def _listed(value: str) -> Iterator[Quota]:
    """Read ``RateLimit: "name";r=50;t=30`` (draft-ietf-httpapi-ratelimit-headers)."""
    for item in _ITEM_ENDS.split(value):
        left = re.search(r";\s*r=([0-9]{1,12})", item)
        if not left:
            continue
        until = re.search(r";\s*t=([0-9]{1,12})", item)
        reset = None
        if until:
            reset = float(until[1])
        yield Quota(int(left[1]), None, reset)


def _counted(headers: Mapping[str, str], now: float) -> Iterator[Quota]:
    """Read ``RateLimit-Remaining`` with its ``-Limit`` and ``-Reset`` (the older drafts) and
    ``X-RateLimit-*``, also with a window's name in or behind the name (Connecteam, NestJS).
    """
    for name, value in headers.items():
        match = _REMAINING.fullmatch(name)
        if not match or not _COUNT.fullmatch(value.strip()):
            continue
        stem = match[1]
        suffix = match[2] or ""
        said = headers.get(f"{stem}-limit{suffix}", "")
        first = said.split(",")[0].split(";")[0].strip()
        limit = None
        if _COUNT.fullmatch(first):
            limit = int(first)
        reset = headers.get(f"{stem}-reset{suffix}", "")
        yield Quota(
            int(value.strip()),
            limit,
            _reset(reset, headers.get("date"), now),
        )


def _reset(value: str, date: str | None, now: float) -> float | None:
    """Count the seconds until a reset whose form nobody declared: epoch, epoch milliseconds,
    seconds, ISO 8601 or an HTTP-date. Returns None if it is none of them.
    """
    value = value.strip()
    here = http_date(date or "") or now
    if _NUMBER.match(value):
        number = float(value)
        if number > _EPOCH_MS:
            return max(0.0, number / 1000 - here)
        if number > _EPOCH_S:
            return max(0.0, number - here)
        return number
    if re.match(r"\d{4}-\d\d-\d\dT", value, re.ASCII):
        until = _iso_date(value)
    else:
        until = http_date(value)
    if until is None:
        return None
    return max(0.0, until - here)


def _iso_date(value: str) -> float | None:
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return parsed.timestamp()
