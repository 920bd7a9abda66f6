"""What a process costs, and a large report to feed it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
