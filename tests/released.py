"""Write fixtures/journals/ anew with a released testferry: `python tests/released.py PROGRAM`.

The program uploads to its own sandbox through a gate of ours. The gate notes every request that
changed something at the service (`received.json`), and at one request of the script it kills or
interrupts the program, loses the answer, or gives one of its own: so each journal stops exactly
where its name says, and what the service had received by then is known to the byte.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "fixtures" / "journals"
PLACE = Path("/tmp/testferry-journals")  # it stands in the journals: nobody's own path
PORT = 18471  # so does the address
TOKEN = "sandbox-token"
OPERATIONS = (
    ("run", r"/automation/runs$|add_run|add_plan_entry"),
    ("thread", r"/threads$"),
    ("append", r"/append$|add_results_for_cases|/bulk$"),
    ("complete", r"/complete$|close_run"),
    ("section", r"add_section"),
    ("case", r"add_case"),
    ("update", r"update_run"),
)


@dataclass(frozen=True)
class Received:
    """One request that changed something at the service."""

    wall: float
    method: str
    target: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class At:
    """What the gate does to the n-th request of an operation.

    ``kill before``, ``kill after`` (it was applied), ``interrupt`` (it is applied and answered),
    ``lose`` (applied, the connection is closed), or the status of an answer of the gate's own.
    """

    operation: str
    number: int
    does: str | int


@dataclass(frozen=True)
class Stopped:
    """One journal: the command, what meets it, how it ends, and what it was to bring."""

    name: str
    words: tuple[str, ...]
    script: tuple[At, ...] = ()
    code: int = -signal.SIGKILL
    tests: int = 12
    unmatched: int = 0
    known: int = 12  # cases that TestRail has
    run: str = ""  # a run that is there before: its id
    refused: str = ""  # the name of a test that the service does not take
    table: str = ""  # of testferry.toml

    @property
    def service(self) -> str:
        """The service, or ``sink``."""
        return next(word for word in ("testmo", "testrail", "sink") if word in self.words)


TESTMO = ("upload", "testmo", "--project-id", "1", "--name", "Nightly")
TESTRAIL = ("upload", "testrail", "--project", "1", "--title", "Nightly")
SINK = f'[targets.sink]\ntype = "http"\nurl = "http://127.0.0.1:{PORT}/bulk"\n'
KEYED = f'{SINK}idempotency_header = "Idempotency-Key"\n'
JOURNALS = (
    Stopped("testmo-killed-in-a-new-run", TESTMO, (At("run", 1, "kill after"),)),
    Stopped("testmo-killed-not-applied", TESTMO, (At("append", 2, "kill before"),)),
    Stopped("testmo-killed-applied", TESTMO, (At("append", 2, "kill after"),)),
    Stopped(
        "testmo-in-doubt",
        TESTMO,
        (At("append", 2, "lose"), At("read", 1, "kill before")),
    ),
    Stopped("testmo-interrupted", TESTMO, (At("append", 2, "interrupt"),), 130),
    Stopped(
        "testmo-rejected-and-killed",
        TESTMO,
        (At("append", 1, 422), At("append", 2, 422), At("append", 3, 422), At("append", 5, "kill after")),
    ),
    Stopped("testmo-uploaded-in-part", TESTMO, refused="t5", code=6),
    Stopped("testmo-refused", TESTMO, (At("append", 2, 403),), 5),
    Stopped("testmo-finished", TESTMO, (), 0),
    Stopped(
        "testmo-run-create-killed",
        ("run", "create", "testmo", "--project-id", "1", "--name", "Nightly"),
        (At("run", 1, "kill after"),),
        tests=0,
    ),
    Stopped("testrail-killed-before-the-match", TESTRAIL, (At("read", 3, "kill before"),)),
    Stopped("testrail-interrupted-before-the-match", TESTRAIL, (At("read", 2, "interrupt"),), 130),
    Stopped("testrail-killed-after-the-match", TESTRAIL, (At("run", 1, "kill before"),)),
    Stopped("testrail-killed-in-a-new-run", TESTRAIL, (At("run", 1, "kill after"),)),
    Stopped("testrail-killed-applied", TESTRAIL, (At("append", 2, "kill after"),)),
    Stopped(
        "testrail-unmatched-and-in-doubt",
        TESTRAIL,
        (At("append", 2, "lose"), At("read", 4, "kill before")),
        unmatched=2,
        known=10,
    ),
    Stopped(
        "testrail-killed-making-cases",
        (*TESTRAIL, "--create-missing", "--close-run"),
        (At("case", 2, "kill after"),),
        known=8,
    ),
    Stopped(
        "testrail-picked-run-killed",
        ("upload", "testrail", "--run-id", "RUN"),
        (At("append", 3, "kill after"),),
        run="1014",
    ),
    Stopped("testrail-refused", TESTRAIL, (At("append", 2, 403),), 5),
    Stopped("testrail-finished", (*TESTRAIL, "--close-run"), (), 0),
    Stopped("http-killed-with-a-key", ("upload", "sink"), (At("append", 2, "kill after"),), table=KEYED),
    Stopped("http-interrupted", ("upload", "sink"), (At("append", 2, "interrupt"),), 130, table=SINK),
)  # fmt: skip


def report(tests: int) -> str:
    """Passed and failed ones, in two classes, with what a report may hold."""
    cases = []
    for at in range(tests):
        inner = ""
        if at % 5 == 1:
            inner = f'<failure message="no {at} ü">line 1\nline 2</failure>'
        if at % 5 == 3:
            inner = '<properties><property name="owner" value="ann"/></properties>'
        cases.append(
            f'<testcase classname="c{at % 2}" name="t{at}" time="0.{at:03}">{inner}</testcase>'
        )
    return f'<testsuite name="s">{"".join(cases)}</testsuite>'


class Gate:
    """Stands before a service, or is one itself: a sink that heeds keys."""

    def __init__(self, base: str = "", port: int = 0) -> None:
        self.base = base
        self.received: list[Received] = []
        self.script: tuple[At, ...] = ()
        self.refused = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"gate": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def names(self) -> Counter[str]:
        """What a sink holds, by name; the same key counts once."""
        kept: dict[str, Received] = {}
        for at, request in enumerate(self.received):
            kept.setdefault(request.headers.get("idempotency-key") or str(at), request)
        return Counter(
            test["name"]
            for request in kept.values()
            for test in json.loads(request.body)["results"]
        )

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes] | None:
        """The answer, None where the connection is closed instead."""
        with self._lock:
            operation = operation_of(method, target)
            self.seen[operation] += 1
            here = [
                at
                for at in self.script
                if at.operation == operation and at.number == self.seen[operation]
            ]
            does = here[0].does if here else ""
            if self.refused and f'"{self.refused}"'.encode() in body:
                does = 422
            if isinstance(does, int):
                return does, b'{"message": "not this one"}'
            if does == "kill before":
                self._signal(signal.SIGKILL)
                return None
            if does == "interrupt":
                self._signal(signal.SIGINT)
                time.sleep(0.3)  # until the program has heard of it
            status, data = self._forward(method, target, headers, body)
            if method == "POST" and status < 300:
                key = {name: headers[name] for name in ("idempotency-key",) if name in headers}
                self.received.append(
                    Received(round(time.time(), 3), method, target, body.decode(), key)
                )
            if does == "kill after":
                self._signal(signal.SIGKILL)
            return None if does in ("kill after", "lose") else (status, data)

    def _signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def _forward(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        if not self.base:
            return 201, b"{}"
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"))
        kept = {
            name: value
            for name, value in headers.items()
            if name in ("authorization", "content-type")
        }
        connection.request(method, target, body or None, kept)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found


class _Handler(BaseHTTPRequestHandler):
    gate: ClassVar[Gate]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.gate.answer(self.command, self.path, headers, body)
        with suppress(OSError):
            if answer is None:
                self.close_connection = True
                return
            status, data = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def operation_of(method: str, target: str) -> str:
    """What a request is for."""
    path = target.partition("&")[0]
    if method == "GET":
        return "read"
    return next((name for name, pattern in OPERATIONS if re.search(pattern, path)), "other")


def words_for(stopped: Stopped) -> list[str]:
    """The command that wrote a journal."""
    words = ["--rate", "none"] if stopped.words[0] != "run" else []
    if stopped.tests:
        words += ["--batch-size", "4", "--width", "1", "r.xml"]
    return [word.replace("RUN", stopped.run) for word in stopped.words] + words


def write(program: str, stopped: Stopped, target: Path) -> None:
    """One journal, with all its files and what the service had received."""
    place = PLACE / stopped.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "r.xml").write_text(report(stopped.tests))
    (place / "testferry.toml").write_text(stopped.table)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place / "home"),
        "TESTMO_URL": f"http://127.0.0.1:{PORT}",
        "TESTMO_TOKEN": TOKEN,
        "TESTRAIL_URL": f"http://127.0.0.1:{PORT}",
        "TESTRAIL_USER": "me@example.com",
        "TESTRAIL_KEY": TOKEN,
        "TESTFERRY_TOKEN": TOKEN,
        "TESTFERRY_JOURNAL": str(place / "j"),
        "TESTFERRY_CONFIG": str(place / "testferry.toml"),
    }
    (place / "home").mkdir()
    sandbox = subprocess.Popen(
        [program, "sandbox", "--port", str(PORT + 1)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
    )  # fmt: skip
    try:
        assert sandbox.stdout is not None
        sandbox.stdout.readline()
        base = "" if stopped.service == "sink" else f"http://127.0.0.1:{PORT + 1}"
        with Gate(base, PORT) as gate:
            prepare(gate, stopped)
            gate.script, gate.refused = stopped.script, stopped.refused
            gate.seen.clear()
            gate.process = subprocess.Popen(
                [program, *words_for(stopped)], env=environment, cwd=place
            )
            assert gate.process.wait(60) == stopped.code, stopped.name
            keep(stopped, gate.received, place / "j", target)
    finally:
        sandbox.kill()
        sandbox.wait()


def prepare(gate: Gate, stopped: Stopped) -> None:
    """What TestRail holds before: cases, and a run of all of them and one more."""
    if stopped.service != "testrail":
        return
    headers = {
        "authorization": "Basic bWU6c2FuZGJveC10b2tlbg==",
        "content-type": "application/json",
    }

    def call(method: str, document: dict[str, Any]) -> Any:
        target = f"/index.php?/api/v2/{method}"
        answer = gate.answer("POST", target, headers, json.dumps(document).encode())
        assert answer is not None
        assert answer[0] == 200, answer
        return json.loads(answer[1])

    section = call("add_section/1", {"name": "Old", "suite_id": 1})["id"]
    cases = []
    for at in range(stopped.known):
        fields = {"title": f"t{at}", "custom_automation_id": f"c{at % 2}.t{at}"}
        cases.append(call(f"add_case/{section}", fields)["id"])
    if stopped.run:
        run = call(
            "add_run/1",
            {"name": "Theirs", "suite_id": 1, "include_all": False, "case_ids": cases[:6]},
        )
        assert str(run["id"]) == stopped.run, run["id"]  # fmt: skip


def keep(stopped: Stopped, received: Sequence[Received], journals: Path, target: Path) -> None:
    """Into the fixtures: what holds no fact (lock, index of the -wal) stays behind."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in sorted(journals.iterdir()):
        if ".journal" in path.name and not path.name.endswith((".lock", "-shm")):
            shutil.copy(path, target / path.name)
    facts = {
        "service": stopped.service,
        "command": words_for(stopped),
        "code": stopped.code,
        "tests": stopped.tests,
        "unmatched": stopped.unmatched,
        "refused": stopped.refused,
        "received": [asdict(request) for request in received],
    }
    (target / "received.json").write_text(json.dumps(facts, indent=1) + "\n")


def main() -> int:
    program, *wanted = sys.argv[1:]
    for stopped in JOURNALS:
        if not wanted or stopped.name in wanted:
            write(program, stopped, FOLDER / stopped.name)
            size = sum(path.stat().st_size for path in (FOLDER / stopped.name).iterdir())
            print(f"{stopped.name:44}{size:8,} bytes", flush=True)
    shutil.rmtree(PLACE, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
