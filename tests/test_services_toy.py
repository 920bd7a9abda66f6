"""A service is one folder and one name in the list: a toy one is uploaded to, examined and listed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shells import GOOD, TOKEN, Shell
from testferry import services

FACE = '''
"""A service that takes lists of names."""

from dataclasses import dataclass

from testferry.option import Form, option
from testferry.services.service import Address, SecretNames, Service


@dataclass(frozen=True, slots=True)
class Options:
    shelf: str = option("Where they are put.", default="a", safe=True, shown_by=("doctor",))
    copies: int = option("How many of each.", Form.NUMBER, least=1, default=1, safe=True)


SERVICE = Service(
    name="toy",
    title="Toy",
    options=Options,
    configured=lambda options: {"shelf": options.shelf, "copies": options.copies},
    target="testferry.services.toy.target:Toy",
    dialect="nestjs",
    address=Address("TOY_URL", "https://toys.example"),
    secret=SecretNames("TOY_TOKEN"),
)
'''
TARGET = '''
"""What is sent to it."""

import json
from dataclasses import asdict, dataclass

from testferry.engine.step import Check, Request, Step, Target
from testferry.engine.verdict import CannotTell
from testferry.submission import Kind


@dataclass(slots=True)
class Toy(Target):
    shelf: str = "a"
    copies: int = 1

    def describe(self):
        return asdict(self)

    identity = describe

    def item(self, result):
        return json.dumps(result.name).encode()

    def steps(self):
        return (Step("put", Kind.BATCH, self._put, self._look),)

    def _put(self, submission, items, book):
        names = b",".join(items.wire)
        reply = yield Request("POST", f"shelves/{self.shelf}", body=b"[" + names + b"]")
        return reply.verdict

    def _look(self, submission, items, book):
        yield from ()
        return CannotTell("it shows nothing")

    def check(self):
        reply = yield Request("GET", f"shelves/{self.shelf}")
        return [Check("shelf", reply.accepted, "is there")]
'''


class _Shop(BaseHTTPRequestHandler):
    put: list[tuple[str, str, list[str]]]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        names = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.put.append((self.path, self.headers["Authorization"], names))
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Shop]]:
    folder = tmp_path / "services" / "toy"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(FACE)
    (folder / "target.py").write_text(TARGET)
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(folder.parent)])
    monkeypatch.setattr(services, "NAMES", (*services.NAMES, "toy"))
    (tmp_path / "r.xml").write_text(GOOD)
    handler = type("Shop", (_Shop,), {"put": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("TOY_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("TOY_TOKEN", TOKEN)
    yield handler
    server.shutdown()
    server.server_close()


def test_a_new_service_is_one_folder_and_one_name(
    shop: type[_Shop], shell: Shell, tmp_path: Path
) -> None:
    assert shell("upload", "toy", "--shelf", "b", "r.xml", "--output", "json") == 0, shell.err
    assert shop.put == [("/shelves/b", f"Bearer {TOKEN}", ["a", "b"])]
    assert shell.json["target"] == "toy"
    assert shell("upload", "toy", "--shelf", "b", "r.xml") == 0
    assert "Already uploaded" in shell.out
    assert shell("uploads", "--output", "json") == 0
    assert [upload["state"] for upload in shell.json["uploads"]] == ["done"]
    assert shell("doctor", "toy", "--shelf", "c", "--output", "json") == 0
    assert "shelf" in [check["name"] for check in shell.json["checks"]]
    (tmp_path / "testferry.toml").write_text("[targets.mine]\ntype = 'toy'\nshelf = 'd'\n")
    assert shell("upload", "mine", "r.xml") == 0
    assert shop.put[-1][0] == "/shelves/d"
    assert shell("config", "show", "mine") == 0
    assert "testferry.toml, line 3: shelf" in shell.out
    assert TOKEN not in shell.out


def test_its_options_are_checked_and_shown_like_any(shop: type[_Shop], shell: Shell) -> None:
    assert shell("upload", "toy", "--copies", "none", "r.xml") == 2
    assert "--copies 'none' is no number" in shell.err
    assert shell("upload", "toy", "--help-all") == 0
    assert "[TESTFERRY_SHELF; default: a]" in " ".join(shell.out.split())
    assert "TOY_URL" in shell.out
    assert shell("upload", "toi", "r.xml") == 2
    assert "toy" in shell.err
    assert shell("run", "create", "toy") == 2
    assert "has no runs" in shell.err
    assert not shop.put
