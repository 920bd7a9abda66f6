"""Reports that their own tools call red, and a green one of each format, for tests that join them,
cut them, and put things around them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from conftest import FIXTURES
from fakes import of
from testferry.model import ReportSummary, Result
from testferry.reports.detect import detect

REPORTS = FIXTURES / "reports"
SUFFIXES = (".xml", ".json", ".jsonl", ".ndjson", ".trx", ".tap")
LARGEST = 300_000


def is_red(results: Iterable[Result], summaries: Iterable[ReportSummary]) -> bool:
    """A failing result, or a problem that makes the exit code 4."""
    red = sum(result.status.is_red for result in results) > 0
    return red or any(one.is_error for summary in summaries for one in summary.problems)


def told(data: bytes) -> bool:
    found, summary = of(data)
    return is_red(found, [summary])


def of_fixtures(*, red: bool) -> dict[str, bytes]:
    listed = {}
    for path in sorted(REPORTS.rglob("*")):
        if path.suffix in SUFFIXES and "allure" not in path.parts and path.stat().st_size < LARGEST:
            data = path.read_bytes()
            if detect(data[:65_536]).name == "companion":
                continue  # no report, though named so
            if told(data) is red:
                listed[path.relative_to(REPORTS).as_posix()] = data
    return listed


RED = of_fixtures(red=True)
# A green document of each format that has one in the fixtures, or can be written down.
GREEN: dict[str, bytes] = {
    "xml": b"<testsuite name='g'><testcase name='g' classname='g'/></testsuite>",
    "tap": b"TAP version 13\nok 1 - g\n1..1\n",
    "go-test": b'{"Action":"start","Package":"g"}\n{"Action":"run","Package":"g","Test":"G"}\n'
    b'{"Action":"pass","Package":"g","Test":"G"}\n{"Action":"pass","Package":"g"}\n',
    "ctrf": json.dumps(
        {"reportFormat": "CTRF", "results": {"tests": [{"name": "g", "status": "passed"}]}}
    ).encode(),
    "libtest": b'{"type":"suite","event":"started","test_count":1}\n{"type":"test","event":"ok","name":"g"}\n'
    b'{"type":"suite","event":"ok","passed":1,"failed":0}\n',
}
