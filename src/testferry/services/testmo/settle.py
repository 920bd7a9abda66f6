"""How doubt is settled at Testmo: by the marker in our run, by the count of a thread that only we
write to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from testferry.engine.step import Book, Looking, Reply, Request
from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There
from testferry.services.http_json import is_page, objects, pages
from testferry.submission import Items, Submission

CLOCKS_DIFFER = 300.0  # seconds; the marker makes a wide window harmless
_NO_SUCH_CALL = (400, 404, 405, 422)
_COMPARED = ("key", "name", "folder", "status", "elapsed")
_COUNTS = ("total_count", "tests_count", "test_count")
Test = Mapping[str, object]


def page_of(
    path: str,
    page: int,
    size: int,
    query: Iterable[tuple[str, str]],
) -> Request:
    """One page of a list."""
    return Request(
        "GET",
        path,
        (
            *query,
            ("page", str(page)),
            ("per_page", str(size)),
        ),
    )


def find_run(submission: Submission, project: int, book: Book) -> Looking:
    """By our marker if fields are shown, else by an exact match: young enough, empty and alone."""
    since = book.service_time(submission) - CLOCKS_DIFFER
    path = f"projects/{project}/automation/runs"
    moment = datetime.fromtimestamp(
        max(0.0, since),
        UTC,
    ).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    query = (
        ("created_after", moment),
        ("sort", "automation_runs:created_at"),
        ("order", "desc"),
        ("expands", "automation_sources"),
    )
    runs, last = yield from pages(lambda page: page_of(path, page, 100, query))
    if not last.accepted or last.json() is None:
        words = f"the runs of the project cannot be listed: {last.message}"
        return CannotTell(words, again=last.status not in (404, 405))
    known = [run for run in runs if isinstance(run, Mapping)]
    marked = [run for run in known if _marked(run, submission.body)]
    alike = [run for run in known if _alike(run, submission.body, since)]
    for found in (marked, alike):
        if len(found) == 1 and "id" in found[0]:
            return There({"id": str(found[0]["id"])})
    if len(alike) > 1:
        return CannotTell(f"{len(alike)} runs look like ours", again=False)
    return NotThere()


def find_thread(run: str, book: Book, *, shared: bool) -> Looking:
    """An empty thread that nobody else can have made; in a run that others fill there is no
    telling.

    A second one would hold no result, so nothing waits for it.
    """
    if shared:
        return NotThere(retry_at_once=True)
    reply = yield Request("GET", f"automation/runs/{run}")
    document = reply.json()
    threads = None
    if isinstance(document, Mapping):
        threads = document.get("threads")
    known = {str(lane.remote.get("id")) for lane in book.lanes()}
    new = []
    for thread in objects(threads):
        if "id" not in thread:
            continue
        if str(thread["id"]) not in known and not _thread_count(thread):
            new.append(str(thread["id"]))
    if reply.accepted and len(new) == 1:
        return There({"id": new[0]})
    return NotThere(retry_at_once=True)


def find_closing(submission: Submission, run: str) -> Looking:
    """Completing twice does no harm, so a look that finds nothing means: again."""
    reply = yield Request("GET", f"automation/runs/{run}")
    document = reply.json()
    done = isinstance(document, Mapping) and document.get("is_completed") is True
    if reply.accepted and done and submission.lane is None:
        return There()
    return NotThere(retry_at_once=True)


def find_tests(  # noqa: PLR0911 - one return for each way in which it can end
    batch: Submission,
    items: Callable[[], Items],
    run: str,
    book: Book,
    *,
    shared: bool,
) -> Looking:
    """Only this upload writes to the lane, one batch at a time: its count says it all."""
    lane = book.lane(batch)
    thread = str(lane.remote["id"])
    before = book.confirmed(lane.id)
    path, query = _tests_of(run, thread)
    reply = yield page_of(path, 1, 100, query)
    if not reply.accepted:
        if reply.status in _NO_SUCH_CALL:
            return (yield from _look_at_run(batch, lane, run, book, shared=shared))
        return CannotTell(f"the run's tests cannot be read: {reply.message}")
    document = reply.json()
    if not is_page(document, 1):
        return CannotTell("the run's tests cannot be read: not the documented answer")
    total = document["total"]
    all_of_thread = all(_of_thread(test, thread) for test in document["result"])
    if all_of_thread and not before < total < before + batch.count:
        return _by_count(total, before, batch.count)
    found, last = yield from pages(lambda page: page_of(path, page, 1000, query))
    if not last.accepted:
        return CannotTell(f"the run's tests cannot be read: {last.message}")
    own = [test for test in found if isinstance(test, Mapping) and _of_thread(test, thread)]
    if before < len(own) < before + batch.count:
        return by_content(own, before, list(items().wire), book.sent_items(lane.id))
    return _by_count(len(own), before, batch.count)


def holds_more(
    batch: Submission,
    run: str,
    book: Book,
) -> Generator[Request, Reply, bool]:
    """Whether the batch's lane holds more than is known to be in it; False if nobody can say."""
    lane = book.lane(batch)
    path, query = _tests_of(run, str(lane.remote["id"]))
    reply = yield page_of(path, 1, 100, query)
    document = reply.json()
    if not reply.accepted or not is_page(document, 1):
        return False
    shown = [
        _of_thread(
            test,
            str(lane.remote["id"]),
        )
        for test in document["result"]
    ]
    return all(shown) and int(document["total"]) > book.confirmed(lane.id)


