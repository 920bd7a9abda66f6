"""The lanes of a run: streams that only this upload writes to, one batch at a time. Pure.

A batch that is out or in doubt blocks its lane, whose count is the proof of what arrived; it never
blocks the others.
"""

from __future__ import annotations

from testferry.submission import Kind, State, Submission

BATCHES_A_LANE = 2  # one more lane pays only while more batches than this wait for each
SPARE = 4  # lanes beyond the width, so that doubt in one does not stop the others


class Lanes:
    """Every lane of an upload, and what is known of it."""

    def __init__(self, width: int) -> None:
        self.all: list[Submission] = []
        self.confirmed: dict[int, int] = {}  # results known to be in a lane
        self._width = width
        self._busy: set[int] = set()  # with a request in flight or in doubt
        self._retired: set[int] = set()  # they prove nothing any more

    def add(self, lane: Submission) -> None:
        """One more lane, or one of an earlier process."""
        self.all.append(lane)
        self.confirmed.setdefault(lane.id, 0)
        if lane.retired:
            self._retired.add(lane.id)

    def free(self) -> Submission | None:
        """A lane that is open and takes a batch; None if there is none."""
        for lane in self.all:
            is_free = lane.id not in self._busy and lane.id not in self._retired
            if lane.state is State.SENT and is_free:
                return lane
        return None

    def opening_soon(self) -> bool:
        """Whether a lane is about to be open."""
        return any(lane.state in (State.PENDING, State.SENDING) for lane in self.all)

    def one_more_pays(self, waiting: int, blocked: set[int | None]) -> bool:
        """Whether to open another one for so many batches; ``blocked`` ones wait for doubt."""
        stuck = 0
        for lane in self.all:
            stuck += lane.state is State.IN_DOUBT or lane.id in blocked
        usable = len(self.all) - stuck - len(self._retired)
        if usable >= self._width or stuck >= self._width + SPARE:
            return False
        return not usable or waiting > BATCHES_A_LANE * usable

    def occupy(self, batch: Submission) -> None:
        """A batch travels in its lane, or is in doubt there."""
        if batch.kind is Kind.BATCH and batch.lane is not None:
            self._busy.add(batch.lane)

    def vacate(self, batch: Submission) -> None:
        """Its lane is free again."""
        if batch.kind is Kind.BATCH and batch.lane is not None:
            self._busy.discard(batch.lane)

    def confirm(self, batch: Submission) -> None:
        """A batch is known to be in its lane."""
        if batch.lane is not None:
            self.confirmed[batch.lane] = self.confirmed.get(batch.lane, 0) + batch.count

    def retire(self, lane: int) -> None:
        """No batch travels in this lane any more."""
        self._retired.add(lane)
