"""What people see, scene by scene: commands are played in terminals of three widths, piped, and in
a CI system. `python tests/scenes.py` writes what they show into tests/snapshots; read the diff.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sink import LOST, Sink
from terminal import Display, in_terminal
from testferry.sandbox.faults import parse
from testferry.sandbox.server import Sandbox, Settings

SNAPSHOTS = Path(__file__).parent / "snapshots"
WIDTHS = (80, 100, 160)
TOKEN = "SEKRET-canary-5f3a"
_NOBODY = "http://127.0.0.1:9"  # the port of discard: nobody listens
_SHELL = {
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
    "TZ": "UTC",
    "TESTMO_TOKEN": TOKEN,
    "TESTRAIL_USER": "me@example.com",
    "TESTRAIL_KEY": TOKEN,
    "TESTFERRY_TOKEN": TOKEN,
}


@dataclass(frozen=True)
class Scene:
    """Commands as they are typed, one after the other, and the service that they meet.

    ``{id}`` stands for the upload that the journal holds, ``{url}`` for the service's address.
    """

    name: str
    commands: tuple[str, ...]
    faults: tuple[str, ...] = ()
    lost: bool = False  # a bulk API that never answers, instead of the sandbox


_MO = "testferry upload testmo --project-id 1 --name Nightly"
_RAIL = "testferry upload testrail --project Demo --title Nightly"
SCENES = (
    Scene(
        "success",
        (
            f"{_MO} good.xml",
            f"{_MO} good.xml",
            "touch good.xml",
            f"{_MO} good.xml",
            f"{_MO} -q --again good.xml",
        ),
    ),
    Scene("failed", (f"{_MO} red.xml", f"{_MO} --again -v red.xml")),
    Scene("partial", (f"{_MO} red.xml",), faults=("append: refuse nine", "append: refuse seven")),
    Scene("unmatched", (f"{_RAIL} good.xml", f"{_RAIL} --create-missing good.xml")),
    Scene(
        "refused",
        (
            f"TESTMO_TOKEN=wrong {_MO} --summary-file summary.md red.xml",
            "cat summary.md",
            f"{_MO} missing.xml",
            f"{_MO} --summary-file summary.html good.xml",
        ),
    ),
    Scene(
        "outage",
        (
            f"TESTMO_URL={_NOBODY} {_MO} --max-time 3s red.xml",
            "testferry uploads show {id}",
            f"TESTMO_URL={_NOBODY} testferry resume -q --max-time 3s",
        ),
    ),
    Scene(
        "doubt",
        ("testferry upload sink --batch-size 8 red.xml", "testferry uploads show {id}"),
        lost=True,
    ),
    Scene("dry-run", (f"{_MO} --dry-run red.xml", f"{_RAIL} --create-missing --dry-run red.xml")),
    Scene(
        "uploads",
        (
            f"{_MO} good.xml",
            f"{_MO} red.xml",
            f"{_MO} --spool other.xml",
            "testferry uploads",
        ),
        faults=("append: refuse nine",),
    ),
    Scene(
        "uploads-show",
        (
            f"{_MO} red.xml",
            "testferry uploads show {id}",
            "testferry uploads export {id} --state rejected",
            "testferry uploads forget {id}",
            "testferry uploads prune",
        ),
        faults=("append: refuse nine",),
    ),
    Scene("resume", (f"{_MO} --spool red.xml", "testferry resume", "testferry resume")),
    Scene("demo", ("testferry demo",)),
    Scene(
        "doctor",
        (
            "testferry doctor testmo --project-id 1",
            "TESTMO_TOKEN=wrong testferry doctor testmo --project-id 1",
            "testferry doctor testrail --project Dema",
        ),
    ),
    Scene(
        "config",
        (
            "testferry init --type testmo --project-id 1 --source backend",
            "TESTMO_TOKEN= testferry init --type testmo --project-id 1 --source backend --force",
            "testferry config show testmo",
        ),
    ),
    Scene("inspect", ("testferry inspect red.xml cut.xml",)),
)


# --- the stage


def _case(name: str, inner: str = "") -> str:
    begun = (
        f'<testcase classname="shop.Cart" name="{name}" file="tests/cart.py" line="7" time="0.1"'
    )
    return f"{begun}>{inner}</testcase>" if inner else f"{begun}/>"


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FAILURE = '<failure message="AssertionError: the basket holds 2 items, 3 are expected: {}"/>'


def _report(cases: list[str]) -> str:
    return f'<testsuite name="shop">{"".join(cases)}</testsuite>'


def _write_reports(folder: Path) -> None:
    good = [_case(f"test_{number}") for number in _NUMBERS[:5]]
    red = [
        *(_case(f"test_{number}") for number in _NUMBERS),
        *(_case(f"test_red_{number}", _FAILURE.format(number)) for number in _NUMBERS[:6]),
        _case("test_購物車", '<error message="DatabaseError: no connection"/>'),
        _case("test_later", '<skipped message="needs a browser"/>'),
    ]
    (folder / "good.xml").write_text(_report(good))
    (folder / "red.xml").write_text(_report(red))
    (folder / "other.xml").write_text(_report(good[:3]))
    (folder / "cut.xml").write_text(_report(good)[:-60])


@contextmanager
def _stage(scene: Scene, folder: Path) -> Iterator[dict[str, str]]:
    """A folder with reports, a private home, and the service; gives the environment."""
    _write_reports(folder)
    (folder / "home").mkdir()
    home = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "home")}
    with ExitStack() as stack:
        if scene.lost:
            url = stack.enter_context(Sink(lambda _: LOST)).url
            table = f'[targets.sink]\ntype = "http"\nurl = "{url}/bulk"\n'
            (folder / "testferry.toml").write_text(table)
        else:
            behaviour = Settings(token=TOKEN, faults=parse(scene.faults))
            url = stack.enter_context(Sandbox(behaviour)).url
        yield {**_SHELL, **home, "TESTMO_URL": url, "TESTRAIL_URL": url}


# --- the play


def _words(
    command: str, environment: dict[str, str], folder: Path
) -> tuple[list[str], dict[str, str]]:
    """A line of a shell: variables, then words."""
    if "{id}" in command:
        command = command.replace("{id}", _newest(environment, folder))
    words, own = shlex.split(command), {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        own[name] = value
    if words[0] == "testferry":
        words[0:1] = [sys.executable, "-m", "testferry"]
    return words, {**environment, **own}


def _newest(environment: dict[str, str], folder: Path) -> str:
    words = [sys.executable, "-m", "testferry", "uploads", "--output", "json"]
    done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, check=True)
    uploads = json.loads(done.stdout)["uploads"]
    return str(uploads[-1]["upload_id"]) if uploads else "ID"


def _in_terminal(width: int) -> Callable[[list[str], dict[str, str], Path], tuple[int, list[str]]]:
    def play(words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, list[str]]:
        code, said = in_terminal(words, width, environment, folder)
        display = Display(width)
        display.feed(said.decode())
        assert display.cursor, "the cursor is hidden"
        return code, display.lines

    return play


def _piped(words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        words, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=90
    )
    lines = []
    for stream, text in (("stderr", done.stderr), ("stdout", done.stdout)):
        lines += [f"{stream} | {line}".rstrip() for line in text.splitlines()]
    return done.returncode, lines


def _in_ci(words: list[str], environment: dict[str, str], folder: Path) -> tuple[int, list[str]]:
    return _piped(words, {**environment, "CI": "true"}, folder)


_WAYS = {f"terminal, {width} columns": _in_terminal(width) for width in WIDTHS}
WAYS = {**_WAYS, "piped": _piped, "CI=true": _in_ci}


def _played(scene: Scene, way: str) -> str:
    """One scene, one way: what was typed and what was seen."""
    lines = [f"=== {way}"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(os.path.realpath(place)) / "shop"
        folder.mkdir()
        with _stage(scene, folder) as environment:
            for command in scene.commands:
                words, own = _words(command, environment, folder)
                code, shown = WAYS[way](words, own, folder)
                while shown and not shown[-1]:
                    shown.pop()
                lines += ["", f"$ {command}", *shown, f"[exit {code}]"]
        return masked("\n".join(lines), str(folder))


def played(scene: Scene) -> str:
    """A scene in every way, as it is kept."""
    with ThreadPoolExecutor(len(WAYS)) as pool:
        return "\n\n".join(pool.map(lambda way: _played(scene, way), WAYS)) + "\n"


_MASKS = (
    (re.compile(r"127\.0\.0\.1:\d{5}\b"), "127.0.0.1:40404"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "0123456789ab"),
    (re.compile(r"\btestferry-[0-9a-f]{16}\b"), "testferry-0123456789abcdef"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "12:34:56"),
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b"), "2026-01-31 12:34"),
    (re.compile(r"\b\d+(\.\d)? s\b"), "0.1 s"),
    (re.compile(r"\b\d+ ms\b"), "1 ms"),
)


def masked(text: str, folder: str) -> str:
    """What differs from day to day, made one."""
    text = text.replace(folder, "/home/me")
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for one in SCENES:
        if not wanted or one.name in wanted:
            (SNAPSHOTS / f"{one.name}.txt").write_text(played(one), "utf-8")
