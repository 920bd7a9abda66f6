"""Requests as they were recorded, to the byte."""

from __future__ import annotations

import json
import os

from conftest import FIXTURES
from fakes import NoBook
from testferry.submission import Kind, Submission

GOLDEN = FIXTURES / "requests" / "testmo"


def golden(name: str, value: object) -> None:
    """Compare with the golden file; UPDATE_GOLDEN=1 writes it anew, to be read before it is
    committed.
    """
    path = GOLDEN / f"{name}.json"
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text("utf-8")


class Shelf(NoBook):
    """The book of an upload with one lane."""

    def __init__(self, confirmed: int, others: int = 0) -> None:
        super().__init__()
        self._lane = Submission(1, Kind.LANE, "thread", remote={"id": "70"})
        self._confirmed = confirmed
        self._others = [Submission(9, Kind.BATCH, "append", count=others)] if others else []

    def lane(self, one: Submission) -> Submission:
        return self._lane

    def lanes(self) -> list[Submission]:
        return [self._lane]

    def confirmed(self, lane: int) -> int:
        return self._confirmed

    def others_open(self, one: Submission) -> list[Submission]:
        return self._others


BATCH = Submission(3, Kind.BATCH, "append", count=4, lane=1)
