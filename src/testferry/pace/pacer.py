"""How fast requests may leave: a sliding log over every rate window at once, and the gate that a
429 closes for everybody.

Pure: ``now`` is an argument, in seconds of any monotonic clock. A request counts from the moment it
leaves until a window after its answer was *complete*: the service counted it at some moment in
between, so no window of the service's can ever hold more than ours, whatever the latency does
(measured: no refusal when alone; a log stamped at the send met 3.7, a full token bucket breaks the
very limit it is set to).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right, insort
from dataclasses import dataclass

from testferry.dialects import Window

MARGIN = 0.25  # seconds added to every window: clocks and schedulers are not exact
FLOOR = 0.1  # of the limit: never slower than this, however often we are refused
STEP_DOWN = 0.8
STEP_UP = 1.05
ONE_REFUSAL = 5.0  # refusals within these seconds are one: those in flight when the first arrived
PEACE = 30.0
EVIDENCE = 5  # requests before a refusal teaches a limit: one stray 429 tells nothing
SLOWEST_GUESS = 5.0  # seconds between requests at a limit that nobody told us
RECOVERY = 15.0
SPREAD_ABOVE = (
    120.0  # windows longer than this are not used up in one burst: nobody wants an hour's silence
)
MEMORY = 3600.0
LONGEST_RESET = (
    600.0  # a declared reset further away is not believed (the draft suggests such a threshold)
)


@dataclass(frozen=True, slots=True)
class Rate:
    """What the user or the dialect allows: windows, the share of them that is ours, the least
    distance between requests.
    """

    windows: tuple[Window, ...] = ()
    share: float = 1.0
    min_interval: float = 0.0

    def effective(self) -> tuple[Window, ...]:
        """The windows at our share of them, never below one request."""
        return tuple(
            Window(max(1, math.floor(one.limit * self.share + 1e-9)), one.per)
            for one in self.windows
        )

    def __str__(self) -> str:
        if not self.windows:
            return "no limit known"
        share = f" × {self.share:.0%}" if self.share < 1 else ""
        return " and ".join(f"{one.limit}/{_span(one.per)}" for one in self.windows) + share


_STATED = re.compile(rb"(\d{1,6}) per (second|minute|hour) maximum")
_SPANS = {b"second": 1.0, b"minute": 60.0, b"hour": 3600.0}


def stated_limit(body: bytes) -> Window | None:
    """The limit that a refusal names in its words: TestRail's "180 per minute maximum allowed"."""
    match = _STATED.search(body[:4096])
    return Window(int(match[1]), _SPANS[match[2]]) if match and int(match[1]) else None


def _span(per: float) -> str:
    return {1.0: "s", 60.0: "min", 3600.0: "h"}.get(per, f"{per:g}s")


