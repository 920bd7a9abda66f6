"""One secret through a whole life, of both services: it is in no output, in no file and in no
environment but the program's own.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from shells import junit
from testferry.sandbox.faults import parse
from testferry.sandbox.server import Sandbox, Settings

CANARY = "SEKRET-k4n/ari+="
FORMS = (
    CANARY,
    quote(CANARY, safe=""),
    quote(CANARY),
    base64.b64encode(f"me@x.org:{CANARY}".encode()).decode(),
    "SEKRET",
)
TESTMO = ("testmo", "--project-id", "1")
RAIL = ("testrail", "--project", "1", "--create-missing", "--match", "name", "--rate", "none")
LOOK = "import os; open('child', 'a').write(repr(dict(os.environ)))"


@pytest.fixture
def life(tmp_path: Path) -> list[tuple[str, ...]]:
    """What is typed, from the first upload to the last word."""
    (tmp_path / "r.xml").write_text(junit(["a", "b", "poison", "d"]))
    (tmp_path / "s.xml").write_text(junit(["e"]))
    shown = ("-vv", "--summary-file", "s.md")
    return [
        *[("doctor", *target) for target in (TESTMO, RAIL[:3])],
        *[("config", "show", target[0]) for target in (TESTMO, RAIL)],
        *[("upload", *target, *shown, "r.xml", "--settle", "1s") for target in (TESTMO, RAIL)],
        *[("upload", *target, "--output", "json", "--dry-run", "s.xml") for target in (TESTMO, RAIL)],
        ("upload", *TESTMO, "s.xml", "--again", "--", sys.executable, "-c", LOOK),
        ("upload", *TESTMO, "--url", "http://127.0.0.1:9", "s.xml", "--max-time", "2s", "-vv"),
        ("upload", *TESTMO, "--proxy", f"http://me:{quote(CANARY, safe='')}@127.0.0.1:9", "s.xml", "--max-time", "2s"),
        ("uploads",),
        ("uploads", "--output", "json"),
        ("resume", "--max-time", "2s"),
        ("budget",),
    ]  # fmt: skip


def test_a_secret_is_nowhere_but_on_the_wire(life: list[tuple[str, ...]], tmp_path: Path) -> None:
    faults = ("append: lost once", "append: refuse poison", "run: 500 once")
    settings = Settings(token=CANARY, faults=parse(faults))
    outputs = []
    with Sandbox(settings) as sandbox:
        environment = {
            **os.environ,
            "TESTMO_URL": sandbox.url,
            "TESTMO_TOKEN": CANARY,
            "TESTRAIL_URL": sandbox.url,
            "TESTRAIL_USER": "me@x.org",
            "TESTRAIL_KEY": CANARY,
            "TESTFERRY_TOKEN": CANARY,
            "TMPDIR": str(tmp_path),
        }
        for words in life:
            done = subprocess.run(
                [sys.executable, "-m", "testferry", *words],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode != 70, done.stderr
            outputs.append((" ".join(words[:3]), done.stdout + done.stderr))
    found = [
        (where, form)
        for where, text in (*outputs, *files(tmp_path))
        for form in FORMS
        if form in text
    ]
    assert not found
    assert (tmp_path / "child").exists()


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")
