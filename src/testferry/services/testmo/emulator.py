"""Testmo as far as an uploader can see it: runs, threads, bulk appends, completion, lists. Stored
in sqlite.

Documented behaviour (docs.testmo.com, "Automation runs", "Pagination & expands", "Error Handling").
Assumptions, where Testmo's documents are silent: one bad test refuses its whole batch with 422 and
names it, and counts are up to date at once. It does not check that projects exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from testferry import sql
from testferry.clock import SystemClock
from testferry.services.emulation import Response

API = "/api/v1"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, project INTEGER, name TEXT, source TEXT, body TEXT, created_at TEXT,
    completed INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS thread (
    id INTEGER PRIMARY KEY, run INTEGER, body TEXT, completed INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS test (id INTEGER PRIMARY KEY, run INTEGER, thread INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS test_thread ON test (run, thread);
"""
_FIRST_RUN = 100
_FIRST_THREAD = 500
_STATUS_IDS = {
    "passed": 2,
    "failure": 3,
    "error": 3,
    "skipped": 1,
}
_LONGEST_KEY = 64
_PAGES_OF_RUNS = (15, 25, 50, 100)
_SMALLEST_PAGE_OF_TESTS = 100
_LARGEST_PAGE_OF_TESTS = 1000

# What the service's documents call a JSON object.
Document = Mapping[str, Any]
Query = Mapping[str, str]


