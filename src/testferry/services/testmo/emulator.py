"""Testmo as far as an uploader can see it: runs, threads, bulk appends, completion, lists. Stored
in sqlite.

Documented behaviour (docs.testmo.com, "Automation runs", "Pagination & expands", "Error Handling").
Assumptions, where Testmo's documents are silent: one bad test refuses its whole batch with 422 and
names it, and counts are up to date at once.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from testferry.clock import SystemClock

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
_FIRST_RUN, _FIRST_THREAD = 100, 500
_STATUS_IDS = {"passed": 2, "failure": 3, "error": 3, "skipped": 1}
_ROUTES = (
    ("run", "POST", re.compile(r"/api/v1/projects/(\d+)/automation/runs")),
    ("thread", "POST", re.compile(r"/api/v1/automation/runs/(\d+)/threads")),
    ("append", "POST", re.compile(r"/api/v1/automation/runs/threads/(\d+)/append")),
    ("complete", "POST", re.compile(r"/api/v1/automation/runs/(\d+)/complete")),
    ("complete", "POST", re.compile(r"/api/v1/automation/runs/threads/(\d+)/complete")),
    ("read", "GET", re.compile(r"/api/v1/projects/(\d+)/automation/runs")),
    ("read", "GET", re.compile(r"/api/v1/automation/runs/(\d+)")),
    ("read", "GET", re.compile(r"/api/v1/automation/runs/(\d+)/tests")),
)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def content_type(self) -> str:
        """Of the body."""
        return "text/html; charset=utf-8" if self.text else "application/json"

    @property
    def data(self) -> bytes:
        """The body's bytes."""
        if self.text:
            return self.text.encode()
        return b"" if self.document is None else json.dumps(self.document).encode()


