"""Is the service down, or is it this request? Pure; times are monotonic seconds.

A service or network that is down (no connection, or 502, 503, 504 to everything) is not each
batch's own trouble: it is found down once, everything pauses, and one probe goes at growing
intervals until somebody answers or patience ends. What time will not mend (a certificate that is
not trusted, a host that does not exist) is asked once more, by that one probe, and believed then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

IN_A_ROW = 3  # so many requests without any other answer between them
INTERVALS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
PATIENCE = 120.0


@dataclass(slots=True)
class Outage:
    """What is known of it. ``patience`` seconds after the first failure the upload ends."""

    patience: float = PATIENCE
    failures: int = 0
    since: float = -math.inf
    next_probe: float = -math.inf
    probes: int = 0
    reason: str = ""
    cure: str = ""  # what the user can do, if time will not mend it
    certain: bool = False  # that time will not: it was met twice, one after the other
    met: bool = False  # somebody has answered: until then one request finds out whether anybody is

    @property
    def one_at_a_time(self) -> bool:
        """Whether a second request would only meet what the first one will tell."""
        return self.found or not self.met

    @property
    def found(self) -> bool:
        """Whether everything pauses."""
        return self.failures >= IN_A_ROW

    def answered(self) -> None:
        """Somebody answered: whatever it said, the service is there."""
        self.failures = self.probes = 0
        self.cure = ""
        self.met = True

    def failed(
        self,
        now: float,
        wait: float,
        reason: str,
        cure: str = "",
    ) -> None:
        """A request met nobody. ``wait`` seconds are what the answer asked for, if it did."""
        if not self.failures:
            self.since = now
        if self.found and now < self.next_probe:
            return  # one of those that were out together
        self.failures += 1
        self.reason = reason
        self._suspect(cure)
        if not self.found:
            return
        last = len(INTERVALS) - 1
        interval = INTERVALS[min(self.probes, last)]
        self.probes += 1
        self.next_probe = now + max(interval, wait)

    def _suspect(self, cure: str) -> None:
        if cure:
            self.failures = max(self.failures, IN_A_ROW)
        self.certain = bool(cure and self.cure)
        self.cure = cure

    def over(self, now: float) -> bool:
        """Whether patience has ended."""
        return self.found and now - self.since >= self.patience
