"""Reading, beside the tools that people know: `pytest -m bench -s tests/benchmarks/test_bench_reading.py`. Printed, never asserted."""

from __future__ import annotations

import importlib.util
import os
import statistics
import sys
from pathlib import Path

import pytest
from test_bench_upload import measured, write_report

RUNS = 5
TOOLS = {
    "testferry": (
        "",
        "from testferry.reports import Source, read\nfrom testferry.model import ReportSummary\nfor _ in read(Source(PATH), ReportSummary('x')): pass",
    ),
    "xml.etree iterparse": (
        "",
        "import xml.etree.ElementTree as ET\nfor _, e in ET.iterparse(PATH):\n    if e.tag == 'testcase': e.clear()",
    ),
    "lxml iterparse": (
        "lxml",
        "from lxml import etree\nfor _, e in etree.iterparse(PATH):\n    if e.tag == 'testcase': e.clear()",
    ),
    "junitparser fromfile": ("", "import junitparser\nfor s in junitparser.JUnitXml.fromfile(PATH):\n    for c in s: c.result"),
    "codecov's parser": ("test_results_parser", "import test_results_parser as p\np.parse_junit_xml(open(PATH, 'rb').read())"),
    "an empty interpreter": ("", "pass"),
}


@pytest.mark.bench
@pytest.mark.parametrize("tests", [100_000])
def test_reading_junit(tmp_path: Path, tests: int) -> None:
    """In turn, so that the machine's noise meets all of them alike; medians, and ratios to bare iterparse."""
    path = tmp_path / "big.xml"
    write_report(path, tests)
    figures: dict[str, list[tuple[float, float]]] = {}
    for _ in range(RUNS):
        for name, (module, code) in TOOLS.items():
            if not module or importlib.util.find_spec(module):
                words = [sys.executable, "-c", code.replace("PATH", repr(str(path)))]
                figures.setdefault(name, []).append(measured(words, dict(os.environ)))
    base = statistics.median(cpu for cpu, _ in figures["xml.etree iterparse"])
    for name, found in figures.items():
        cpu, rss = (statistics.median(one) for one in zip(*found, strict=True))
        print(f"\n{name:24} CPU {cpu:5.2f} s ({cpu / base:4.1f} x)  peak {rss:6.1f} MB", end="")
    print()
