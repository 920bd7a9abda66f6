"""One secret through a whole life, of both services: it is in no output, in no file and in no
environment but the program's own.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from shells import Shell, junit
from sink import Said, Seen, Sink
from testferry.engine.client import Client
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
    (tmp_path / "answer.json").write_text(json.dumps({"message": "no", "error": "no token"}))
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
        ("run", "create", *TESTMO),
        ("run", "complete", *TESTMO, "--run-id", "1", "-vv"),
        ("run", "complete", *RAIL[:3], "--run-id", "1", "-vv"),
        ("explain", "testmo", "422", "--body", "answer.json"),
        ("explain", "testrail", "400", "--body", "answer.json", "--output", "json"),
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
    assert not found((*outputs, *files(tmp_path)))
    assert (tmp_path / "child").exists()


def found(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where a form of the secret stands, and which."""
    return [(where, form) for where, text in texts for form in FORMS if form in text]


def files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")


WAYS = {
    "bearer": "auth = { bearer = true }",
    "basic": 'auth = { basic = "me@x.org:{token}" }',
    "a header": 'auth = { header = "X-API-Key: {token}" }',
    "the query": 'auth = { query = "api_key" }',
    "a dialect's header": 'dialect = "keyed"',
}
DIALECT = """
[dialects.keyed]
extends = "nestjs"
auth = "header"
auth_header = "X-Key"
"""


def echo(request: Seen) -> Said:
    """A service that says back whatever it was told, where it refuses."""
    if b"poison" in request.body:
        return Said(422, {"message": f"{request.headers} {request.path}"})
    return Said()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_whichever_way_it_is_sent(
    way: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command, a service that repeats it, a proxy's password, a defect with its traceback."""
    monkeypatch.setenv("TESTFERRY_TOKEN", CANARY)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "r.xml").write_text(junit(["a", "poison", "c"]))
    said = tmp_path.parent / f"{tmp_path.name}.json"
    said.write_text(json.dumps({"message": f"{CANARY} {quote(CANARY)}"}))
    outputs = []
    told = ("-vv", "--log-file", "l.log", "--summary-file")
    proxy = f"http://me:{quote(CANARY, safe='')}@127.0.0.1:9"
    with Sink(echo) as sink:
        (tmp_path / "testferry.toml").write_text(
            f'[targets.sink]\ntype = "http"\nurl = "{sink.url}/bulk"\n{way}\n'
            'open = { request = "POST /runs", keep = { id = "/id" } }\n'
            f'close = {{ request = "POST /runs/end" }}\n{DIALECT}'
        )
        life: list[tuple[int, tuple[str, ...]]] = [
            (0, ("config", "show", "sink")),
            (0, ("targets",)),
            (0, ("targets", "show", "sink")),
            (0, ("upload", "sink", "r.xml", "--dry-run")),
            (0, ("doctor", "sink")),
            (6, ("upload", "sink", "r.xml", *told, "s.md")),
            (6, ("upload", "sink", "r.xml", "--again", "--output", "json", *told, "s.json")),
            (6, ("upload", "sink", "r.xml", "--again", *told, "s.md")),
            (75, ("upload", "sink", "r.xml", "--again", "--proxy", proxy, "--max-time", "1s", *told, "p.md")),
            (2, ("upload", "sink", "r.xml", "--again", "--proxy", proxy.replace("http:", "socks9:"))),
            (0, ("upload", "sink", "r.xml", "--again", "--spool")),
            (6, ("resume", "-vv", "--max-time", "9s", "--log-file", "l.log")),
            (0, ("uploads",)),
            (0, ("uploads", "--output", "json")),
            (0, ("run", "create", "sink")),
            (0, ("run", "complete", "sink", "--run-id", "7", "-vv")),
            (0, ("explain", "nestjs", "422", "--body", str(said))),
            (0, ("explain", "nestjs", "500", "--body", str(said), "--output", "json")),
            (0, ("budget",)),
        ]  # fmt: skip
        for code, words in life:
            ended = shell(*words)
            outputs.append((" ".join(words[:4]), shell.out + shell.err))
            if code:
                assert ended in (code, 5, 6, 75), (words, shell.out + shell.err)
            assert ended != 70, (words, shell.out + shell.err)
        for journal in tmp_path.rglob("*.journal"):
            for verb in ("show", "export"):
                shell("uploads", verb, journal.stem)
                outputs.append((verb, shell.out + shell.err))
        sent = repr([(seen.path, seen.headers) for seen in sink.seen])

        def break_down(self: Client, *_: object, **__: object) -> None:
            raise RuntimeError(f"{self.connection!r}")

        monkeypatch.setattr(Client, "post", break_down)
        assert shell("upload", "sink", "r.xml", "--again") == 70
        outputs.append(("a defect", shell.out + shell.err))
    assert any(form in sent for form in FORMS), "the service got it"
    assert list(tmp_path.glob("*.traceback"))
    assert not found((*outputs, *files(tmp_path)))


