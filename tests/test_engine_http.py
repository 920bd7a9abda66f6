"""httpx is loaded without what only its command line needs."""

from __future__ import annotations

import subprocess
import sys

from testferry.engine.http import httpx


def test_the_highlighter_of_the_command_line_is_not_loaded() -> None:
    words = "import sys; import testferry.engine.client; print('pygments' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


def test_it_is_the_httpx_of_everybody_else() -> None:
    import httpx as theirs

    assert httpx is theirs
    assert "httpx._main" not in sys.modules or sys.modules["httpx._main"] is not None
