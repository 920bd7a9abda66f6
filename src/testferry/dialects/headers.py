"""When to try again: Retry-After in all its forms, and the arithmetic of waits. Pure; ``now`` is an
argument.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0  # a single longer wait ends the upload with the time to come back
SHORTEST_WAIT = 1.0  # no hot loop, whatever the server says
JITTER = 1.1

_NUMBER = re.compile(r"[0-9]{1,300}(?:\.[0-9]{1,9})?\Z")
_EPOCH_MS = 1e12
_EPOCH_S = 1e9


@dataclass(frozen=True, slots=True)
class Wait:
    """One named wait of a dialect: ``base * factor ** (n - 1)`` up to ``cap`` seconds, ``attempts``
    sends in all.

    ``directed`` waits are named by the service's documents (a ``wait`` in CONTRACT's words, not a
    ``retry``).
    """

    base: float = 1.0
    factor: float = 2.0
    cap: float = 60.0
    attempts: int = 5
    directed: bool = False

    def after(self, attempt: int) -> float:
        """Seconds to wait after the ``attempt``-th send (counted from 1) failed."""
        return min(self.base * self.factor ** min(max(attempt, 1) - 1, 64), self.cap)


def spread(seconds: float) -> tuple[float, float]:
    """The range that a wait is drawn from: [d, 1.1 d], d at least one second."""
    at_least = max(SHORTEST_WAIT, seconds)
    return at_least, round(at_least * JITTER, 6)


def retry_after(value: str, date: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` value asks for (RFC 9110 10.2.3), None where it is malformed.

    delay-seconds (decimals occur in the wild: rounded up), or an HTTP-date in any of its three
    forms, compared with the answer's own ``Date`` so that a skewed clock does not matter, else with
    ``now`` (epoch seconds). Repeated headers arrive joined by a comma: the largest counts.
    """
    value = value.strip()
    if _NUMBER.match(value):
        return float(math.ceil(float(value)))
    if (until := _http_date(value)) is not None:
        since = _http_date(date) if date else None
        return max(0.0, until - (since if since is not None else now))
    parts = [part.strip() for part in value.split(",")]
    if len(parts) > 1 and all(_NUMBER.match(part) for part in parts):
        return max(float(math.ceil(float(part))) for part in parts)
    return None


def _http_date(value: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(value.strip())
        if parsed.tzinfo is None:  # asctime has no zone; HTTP dates are GMT
            parsed = parsed.replace(tzinfo=UTC)
        return parsed.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Quota:
    """What the rate-limit headers of an answer say: requests left, and seconds until there are more
    (None: not said).
    """

    remaining: int
    limit: int | None
    reset: float | None


def quota(headers: Mapping[str, str], now: float) -> Quota | None:
    """The tightest quota that an answer's headers declare, None where they declare none.
    ``headers`` have lower-case names.

    ``RateLimit: "name";r=50;t=30`` (draft-ietf-httpapi-ratelimit-headers),
    ``RateLimit-Remaining/-Reset`` (its older drafts), ``X-RateLimit-*``, also with a window's name
    in or behind the name (Connecteam, NestJS).
    """
    found: list[Quota] = []
    for item in re.split(r",(?=\s*\"|\s*[a-zA-Z*])", headers.get("ratelimit", "")):
        left = re.search(r";\s*r=([0-9]{1,12})", item)
        if left:
            reset = re.search(r";\s*t=([0-9]{1,12})", item)
            found.append(Quota(int(left[1]), None, float(reset[1]) if reset else None))
    for name, value in headers.items():
        match = re.fullmatch(r"((?:x-)?ratelimit(?:-[a-z0-9]+)?)-remaining(-[a-z0-9_-]+)?", name)
        if match and re.fullmatch(r"[0-9]{1,12}", value.strip()):
            stem, suffix = match[1], match[2] or ""
            limit = headers.get(f"{stem}-limit{suffix}", "").split(",")[0].split(";")[0].strip()
            reset_value = headers.get(f"{stem}-reset{suffix}", "")
            found.append(
                Quota(
                    int(value),
                    int(limit) if re.fullmatch(r"[0-9]{1,12}", limit) else None,
                    _reset(reset_value, headers.get("date"), now),
                )
            )
    return (
        min(found, key=lambda one: one.remaining / max(1.0, one.reset or 60.0)) if found else None
    )


def _reset(value: str, date: str | None, now: float) -> float | None:
    """Seconds until a reset whose kind nobody declared: epoch, epoch milliseconds, seconds, ISO
    8601 or an HTTP-date.
    """
    value = value.strip()
    here = (_http_date(date) if date else None) or now
    if _NUMBER.match(value):
        number = float(value)
        if number > _EPOCH_MS:
            return max(0.0, number / 1000 - here)
        return max(0.0, number - here) if number > _EPOCH_S else number
    if re.match(r"\d{4}-\d\d-\d\dT", value, re.ASCII):
        from datetime import datetime

        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return max(
            0.0, (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() - here
        )
    until = _http_date(value) if value else None
    return max(0.0, until - here) if until is not None else None