def _tests_of(
    run: str,
    thread: str,
) -> tuple[str, tuple[tuple[str, str], ...]]:
    query = (
        ("thread_id", thread),
        ("sort", "automation_run_tests:id"),
        ("order", "desc"),
    )
    return f"automation/runs/{run}/tests", query


def _look_at_run(
    batch: Submission,
    lane: Submission,
    run: str,
    book: Book,
    *,
    shared: bool,
) -> Looking:
    """An older Testmo without the tests call: the counts of the run, if they can be ours alone."""
    reply = yield Request("GET", f"automation/runs/{run}")
    document = reply.json()
    if not reply.accepted or not isinstance(document, Mapping):
        again = reply.status not in (404, 405)
        return CannotTell(f"the run cannot be read: {reply.message}", again=again)
    for thread in objects(document.get("threads")):
        if str(thread.get("id")) == str(lane.remote["id"]):
            count = _thread_count(thread)
            if count is not None:
                return _by_count(count, book.confirmed(lane.id), batch.count)
    total = document.get("total_count")
    if shared or not isinstance(total, int):
        words = "the service does not say how many tests the thread has"
        return CannotTell(words, again=False)
    before = sum(book.confirmed(other.id) for other in book.lanes())
    others = sum(other.count for other in book.others_open(batch))
    if others and total not in (before, before + others + batch.count):
        return CannotTell("other batches are under way")
    return _by_count(total, before, batch.count + others)


def _by_count(total: int, before: int, count: int) -> Finding:
    if total == before + count:
        return There()
    if total == before:
        return NotThere()
    if total < before:
        return CannotTell("the service's counts are behind", lagging=True)
    words = f"the thread holds {total} tests, which is neither {before} nor {before + count}"
    return CannotTell(words)


def by_content(
    own: list[Test],
    before: int,
    wire: list[bytes],
    sent: Iterable[bytes],
) -> Finding:
    """Applied in part: which of ours are there, as a multiset of whatever both sides show."""
    ours = [json.loads(item) for item in wire]
    shown = [key for key in _COMPARED if _shown_alike(key, own, ours[0])]
    if not {"key", "name"} & set(shown):
        return CannotTell("the service does not show the tests' names")

    def identity(test: Test) -> tuple[object, ...]:
        return tuple(test.get(key) for key in shown)

    there = Counter(identity(test) for test in own)
    there.subtract(identity(json.loads(item)) for item in sent)
    found = set()
    for place, test in enumerate(ours):
        if there[identity(test)] > 0:
            there[identity(test)] -= 1
            found.add(place)
    if len(found) != len(own) - before:
        return CannotTell("what is there cannot be told apart")
    return PartlyThere(frozenset(found))


def _shown_alike(key: str, own: list[Test], ours: Test) -> bool:
    """Whether the service shows this key of every test, in our form."""
    return all(key in test and type(test[key]) is type(ours.get(key)) for test in own)


def _of_thread(test: object, thread: str) -> bool:
    """Whether a test is of the thread; an older service may ignore the filter, and say so."""
    if not isinstance(test, Mapping):
        return False
    said = test.get("thread_id", test.get("automation_run_thread_id"))
    return said is None or str(said) == thread


def _thread_count(thread: Mapping[str, Any]) -> int | None:
    for key in _COUNTS:
        if isinstance(thread.get(key), int):
            return int(thread[key])
    return None


def _marked(
    run: Mapping[str, object],
    body: Mapping[str, Any],
) -> bool:
    marker = body["fields"][0]["value"]
    fields = run.get("fields")
    if not isinstance(fields, list):
        return False
    return any(isinstance(field, Mapping) and field.get("value") == marker for field in fields)


def _alike(
    run: Mapping[str, object],
    body: Mapping[str, object],
    since: float,
) -> bool:
    source = run.get("source")
    if isinstance(source, Mapping):
        source = source.get("name")
    if run.get("name") != body["name"] or (isinstance(source, str) and source != body["source"]):
        return False
    fields = run.get("fields")
    if isinstance(fields, list) and fields and not _marked(run, body):
        return False
    if run.get("total_count") or run.get("is_completed") is True:
        return False
    try:
        created = datetime.fromisoformat(str(run["created_at"]))
    except (KeyError, ValueError):
        return True
    if not created.tzinfo:
        created = created.replace(tzinfo=UTC)
    return created.timestamp() >= since
