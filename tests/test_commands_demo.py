"""``demo``, as a process: it needs nothing else, and minds nobody's configuration."""

from __future__ import annotations

import json
from pathlib import Path

from shells import program


def test_the_demo_needs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "testferry.toml").write_text("= this is no TOML")
    shown = program("demo", "-v")
    assert shown.returncode == 0
    assert "The sandbox holds 1,200 tests: each result once." in shown.stdout
    assert (
        json.loads(program("demo", "--output", "json", "-q").stdout)["results"]["accepted"] == 1200
    )
    quiet = program("demo", "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
