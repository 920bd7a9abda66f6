"""testferry as its users call it: commands in this process, or the program as a process."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from testferry.cli import run
from testferry.sandbox.faults import parse
from testferry.sandbox.server import Sandbox, Settings
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testrail.emulator import FIELD, TestrailEmulator

GOOD = '<testsuite name="s"><testcase name="a" classname="c"/><testcase name="b" classname="c"><failure message="no"/></testcase></testsuite>'
NAMES = [f"t{at}" for at in range(20)]
SECRET = "SEKRET-canary"  # how each begins
TOKEN = f"{SECRET}-5f3a"
CANARY = f"{SECRET}/7c+1e="


def junit(names: list[str]) -> str:
    cases = "".join(f'<testcase classname="c" name="{name}"/>' for name in names)
    return f'<testsuite name="s">{cases}</testsuite>'


def section(sandbox: Sandbox, automation: list[str]) -> None:
    service = sandbox.testrail
    service.handle(
        "POST",
        "/index.php?/api/v2/add_section/1",
        json.dumps({"name": "Old", "suite_id": 1}).encode(),
    )
    for one in automation:
        service.make_case(1001, title=one, **{FIELD: one})


def faulty(*faults: str) -> pytest.MarkDecorator:
    """A test in whose sandbox things go wrong."""
    return pytest.mark.parametrize("settings", [Settings(faults=parse(faults))])


def program(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The program as a process, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "testferry", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


class Shell:
    """Runs commands in this process against a sandbox."""

    def __init__(self, capsys: pytest.CaptureFixture[str], sandbox: Sandbox) -> None:
        self.capsys = capsys
        self.sandbox = sandbox
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        code = run(list(words))
        captured = self.capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        assert SECRET not in self.out + self.err
        return code

    def upload(self, *words: str) -> int:
        return self("upload", "testmo", "--project-id", "1", *words)

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def stored(self) -> list[str]:
        return sorted(
            test["name"]
            for one in self.sandbox.testmo.runs()
            for test in self.sandbox.testmo.tests(one)
        )


class Program:
    """testferry as a process, in a folder of its own."""

    def __init__(self, folder: Path, service: str, *, names: list[str] = NAMES) -> None:
        self.folder, self.service = folder, service
        self.said: list[str] = []
        (folder / "r.xml").write_text(junit(names))
        self.truth: Any
        if service == "testmo":
            self.truth = TestmoEmulator(":memory:")
        else:
            self.truth = TestrailEmulator()
            self.truth.handle(
                "POST", "/index.php?/api/v2/add_section/1", b'{"name": "Old", "suite_id": 1}'
            )
            for name in names:
                self.truth.make_case(1001, title=name, **{FIELD: f"c.{name}"})

    def words(self, *more: str) -> list[str]:
        own = {
            "testmo": ["--project-id", "1", "--name", "N"],
            "testrail": ["--project", "1", "--title", "N"],
        }[self.service]
        upload = [
            "upload",
            self.service,
            *own,
            "--batch-size",
            "5",
            "--settle",
            "2s",
            "--timeout",
            "2s",
            "--rate",
            "none",
        ]
        return [
            sys.executable,
            "-m",
            "testferry",
            *upload,
            "--output",
            "json",
            "-vv",
            *more,
            "r.xml",
        ]

    def environment(self, url: str, **more: str) -> dict[str, str]:
        variable = self.service.upper()
        secret = {"TESTMO_TOKEN": CANARY, "TESTRAIL_USER": "me", "TESTRAIL_KEY": CANARY}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COV", "FAKETIME"))
        }
        return {**inherited, f"{variable}_URL": url, **secret, **more}

    def run(
        self, url: str, *more: str, limits: Callable[[], None] | None = None, **environment: str
    ) -> dict[str, Any]:
        done = subprocess.run(
            self.words(*more), env=self.environment(url, **environment), cwd=self.folder, capture_output=True, text=True,
            check=False, timeout=120, preexec_fn=limits,
        )  # fmt: skip
        self.said += [done.stdout, done.stderr]
        assert "Traceback" not in done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode
        counts = document["results"]
        assert sum(counts.values()) - counts["total"] == counts["total"]
        return document

    @property
    def stored(self) -> Counter[str]:
        if self.service == "testmo":
            return Counter(
                test["name"] for run in self.truth.runs() for test in self.truth.tests(run)
            )
        return Counter(
            str(self.truth.cases[one["case_id_of_test"]]["title"]) for one in self.truth.results
        )

    @property
    def runs(self) -> int:
        return len(self.truth.runs()) if self.service == "testmo" else len(self.truth.runs)

    def no_secret(self) -> None:
        """S3: not in any stream, not in any file, in none of its forms."""
        forms = [
            CANARY,
            quote(CANARY, safe=""),
            base64.b64encode(CANARY.encode()).decode()[:-4],
            base64.b64encode(f"me:{CANARY}".encode()).decode()[:-4],
        ]
        kept = [
            path.read_bytes().decode("latin-1") for path in self.folder.rglob("*") if path.is_file()
        ]
        for form in forms:
            assert not [text for text in (*self.said, *kept) if form in text], form


def with_cases(shell: Shell, names: list[str]) -> None:
    """Cases of these titles, in a section of the emulator of TestRail."""
    made = json.dumps({"name": "Old", "suite_id": 1}).encode()
    shell.sandbox.testrail.handle("POST", "/index.php?/api/v2/add_section/1", made, "")
    for name in names:
        shell.sandbox.testrail.make_case(1001, title=name, custom_automation_id=f"c.{name}")


def runs_asked_for(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies of the runs that the emulator of Testmo is asked for from now on."""
    asked: list[dict[str, Any]] = []
    handle = shell.sandbox.testmo.handle

    def heard(method: str, path: str, body: bytes = b"", *more: Any) -> Any:
        if path.endswith("/projects/1/automation/runs") and method == "POST":
            asked.append(json.loads(body))
        return handle(method, path, body, *more)

    monkeypatch.setattr(shell.sandbox.testmo, "handle", heard)
    return asked
