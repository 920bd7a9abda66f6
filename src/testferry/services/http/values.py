"""The values of holes that are known when a request leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from testferry.engine.step import Book
from testferry.submission import Items, Submission

OPEN = "open"
CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Values:
    """What a request of one submission can name: ``values("run", "id")``."""

    book: Book
    submission: Submission
    batch_key: str = ""
    name: str = ""  # what the upload is called
    run_id: str = ""  # of a run that exists
    opens: int = 0  # requests that open a run
    key: str = ""  # of the result whose turn it is
    page: Mapping[str, object] = field(default_factory=dict)

    def __call__(
        self,
        scope: str,
        name: str,
    ) -> object:
        match scope:
            case "key":
                return self.key
            case "batch":
                return {"key": self.batch_key, "number": self.submission.id}[name]
            case "page":
                return self.page.get(name, "")
            case "run":
                return self._of_run(name)
        return self._of_upload(name)

    def _of_upload(
        self,
        name: str,
    ) -> object:
        if name == "total":
            return self.book.total
        known = {"id": self.book.marker, "name": self.name, "started": self.book.started}
        return known[name]

    def of_result(
        self,
        key: str,
    ) -> Values:
        """The same for one result."""
        return replace(self, key=key)

    def of_page(
        self,
        page: Mapping[str, object],
    ) -> Values:
        """The same for one page of a list."""
        return replace(self, page=page)

    def _of_run(
        self,
        name: str,
    ) -> object:
        if name == "id" and self.run_id:
            return self.run_id
        for place in reversed(range(self.opens)):
            for opening in self.book.openings(row_name(OPEN, place)):
                if name in opening.remote:
                    return opening.remote[name]
        return ""


def row_name(
    kind: str,
    place: int,
) -> str:
    """The stored name of one of several openings or closings."""
    return kind if not place else f"{kind} {place + 1}"


def batch_key(
    marker: str,
    submission: Submission,
    items: Items,
) -> str:
    """The key names the row, not what it holds: equal results are two requests, not one.

    Rows are on disk before a request leaves and keep their ids over restarts.
    """
    named = f"{marker} {submission.id}".encode()
    if items.wire and submission.left_at is not None and submission.key_at is None:
        # Testferry 0.1 sent it for the first time: the key is the one that it gave, of the content.
        named = b"\n".join((marker.encode(), *items.wire))
    return hashlib.sha256(named).hexdigest()[:32]
