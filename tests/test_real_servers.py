"""Real servers take 2,000 results through a proxy that loses answers, a kill and a resume: all of
them are there once, bad ones are named, limits are learnt.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from servers import Cutter, Server, datasette, influxdb, pocketbase, pouchdb, squad
from shells import junit

pytestmark = pytest.mark.servers
COUNT = 2000
SERVERS: dict[str, Callable[[Path], AbstractContextManager[Server]]] = {
    "datasette": datasette,
    "pouchdb": pouchdb,
    "pocketbase": pocketbase,
    "influxdb": influxdb,
    "squad": squad,
}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    with SERVERS[request.param](folder) as started:
        yield started


class Ferry:
    """testferry as a process, told of a server at an address."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder

    def words(self, url: str, *more: str) -> list[str]:
        # How a token is sent to a shipped target is not for a project's file to say.
        (self.folder / "own.toml").write_text(
            f'[targets.{self.server.name}]\nurl = "{url}"\n{self.server.target}\n'
        )
        sets = [word for each in self.server.sets for word in ("--set", each)]
        way = ["--config", "own.toml", "--settle", "2s", "--timeout", "20s", "--rate", "none"]
        upload = ["upload", self.server.name, *sets, *way, "--output", "json"]
        size = ["--batch-size", str(self.server.batch)]
        return [sys.executable, "-m", "testferry", *upload, *size, *more, "r.xml"]

    @property
    def resume(self) -> list[str]:
        way = ["--config", "own.toml", "--rate", "none", "--output", "json"]
        return [sys.executable, "-m", "testferry", "resume", *way]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
        return {**kept, "TESTFERRY_TOKEN": self.server.token or "none"}

    def run(self, words: list[str]) -> dict[str, Any]:
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True,
            check=False, timeout=240,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        document["said"] = done.stderr
        return document

    def killed(self, words: list[str], at: int) -> None:
        """Begun, and killed once the server holds so many results."""
        with subprocess.Popen(
            words,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            ends = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < ends:
                if self.server.stored().total() >= at:
                    break
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)


def test_everything_is_there_once_whatever_is_lost_on_the_way(
    server: Server, tmp_path: Path
) -> None:
    names = [f"t{at}" for at in range(COUNT)]
    (tmp_path / "r.xml").write_text(junit(names))
    ferry = Ferry(server, tmp_path)
    with Cutter(server.url, every=4) as cutter:
        words = ferry.words(cutter.url)
        ferry.killed(words, at=server.batch // 4)
        resumed = ferry.run(ferry.resume)
        assert resumed["uploads"][0]["exit_code"] == 0, resumed
        assert cutter.cut
        document = ferry.run(words)
    assert document["exit_code"] == 0, document
    assert document["results"]["accepted"] == COUNT
    assert server.stored() == Counter(names)


@pytest.mark.parametrize("server", ["datasette", "pouchdb", "pocketbase"], indirect=True)
def test_bad_results_are_named_and_all_others_are_there(server: Server, tmp_path: Path) -> None:
    names = [f"t{at}" for at in range(120)]
    bad = [f"t7{server.bad}", f"t70{server.bad}"]
    (tmp_path / "r.xml").write_text(junit([*names[:50], *bad, *names[50:]]))
    ferry = Ferry(server, tmp_path)
    document = ferry.run(ferry.words(server.url))
    assert document["exit_code"] == 6, document
    assert sorted(row["name"] for row in document["refused"]) == sorted(bad)
    assert all(row["reason"] for row in document["refused"])
    assert server.stored() == Counter(names)


@pytest.mark.parametrize("server", ["datasette", "pocketbase"], indirect=True)
def test_a_limit_of_the_server_costs_one_request_and_none_the_next_time(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "r.xml").write_text(junit([f"t{at}" for at in range(400)]))
    ferry = Ferry(server, tmp_path)
    words = ferry.words(server.url, "--width", "1")
    first = ferry.run(words)
    again = ferry.run([*words[:-1], "--again", words[-1]])
    assert (first["exit_code"], again["exit_code"]) == (0, 0)
    assert first["requests"]["total"] == again["requests"]["total"] + 1