class TestmoService:
    """The emulator's state and its calls. Used under one lock."""

    __test__ = False

    # made once on purpose
    def __init__(self, database: str, wall: Callable[[], float] = SystemClock().wall) -> None:  # noqa: B008
        self._wall = wall
        self._db = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Leave the database."""
        self._db.close()

    def operation(self, method: str, path: str) -> str:
        """What a request is for, as faults call it."""
        return next(
            (name for name, verb, route in _ROUTES if verb == method and route.fullmatch(path)),
            "other",
        )

    def handle(  # noqa: PLR0911 - one return for each way in which it can end
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any,
    ) -> Response:
        """Apply a request and answer it."""
        known = [(verb, match) for _, verb, route in _ROUTES if (match := route.fullmatch(path))]
        if not known:
            return Response(404, {"message": "Not found."})
        match = next((match for verb, match in known if verb == method), None)
        if match is None:
            return Response(
                405, {"message": f"The {method} method is not supported for this route."}
            )
        number, tail = int(match[1]), path.rpartition("/")[2]
        if method == "GET":
            return self._read(path, number, query)
        document = body if isinstance(body, Mapping) else {}
        if "projects" in path:
            return self._create_run(number, document)
        table = "thread" if "/threads/" in path else "run"
        # only constants and marks are put together
        if not self._db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone():  # noqa: S608
            return Response(404, {"message": f"No automation {table} {number}."})
        match tail:
            case "threads":
                return self._create_thread(number, document)
            case "append":
                return self._append(number, document)
        return self._complete(table, number)

    # --- writing

    def _create_run(self, project: int, body: Mapping[str, Any]) -> Response:
        missing = {
            key: [f"The {key} field is required."]
            for key in ("name", "source")
            if not body.get(key)
        }
        if missing:
            return Response(422, {"message": "The given data was invalid.", "errors": missing})
        now = datetime.fromtimestamp(self._wall(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        number = self._next("run", _FIRST_RUN)
        self._db.execute(
            "INSERT INTO run (id, project, name, source, body, created_at) VALUES (?, ?, ?, ?, ?, "
            "?)",
            (number, project, body["name"], body["source"], json.dumps(body), now),
        )
        return Response(201, {"id": number})

    def _create_thread(self, run: int, body: Mapping[str, Any]) -> Response:
        number = self._next("thread", _FIRST_THREAD)
        self._db.execute(
            "INSERT INTO thread (id, run, body) VALUES (?, ?, ?)", (number, run, json.dumps(body))
        )
        return Response(201, {"id": number})

    def _append(self, thread: int, body: Mapping[str, Any]) -> Response:
        run = self._db.execute("SELECT run FROM thread WHERE id = ?", (thread,)).fetchone()[0]
        tests = body.get("tests") or []
        if errors := _wrong(tests):
            return Response(422, {"message": "The given data was invalid.", "errors": errors})
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO test (run, thread, body) VALUES (?, ?, ?)",
            ((run, thread, json.dumps(test)) for test in tests),
        )
        self._db.execute("COMMIT")
        return Response(204)

    def _complete(self, table: str, number: int) -> Response:
        # only constants and marks are put together
        self._db.execute(f"UPDATE {table} SET completed = 1 WHERE id = ?", (number,))  # noqa: S608
        if table == "run":
            self._db.execute("UPDATE thread SET completed = 1 WHERE run = ?", (number,))
        return Response(204)

    def _next(self, table: str, first: int) -> int:
        return int(
            self._db.execute(f"SELECT coalesce(max(id), ?) + 1 FROM {table}", (first,)).fetchone()[  # noqa: S608
                0
            ]
        )

    # --- reading

    def _read(self, path: str, number: int, query: Mapping[str, str]) -> Response:
        if "projects" in path:
            since = query.get("created_after", "")
            rows = self._db.execute(
                "SELECT id FROM run WHERE project = ? AND created_at >= ? ORDER BY id DESC",
                (number, since),
            ).fetchall()
            return _page([self.run(row[0]) for row in rows], query, (15, 25, 50, 100), 100)
        if not self._db.execute("SELECT 1 FROM run WHERE id = ?", (number,)).fetchone():
            return Response(404, {"message": f"No automation run {number}."})
        if path.endswith("/tests"):
            return self._tests(number, query)
        threads = self._db.execute(
            "SELECT id, completed FROM thread WHERE run = ? ORDER BY id", (number,)
        ).fetchall()
        listed = [{"id": one, "is_completed": bool(done)} for one, done in threads]
        return Response(200, {**self.run(number), "threads": listed})

    def _tests(self, run: int, query: Mapping[str, str]) -> Response:
        """Only the asked page is read: runs are large."""
        where, values = "run = ?", [run]
        if "thread_id" in query:
            where, values = f"{where} AND thread = ?", [run, int(query["thread_id"])]
        # only constants and marks are put together
        total = self._db.execute(f"SELECT count(*) FROM test WHERE {where}", values).fetchone()[0]  # noqa: S608
        page, size = (
            max(1, int(query.get("page", 1))),
            min(1000, max(100, int(query.get("per_page", 100)))),
        )
        order = "ASC" if query.get("order") == "asc" else "DESC"
        rows = self._db.execute(
            # only constants and marks are put together
            f"SELECT id, thread, body FROM test WHERE {where} ORDER BY id {order} LIMIT ? OFFSET ?",  # noqa: S608
            (*values, size, (page - 1) * size),
        ).fetchall()
        shown = [_shown(number, run, thread, json.loads(body)) for number, thread, body in rows]
        return Response(200, _envelope(shown, page, size, total))

    def run(self, number: int) -> dict[str, Any]:
        """One run as the lists show it."""
        row = self._db.execute(
            "SELECT id, project, name, source, created_at, completed FROM run WHERE id = ?",
            (number,),
        ).fetchone()
        counts = self._db.execute("SELECT count(*) FROM test WHERE run = ?", (number,)).fetchone()
        keys = ("id", "project_id", "name", "source", "created_at", "is_completed")
        run = dict(zip(keys, row, strict=True))
        return {
            **run,
            "is_completed": bool(run["is_completed"]),
            "status": 2 if run["is_completed"] else 4,
            "total_count": counts[0],
        }

    def tests(self, run: int) -> list[dict[str, Any]]:
        """Every test of a run as it was sent, for those who check."""
        rows = self._db.execute(
            "SELECT body FROM test WHERE run = ? ORDER BY id", (run,)
        ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def runs(self) -> list[int]:
        """Every run."""
        return [row[0] for row in self._db.execute("SELECT id FROM run ORDER BY id")]


def _shown(number: int, run: int, thread: int, test: Mapping[str, Any]) -> dict[str, Any]:
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


def _wrong(tests: Any) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for at, test in enumerate(tests if isinstance(tests, list) else []):
        if not isinstance(test, Mapping):
            errors[f"tests.{at}"] = ["The test must be an object."]
            continue
        for key in ("key", "name", "status", "folder"):
            if not isinstance(test.get(key), str) or not test[key]:
                errors[f"tests.{at}.{key}"] = [f"The {key} field is required."]
        if len(str(test.get("key", ""))) > 64:
            errors[f"tests.{at}.key"] = ["The key may not be greater than 64 characters."]
    return errors


def _page(
    entries: list[Any], query: Mapping[str, str], sizes: tuple[int, ...], default: int
) -> Response:
    size = int(query.get("per_page", default))
    if size not in sizes:
        return Response(
            422, {"message": f"The per_page must be one of {', '.join(map(str, sizes))}."}
        )
    page = max(1, int(query.get("page", 1)))
    return Response(
        200, _envelope(entries[(page - 1) * size : page * size], page, size, len(entries))
    )


def _envelope(entries: list[Any], page: int, size: int, total: int) -> dict[str, Any]:
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