class Pacer:
    """Says when the next request may leave, for all workers of one service.

    Use: ``ready(now)`` gives the time of the next slot (``now`` itself: go); ``leave(now)`` before
    the request, ``back(now)`` when its answer is complete or given up; ``throttled``, ``pause`` and
    ``told`` when an answer says more.
    """

    def __init__(self, rate: Rate, requests: int = 0) -> None:
        self.rate = rate
        self._windows = rate.effective()
        self._stamps: list[float] = []  # completions, sorted
        self._in_flight = 0
        self._left_at = -math.inf
        self._gate = -math.inf
        self._interval = self._spreading(requests)
        self._refusals = 0
        self._factor = 1.0
        self._refused_at = -math.inf
        self._raised_at = -math.inf
        self._most = 1.0
        self._quota: tuple[int, float] | None = None

    @property
    def in_flight(self) -> int:
        """Requests that left and are not back."""
        return self._in_flight

    @property
    def windows(self) -> tuple[Window, ...]:
        """What holds now, after whatever was learned."""
        return tuple(Window(self._limit(one), one.per) for one in self._windows)

    @property
    def adapted(self) -> bool:
        """Whether a refusal has slowed us down."""
        return self._refusals > 0

    def ready(self, now: float) -> float:
        """The earliest time at which a request may leave; inf while only an answer can free a
        slot.
        """
        self._recover(now)
        at = max(now, self._gate, self._left_at + max(self._interval, self._pace()))
        for window in self._windows:
            limit = self._limit(window)
            free = limit - self._in_flight
            if free <= 0:
                return math.inf
            used = self._used(window, now)
            if used >= free:  # the slot of the oldest stamp that has to leave the window first
                first = len(self._stamps) - free
                at = max(at, self._stamps[first] + window.per + MARGIN)
        if self._quota is not None:
            left, until = self._quota
            if left <= 0 and now < until:
                at = max(at, until)
        return at

    def leave(self, now: float) -> None:
        """A request leaves."""
        self._in_flight += 1
        self._left_at = now
        if self._quota is not None:
            left, until = self._quota
            self._quota = (left - 1, until) if now < until else None

    def back(self, now: float) -> None:
        """Its answer is complete, or it was given up."""
        self._in_flight -= 1
        insort(self._stamps, now)
        if len(self._stamps) > 1 and self._stamps[0] < now - self._memory():
            del self._stamps[: bisect_right(self._stamps, now - self._memory())]

    def recall(self, now: float, when: float) -> None:
        """A request that an earlier process sent; stamped as late as it may have been counted."""
        if now - when < self._memory() and self._windows:
            insort(self._stamps, when)

    def pause(self, until: float) -> None:
        """Nobody leaves before ``until``."""
        self._gate = max(self._gate, until)

    def throttled(self, now: float, wait: float, *, asked: bool = True) -> None:
        """An answer was 429; ``wait`` seconds are kept by everybody, ``asked``: the service itself
        named them.

        The first refusal spaces requests evenly; each further one lowers the limit by a fifth, down
        to a tenth. Where no limit was known, the first refusal teaches one: what left so far was
        allowed in the time since, plus the wait asked for.
        """
        self.pause(now + wait)
        if now - self._refused_at < ONE_REFUSAL:
            self._refused_at = now
            return
        self._refusals += 1
        if not self._windows and (len(self._stamps) >= EVIDENCE or self._refusals > 1):
            self._learn(now, wait if asked else None)
        elif self._windows and self._refusals > 1:
            self._factor = max(FLOOR, self._factor * STEP_DOWN)
        self._refused_at = self._raised_at = now

    def stated(self, window: Window) -> None:
        """The service names its limit itself: it holds instead of what was known for this span."""
        ours = Window(max(1, math.floor(window.limit * self.rate.share + 1e-9)), window.per)
        self._windows = (*(one for one in self.rate.effective() if one.per != window.per), ours)
        self._most, self._factor = 1.0, min(1.0, self._factor)

    def told(self, now: float, remaining: int, reset: float | None) -> None:
        """Rate-limit headers: ``remaining`` requests until ``reset`` seconds from now. They may
        only slow us down.
        """
        if reset is None or reset > LONGEST_RESET:
            return
        left = remaining - max(0, self._in_flight)
        self._quota = (left, now + reset + MARGIN)

    def usage(self, now: float) -> str:
        """For people: ``132 of 144 per min``; empty where no limit is known."""
        if not self._windows:
            return ""
        window = min(self._windows, key=lambda one: one.per)
        return (
            f"{self._used(window, now) + self._in_flight} of {self._limit(window)} per "
            f"{_span(window.per)}"
        )

    def forecast(self, requests: int) -> float:
        """The least time in seconds that so many requests take at this rate."""
        times = [
            max(0.0, (math.ceil(requests / self._limit(one)) - 1) * one.per)
            for one in self._windows
        ]
        return max([*times, requests * max(self._interval, self.rate.min_interval)])

    def _used(self, window: Window, now: float) -> int:
        return len(self._stamps) - bisect_right(self._stamps, now - window.per - MARGIN)

    def _limit(self, window: Window) -> int:
        return max(1, math.floor(window.limit * self._factor))

    def _pace(self) -> float:
        if not self._refusals or not self._windows:
            return self.rate.min_interval
        return max(one.per / self._limit(one) for one in self._windows)

    def _spreading(self, requests: int) -> float:
        """A job that needs more than one long window is spread over them instead of bursting and
        then stalling.
        """
        long = [one for one in self._windows if one.per > SPREAD_ABOVE and requests > one.limit]
        return max([self.rate.min_interval, *(one.per / one.limit for one in long)])

    def _memory(self) -> float:
        return max([one.per + MARGIN for one in self._windows], default=MEMORY)

    def _learn(self, now: float, wait: float | None) -> None:
        """A guess, so it is bounded below (others may have used the limit up) and may grow without
        end in times of peace.
        """
        self._most = math.inf
        if wait is None:
            self._windows = (Window(60, 60.0),)
            return
        sent = self._stamps or [now]
        per = max(1.0, now - sent[0] + wait)
        share = self.rate.share if self.rate.share < 1 else STEP_DOWN
        self._windows = (
            Window(max(1, math.floor(len(sent) * share), math.ceil(per / SLOWEST_GUESS)), per),
        )

    def _recover(self, now: float) -> None:
        while (
            self._factor < self._most
            and now - self._refused_at >= PEACE
            and now - self._raised_at >= RECOVERY
        ):
            self._factor = min(self._most, self._factor * STEP_UP)
            self._raised_at = max(self._raised_at + RECOVERY, self._refused_at + PEACE)