class Parrot(socketserver.BaseRequestHandler):
    """A proxy, or a Redis, that refuses and says back what it was sent, in clear words, too."""

    def handle(self) -> None:
        sent = self.request.recv(65536).decode("latin-1")
        said = " ".join(sent.split())
        for coded in re.findall(r"Basic (\S+)", sent):
            said += f" {base64.b64decode(coded).decode()}"
        answer = f"-ERR {said}\r\n"
        if sent.startswith("CONNECT"):
            answer = f"HTTP/1.1 407 {said}\r\nContent-Length: 0\r\n\r\n"
        self.request.sendall(answer.encode())


def test_what_a_proxy_or_a_redis_says_back(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their passwords stand in addresses of the user's, and in nothing that is shown or kept."""
    outputs = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Parrot) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        login = f"me:{quote(CANARY, safe='')}@127.0.0.1:{server.server_address[1]}"
        far = ("upload", *TESTMO, "--url", "https://svc.invalid", "r.xml", "--max-time", "20s")
        told = ("-vv", "--log-file", "l.log", "--summary-file")
        near = ("upload", *TESTMO, "r.xml", *told, "s.md")
        write = f"{LOOK}; import os; os.utime('r.xml')"
        monkeypatch.setenv("TESTFERRY_BUDGET", f"redis://{login}")
        life: list[tuple[int, tuple[str, ...]]] = [
            (0, near),
            (0, (*near, "--", sys.executable, "-c", write)),
            (75, ("budget", "testmo")),
            (0, ("config", "show", "testmo")),
            (0, ("doctor", *TESTMO)),
            (0, ("run", "create", *TESTMO)),
            (5, (*far, "--proxy", f"http://{login}", *told, "p.md")),
            (2, ("upload", *TESTMO, "r.xml", "--budget", f"redis://{login}?alone=7", "--again")),
        ]
        for code, words in life:
            assert shell(*words) == code, (words, shell.out + shell.err)
            outputs.append((" ".join(words[:4]), shell.out + shell.err))
        monkeypatch.setenv("HTTPS_PROXY", f"http://{login}")
        assert shell(*far, *told, "p.json") == 5, shell.out + shell.err
        outputs.append(("a proxy of the environment", shell.out + shell.err))
        server.shutdown()
    assert "407 CONNECT" in outputs[6][1], "it was heard"
    child = ("child", (tmp_path / "child").read_text())
    assert "TESTFERRY_BUDGET" not in child[1]
    assert not found((*outputs, *files(tmp_path)))


def test_a_header_of_a_dialect_that_is_a_secret(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in a variable of its own, is masked like the token, and COMMAND does not get it."""
    (tmp_path / "r.xml").write_text(junit(["a", "poison"]))
    monkeypatch.setenv("TESTFERRY_TOKEN", "another-token")
    table = '[dialects.gated]\nextends = "nestjs"\n[dialects.gated.headers]\n'
    with Sink(echo) as sink:
        target = f'[targets.sink]\ntype = "http"\nurl = "{sink.url}"\ndialect = "gated"\n'
        file = tmp_path / "testferry.toml"
        words = ("upload", "sink", "r.xml", "-vv", "--again", "--log-file", "l.log")
        file.write_text(f'{target}{table}X-Api-Key = "{CANARY}"\n')
        assert shell(*words) == 2
        assert 'X-Api-Key = "env:NAME"' in shell.err
        file.write_text(f'{target}{table}X-Gate = "env:HOME"\n')
        assert shell(*words) == 2
        assert "call the variable TESTFERRY_HEADER_" in shell.err
        file.write_text(f'{target}{table}X-Gate = "env:TESTFERRY_HEADER_GATE"\n')
        assert shell(*words) == 2
        assert "set TESTFERRY_HEADER_GATE" in shell.err
        assert shell(*words, "--dry-run") == 0
        assert not sink.seen
        monkeypatch.setenv("TESTFERRY_HEADER_GATE", CANARY)
        write = f"{LOOK}; import os; os.utime('r.xml')"
        assert shell(*words, "--", sys.executable, "-c", write) == 6
        assert {seen.headers["x-gate"] for seen in sink.seen} == {CANARY}
    outputs = [("the end", shell.out + shell.err), *files(tmp_path)]
    assert not [(where, form) for where, text in outputs for form in FORMS if form in text]
    assert (tmp_path / "child").exists()
