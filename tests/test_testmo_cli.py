"""Histories continue: Testmo's own client (from npm) and testferry leave the same tests, by the same
keys, at the same server.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from testferry.sandbox.server import TOKEN, Sandbox, Settings
from twelve import REPORTS

PACKAGE = {
    "private": True,
    "dependencies": {"@testmo/testmo-cli": "1.5.0"},
    # the one that it pins is not in every registry
    "overrides": {"@testmo/testmo-api": "2.4.0"},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """In a folder of its own; ``TESTFERRY_TESTMO`` names one that is there already."""
    if given := os.environ.get("TESTFERRY_TESTMO"):
        return given
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm")
    place = tmp_path_factory.mktemp("testmo")
    (place / "package.json").write_text(json.dumps(PACKAGE))
    made = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund"],
        cwd=place, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"Testmo's client cannot be installed here: {made.stderr.strip()[-200:]}")
    return str(place / "node_modules" / ".bin" / "testmo")


@contextmanager
def encrypted(address: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The same server behind TLS, which that client insists on, with the certificate to trust."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
         "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    port = urlsplit(address).port or 0

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve(raw: socket.socket) -> None:
        with (
            suppress(OSError),
            context.wrap_socket(raw, server_side=True) as near,
            socket.create_connection(("127.0.0.1", port)) as far,
        ):
            back = threading.Thread(target=pump, args=(far, near), daemon=True)
            back.start()
            pump(near, far)
            back.join(10)

    def accept(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                raw, _ = listener.accept()
                threading.Thread(target=serve, args=(raw,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", certificate


def left(served: Sandbox) -> list[dict[str, Any]]:
    """The tests that are there, by their keys; of fields what a person sees."""
    found = []
    for (body,) in served.testmo._db.execute("SELECT body FROM test ORDER BY id"):
        test = json.loads(body)
        fields = [(field["name"], field["value"]) for field in test.pop("fields", [])]
        test.pop("artifacts", None)
        found.append({**test, "fields": fields})
    return sorted(found, key=lambda test: str(test["key"]))


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_the_same_of_twelve_reports(client: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / "r.xml"
    path.write_text(REPORTS[name], "utf-8")
    environment = {**os.environ, "TESTMO_TOKEN": TOKEN}
    words = ["--project-id", "1", "--name", "Nightly", "--source", "unit"]
    with Sandbox(Settings()) as served, encrypted(served.url, tmp_path) as (url, certificate):
        theirs = subprocess.run(
            [client, "automation:run:submit", "--instance", url, *words, "--results", str(path)],
            env={**environment, "NODE_EXTRA_CA_CERTS": str(certificate)},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert theirs.returncode == 0, theirs.stdout + theirs.stderr
        expected = left(served)
    with Sandbox(Settings()) as served:
        ours = subprocess.run(
            [sys.executable, "-m", "testferry", "upload", "testmo", *words, str(path)],
            env={**environment, "TESTMO_URL": served.url},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert ours.returncode == 0, ours.stdout + ours.stderr
        found = left(served)
    assert [test["key"] for test in found] == [test["key"] for test in expected]
    assert found == expected
    assert found
