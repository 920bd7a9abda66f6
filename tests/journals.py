"""Journals to test with, planned in one call."""

from __future__ import annotations

from pathlib import Path

from fakes import header, results
from testferry.events import NamedResult
from testferry.journal import Store
from testferry.model import ReportSummary, Tally
from testferry.services.http_json import label
from testferry.services.testmo.target import Testmo
from testferry.submission import Happening, Items, Kind, Submission

ID = "0123456789ab"


def planned(folder: Path, batches: int = 3, size: int = 2) -> Store:
    store, target = Store(folder), Testmo(project_id=1)
    with store.create(header()) as journal:
        for at in range(batches):
            some = results(size, name=f"b{at}_{{}}")
            journal.plan(
                Submission(0, Kind.BATCH, "append"),
                Items(tuple(map(target.item, some)), tuple(map(label, some))),
            )
        summary = ReportSummary("r.xml", "junit", tests=Tally(passed=batches * size))
        summary.warn("banner", "odd", 3)
        journal.commit_plan([summary], summary.tests, [NamedResult("f", "s", "why")])
    return store


def finished(folder: Path, batches: int = 3, size: int = 2) -> Store:
    """The same, carried out."""
    store = planned(folder, batches, size)
    with store.open(ID, write=True) as journal:
        for submission in journal.submissions():
            journal.move(submission, Happening.LEAVES)
            journal.move(submission, Happening.ACCEPTED)
        journal.finish()
    return store
