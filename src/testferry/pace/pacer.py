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
from bisect import bisect_right, insort

from testferry.dialects import Window
from testferry.pace.limits import MARGIN, Rate, our_share, span

FLOOR = 0.1  # of the limit: never slower than this, however often we are refused
STEP_DOWN = 0.8
STEP_UP = 1.05
ONE_REFUSAL = 5.0  # refusals within these seconds are one: those in flight when the first arrived
PEACE = 30.0  # seconds without a refusal before the limit rises again
RECOVERY = 15.0  # seconds from one rise to the next
EVIDENCE = 5  # requests before a refusal teaches a limit: one stray 429 tells nothing
SLOWEST_GUESS = 5.0  # seconds between requests at a limit that nobody told us
UNTOLD = Window(60, 60.0)  # the guess if a refusal does not even say how long to wait
# Windows longer than these seconds are not used up in one burst: nobody wants an hour's silence.
SPREAD_ABOVE = 120.0
MEMORY = 3600.0  # seconds for which stamps are kept while no limit is known
# A declared reset further away is not believed (the draft suggests such a threshold).
LONGEST_RESET = 600.0


class Pacer:
    """Says when the next request may leave, for all workers of one service.

    Use: ``ready(now)`` gives the time of the next slot (``now`` itself: go); ``leave(now)`` before
    the request, ``complete(now)`` when its answer is there or given up; ``slow_down``, ``pause``,
    ``hold_to`` and ``headers_say`` when an answer says more.
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
        """The number of requests that left and are not complete."""
        return self._in_flight

    @property
    def windows(self) -> tuple[Window, ...]:
        """What holds now, after whatever was learned."""
        return tuple(Window(self._limit(window), window.per) for window in self._windows)

    def ready(self, now: float) -> float:
        """Give the earliest time at which a request may leave.

        Returns inf while only an answer can free a slot.
        """
        self._recover(now)
        interval = max(self._interval, self._pace())
        at = max(now, self._gate, self._left_at + interval)
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
        """Count a request that leaves."""
        self._in_flight += 1
        self._left_at = now
        if self._quota is not None:
            left, until = self._quota
            if now < until:
                self._quota = left - 1, until
            else:
                self._quota = None

    def complete(self, now: float) -> None:
        """Stamp a request whose answer is there, or that was given up."""
        self._in_flight -= 1
        insort(self._stamps, now)
        forgotten = now - self._memory()
        if len(self._stamps) > 1 and self._stamps[0] < forgotten:
            del self._stamps[: bisect_right(self._stamps, forgotten)]

    def count(self, now: float, when: float) -> None:
        """Count a request of an earlier process; ``when``: as late as it may have counted."""
        if now - when < self._memory() and self._windows:
            insort(self._stamps, when)

    def pause(self, until: float) -> None:
        """Let nobody leave before ``until``."""
        self._gate = max(self._gate, until)

    def slow_down(
        self,
        now: float,
        wait: float,
        *,
        asked: bool = True,
    ) -> None:
        """Heed a 429: everybody waits ``wait`` seconds; ``asked`` if the service itself named them.

        The first refusal spaces requests evenly; each further one lowers the limit by a fifth, down
        to a tenth. If no limit was known, the first refusal teaches one: what left so far was
        allowed in the time since, plus the wait asked for.
        """
        self.pause(now + wait)
        if now - self._refused_at < ONE_REFUSAL:
            self._refused_at = now
            return
        self._refusals += 1
        evident = len(self._stamps) >= EVIDENCE or self._refusals > 1
        if not self._windows and evident:
            self._learn(now, wait, asked=asked)
        elif self._windows and self._refusals > 1:
            self._factor = max(FLOOR, self._factor * STEP_DOWN)
        self._refused_at = self._raised_at = now

    def hold_to(self, window: Window) -> None:
        """Hold to a limit that the service names, instead of what was known for its span."""
        others = [known for known in self.rate.effective() if known.per != window.per]
        self._windows = (*others, our_share(window, self.rate.share))
        self._most, self._factor = 1.0, min(1.0, self._factor)

    def headers_say(
        self,
        now: float,
        remaining: int,
        reset: float | None,
    ) -> None:
        """Heed rate-limit headers: ``remaining`` requests until ``reset`` seconds from now.

        They can slow us down, never speed us up.
        """
        if reset is None or reset > LONGEST_RESET:
            return
        left = remaining - max(0, self._in_flight)
        self._quota = (left, now + reset + MARGIN)

    def usage(self, now: float) -> str:
        """Say for people ``132 of 144 per min``; empty if no limit is known."""
        if not self._windows:
            return ""
        window = min(self._windows, key=lambda known: known.per)
        used = self._used(window, now) + self._in_flight
        limit = self._limit(window)
        # a limit that is learned is below what was sent by then
        return f"{min(used, limit)} of {limit} per {span(window.per)}"

    def forecast(self, requests: int) -> float:
        """Give the least time in seconds that so many requests take at this rate."""
        longest = requests * max(self._interval, self.rate.min_interval)
        for window in self._windows:
            full_windows = math.ceil(requests / self._limit(window)) - 1
            longest = max(longest, full_windows * window.per)
        return longest

    def left(self, now: float, requests: int) -> float:
        """Give the least time in seconds until so many more requests have left."""
        interval = max(self._interval, self._pace())
        longest = max(self._gate - now, requests * interval, 0.0)
        for window in self._windows:
            longest = max(longest, self._turns(window, now, requests))
        return longest

    def _turns(self, window: Window, now: float, requests: int) -> float:
        """The same for one window: when the slot of the last one is free."""
        limit, used = self._limit(window), self._used(window, now)
        over = requests - max(0, limit - used - self._in_flight)
        if over <= 0:
            return 0.0
        turns, place = divmod(over - 1, limit)
        frees = now
        if place < used:  # the stamps before these have left the window
            frees = self._stamps[len(self._stamps) - used + place]
        return frees + window.per * (turns + 1) - now

    def _used(self, window: Window, now: float) -> int:
        before = now - window.per - MARGIN
        return len(self._stamps) - bisect_right(self._stamps, before)

    def _limit(self, window: Window) -> int:
        return max(1, math.floor(window.limit * self._factor))

    def _pace(self) -> float:
        if not self._refusals or not self._windows:
            return self.rate.min_interval
        return max(window.per / self._limit(window) for window in self._windows)

    def _spreading(self, requests: int) -> float:
        """Give the seconds between requests of a job that needs more than one long window.

        It is spread over them instead of bursting and then stalling.
        """
        interval = self.rate.min_interval
        for window in self._windows:
            if window.per > SPREAD_ABOVE and requests > window.limit:
                interval = max(interval, window.per / window.limit)
        return interval

    def _memory(self) -> float:
        return max([window.per + MARGIN for window in self._windows], default=MEMORY)

    def _learn(
        self,
        now: float,
        wait: float,
        *,
        asked: bool,
    ) -> None:
        """Guess a limit from what left so far.

        It is bounded below (others may have used the limit up) and may grow without end in times of
        peace.
        """
        self._most = math.inf
        if not asked:
            self._windows = (UNTOLD,)
            return
        sent = self._stamps or [now]
        per = max(1.0, now - sent[0] + wait)
        share = STEP_DOWN
        if self.rate.share < 1:
            share = self.rate.share
        least = math.ceil(per / SLOWEST_GUESS)
        limit = max(1, math.floor(len(sent) * share), least)
        self._windows = (Window(limit, per),)

    def _recover(self, now: float) -> None:
        while (
            self._factor < self._most
            and now - self._refused_at >= PEACE
            and now - self._raised_at >= RECOVERY
        ):
            self._factor = min(self._most, self._factor * STEP_UP)
            self._raised_at = max(self._raised_at + RECOVERY, self._refused_at + PEACE)
