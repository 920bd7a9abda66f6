"""The shapes of containers: a user without an entry, a root that cannot be written, no home, no
temporary directory. They need a Linux whose tests may make one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from conftest import FIXTURES
from shells import TOKEN
from testferry.sandbox.server import Sandbox, Settings

REPORT = str(FIXTURES / "reports" / "junit" / "behave.xml")
# A root that cannot be written, and what the shape has besides. The user is an unknown one, who may
# read everything, for the Python of this machine may lie anywhere.
SCRIPT = """
set -e
mount --make-rprivate /
for place in / /tmp /var/tmp; do mount -o remount,ro,bind $place 2>/dev/null || test $place != /; done
case $SHAPE in *memory*) mode=rw,mode=1777 ;; *) mode=ro ;; esac
mount -t tmpfs -o $mode none /dev/shm
case $SHAPE in *temporary*) mount -t tmpfs -o mode=1777 none /var/tmp ;; esac
case $SHAPE in *volume*) mount -t tmpfs -o mode=1777 none /mnt ;; esac
cd /
exec setpriv --reuid 12345 --regid 12345 --clear-groups --inh-caps +dac_read_search \
    --ambient-caps +dac_read_search --bounding-set +dac_read_search "$@"
"""


def contained(shape: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "SHAPE": shape, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["unshare", "--mount", "bash", "-c", SCRIPT, "bash", *words],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@cache
def can_be_made() -> bool:
    if not all(map(shutil.which, ("unshare", "setpriv", "bash"))):
        return False
    asked = contained("", sys.executable, "-c", "import os; print(os.getuid())")
    return asked.stdout == "12345\n"


pytestmark = pytest.mark.skipif(
    not can_be_made(), reason="needs unshare and setpriv, and a user who may use them"
)


def program(
    shape: str, *words: str, variables: Mapping[str, str] | None = None, code: int = 0
) -> subprocess.CompletedProcess[str]:
    done = contained(shape, sys.executable, "-m", "testferry", *words, **(variables or {}))
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture
def service() -> Iterator[dict[str, str]]:
    with Sandbox(Settings(token=TOKEN)) as sandbox:
        yield {"TESTMO_URL": sandbox.url, "TESTMO_TOKEN": TOKEN}


UPLOAD = ("upload", "testmo", "--project-id", "1", REPORT)
HOMES = {
    "no home at all": {},
    "the root as home": {"HOME": "/"},
    "an empty word as home": {"HOME": ""},
    "a home that is not there": {"HOME": "/nowhere/at/all"},
}


@pytest.mark.parametrize("home", [{}, {"HOME": "/nowhere"}], ids=["no home", "none to write to"])
def test_what_only_reads_needs_nothing(home: dict[str, str]) -> None:
    shape = "nothing"
    assert "behave" in program(shape, "inspect", REPORT, variables=home).stdout
    assert "retry" in program(shape, "explain", "testmo", "503", variables=home).stdout
    program(shape, "config", "show", variables=home)
    program(shape, "uploads", variables=home)
    program(shape, "resume", "-q", variables=home)


@pytest.mark.parametrize("home", HOMES.values(), ids=HOMES)
def test_an_upload_keeps_its_journal_in_a_private_folder_for_the_time_being(
    home: dict[str, str], service: dict[str, str]
) -> None:
    done = program("temporary", *UPLOAD, variables=home | service)
    warnings = [line for line in done.stderr.splitlines() if line.startswith("warning:")]
    (told,) = warnings
    assert "/var/tmp/testferry-12345" in told
    assert "--journal DIR" in told
    assert "in run" in done.stdout


def test_where_there_is_no_place_at_all_an_upload_ends_with_the_cure(
    service: dict[str, str],
) -> None:
    done = program("nothing", *UPLOAD, variables=service | {"HOME": "/"}, code=74)
    assert "--journal DIR" in done.stderr
    program("a volume", *UPLOAD, "--journal", "/mnt/j", variables=service | {"HOME": "/"})
    for words in ((*UPLOAD, "--dry-run"), ("demo",)):
        done = program("nothing", *words, variables=service | {"HOME": "/"}, code=74)
        assert "TMPDIR" in done.stderr


def test_shared_memory_is_the_last_place(service: dict[str, str]) -> None:
    assert "/dev/shm/testferry-12345" in program("memory", *UPLOAD, variables=service).stderr
    program("memory", *UPLOAD, "--dry-run", variables=service)


@pytest.mark.long
def test_the_demo_needs_nothing_but_memory() -> None:
    assert "each result once" in program("memory", "demo").stdout


def test_closed_streams_and_an_ascii_locale() -> None:
    """What is made is UTF-8 wherever it is made, and a closed stream is no defect."""
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for form in ("junit", "ctrf", "ndjson"):
        made = program(
            "nothing", "inspect", REPORT, "--convert", form, "-o", "-", variables=bare
        ).stdout
        assert "żółw" in made or "\\u017c\\u00f3\\u0142w" in made
    words = [sys.executable, "-m", "testferry", "inspect", REPORT, "--output", "json"]
    for closed in ("<&-", "2>&-", ">&-", "<&- >&- 2>&-"):
        done = contained("nothing", "bash", "-c", f'"$@" {closed}', "bash", *words, **bare)
        assert done.returncode == 0, (closed, done.stderr)
        if " " not in closed and not closed.startswith(">"):
            assert json.loads(done.stdout)["reports"]
