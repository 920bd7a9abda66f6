"""What several tests of TestRail's rooms need: results, answers, a book."""

from __future__ import annotations

import json
from typing import Any

from fakes import NoBook
from testferry.engine.step import Reply
from testferry.engine.verdict import (
    Accepted,
    Deferred,
    Rejected,
)
from testferry.journal.results import results_of
from testferry.model import Result
from testferry.submission import Items, Kind, Label, Submission

LABEL = Label("t", "c", "failed")


STATUSES = {"passed": 1, "failed": 5, "error": 5, "skipped": 4}


def neutral(name: str, **more: Any) -> Result:
    document = {"name": name, "status": "passed", **more}
    return next(results_of([json.dumps(document).encode()]))


def answer(steps: Any, *documents: Any) -> Any:
    """What a generator returns when the service answers so; a number is a refusal with this
    status, or an outage.
    """
    try:
        next(steps)
        for document in documents:
            if isinstance(document, int):
                verdict = Deferred("no") if document >= 500 else Rejected("no")
                steps.send(Reply(verdict, document, {}, b"", "no"))
            else:
                steps.send(Reply(Accepted(), 200, {}, json.dumps(document).encode()))
    except StopIteration as end:
        return end.value
    raise AssertionError("asks for more")


class Book(NoBook):
    """A run in which three results are known."""

    def __init__(self, others: int = 0) -> None:
        super().__init__()
        self._others = [Submission(9, Kind.BATCH, "results", count=others)] if others else []

    def confirmed_items(self) -> int:
        return 3

    def others_open(self, one: Submission) -> list[Submission]:
        return self._others


WIRE = (
    b'{"case_id":1,"status_id":1}',
    b'{"case_id":2,"status_id":5,"comment":"no","elapsed":"75s"}',
)


ITEMS = Items(WIRE, (Label("a", "s", "passed"), Label("b", "s", "failed")))


BATCH = Submission(5, Kind.BATCH, "results", count=2)