class TestmoEmulator:
    """Testmo's state and its calls (see ``Emulator``)."""

    __test__ = False
    operations: ClassVar[tuple[str, ...]] = (
        "run",
        "thread",
        "append",
        "complete",
        "read",
    )

    # made once on purpose
    def __init__(self, database: str, wall: Callable[[], float] = SystemClock().wall) -> None:  # noqa: B008
        self._wall = wall
        self._db = sql.private(database, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Leave the database."""
        self._db.close()

    # --- how it lets in, and how it refuses

    def owns(self, target: str) -> bool:
        """Say whether a request is for Testmo's API."""
        return target.startswith(API)

    def admits(self, headers: Mapping[str, str], token: str) -> bool:
        """Say whether the token is there, as a bearer's."""
        return headers.get("authorization") == f"Bearer {token}"

    def unauthorised(self) -> Response:
        """Refuse a request without the token."""
        return _refusal(401, "Unauthenticated: invalid or missing API token.")

    def too_many(self, limits: str, seconds: int) -> Response:
        """Refuse a request over the limits."""
        return Response(429, {"message": "Too Many Attempts."}, {"Retry-After": str(seconds)})

    def too_large(self, limit: int) -> Response:
        """Refuse a body of more than so many bytes."""
        return _refusal(413, f"The body is larger than {limit} bytes.")

    def invalid(self) -> Response:
        """Refuse a batch over something in it."""
        return _refusal(422, "The given data was invalid.")

    # --- the wire

    def operation(self, method: str, target: str) -> str:
        """Name what a request is for."""
        path = urlsplit(target).path
        for route in _ROUTES:
            if route.method == method and route.match(path):
                return route.operation
        return "other"

    def handle(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        content_type: str = "application/json",
    ) -> Response:
        """Apply a request and answer it."""
        split = urlsplit(target)
        try:
            document = None
            if body:
                document = json.loads(body)
        except ValueError:
            return _refusal(400, "The body is not valid JSON.")
        known = False
        for route in _ROUTES:
            match = route.match(split.path)
            if match is None:
                continue
            known = True
            if route.method != method:
                continue
            number = int(match[1])
            if route.of and not self._has(route.of, number):
                return _refusal(404, f"No automation {route.of} {number}.")
            if method == "GET":
                return route.call(self, number, dict(parse_qsl(split.query)))
            if not isinstance(document, Mapping):
                document = {}
            return route.call(self, number, document)
        if known:
            return _refusal(405, f"The {method} method is not supported for this route.")
        return _refusal(404, "Not found.")

    def _has(self, table: str, number: int) -> bool:
        # only constants and marks are put together
        query = f"SELECT 1 FROM {table} WHERE id = ?"  # noqa: S608
        return self._db.execute(query, (number,)).fetchone() is not None

    # --- writing

    def create_run(self, project: int, body: Document) -> Response:
        """Make a run."""
        missing = {}
        for key in ("name", "source"):
            if not body.get(key):
                missing[key] = [f"The {key} field is required."]
        if missing:
            return _invalid(missing)
        now = datetime.fromtimestamp(self._wall(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = self._next("run", _FIRST_RUN)
        self._db.execute(
            "INSERT INTO run (id, project, name, source, body, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                project,
                body["name"],
                body["source"],
                json.dumps(body),
                now,
            ),
        )
        return Response(201, {"id": number})

    def create_thread(self, run: int, body: Document) -> Response:
        """Make a thread of a run."""
        number = self._next("thread", _FIRST_THREAD)
        self._db.execute(
            "INSERT INTO thread (id, run, body) VALUES (?, ?, ?)",
            (number, run, json.dumps(body)),
        )
        return Response(201, {"id": number})

    def append(self, thread: int, body: Document) -> Response:
        """Add tests to a thread: all of them or none."""
        found = self._db.execute("SELECT run FROM thread WHERE id = ?", (thread,))
        run = found.fetchone()[0]
        tests = body.get("tests") or []
        errors = _wrong(tests)
        if errors:
            return _invalid(errors)
        rows = ((run, thread, json.dumps(test)) for test in tests)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO test (run, thread, body) VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")
        return Response(204)

    def complete_run(self, run: int, _: Document) -> Response:
        """Complete a run with its threads."""
        self._db.execute("UPDATE run SET completed = 1 WHERE id = ?", (run,))
        self._db.execute("UPDATE thread SET completed = 1 WHERE run = ?", (run,))
        return Response(204)

    def complete_thread(self, thread: int, _: Document) -> Response:
        """Complete a thread."""
        self._db.execute("UPDATE thread SET completed = 1 WHERE id = ?", (thread,))
        return Response(204)

    def _next(self, table: str, first: int) -> int:
        # only constants and marks are put together
        query = f"SELECT coalesce(max(id), ?) + 1 FROM {table}"  # noqa: S608
        return int(self._db.execute(query, (first,)).fetchone()[0])

    # --- reading

    def list_runs(self, project: int, query: Query) -> Response:
        """Show a page of a project's runs, the newest first."""
        found = self._db.execute(
            "SELECT id FROM run WHERE project = ? AND created_at >= ? ORDER BY id DESC",
            (project, query.get("created_after", "")),
        )
        runs = [self.run(number) for (number,) in found.fetchall()]
        size = int(query.get("per_page", _PAGES_OF_RUNS[-1]))
        if size not in _PAGES_OF_RUNS:
            allowed = ", ".join(map(str, _PAGES_OF_RUNS))
            return _refusal(422, f"The per_page must be one of {allowed}.")
        page = _page_of(query)
        start = (page - 1) * size
        return Response(
            200,
            _envelope(
                runs[start : start + size],
                page,
                size,
                len(runs),
            ),
        )

    def show_run(self, run: int, _: Query) -> Response:
        """Show a run with its threads."""
        found = self._db.execute(
            "SELECT id, completed FROM thread WHERE run = ? ORDER BY id",
            (run,),
        )
        threads = [{"id": thread, "is_completed": bool(done)} for thread, done in found]
        return Response(200, {**self.run(run), "threads": threads})

    def list_tests(self, run: int, query: Query) -> Response:
        """Show a page of a run's tests; only that page is read: runs are large."""
        where = "run = ?"
        values = [run]
        if "thread_id" in query:
            where += " AND thread = ?"
            values.append(int(query["thread_id"]))
        # only constants and marks are put together
        counted = self._db.execute(f"SELECT count(*) FROM test WHERE {where}", values)  # noqa: S608
        total = counted.fetchone()[0]
        page = _page_of(query)
        asked = int(query.get("per_page", _SMALLEST_PAGE_OF_TESTS))
        size = min(_LARGEST_PAGE_OF_TESTS, max(_SMALLEST_PAGE_OF_TESTS, asked))
        order = "DESC"
        if query.get("order") == "asc":
            order = "ASC"
        found = self._db.execute(
            # only constants and marks are put together
            f"SELECT id, thread, body FROM test WHERE {where}"  # noqa: S608
            f" ORDER BY id {order} LIMIT ? OFFSET ?",
            (*values, size, (page - 1) * size),
        )
        shown = []
        for number, thread, body in found:
            shown.append(_shown(number, run, thread, json.loads(body)))
        return Response(200, _envelope(shown, page, size, total))

    # --- for those who check

    def run(self, number: int) -> dict[str, object]:
        """Show one run as the lists do."""
        row = self._db.execute(
            "SELECT project, name, source, created_at, completed FROM run WHERE id = ?",
            (number,),
        ).fetchone()
        counts = self._db.execute("SELECT count(*) FROM test WHERE run = ?", (number,)).fetchone()
        project, name, source, created_at, completed = row
        return {
            "id": number,
            "project_id": project,
            "name": name,
            "source": source,
            "created_at": created_at,
            "is_completed": bool(completed),
            "status": 2 if completed else 4,
            "total_count": counts[0],
        }

    def tests(self, run: int) -> list[dict[str, Any]]:
        """Give every test of a run as it was sent."""
        found = self._db.execute("SELECT body FROM test WHERE run = ? ORDER BY id", (run,))
        return [json.loads(body) for (body,) in found]

    def runs(self) -> list[int]:
        """Give the ids of all runs."""
        return [number for (number,) in self._db.execute("SELECT id FROM run ORDER BY id")]


@dataclass(frozen=True, slots=True)
class _Route:
    """One documented request."""

    operation: str
    method: str
    # a regular expression with the number of what it is about
    path: str
    # the table in which the number of the path must be; empty: whatever it is
    of: str
    call: Callable[[TestmoEmulator, int, Mapping[str, Any]], Response]

    def match(self, path: str) -> re.Match[str] | None:
        return re.fullmatch(API + self.path, path)


_ROUTES = (
    _Route(
        "run",
        "POST",
        r"/projects/(\d{1,18})/automation/runs",
        "",
        TestmoEmulator.create_run,
    ),
    _Route(
        "thread",
        "POST",
        r"/automation/runs/(\d{1,18})/threads",
        "run",
        TestmoEmulator.create_thread,
    ),
    _Route(
        "append",
        "POST",
        r"/automation/runs/threads/(\d{1,18})/append",
        "thread",
        TestmoEmulator.append,
    ),
    _Route(
        "complete",
        "POST",
        r"/automation/runs/(\d{1,18})/complete",
        "run",
        TestmoEmulator.complete_run,
    ),
    _Route(
        "complete",
        "POST",
        r"/automation/runs/threads/(\d{1,18})/complete",
        "thread",
        TestmoEmulator.complete_thread,
    ),
    _Route(
        "read",
        "GET",
        r"/projects/(\d{1,18})/automation/runs",
        "",
        TestmoEmulator.list_runs,
    ),
    _Route(
        "read",
        "GET",
        r"/automation/runs/(\d{1,18})",
        "run",
        TestmoEmulator.show_run,
    ),
    _Route(
        "read",
        "GET",
        r"/automation/runs/(\d{1,18})/tests",
        "run",
        TestmoEmulator.list_tests,
    ),
)


def _refusal(status: int, words: str) -> Response:
    return Response(status, {"message": words})


def _invalid(errors: Mapping[str, list[str]]) -> Response:
    return Response(422, {"message": "The given data was invalid.", "errors": errors})


def _shown(
    number: int,
    run: int,
    thread: int,
    test: Document,
) -> dict[str, object]:
    return {
        "id": number,
        "run_id": run,
        "thread_id": thread,
        "key": test.get("key"),
        "name": test.get("name"),
        "folder": test.get("folder"),
        "status": test.get("status"),
        "status_id": _STATUS_IDS.get(str(test.get("status"))),
        "elapsed": test.get("elapsed"),
    }


def _wrong(tests: object) -> dict[str, list[str]]:
    """Find what is wrong with a batch, each place with its complaints."""
    if not isinstance(tests, list):
        return {}
    errors = {}
    for place, test in enumerate(tests):
        if not isinstance(test, Mapping):
            errors[f"tests.{place}"] = ["The test must be an object."]
            continue
        for key in ("key", "name", "status", "folder"):
            value = test.get(key)
            if not isinstance(value, str) or not value:
                errors[f"tests.{place}.{key}"] = [f"The {key} field is required."]
        if len(str(test.get("key", ""))) > _LONGEST_KEY:
            words = f"The key may not be greater than {_LONGEST_KEY} characters."
            errors[f"tests.{place}.key"] = [words]
    return errors


def _page_of(query: Query) -> int:
    return max(1, int(query.get("page", 1)))


def _envelope(
    entries: list[dict[str, object]],
    page: int,
    size: int,
    total: int,
) -> dict[str, object]:
    last = max(1, -(-total // size))
    return {
        "page": page,
        "prev_page": page - 1 if page > 1 else None,
        "next_page": page + 1 if page < last else None,
        "last_page": last,
        "per_page": size,
        "total": total,
        "result": entries,
    }
