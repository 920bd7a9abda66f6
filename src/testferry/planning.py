"""Left of the journal: results become batches, batches become rows. No network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from testferry.engine.batching import Limits, batches
from testferry.engine.step import Target
from testferry.ingest import Ingest
from testferry.journal import Journal
from testferry.services.http_json import label
from testferry.submission import Items, Kind, Label, State, Submission

Arrived = Counter[tuple[str, str, str]]  # results by name, suite and status


@dataclass(frozen=True, slots=True)
class Earlier:
    """An upload of the same reports, of which something arrived; ``target`` is where it went to
    before its run was known: a run that it made is its own, and is closed as such.
    """

    journal: Journal
    target: Target


def keep_arrived(before: Journal, journal: Journal) -> Arrived:
    """Take over what an earlier upload of the same reports knows to be at the service."""
    arrived: Arrived = Counter()
    for row in before.submissions():
        if row.kind is not Kind.BATCH or row.state is not State.SENT or not row.count:
            continue
        labels = before.labels(row.id)
        items = before.items(row.id)
        if not items.wire:  # a finished upload keeps the names alone
            items = Items(tuple(b"" for _ in labels), labels)
        journal.plan(Submission(0, Kind.BATCH, row.name, State.SENT), items)
        for named in labels:
            for test in (named, *named.others):
                arrived[(test.name, test.suite, test.status)] += 1
    return arrived


def _encoded(
    ingest: Ingest,
    target: Target,
    left: Arrived,
) -> Iterator[tuple[bytes, Label]]:
    """Each result that has not arrived, as it is sent."""
    for result in ingest:
        called = label(result)
        if left and _took(left, called):
            continue
        yield target.item(result), called


def _took(left: Arrived, called: Label) -> bool:
    """Whether it is one of those that have arrived; each of them counts once."""
    key = (called.name, called.suite, called.status)
    if not left[key]:
        return False
    left[key] -= 1
    return True


def plan(
    journal: Journal,
    target: Target,
    ingest: Ingest,
    limits: Limits,
    earlier: Earlier | None = None,
) -> None:
    """Make rows of everything that the upload will send; ``Journal.commit_plan`` makes them count.

    No result: no row. What has arrived ``earlier`` is not sent again.
    """
    left: Arrived = Counter()
    if earlier is not None:
        left = keep_arrived(earlier.journal, journal)
    batch = next(step.name for step in target.steps() if step.kind is Kind.BATCH)
    for items in batches(_encoded(ingest, target, left), limits):
        if target.plans_later:
            journal.hold(items)
        else:
            journal.plan(Submission(0, Kind.BATCH, batch), items)
    if not ingest.results:
        return
    # What arrived before it was said to be left out is there, and counts as such.
    ingest.excluded -= min(ingest.excluded, left.total())
    openings = target.openings(ingest.tests, ingest.elapsed, journal.header.marker)
    if target.plans_later:  # then these count, when the plan is made
        openings[0].body |= {"batch_size": limits.count, "batch_bytes": limits.size}
    journal.plan_all(openings)
    ends = target
    if earlier is not None:
        ends = earlier.target
    journal.plan_all(ends.closings())
