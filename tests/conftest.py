"""Every test is alone: its own home, no CI, no tokens, no network but loopback, nothing written
outside tmp.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from shells import CANARY, GOOD, SECRET, TOKEN, Shell
from sink import Sink
from testferry import sql
from testferry.sandbox.server import Sandbox, Settings
from testferry.settings.systems import SYSTEMS

hypothesis_settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
hypothesis_settings.load_profile("default")

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SHARED = ROOT.parent / "shared"


def pytest_configure(config: pytest.Config) -> None:
    """Who asks for the long tests gets every case of those that CI takes a sample of."""
    if "long" in str(config.option.markexpr).replace("not long", "", 1):
        os.environ["ALL_CASES"] = "1"


# Files whose tests run whole processes, real servers or long searches: not for every save.
SLOW = {
    "test_canary.py",
    "test_cli.py",
    "test_command.py",
    "test_commands_alike.py",
    "test_commands_budget.py",
    "test_commands_completion.py",
    "test_commands_demo.py",
    "test_commands_finish.py",
    "test_commands_init.py",
    "test_commands_login.py",
    "test_commands_migrate.py",
    "test_commands_resume.py",
    "test_commands_run.py",
    "test_commands_sandbox.py",
    "test_commands_upload.py",
    "test_commands_uploads.py",
    "test_conformance.py",
    "test_containers.py",
    "test_crash.py",
    "test_damage.py",
    "test_delivery.py",
    "test_engine_client.py",
    "test_engine_loop.py",
    "test_forecast.py",
    "test_formats.py",
    "test_http_delivery.py",
    "test_http_documents.py",
    "test_http_language.py",
    "test_http_readme.py",
    "test_http_ready.py",
    "test_identity.py",
    "test_ingest.py",
    "test_journal_released.py",
    "test_kill.py",
    "test_odd_answers.py",
    "test_pace_fleet.py",
    "test_pace_members.py",
    "test_pace_shared.py",
    "test_patterns.py",
    "test_printing.py",
    "test_printing_ci.py",
    "test_promise.py",
    "test_readme.py",
    "test_real_servers.py",
    "test_recipes.py",
    "test_red.py",
    "test_reports.py",
    "test_reports_archive.py",
    "test_reports_convert.py",
    "test_reports_find.py",
    "test_reports_red.py",
    "test_reports_ways.py",
    "test_reports_xmlstream.py",
    "test_reports_zips.py",
    "test_sandbox_server.py",
    "test_security.py",
    "test_services_http_answers.py",
    "test_services_toy.py",
    "test_settings_page.py",
    "test_settings_voice.py",
    "test_simulation.py",
    "test_snapshots.py",
    "test_systems.py",
    "test_testrail_rows.py",
    "test_testrail_upload.py",
    "test_threats.py",
    "test_torture.py",
    "test_testmo_cli.py",
    "test_trcli.py",
    "test_uploads.py",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Who asks for the quick tests alone does not wait until the others are read."""
    return (config.option.markexpr == "quick" and collection_path.name in SLOW) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is quick is marked so: `pytest -m quick` while working."""
    for item in items:
        if item.path.name not in SLOW and not {"long", "bench"} & set(item.keywords):
            item.add_marker(pytest.mark.quick)


MARKERS = {known.marker.lower() for known in SYSTEMS}
_OURS = ("TESTFERRY_", "TESTMO_", "TESTRAIL_", "GITHUB_", "CI_", "GITLAB_", "JENKINS_")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if (
            name.startswith(_OURS)
            or name.lower()
            in {
                "ci",
                "no_color",
                "force_color",
                "columns",
                "http_proxy",
                "https_proxy",
                "all_proxy",
            }
            | MARKERS
        ):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(tmp_path)
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test asked for {address}")
        connect(self, address)  # type: ignore[arg-type]  # whatever it is, socket will say

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test leaves open ends with it, not when somebody comes to collect it."""
    opened: list[sql.Connection] = []
    begin = sql.Connection.__init__

    def remembered(self: sql.Connection, *words: object, **more: object) -> None:
        begin(self, *words, **more)  # type: ignore[arg-type]  # whatever it is, sqlite will say
        opened.append(self)

    monkeypatch.setattr(sql.Connection, "__init__", remembered)
    yield
    for connection in opened:
        with contextlib.suppress(sqlite3.ProgrammingError):  # it is another thread's
            connection.close()


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def shell(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> Iterator[Shell]:
    (tmp_path / "r.xml").write_text(GOOD)
    settings.token = TOKEN
    with Sandbox(settings) as sandbox:
        monkeypatch.setenv("TESTMO_URL", sandbox.url)
        monkeypatch.setenv("TESTMO_TOKEN", TOKEN)
        yield Shell(capsys, sandbox)


@pytest.fixture
def sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A bulk API, and the target ``sink`` that leads to it."""
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    with Sink() as server:
        (tmp_path / "testferry.toml").write_text(
            f'[targets.sink]\ntype = "http"\nurl = "{server.url}/bulk"\n'
        )
        yield server


@pytest.fixture
def rail(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The same with the variables of TestRail."""
    monkeypatch.setenv("TESTRAIL_URL", shell.sandbox.url)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    monkeypatch.setenv("TESTRAIL_KEY", shell.sandbox.settings.token)
    return shell


@pytest.fixture(autouse=True)
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does: its secret is in no file that is left (but one that holds nothing else,
    or that the test wrote into its own reports), and in no child's environment.
    """
    begin = subprocess.Popen.__init__

    def looked_at(self: subprocess.Popen[bytes], words: object, **more: object) -> None:
        callers = [sys._getframe(depth).f_globals.get("__name__", "") for depth in (1, 2)]
        if any(name.startswith("testferry") for name in callers):
            assert SECRET not in repr(more.get("env") or dict(os.environ))
        begin(self, words, **more)  # type: ignore[call-overload]  # as it was called

    monkeypatch.setattr(subprocess.Popen, "__init__", looked_at)
    yield
    monkeypatch.undo()
    leaked = [str(path) for path in tmp_path.rglob("*") if path.is_file() and _leaks(path)]
    assert not leaked


def _leaks(path: Path) -> bool:
    content = path.read_bytes()
    bare = content.strip().removeprefix(b"TESTMO_TOKEN=")
    return SECRET.encode() in content and bare not in (TOKEN.encode(), CANARY.encode())
