"""``sandbox`` and ``demo``, as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from shells import GOOD, program
from testferry.sandbox.server import TOKEN


def test_the_served_sandbox_and_the_demo(tmp_path: Path) -> None:
    import signal

    served = subprocess.Popen(
        [sys.executable, "-m", "testferry", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert served.stdout is not None
    url = served.stdout.readline().strip().partition("=")[2]
    assert served.stdout.readline().strip() == f"export TESTMO_TOKEN={TOKEN}"
    (tmp_path / "r.xml").write_text(GOOD)
    environment = {**os.environ, "TESTMO_URL": url, "TESTMO_TOKEN": TOKEN}
    assert (
        program("upload", "testmo", "--project-id", "1", "r.xml", env=environment).returncode == 0
    )
    port = url.rpartition(":")[2]
    assert program("sandbox", "--port", port).returncode == 2
    served.send_signal(signal.SIGINT)
    assert served.wait(10) == 0
    served.stdout.close()
    shown = program("demo", "-v")
    assert shown.returncode == 0
    assert "The sandbox holds 1,200 tests: each result once." in shown.stdout
    assert (
        json.loads(program("demo", "--output", "json", "-q").stdout)["results"]["accepted"] == 1200
    )
