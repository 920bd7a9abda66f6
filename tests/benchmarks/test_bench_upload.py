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

from testferry.sandbox.server import TOKEN

RUNS = 5
TRACE = "Traceback (most recent call last):\n" + "".join(
    f'  File "src/app/module_{at}.py", line {at * 7}, in function_{at}\n    raise_something(value={at})\n'
    for at in range(22)
)


def write_report(path: Path, tests: int) -> None:
    """35 MB for 100,000 tests, five per cent of them failures with 2 KB traces."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<testsuites><testsuite name="big" tests="{tests}">\n')
        for at in range(tests):
            start = f'<testcase classname="tests.pkg{at % 97}.test_mod{at % 1009}.TestThing" name="test_{at}[{at % 7}]" time="0.{at % 1000:03}"'
            if at % 20 == 0:
                file.write(
                    f'{start}><failure message="assert {at}" type="AssertionError">{TRACE}</failure></testcase>\n'
                )
            else:
                file.write(f"{start}/>\n")
        file.write("</testsuite></testsuites>\n")


def measured(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of one process."""
    code = f"import resource,subprocess,sys; c=subprocess.run({words!r},stdout=-3,stderr=-3).returncode; u=resource.getrusage(resource.RUSAGE_CHILDREN); print(c,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    status, cpu, rss = done.stdout.split()
    assert status == "0"
    return float(cpu), float(rss)


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
