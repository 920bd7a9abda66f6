"""Real servers on loopback, started for a test; whoever lacks one skips its tests by name.

``.ci/run`` installs them under the folder that ``REAL_SERVERS`` names; else they are looked for on
the path.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pytest

_FOLDER = os.environ.get("REAL_SERVERS", "")
_PLACES = ("{}/bin", "{}/node_modules/.bin", "{}/usr/bin")
_STARTS_WITHIN = 30.0  # seconds


def program(package: str, name: str) -> str:
    """The program of a server; without it the test is skipped."""
    for place in _PLACES:
        path = Path(place.format(f"{_FOLDER}/{package}")) / name
        if _FOLDER and path.is_file():
            return str(path)
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not here (.ci/run installs it under $REAL_SERVERS/{package})")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(url: str, body: object = None, method: str = "", **headers: str) -> object:
    """The JSON of an answer. Raises HTTPError for a refusal."""
    data = None if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **named}, method=method or None
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
    return json.loads(text) if text.strip() else None


@contextmanager
def running(
    words: list[str], url: str, folder: Path, around: dict[str, str] | None = None
) -> Iterator[None]:
    """A server as a process, once it answers."""
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(words, stdout=log, stderr=log, cwd=folder, env=around) as process,
    ):
        try:
            _wait_for(url, process)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError):
            try:
                urllib.request.urlopen(url, timeout=2).close()
            except urllib.error.HTTPError:
                return
            return
        time.sleep(0.05)
    pytest.fail(f"the server does not start: {process.args!r}")


@dataclass
class Server:
    """A server that is up: how testferry is told of it, and what it holds."""

    url: str
    target: str  # of [targets.NAME] besides url
    name: str  # the shipped table
    token: str
    sets: tuple[str, ...] = ()
    stored: Callable[[], Counter[str]] = field(default=Counter)
    bad: str = "bad"  # part of a name that it refuses
    batch: int = 100  # more than it takes at once, if it has a limit


@contextmanager
def datasette(folder: Path) -> Iterator[Server]:
    words = program("datasette", "datasette")
    port = free_port()
    data = folder / "data.db"
    with sqlite3.connect(data) as db:
        db.execute(
            "CREATE TABLE results (id TEXT PRIMARY KEY, run TEXT, suite TEXT, status TEXT, elapsed REAL,"
            " message TEXT, name TEXT CHECK (name NOT LIKE '%bad%'))"
        )
    url = f"http://127.0.0.1:{port}"
    start = [words, str(data), "-p", str(port), "--root", "--secret", "s"]
    token = subprocess.run(
        [words, "create-token", "root", "--secret", "s"], capture_output=True, text=True, check=True
    ).stdout.strip()

    def stored() -> Counter[str]:
        with sqlite3.connect(data) as db:
            return Counter(name for (name,) in db.execute("SELECT name FROM results"))

    with running(start, url, folder):
        sets = ("db=data", "table=results", "run=7")
        yield Server(url, "", "datasette", token, sets, stored, batch=400)


@contextmanager
def pouchdb(folder: Path) -> Iterator[Server]:
    words = program("pouchdb", "pouchdb-server")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running([words, "--port", str(port), "--in-memory"], url, folder):
        ask(f"{url}/results", method="PUT")
        check = "function (doc) { if (/bad/.test(doc.name)) throw({ forbidden: 'no bad names' }); }"
        ask(f"{url}/results/_design/v", {"validate_doc_update": check}, "PUT")

        def stored() -> Counter[str]:
            rows = ask(f"{url}/results/_all_docs?include_docs=true")
            assert isinstance(rows, dict)
            docs = [row["doc"] for row in rows["rows"] if not row["id"].startswith("_")]
            return Counter(doc["name"] for doc in docs)

        yield Server(url, "auth = { none = true }", "couchdb", "", ("db=results",), stored)


@contextmanager
def pocketbase(folder: Path) -> Iterator[Server]:
    words = program("pocketbase", "pocketbase")
    port = free_port()
    url, who = f"http://127.0.0.1:{port}", {"identity": "a@example.com", "password": "password123"}
    place = ["--dir", str(folder / "pb")]
    login = ["superuser", "upsert", who["identity"], who["password"]]
    subprocess.run([words, *login, *place], check=True, capture_output=True)
    with running(
        [words, "serve", "--http", f"127.0.0.1:{port}", *place], f"{url}/api/health", folder
    ):
        logged = ask(f"{url}/api/collections/_superusers/auth-with-password", who)
        assert isinstance(logged, dict)
        token = str(logged["token"])
        limits = {"batch": {"enabled": True, "maxRequests": 50, "timeout": 10}}
        ask(f"{url}/api/settings", limits, "PATCH", Authorization=token)
        fields = [{"name": "name", "type": "text", "pattern": "^[^!]*$"}]
        fields += [{"name": name, "type": "text"} for name in ("suite", "status", "message")]
        fields.append({"name": "elapsed", "type": "number"})
        shape = {"name": "results", "type": "base", "fields": fields}
        ask(f"{url}/api/collections", shape, Authorization=token)

        def stored() -> Counter[str]:
            names: Counter[str] = Counter()
            for page in range(1, 10):
                query = f"perPage=500&page={page}&fields=name&skipTotal=1"
                found = ask(f"{url}/api/collections/results/records?{query}", Authorization=token)
                assert isinstance(found, dict)
                names.update(row["name"] for row in found["items"])
                if len(found["items"]) < 500:
                    break
            return names

        sets = ("collection=results",)
        yield Server(url, "", "pocketbase", token, sets, stored, bad="!", batch=200)


@contextmanager
def influxdb(folder: Path) -> Iterator[Server]:
    words = program("influxdb", "influxd")
    port, other = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    (folder / "c.conf").write_text(
        f"""reporting-disabled = true
