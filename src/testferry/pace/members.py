"""Who of a fleet holds how much of a rate limit, read from its server; nothing is changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from testferry.errors import TryLater
from testferry.pace.holders import Holder, Shared
from testferry.pace.limits import MARGIN
from testferry.pace.server import ODD, Place, connected, key_of, text, trouble

if TYPE_CHECKING:
    from redis import Redis


def read(
    place: Place,
    scope: str,
    now: float,
    per: float,
) -> Shared:
    """Read what is held for a window of ``per`` seconds, of one service, or of all without a
    ``scope``. Raises TryLater if the server cannot be used.
    """
    from redis.exceptions import RedisError

    client: Any = connected(place)
    try:
        seconds, parts = client.time()
        ahead = now - (seconds + parts / 1e6)
        shared = Shared()
        for each in _services(client, scope):
            seen = _Seen(
                client,
                each,
                ahead,
                now,
                per + MARGIN,
            )
            holders = (*shared.holders, *seen.holders())
            shared = Shared(holders, (*shared.paused, *seen.paused()))
    except (RedisError, OSError, *ODD) as problem:
        words = f"the shared budget at {place.shown} {trouble(problem)}"
        raise TryLater(words, "run it again later") from None
    finally:
        client.close()
    return shared


def _services(
    client: Redis,
    scope: str,
) -> list[str]:
    """The services whose rates are shared there: their addresses."""
    if scope:
        return [scope]
    names = client.scan_iter(match="testferry:*:name", count=1000)
    return sorted(text(client.get(name) or "") for name in names)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the server keeps of one service's rate."""

    client: Redis
    scope: str
    # seconds from the server's clock to ours
    ahead: float
    now: float
    counts_for: float

    def holders(self) -> list[Holder]:
        """The processes that hold something."""
        found: dict[str, Holder] = {}
        for member, _ in self._all("out"):
            holder = self._of(found, member)
            holder.in_flight += 1
            holder.until = math.inf
        for member, stamp in self._all("done"):
            until = stamp / 1000 + self.ahead + self.counts_for
            if until > self.now:
                holder = self._of(found, member)
                holder.answered += 1
                holder.until = max(holder.until, until)
        return list(found.values())

    def paused(self) -> list[tuple[str, float]]:
        """Until when everybody waits; nothing if nobody has to."""
        said = self.client.get(key_of(self.scope, "gate"))
        until = float(text(said or "0")) / 1000 + self.ahead
        return [(self.scope, until)] if self.now < until < math.inf else []

    def _all(
        self,
        name: str,
    ) -> list[tuple[str, float]]:
        client: Any = self.client
        entries = client.zrange(key_of(self.scope, name), 0, -1, withscores=True)
        return [(text(member), float(score)) for member, score in entries]

    def _of(
        self,
        found: dict[str, Holder],
        member: str,
    ) -> Holder:
        """The holder that a request is of: ``host:process:word number``."""
        owner = member.partition(" ")[0]
        if owner not in found:
            host, process, _ = owner.rsplit(":", 2)
            found[owner] = Holder(self.scope, int(process), host=host)
        return found[owner]
