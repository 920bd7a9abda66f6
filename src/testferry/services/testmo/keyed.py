"""The run of a key at Testmo. The key stands behind the run's name, in brackets: what a list of
runs shows of a run is its name; fields and tags are not documented to be shown there.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime

from testferry.engine.step import Book, Looking, Reply, Request
from testferry.engine.verdict import InDoubt, Rejected, Verdict
from testferry.services import runkey
from testferry.services.http_json import is_page, objects
from testferry.services.runkey import Carrier, Reading, Unread
from testferry.services.testmo.settle import page_of

_PAGE = 100
_ONCE_MORE = 1.0  # seconds: one odd page proves nothing


def keyed(
    name: str,
    key: str,
) -> str:
    """The name of a run that carries a key."""
    if not key:
        return name
    return f"{name} [{key}]".strip()


def carriers(
    project: int,
    key: str,
    book: Book,
    after: float,
) -> Reading:
    """The runs that carry the key, so many seconds from now. Raises Unread.

    The newest come first: behind a whole page without one no more are expected.
    """
    found: list[Carrier] = []
    page = 1
    while True:
        shown, more = yield from _page(
            project,
            book,
            page,
            after,
        )
        here = [_carrier(run) for run in shown if _carries(run, key)]
        found += here
        if not more or (found and not here):
            return found
        page, after = page + 1, 0.0


def recalled(
    key: str,
    run: str,
) -> Reading:
    """One run, if it is there and carries the key."""
    reply = yield Request("GET", f"automation/runs/{run}")
    document = reply.json()
    if not isinstance(document, Mapping) or not _carries(document, key):
        return []
    return [_carrier({**document, "id": run})]


def find_carrier(
    project: int,
    key: str,
    book: Book,
) -> Looking:
    """A run that carries the key, whoever made it."""
    return runkey.find_carrier(carriers(project, key, book, 0.0), "the runs of the project")


def _page(
    project: int,
    book: Book,
    page: int,
    after: float,
) -> Generator[Request, Reply, tuple[list[Mapping[str, object]], bool]]:
    since = datetime.fromtimestamp(max(0.0, book.started - runkey.GOOD_FOR), UTC)
    query = (
        ("created_after", since.strftime("%Y-%m-%dT%H:%M:%S.000Z")),
        ("sort", "automation_runs:created_at"),
        ("order", "desc"),
    )
    asked = page_of(f"projects/{project}/automation/runs", page, _PAGE, query)
    document: object = None
    for wait in (after, _ONCE_MORE):
        reply = yield Request(asked.method, asked.path, asked.query, after=wait)
        if not reply.accepted:
            raise Unread(reply.verdict)
        document = reply.json()
        if isinstance(document, Mapping) and is_page(document, page):
            return objects(document["result"]), document.get("next_page") is not None
    raise Unread(_other(document))


def _other(document: object) -> Verdict:
    """What is no page, twice: one that was cut on its way may be whole yet, a document of another
    kind is another service's.
    """
    words = "not the documented answer"
    if document is None:
        return InDoubt(f"the runs cannot be listed: {words}", working=False)
    return Rejected(words)


def _carries(
    run: Mapping[str, object],
    key: str,
) -> bool:
    name = str(run.get("name"))
    return "id" in run and (name == f"[{key}]" or name.endswith(f" [{key}]"))


def _carrier(
    run: Mapping[str, object],
) -> Carrier:
    return Carrier(str(run["id"]), run.get("is_completed") is True, not run.get("total_count"))
