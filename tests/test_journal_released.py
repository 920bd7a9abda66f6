"""Journals that released programs left in the middle of their work: this one lists, shows, exports
and carries them on. Nothing is lost, nothing is doubled.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from released import Gate, Received
from shells import Shell
from testferry.sandbox.server import TOKEN, Sandbox, Settings

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "journals"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/received.json"))
FINISHED = {name for name in NAMES if name.endswith(("-finished", "-in-part"))}


def at_its_address(source: Path, target: Path, url: str) -> None:
    """Copy a journal's files with another address in them.

    They name the port of the day on which they were written. The row is changed as its writer would
    have, in a -wal that nobody has moved into the journal yet: copied while it is open.
    """
    between = target.with_name(f"{target.name}-between")
    shutil.copytree(source, between)
    target.mkdir()
    (journal,) = between.glob("*.journal")
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        row = db.execute("SELECT value FROM upload WHERE key = 'url'").fetchone()
        text = json.dumps(url + urlsplit(json.loads(row[0])).path)
        total = zlib.crc32(repr(("url", text)).encode())
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE upload SET value = ?, sum = ? WHERE key = 'url'", (text, total))
        for path in between.iterdir():
            if ".journal" in path.name and not path.name.endswith("-shm"):
                shutil.copy(path, target / path.name)


@dataclass
class Left:
    """What a released program left: its journal, and a service that holds what it had received."""

    facts: dict[str, Any]
    upload_id: str
    folder: Path
    url: str
    stored: Callable[[], Counter[str]]
    runs: Callable[[], int]

    @property
    def wanted(self) -> Counter[str]:
        """Every result once, but for those that the service does not take or has no place for."""
        taken = self.facts["tests"] - self.facts["unmatched"]
        return Counter(f"t{at}" for at in range(taken) if f"t{at}" != self.facts["refused"])


@dataclass(frozen=True)
class Fixed:
    """A clock that stands."""

    time: float

    def wall(self) -> float:
        return self.time


def replayed(sandbox: Sandbox, received: list[Received]) -> None:
    """The sandbox as the released program's own stood when the program was stopped."""
    for request in received:
        body = request.body.encode()
        if request.target.startswith("/index.php"):
            sandbox.testrail._wall = Fixed(request.wall).wall
            response = sandbox.testrail.handle(request.method, request.target, body)
        else:
            sandbox.testmo._wall = Fixed(request.wall).wall
            response = sandbox.testmo.handle(request.method, request.target, body)
        assert response.status < 300, request.target


def stored_in(sandbox: Sandbox, service: str) -> Counter[str]:
    """How often each test is there."""
    if service == "testmo":
        return Counter(
            test["name"] for run in sandbox.testmo.runs() for test in sandbox.testmo.tests(run)
        )
    rail = sandbox.testrail
    return Counter(str(rail.cases[result["case_id_of_test"]]["title"]) for result in rail.results)


@pytest.fixture(params=NAMES)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    source = FOLDER / request.param
    facts = json.loads((source / "received.json").read_text())
    received = [Received(**one) for one in facts["received"]]
    with ExitStack() as stack:
        if facts["service"] == "sink":
            sink = stack.enter_context(Gate())
            sink.received += received
            url, stored, runs = sink.url, sink.names, lambda: 0
        else:
            sandbox = stack.enter_context(Sandbox(Settings()))
            replayed(sandbox, received)
            url, service = sandbox.url, facts["service"]
            stored = lambda: stored_in(sandbox, service)  # noqa: E731
            of_rail = service == "testrail"
            runs = lambda: len(sandbox.testrail.runs if of_rail else sandbox.testmo.runs())  # noqa: E731
        at_its_address(source, tmp_path / "j", url)
        (journal,) = (tmp_path / "j").glob("*.journal")
        upload_id = journal.name.removesuffix(".journal")
        yield Left(facts, upload_id, tmp_path / "j", url, stored, runs)


def of(left: Left, *words: str) -> tuple[str, ...]:
    return (*words, "--journal", str(left.folder), "--output", "json")


def test_there_are_journals_of_every_kind_of_stop() -> None:
    codes = set()
    for name in NAMES:
        codes.add(json.loads((FOLDER / name / "received.json").read_text())["code"])
    assert codes == {-9, 130, 0, 5, 6}
    assert len(list(FOLDER.glob("*/*-wal"))) >= 8, "as a kill left them"
    assert len(list(FOLDER.glob("*/*.marks"))) == len(NAMES)


def test_it_is_listed_and_shown(left: Left, shell: Shell, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["left"]
    before = {path.name: path.read_bytes() for path in left.folder.glob("*.journal")}
    assert shell(*of(left, "uploads")) == 0
    (listed,) = shell.json["uploads"]
    assert listed["upload_id"] == left.upload_id
    assert listed["results"]["total"] == left.facts["tests"]
    assert (listed["state"] != "unfinished") is (name in FINISHED)
    assert shell("uploads", "show", left.upload_id, "--journal", str(left.folder)) == 0
    assert {path.name: path.read_bytes() for path in left.folder.glob("*.journal")} == before, (
        "reading changes nothing"
    )


def test_every_result_is_exported(left: Left, shell: Shell, tmp_path: Path) -> None:
    saved = tmp_path / "saved.ndjson"
    words = ("uploads", "export", left.upload_id, "--journal", str(left.folder), "-o", str(saved))
    assert shell(*words) == 0
    lines = [json.loads(line) for line in saved.read_text().splitlines()]
    if left.facts["code"] in (0, 6):  # the released program kept nothing of what arrived
        assert [line["name"] for line in lines] == [
            name for name in (left.facts["refused"],) if name
        ]
    else:
        names = Counter(line["name"] for line in lines)
        assert names == Counter(f"t{at}" for at in range(left.facts["tests"]))


def test_it_is_carried_on(left: Left, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("TESTMO_URL", "TESTRAIL_URL"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("TESTMO_TOKEN", "TESTRAIL_KEY", "TESTFERRY_TOKEN"):
        monkeypatch.setenv(variable, TOKEN)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    url = left.url + ("/bulk" if left.facts["service"] == "sink" else "")
    words = ("resume", left.upload_id, "--url", url, "--rate", "none", "--settle", "1s")
    missing = bool(left.facts["unmatched"] or left.facts["refused"])
    codes = {6} if missing else {0}
    if not left.facts["tests"]:  # a run alone: there were no results
        codes |= {3}
    assert shell(*of(left, *words)) in codes, shell.err
    (outcome,) = shell.json["uploads"]
    assert left.stored() == left.wanted
    if left.facts["code"] not in (0, 6):
        assert shell("uploads", "export", left.upload_id, "--journal", str(left.folder)) == 0
        lines = [json.loads(line) for line in shell.out.splitlines()]
        assert Counter(line["name"] for line in lines) == Counter(
            f"t{at}" for at in range(left.facts["tests"])
        )
        assert {line["state"] for line in lines} <= {"sent", "unmatched"}
    assert outcome["results"]["accepted"] == sum(left.wanted.values())
    assert outcome["results"]["unmatched"] == left.facts["unmatched"]
    assert left.runs() == (0 if left.facts["service"] == "sink" else 1)
    assert shell(*of(left, *words)) in codes, "and there is nothing left to do"
    assert left.stored() == left.wanted
