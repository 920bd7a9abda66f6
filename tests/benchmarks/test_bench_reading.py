"""Reading, beside the tools that people know: `pytest -n 0 -m bench -s
tests/benchmarks/test_bench_reading.py`. Printed, never asserted.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from processes import measured, write_report

RUNS = 5
READ = "from testferry.reports import Source, read\nfrom testferry.model import ReportSummary\nfor _ in read(Source(PATH), ReportSummary('x')): pass"
TOOLS = {
    "testferry": ("", READ),
    "xml.etree iterparse": (
        "",
        "import xml.etree.ElementTree as ET\nfor _, e in ET.iterparse(PATH):\n    if e.tag == 'testcase': e.clear()",
    ),
    "lxml iterparse": (
        "lxml",
        "from lxml import etree\nfor _, e in etree.iterparse(PATH):\n    if e.tag == 'testcase': e.clear()",
    ),
    "junitparser fromfile": (
        "",
        "import junitparser\nfor s in junitparser.JUnitXml.fromfile(PATH):\n    for c in s: c.result",
    ),
    "codecov's parser": (
        "test_results_parser",
        "import test_results_parser as p\np.parse_junit_xml(open(PATH, 'rb').read())",
    ),
    "an empty interpreter": ("", "pass"),
}


@pytest.mark.bench
@pytest.mark.parametrize("tests", [100_000, 1_000_000])
def test_reading_junit(tmp_path: Path, tests: int) -> None:
    """In turn, so that the machine's noise meets all of them alike; medians, and ratios to bare
    iterparse.
    """
    path = tmp_path / "big.xml"
    write_report(path, tests)
    compare(TOOLS, path, "xml.etree iterparse")


def compare(tools: dict[str, tuple[str, str]], path: Path, against: str) -> None:
    figures: dict[str, list[tuple[float, float]]] = {}
    for _ in range(RUNS):
        for name, (module, code) in tools.items():
            if not module or importlib.util.find_spec(module):
                words = [sys.executable, "-c", code.replace("PATH", repr(str(path)))]
                figures.setdefault(name, []).append(measured(words, dict(os.environ)))
    base = statistics.median(cpu for cpu, _ in figures.get(against, figures["testferry"]))
    for name, found in figures.items():
        cpu, rss = (statistics.median(one) for one in zip(*found, strict=True))
        print(f"\n{name:24} CPU {cpu:5.2f} s ({cpu / base:4.1f} x)  peak {rss:6.1f} MB", end="")
    print()


TRACE = "Error: x\n" + "    at f (/src/a.js:1:2)\n" * 60
SOME = 50_000


def red(at: int) -> bool:
    return at % 20 == 0


def ctrf(path: Path) -> str:
    tests = [
        {
            "name": f"test_{at}[{at % 7}]",
            "status": "failed" if red(at) else "passed",
            "duration": at % 1000,
            "suite": f"tests.mod{at % 97}",
            **({"message": "assert", "trace": TRACE} if red(at) else {}),
        }
        for at in range(SOME)
    ]
    path.write_text(
        json.dumps({"reportFormat": "CTRF", "results": {"tool": {"name": "t"}, "tests": tests}})
    )
    return "results.tests.item"


def jest(path: Path) -> str:
    files = [
        {
            "name": f"/w/f{number}.test.js",
            "status": "failed",
            "assertionResults": [
                {
                    "ancestorTitles": ["a", "b"],
                    "title": f"t{number}-{at}",
                    "status": "failed" if red(at) else "passed",
                    "duration": at,
                    "failureMessages": [TRACE] if red(at) else [],
                }
                for at in range(50)
            ],
        }
        for number in range(SOME // 50)
    ]
    path.write_text(
        json.dumps({"numTotalTests": SOME, "numTotalTestSuites": 1, "testResults": files})
    )
    return "testResults.item"


def go(path: Path) -> str:
    with path.open("w") as file:
        for at in range(SOME):
            for action in ("run", "output", "output", "fail" if red(at) else "pass"):
                event = {
                    "Time": "2026-01-01T00:00:00Z",
                    "Action": action,
                    "Package": f"ex/p{at // 500}",
                    "Test": f"Test{at}",
                }
                file.write(
                    json.dumps(event | ({"Output": "=== RUN\n"} if action == "output" else {}))
                    + "\n"
                )
    return ""


@pytest.mark.bench
@pytest.mark.parametrize("make", [ctrf, jest, go])
def test_reading_json(tmp_path: Path, make: Callable[[Path], str]) -> None:
    """Beside the fastest streaming parser in C alone, and a parser that takes the whole document
    into memory.
    """
    path = tmp_path / "big.json"
    items = make(path)
    more = "" if items else ", multiple_values=True"
    tools = {
        "testferry": ("", READ),
        "ijson": (
            "ijson",
            f"import ijson\nfor _ in ijson.items(open(PATH, 'rb'), {items!r}, use_float=True{more}): pass",
        ),
        "msgspec": (
            "msgspec",
            "import msgspec\nmsgspec.json.decode(open(PATH, 'rb').read())"
            if items
            else "import msgspec\nd = msgspec.json.Decoder()\nfor one in open(PATH, 'rb'): d.decode(one)",
        ),
        "json.load": (
            "",
            "import json\njson.load(open(PATH))"
            if items
            else "import json\nfor one in open(PATH): json.loads(one)",
        ),
        "an empty interpreter": ("", "pass"),
    }
    compare(tools, path, "ijson")
