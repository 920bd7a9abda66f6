"""``sandbox``, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from shells import GOOD, program
from testferry.sandbox.server import TOKEN


def test_the_sandbox_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
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
