"""The run of a key at TestRail. The key stands on a line of its own in the run's description."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from testferry.engine.step import Book, Looking, Reply, Request
from testferry.engine.verdict import InDoubt
from testferry.services import runkey
from testferry.services.http_json import objects
from testferry.services.runkey import Carrier, Reading, Unread
from testferry.services.testrail import make, read
from testferry.services.testrail.named import has_configurations, is_of_suite
from testferry.services.testrail.read import PAGE, get
from testferry.submission import Submission

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

_COUNTER = "_count"
_UNTESTED = "untested_count"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run of the key can stand: one suite of a project, or a plan's configurations."""

    key: str
    project: str
    suite: int | None
    plan: str
    config_ids: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        rail: Testrail,
        submission: Submission,
    ) -> Place:
        """Read it from the row that makes the run."""
        suite = submission.body.get("suite_id")
        return cls(
            rail.run_key,
            str(submission.remote["project"]),
            suite,
            make.plan_of(rail, submission),
            tuple(submission.body.get("config_ids", ())),
        )


def carriers(
    place: Place,
    book: Book,
    after: float,
) -> Reading:
    """The runs that carry the key, so many seconds from now. Raises Unread."""
    if place.plan:
        request = replace(get(f"get_plan/{place.plan}"), after=after)
        plan = yield from _document(request)
        return [_carrier(run) for run in _runs_of(plan) if _carries(run, place)]
    since = int(max(0.0, book.started - runkey.GOOD_FOR))
    call = f"get_runs/{place.project}"
    found: list[Carrier] = []
    offset = 0
    while True:
        request = get(call, created_after=since, limit=PAGE, offset=offset)
        document = yield from _document(replace(request, after=after))
        runs = document
        if isinstance(document, Mapping):
            runs = document.get("runs")
        if not isinstance(runs, list):
            raise Unread(InDoubt(f"the service's answer to {call} holds no runs"))
        here = [_carrier(run) for run in objects(runs) if _carries(run, place)]
        found += here
        # The newest come first; an answer without pages is a server before 6.7.
        last = len(runs) < PAGE or isinstance(document, list)
        if last or (found and not here):
            return found
        offset, after = offset + len(runs), 0.0


def recalled(
    place: Place,
    run: str,
) -> Reading:
    """One run, if it is there and carries the key."""
    reply = yield get(f"get_run/{run}")
    document = reply.json()
    if not isinstance(document, Mapping) or not _carries(document, place):
        return []
    return [_carrier(document)]


def find_carrier(
    place: Place,
    book: Book,
) -> Looking:
    """A run that carries the key, whoever made it."""
    return runkey.find_carrier(carriers(place, book, 0.0), "the runs")


def _document(request: Request) -> Generator[Request, Reply, object]:
    reply = yield request
    if not reply.accepted:
        raise Unread(reply.verdict)
    document = reply.json()
    if document is None:
        raise Unread(InDoubt("the service answered something that is not JSON"))
    found: object = document
    return found


def _runs_of(plan: object) -> Iterator[dict[str, object]]:
    """The runs of a plan's entries; a run without a description has its entry's."""
    if not isinstance(plan, Mapping):
        return
    for entry in objects(plan.get("entries")):
        for run in objects(entry.get("runs")):
            described = run.get("description") or entry.get("description")
            yield {**run, "description": described}


def _carries(
    run: Mapping[str, Any],
    place: Place,
) -> bool:
    if not read.is_id(run.get("id")) or not is_of_suite(run, place.suite):
        return False
    if place.plan and not has_configurations(run, place.config_ids):
        return False
    lines = str(run.get("description")).splitlines()
    return make.keyed(place.key) in [line.strip() for line in lines]


def _carrier(
    run: Mapping[str, object],
) -> Carrier:
    filled = [
        name
        for name, count in run.items()
        if name.endswith(_COUNTER) and name != _UNTESTED and count
    ]
    return Carrier(str(run["id"]), bool(run.get("is_completed")), not filled)
