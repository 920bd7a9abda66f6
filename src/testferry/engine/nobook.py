"""The book of an upload of which nothing has left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from testferry.submission import Submission


@dataclass(slots=True)
class NoBook:
    """``step.Book`` in which nothing stands but what the upload is."""

    marker: str = ""
    started: float = 0.0  # seconds since the epoch
    total: int = 0  # results
    run: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    newest_result: int = 0

    def arrived(self) -> list[Submission]:
        return []

    def lane(self, submission: Submission) -> Submission:
        return submission

    def lanes(self) -> list[Submission]:
        return []

    def confirmed(self, lane: int) -> int:
        return 0

    def confirmed_items(self) -> int:
        return 0

    def others_open(self, submission: Submission) -> list[Submission]:
        return []

    def sent_items(self, lane: int | None) -> Iterator[bytes]:
        return iter(())

    def openings(self, name: str) -> list[Submission]:
        return []

    def unsettled(self) -> bool:
        return False

    def service_time(self, submission: Submission) -> float:
        return submission.left_at or 0.0

    def since_left(self, submission: Submission) -> float:
        return 0.0

    def key_age(self, submission: Submission) -> float:
        return 0.0

    def cached(self, key: str) -> Mapping[str, object]:
        return {}

    def cache(self, key: str, document: Mapping[str, object]) -> None:
        """Nothing is learnt."""
