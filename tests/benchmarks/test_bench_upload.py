"""Whole uploads, measured: `pytest -n 0 -m bench -s tests/benchmarks`. Figures are printed, never
asserted: these machines are shared.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from processes import measured, write_report

from testferry.sandbox.server import TOKEN

RUNS = 5


@pytest.mark.bench
@pytest.mark.parametrize("tests", [100_000, 1_000_000])
def test_an_upload_to_a_service_without_latency(tmp_path: Path, tests: int) -> None:
    write_report(tmp_path / "big.xml", tests)
    served = subprocess.Popen(
        [sys.executable, "-m", "testferry", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    url = served.stdout.readline().strip().partition("=")[2]
    environment = {**os.environ, "TESTMO_URL": url, "TESTMO_TOKEN": TOKEN}
    words = [
        sys.executable,
        "-m",
        "testferry",
        "upload",
        "testmo",
        "--project-id",
        "1",
        "--again",
        "--rate",
        "none",
        "-q",
        str(tmp_path / "big.xml"),
    ]
    found = [measured(words, environment) for _ in range(RUNS if tests < 1_000_000 else 1)]
    served.terminate()
    served.wait()
    served.stdout.close()
    cpu, rss = (statistics.median(one) for one in zip(*found, strict=True))
    print(f"\n{tests:,} tests: CPU {cpu:.2f} s, peak {rss:.0f} MB (median of {len(found)})")


@pytest.mark.bench
def test_start_up(tmp_path: Path) -> None:
    figures = {}
    for name, words in {
        "import click": [sys.executable, "-c", "import click"],
        "testferry --version": [sys.executable, "-m", "testferry", "--version"],
        "testferry --help": [sys.executable, "-m", "testferry", "--help"],
    }.items():
        figures[name] = statistics.median(measured(words, dict(os.environ))[0] for _ in range(11))
    base = figures["import click"]
    for name, cpu in figures.items():
        print(f"\n{name}: CPU {cpu * 1000:.0f} ms, {cpu / base:.2f} x")
