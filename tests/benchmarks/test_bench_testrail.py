"""TestRail, beside its own uploader: `pytest -n 0 -m bench -s
tests/benchmarks/test_bench_testrail.py`. Printed, never asserted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from processes import measured

from testferry.engine.batching import Limits
from testferry.model import Result, Status
from testferry.sandbox.server import TOKEN
from testferry.services.testrail.match import Case, Cases
from testferry.services.testrail.plan import plan, rows
from testferry.services.testrail.read import Catalogue
from testferry.services.testrail.wish import Wish
from testferry.submission import Label

TRCLI = os.environ.get("TESTFERRY_TRCLI", "")
SERVE = """
import sys
from http.server import BaseHTTPRequestHandler
from testferry.sandbox.server import Sandbox, Settings
from testferry.services.testrail.emulator import FIELD
served = Sandbox(Settings())
service = served.testrail
service.handle("POST", "/index.php?/api/v2/add_section/1", b'{"name": "Old", "suite_id": 1}')
for at in range(int(sys.argv[1])):
    service.make_case(1001, title=f"test_{at}", **{FIELD: f"pkg.Suite.test_{at}"})
for case in service.cases.values():
    case["updated_on"] -= 100000
next(iter(service.cases.values()))["updated_on"] += 50000
handle = service.handle
seen = {"lookups": 0, "results": 0}
def counting(method, target, body, kind="application/json"):
    if target.endswith("get_counts_of_the_bench"):
        from testferry.services.emulation import Response
        return Response(200, seen | {"stored": len(service.results)})
    seen["lookups"] += method == "GET"
    seen["results"] += "add_results_for_cases" in target
    return handle(method, target, body, kind)
service.handle = counting
with served:
    print(served.url, flush=True)
    sys.stdin.read()
"""


def write_report(path: Path, tests: int) -> None:
    with path.open("w") as file:
        file.write('<testsuite name="s">')
        for at in range(tests):
            inside = (
                '<failure message="no">' + "trace\n" * 300 + "</failure>" if at % 20 == 0 else ""
            )
            file.write(
                f'<testcase classname="pkg.Suite" name="test_{at}" time="1.2">{inside}</testcase>\n'
            )
        file.write("</testsuite>")


def counts(url: str) -> dict[str, int]:
    import base64

    request = urllib.request.Request(f"{url}/index.php?/api/v2/get_counts_of_the_bench")
    request.add_header(
        "Authorization", "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, int] = json.load(answer)
    return found


@pytest.mark.bench
@pytest.mark.parametrize("tests", [2_000, 100_000])
def test_results_onto_existing_cases(tmp_path: Path, tests: int) -> None:
    """Twice: the second upload has the cases from its cache. trcli only for the smaller number: it
    is quadratic.
    """
    path = tmp_path / "r.xml"
    write_report(path, tests)
    served = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tests)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    assert served.stdin is not None
    url = served.stdout.readline().strip()
    environment = {**os.environ, "TESTRAIL_URL": url, "TESTRAIL_USER": "me", "TESTRAIL_KEY": TOKEN}
    ours = [
        sys.executable,
        "-m",
        "testferry",
        "upload",
        "testrail",
        "--project",
        "1",
        "--again",
        "--rate",
        "none",
        "-q",
        str(path),
    ]
    tools = {"testferry": ours, "testferry, cached": ours}
    if TRCLI and tests <= 5000:
        words = [TRCLI, "-n", "-s", "-h", url, "--project", "Demo", "-u", "me", "-k", TOKEN]
        tools["trcli"] = [
            "sh",
            "-c",
            '"$@"; true',
            "sh",
            *words,
            "parse_junit",
            "--title",
            "N",
            "-f",
            str(path),
        ]
    for name, words in tools.items():
        before = counts(url)
        began = time.monotonic()
        cpu, rss = measured(words, environment)
        wall = time.monotonic() - began
        after = counts(url)
        spent = {key: after[key] - before[key] for key in after}
        print(
            f"\n{tests:,} {name:18} CPU {cpu:6.2f} s  wall {wall:6.1f} s  peak {rss:6.1f} MB  {spent['lookups']} lookups,"
            f" {spent['results']} result requests, {spent['stored']:,} stored",
            end="",
        )
    print()
    served.stdin.close()
    served.wait()
    served.stdout.close()


@pytest.mark.bench
def test_matching_a_hundred_thousand() -> None:
    cases = Cases("auto")
    for at in range(100_000):
        cases.add(Case(at + 1, f"pkg.Suite.test_{at}", 1))
    catalogue = Catalogue(cases=cases, automation_field="custom_automation_id")
    tests = [
        (
            Result(f"test_{at}", Status.PASSED, classname="pkg.Suite", elapsed=1.2),
            b"{}",
            Label(f"test_{at}", "pkg.Suite", "passed"),
        )
        for at in range(100_000)
    ]
    took = []
    for _ in range(5):
        began = time.process_time()
        made = plan(iter(tests), catalogue, Wish())
        matched = time.process_time() - began
        list(
            rows(
                made,
                (),
                {"passed": 1, "failed": 5, "error": 5, "skipped": 4},
                Wish(),
                Limits(500, 1_000_000),
            )
        )
        took.append((matched, time.process_time() - began))
    matching, whole = (statistics.median(one) for one in zip(*took, strict=True))
    print(
        f"\n100,000 tests onto 100,000 cases: matched in {matching:.2f} s CPU, {whole:.2f} s with their batches made"
    )
