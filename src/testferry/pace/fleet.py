"""One rate limit for a fleet: in Redis or Valkey, on the server's own clock.

One script takes a slot, or says when it pays to ask again; whoever asked first goes first. While
the server cannot be used this machine keeps to a part of the limit on its own: it never stops, and
never goes without a limit. What left meanwhile is told to the server when it is back.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeGuard

from testferry import kernel
from testferry.clock import SystemClock
from testferry.dialects import Window
from testferry.pace.limits import MARGIN
from testferry.pace.server import ODD, Place, connected, key_of, text, trouble
from testferry.pace.slots import Slots

if TYPE_CHECKING:
    from redis import Redis

RETRY = 10.0  # seconds until a server that could not be used is tried again
LEASE = 10.0  # seconds beyond its next turn for which a process that waits counts as alive
LONGEST_TOLD = 3600.0  # seconds: what left earlier is not told when the server is back
_KEYS = ("out", "done", "who", "gate", "tickets", "epoch")
_A_DAY = 86400  # seconds for which names are kept
# A turn of ours lasts so much longer; in no time it is over.
_EXTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_CLAIM = f"""
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
{_EXTEND}"""


@dataclass(slots=True)
class _Turn:
    """A turn that is ours, until its lease ends. Seconds of a monotonic clock."""

    who: str
    lease: float
    renewed: float


@dataclass(slots=True)
class Fleet(Slots):
    """The slots of one service, shared with every machine that names the same server.

    One record: the server, what is kept of it, and the slots that stand in for it.
    """

    place: Place
    # the service's address
    scope: str
    # the slots of this machine, for the time without the server
    local: Slots
    owner: str = ""
    clock: Callable[[], float] = SystemClock().now
    # seconds of a monotonic clock until which the server is not asked
    _down_until: float = -math.inf
    _is_down: bool = False
    _client: Redis | None = field(default=None, repr=False)
    _news: list[str] = field(default_factory=list)
    # the requests that are out; empty: it took a slot of this machine
    _out: list[str] = field(default_factory=list)
    # when requests were complete that the server does not know of
    _untold: list[float] = field(default_factory=list)
    # what was to be said of a request while the server could not be used
    _owed: list[tuple[str, str]] = field(default_factory=list)
    _asked: int = 0
    _epoch: str = ""
    _held: int = 0
    _told_narrower: bool = False
    # what is done once, and is ours to do
    _turns: dict[str, _Turn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = self.owner or f"{kernel.host()}:{os.getpid()}:{secrets.token_hex(2)}"

    @classmethod
    def of(
        cls,
        said: str,
        scope: str,
        local: Slots,
    ) -> Fleet:
        """Give the slots of a service at an address. Raises UsageProblem for one that cannot be
        used, and without the extra.
        """
        place = Place.of(said)
        return cls(place, scope, local, _client=connected(place))

    @property
    def reaches_all(self) -> bool:
        """Unless the server cannot be used."""
        return not self._is_down

    # --- the slots

    def take(
        self,
        windows: Iterable[Window],
        now: float,
    ) -> float:
        """Take a slot and return 0.0, or the seconds after which it pays to ask again."""
        wanted = tuple(windows)
        if now < self._down_until:
            return self._take_alone(wanted, now)
        self._tell_what_left(now)
        self._keep_turns()
        self._asked += 1
        request = f"{self.owner} {self._asked}"
        spans = [(math.ceil(window.per * 1000), window.limit) for window in wanted]
        said = self._run(
            "take",
            request,
            self._epoch,
            round(LEASE * 1000),
            round(MARGIN * 1000),
            *(number for span in spans for number in span),
        )
        if not _is_reservation(said):
            self._owed.append(("back", request))  # its answer may have been lost
            return self._take_alone(wanted, now)
        wait, epoch, narrower, held = said
        self._held = int(held)
        if text(epoch) != self._epoch:
            self._epoch = text(epoch)
            self._safely(lambda client: client.set(self._key("name"), self.scope, ex=_A_DAY))
        if narrower and not self._told_narrower:
            self._told_narrower = True
            self._news.append(
                "others who share the rate limit keep to a narrower one: it holds for all"
            )
        if wait > 0:
            return float(wait) / 1000
        self._out.append(request)
        return 0.0

    def complete(
        self,
        now: float,
    ) -> None:
        """Stamp the oldest slot of ours."""
        if not self._out:
            return
        request = self._out.pop(0)
        if not request:
            self.local.complete(now)
            self._untold.append(now)
        elif self._run("complete", request) is None:
            self.local.count(1, now)
            self._owed.append(("complete", request))

    def give_back(self) -> None:
        """Return the slot that was taken last."""
        if not self._out:
            return
        request = self._out.pop()
        if not request:
            self.local.give_back()
        else:
            self._run("back", request)

    def pause(
        self,
        until: float,
    ) -> None:
        """Let nobody leave before ``until``."""
        self.local.pause(until)
        left = until - self.clock()
        if left > 0:
            self._run("pause", math.ceil(left * 1000))

    def paused(
        self,
        now: float,
    ) -> float:
        """Give the seconds for which nobody may leave, 0.0 if anybody may; takes no slot."""
        said = self._run("paused")
        if isinstance(said, int):
            return said / 1000
        return self.local.paused(now)

    def news(self) -> list[str]:
        """Give what the user is to be told, each line once."""
        told, self._news = self._news, []
        return [*told, *self.local.news()]

    def close(
        self,
        now: float | None = None,
    ) -> None:
        """Leave it to the others; with ``now``, what is still in flight is given up."""
        while now is not None and self._out:
            self.complete(now)
        if self._client is not None and not self._is_down:
            self._run("leave")
        self.local.close(now)
        if self._client is not None:
            self._client.close()
            self._client = None

    def _take_alone(
        self,
        windows: Iterable[Window],
        now: float,
    ) -> float:
        wait = self.local.take([part(each, self.place.alone) for each in windows], now)
        if wait <= 0:
            self._out.append("")
        return min(wait, max(MARGIN, self._down_until - now))

    def _tell_what_left(
        self,
        now: float,
    ) -> None:
        """The server is asked again: what left without it counts there too."""
        while self._owed and self._run(*self._owed[-1]) is not None:
            self._owed.pop()
        if not self._untold:
            return
        ages = [now - at for at in self._untold if now - at < LONGEST_TOLD]
        if self._run("count", *(round(age * 1000) for age in ages)) is not None:
            self._untold.clear()

    # --- one run for many jobs

    def claim(
        self,
        word: str,
        seconds: float,
        who: str = "",
    ) -> bool:
        """Take the turn at something that is to be done once; True also without the server.

        It is kept while slots are taken, and given to the others when nothing is heard of us for so
        long. ``who`` is the one whose turn it is, over restarts.
        """
        turn = _Turn(who or self.owner, seconds, self.clock())
        key, lease = self._key(f"turn:{word}"), math.ceil(seconds * 1000)
        said = self._safely(lambda client: client.eval(_CLAIM, 1, key, turn.who, lease))
        if said == 0:
            self._turns.pop(word, None)
            return False
        self._turns[word] = turn
        return True

    def release(
        self,
        word: str,
        after: float = 0.0,
    ) -> None:
        """Give the turn back, after so many seconds."""
        turn = self._turns.pop(word, None)
        if turn is not None:
            key, lease = self._key(f"turn:{word}"), math.ceil(after * 1000)
            self._safely(lambda client: client.eval(_EXTEND, 1, key, turn.who, lease))

    def _keep_turns(self) -> None:
        now = self.clock()
        for word, turn in list(self._turns.items()):
            if now >= turn.renewed + turn.lease / 3:
                self.claim(word, turn.lease, turn.who)

    def tell(
        self,
        word: str,
        said: str,
    ) -> None:
        """Let every machine know what was found."""
        key = self._key(f"run:{word}")
        self._safely(lambda client: client.set(key, said, ex=_A_DAY))

    def heard(
        self,
        word: str,
    ) -> str:
        """What another one has found; empty if nobody has told it."""
        key = self._key(f"run:{word}")
        return text(self._safely(lambda client: client.get(key)) or "")

    # --- the server

    def _run(
        self,
        what: str,
        *said: object,
    ) -> object:
        """Run the script; None if the server cannot be used."""
        keys = [self._key(name) for name in _KEYS]

        def run(client: Redis) -> object:
            script = client.register_script(_script())
            answer: object = script(keys, [what, self.owner, *said])  # type: ignore[list-item]
            return answer

        return self._safely(run)

    def _safely(
        self,
        ask: Callable[[Redis], Any],
    ) -> Any:
        """What the server answers; None if it cannot be used, now or since a moment ago."""
        from redis.exceptions import RedisError

        if self._is_down and self.clock() < self._down_until:
            return None
        try:
            if self._client is None:
                self._client = connected(self.place)
            found = ask(self._client)
        except (RedisError, OSError, *ODD) as problem:
            self._lost(problem)
            return None
        if self._is_down:
            self._is_down, self._down_until = False, -math.inf
            self._news.append(f"the shared budget at {self.place.shown} is back")
        return found

    def _lost(
        self,
        problem: Exception,
    ) -> None:
        now = self.clock()
        self._down_until = now + RETRY
        if self._is_down:
            return
        self._is_down = True
        # Of what all have sent a part is ours to wait for, as a part of the limit is.
        self.local.count(math.ceil(self._held * self.place.alone), now)
        words = trouble(problem)
        self._news.append(
            f"warning: the shared budget at {self.place.shown} {words}; until it is back this "
            f"machine keeps to {self.place.alone:.0%} of the limit"
        )

    def _key(
        self,
        name: str,
    ) -> str:
        return key_of(self.scope, name)


def part(
    window: Window,
    share: float,
) -> Window:
    """Give a part of a window; of a small one, one request in a longer time."""
    limit = window.limit * share
    if limit >= 1:
        return Window(math.floor(limit), window.per)
    return Window(1, window.per / limit)


@cache
def _script() -> str:
    return files("testferry.pace").joinpath("reserve.lua").read_text("utf-8")


def _is_reservation(said: object) -> TypeGuard[list[Any]]:
    return isinstance(said, list) and [type(each) for each in said] == [int, bytes, int, int]
