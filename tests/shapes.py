"""What each service of a shipped table looks like from outside: how it answers, and what it keeps.

The shapes are those of the sources that the tables name; real servers are in test_real_servers.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sink import Said, Seen

Keep = Callable[["Shape", Seen], Said]


@dataclass
class Shape:
    """A service: what it kept, by key if it has keys."""

    keep: Keep
    sets: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)  # names of tests
    header: str = "authorization"  # where the token comes

    def __call__(self, seen: Seen) -> Said:
        return self.keep(self, seen)

    def words(self) -> list[str]:
        return [word for name, value in self.sets.items() for word in ("--set", f"{name}={value}")]


def _qase(shape: Shape, seen: Seen) -> Said:
    if seen.path == "/bulk/v1/run/DEMO":
        assert seen.json["is_autotest"] is True
        return Said(200, {"status": True, "result": {"id": 4}})
    if seen.path.endswith("/complete"):
        return Said(200, {"status": True})
    assert seen.path == "/bulk/v2/DEMO/4/results"
    for row in seen.json["results"]:
        assert set(row) >= {"id", "title", "execution"}
        assert row["execution"]["status"] in {"passed", "failed", "invalid", "skipped"}
        shape.kept.append(row["title"])
    return Said(202, {"status": True})


def _azure(shape: Shape, seen: Seen) -> Said:
    path = seen.path.removeprefix("/bulk/ACME/Shop/_apis/test")
    if path == "/runs?api-version=7.1":
        return Said(200, {"id": 9, "state": "InProgress"})
    if seen.method == "PATCH":
        assert seen.json == {"state": "Completed"}
        return Said(200, {"id": 9, "state": "Completed"})
    assert path == "/Runs/9/results?api-version=7.1"
    shape.kept += [row["testCaseTitle"] for row in seen.json]
    entries = [{"id": 100 + at} for at in range(len(seen.json))]
    return Said(200, {"count": len(entries), "value": entries})


def _buildkite(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/v1/uploads"
    assert seen.json["run_env"]["key"] == "b7"
    shape.kept += [row["name"] for row in seen.json["data"]]
    return Said(202, {"id": "u", "run_id": "r", "queued": len(seen.json["data"]), "skipped": 0})


def _testomatio(shape: Shape, seen: Seen) -> Said:
    path, _, query = seen.path.partition("?")
    assert query.startswith("api_key=")
    if path == "/bulk/api/reporter":
        return Said(200, {"uid": "ab12", "url": "https://x"})
    if seen.method == "PUT":
        return Said(200, {})
    assert path == "/bulk/api/reporter/ab12/testrun"
    shape.kept += [row["title"] for row in seen.json["tests"]]
    return Said(200, {})


def _allure(shape: Shape, seen: Seen) -> Said:
    path = seen.path.removeprefix("/bulk/api")
    if path == "/launch":
        assert seen.json["projectId"] == 7
        return Said(200, {"id": 31, "name": seen.json["name"]})
    if path == "/upload/session?manual=true":
        assert seen.json == {"launchId": 31}
        return Said(200, {"id": 77})
    if path == "/upload/test-result":
        assert seen.json["testSessionId"] == 77
        rows = seen.json["results"]
        shape.kept += [row["name"] for row in rows]
        return Said(200, {"results": [{"id": 1, "uuid": row["uuid"]} for row in reversed(rows)]})
    assert path in {"/upload/start", "/upload/stop", "/launch/31/close"}
    return Said(200, {})


def _elastic(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/tests/_bulk"
    lines = [json.loads(line) for line in seen.body.decode().splitlines()]
    names = [line["test"]["name"] for line in lines[1::2]]
    shape.kept += names
    entries = [{"create": {"_id": line["create"]["_id"], "status": 201}} for line in lines[::2]]
    return Said(200, {"took": 3, "errors": False, "items": entries})


def _couch(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/results/_bulk_docs"
    docs = seen.json["docs"]
    shape.kept += [doc["name"] for doc in docs]
    return Said(201, [{"ok": True, "id": doc["_id"], "rev": "1-a"} for doc in reversed(docs)])


def _datasette(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/data/results/-/upsert"
    rows = seen.json["rows"]
    if len(rows) > 100:
        return Said(400, {"ok": False, "errors": ["Too many rows, maximum allowed is 100"]})
    shape.kept += [row["name"] for row in rows]
    return Said(200, {"ok": True})


def _pocketbase(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/api/batch"
    requests = seen.json["requests"]
    assert all(re.fullmatch("[0-9a-f]{15}", each["body"]["id"]) for each in requests)
    shape.kept += [each["body"]["name"] for each in requests]
    return Said(200, [{"status": 200, "body": each["body"]} for each in requests])


def _influx(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/write?db=tests&precision=ns"
    for line in seen.body.decode().splitlines():
        found = re.fullmatch(
            r"tests,id=[0-9a-f-]{36},name=(\w+),suite=\S+,status=\w+ elapsed=[0-9.]+,message=\".*\" [0-9]{19}",
            line,
        )
        assert found, line
        shape.kept.append(found[1])
    return Said(204, b"")


def _squad(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/api/submit/g/p/1/x86"
    parts = seen.body.split(b"\r\n")
    tests = json.loads(parts[3])
    shape.kept += [name.rpartition("/")[2] for name in tests]
    assert {test["result"] for test in tests.values()} <= {"pass", "fail", "skip"}
    return Said(201, b"42", {"Content-Type": "text/plain"})


def _splunk(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk/services/collector/event"
    events = [json.loads(line) for line in seen.body.decode().splitlines()]
    shape.kept += [each["event"]["name"] for each in events]
    return Said(200, {"text": "Success", "code": 0})


def _webhook(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk"
    shape.kept += [row["name"] for row in seen.json["results"]]
    return Said(200, {"ok": True})


def _ndjson(shape: Shape, seen: Seen) -> Said:
    assert seen.headers["content-type"] == "application/x-ndjson"
    shape.kept += [json.loads(line)["name"] for line in seen.body.decode().splitlines()]
    return Said(200, {"ok": True})


def _titles(shape: Shape, seen: Seen) -> Said:
    assert seen.path == "/bulk"
    shape.kept += [row["name"].rpartition(" ")[2] for row in seen.json["results"]]
    return Said(201, {"accepted": len(seen.json["results"])})


def shapes() -> dict[str, Shape]:
    """A fresh service for each of the shipped tables."""
    return {
        "qase": Shape(_qase, {"project": "DEMO"}, header="token"),
        "azure": Shape(_azure, {"org": "ACME", "project": "Shop"}),
        "buildkite": Shape(_buildkite, {"build": "b7"}),
        "testomatio": Shape(_testomatio, header=""),
        "allure": Shape(_allure, {"project": "7"}),
        "elasticsearch": Shape(_elastic, {"index": "tests"}),
        "couchdb": Shape(_couch, {"db": "results", "user": "admin"}),
        "datasette": Shape(_datasette, {"db": "data", "table": "results", "run": "7"}),
        "pocketbase": Shape(_pocketbase, {"collection": "results"}),
        "influxdb": Shape(_influx, {"db": "tests"}),
        "squad": Shape(
            _squad, {"group": "g", "project": "p", "build": "1", "env": "x86"}, header="auth-token"
        ),
        "splunk": Shape(_splunk, {"index": "tests"}),
        "webhook": Shape(_webhook),
        "webhook-ndjson": Shape(_ndjson),
        "simutest": Shape(_titles),
        "talentlms": Shape(_titles, header="x-api-key"),
        "nestjs": Shape(_titles),
    }


def title(row: dict[str, Any]) -> str:
    return str(row["name"])
