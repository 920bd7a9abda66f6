"""Several suites in one upload: each has a run of its own, and a case's results go to its suite's.

TestRail's runs are of one suite (documentation, "Runs"). Which run a batch belongs to stands in its
name, which the parts of a refused batch keep; a file has its suite beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

from testferry.engine.step import Book
from testferry.services.testrail.wish import OF_SUITE, Plan
from testferry.submission import Submission


def parts(
    made: Plan,
    suite: int | None,
    suite_of: Mapping[int, int],
) -> dict[int | None, Plan]:
    """A plan for each suite that has a case; what has no case is told once. ``suite`` is the one of
    an upload to a single suite, ``suite_of`` says of which one each case is if there are several.
    """
    found = {suite_of.get(case, suite) for case in made.existing}
    if len(found) < 2:
        return {next(iter(found), suite): made}
    split: dict[int | None, Plan] = {}
    for place, case in made.cases.items():
        of = suite
        if isinstance(place, int):
            of = suite_of.get(place, suite)
        if of not in split:
            split[of] = Plan(lacking=made.lacking)
        split[of].cases[place] = case
    next(iter(split.values())).unmatched = made.unmatched
    return split


def of(row: Submission) -> int | None:
    """The suite that a batch or a file belongs to; None if the upload has a single run."""
    said = str(row.body.get("suite", ""))
    if row.name.startswith(OF_SUITE):
        said = row.name.removeprefix(OF_SUITE)
    return int(said) if said else None


def run_of_suite(suite: int, book: Book) -> str:
    """The id of the run that was made for a suite; empty if there is none."""
    for opening in book.openings("run"):
        if opening.body.get("suite_id") == suite:
            return str(opening.remote.get("id", ""))
    return ""


def runs(book: Book) -> list[str]:
    """Every run that this upload made, in order."""
    made = [str(opening.remote.get("id", "")) for opening in book.openings("run")]
    return [run for run in made if run]