bind-address = "127.0.0.1:{other}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
[http]
bind-address = "127.0.0.1:{port}"
"""
    )
    with running([words, "-config", str(folder / "c.conf")], f"{url}/ping", folder):
        ask(f"{url}/query?q={quote('CREATE DATABASE tests')}", {}, "POST")

        def stored() -> Counter[str]:
            query = quote("SELECT elapsed FROM tests GROUP BY *")
            found = ask(f"{url}/query?db=tests&q={query}")
            assert isinstance(found, dict)
            series = found["results"][0].get("series", [])
            return Counter(each["tags"]["name"] for each in series for _ in each["values"])

        none = "auth = { none = true }"
        yield Server(url, none, "influxdb", "", ("db=tests",), stored, bad="", batch=500)


_SQUAD = """
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from squad.core.models import Group
user = User.objects.create_superuser("me", "me@example.com", "x")
group = Group.objects.create(slug="g")
group.add_admin(user)
group.projects.create(slug="p")
print(Token.objects.create(user=user).key)
"""


@contextmanager
def squad(folder: Path) -> Iterator[Server]:
    words, admin = program("squad", "squad"), program("squad", "squad-admin")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    place = f"ENGINE=django.db.backends.sqlite3:NAME={folder}/db.sqlite3"
    around = {**os.environ, "DATABASE": place, "HOME": str(folder)}
    subprocess.run([admin, "migrate"], check=True, capture_output=True, env=around, cwd=folder)
    made = subprocess.run(
        [admin, "shell", "-c", _SQUAD], check=True, capture_output=True, text=True, env=around
    )
    token = made.stdout.split()[-1]
    with running([words, "--fast", "-b", f"127.0.0.1:{port}"], url, folder, around):

        def stored() -> Counter[str]:
            names: Counter[str] = Counter()
            following: object = f"{url}/api/tests/?limit=1000"
            while following:
                found = ask(str(following), Auth_Token=token)
                assert isinstance(found, dict)
                names.update(row["short_name"] for row in found["results"])
                following = found["next"]
            return names

        sets = ("group=g", "project=p", "build=1", "env=x86")
        yield Server(url, "", "squad", token, sets, stored, bad="", batch=500)


class Cutter:
    """A proxy that loses answers: the request arrives, every so many answers are cut off."""

    def __init__(self, upstream: str, every: int) -> None:
        self._port = int(upstream.rpartition(":")[2])
        self._every, self._answers = every, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                inner, _ = self._listener.accept()
                outer = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._there, args=(inner, outer), daemon=True).start()
                threading.Thread(target=self._back, args=(inner, outer), daemon=True).start()

    def _there(self, inner: socket.socket, outer: socket.socket) -> None:
        with suppress(OSError):
            while data := inner.recv(65536):
                outer.sendall(data)
        with suppress(OSError):
            outer.close()

    def _back(self, inner: socket.socket, outer: socket.socket) -> None:
        with suppress(OSError):
            while data := outer.recv(65536):
                self._answers += data.startswith(b"HTTP/1.1 ")
                if data.startswith(b"HTTP/1.1 2") and self._answers % self._every == 0:
                    self.cut += 1
                    break
                inner.sendall(data)
        for end in (inner, outer):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with suppress(OSError):
                end.close()


class RedisServer:
    """A real Redis, or Valkey, on loopback; it keeps nothing on disk."""

    def __init__(self, path: str, folder: Path, words: tuple[str, ...]) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._words = [path, "--port", str(self.port), "--bind", "127.0.0.1", *words]
        self._words += ["--dir", str(folder), "--save", "", "--appendonly", "no"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        self._process = subprocess.Popen(self._words, stdout=subprocess.DEVNULL)
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise TimeoutError("the server does not start")

    def freeze(self) -> None:
        """It answers no more, and loses nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """It is gone, with all that it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> Any:
        """A client for the hands of a test."""
        import redis

        return redis.Redis(port=self.port, decode_responses=True)


@contextmanager
def redis_server(folder: Path, *words: str) -> Iterator[RedisServer]:
    """A server of a test's own; the test is skipped where there is neither program nor client."""
    pytest.importorskip("redis", reason="redis-py, testferry's extra, is not installed")
    server = RedisServer(program("redis", "redis-server"), folder, words)
    server.start()
    try:
        yield server
    finally:
        server.kill()
