"""The whole of an upload's life on Windows and on a Mac, as far as Linux can play them."""

from __future__ import annotations

import io
import json
import os
import select
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from shells import TOKEN, junit
from testferry.sandbox.server import Sandbox, Settings
from testferry.services.testrail.emulator import FIELD

SYSTEMS = Path(__file__).parent / "systems"
NAMES = [f"t{at}" for at in range(60)]


@dataclass
class Machine:
    """A system, and the program on it."""

    system: str
    folder: Path
    sandbox: Sandbox
    environment: Mapping[str, str]

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "testferry", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            env=self.environment,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def begun(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "testferry", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )

    @property
    def stored(self) -> Counter[str]:
        service = self.sandbox.testmo
        return Counter(test["name"] for run in service.runs() for test in service.tests(run))

    def until_some_are_stored(self, process: subprocess.Popen[str]) -> None:
        while not self.stored:
            assert process.poll() is None
            select.select([], [], [], 0.05)

    def journals(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "j").iterdir())


@pytest.fixture(params=["windows", "mac"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "private").mkdir()
    (tmp_path / "site").mkdir()
    shutil.copy(SYSTEMS / f"{request.param}.py", tmp_path / "site" / "sitecustomize.py")
    folder = tmp_path / "seen"
    folder.symlink_to(tmp_path / "private")  # as /tmp and /var are on a Mac
    (folder / "tmp").mkdir()
    settings = Settings(token=TOKEN)
    with Sandbox(settings) as sandbox:
        environment = {
            **os.environ,
            "PYTHONPATH": str(tmp_path / "site"),
            "FOUL": str(tmp_path / "foul"),
            "SYNCED": str(tmp_path / "synced"),
            "TMPDIR": str(folder / "tmp"),
            "TESTFERRY_JOURNAL": str(folder / "j"),
            "TESTMO_URL": sandbox.url,
            "TESTMO_TOKEN": TOKEN,
            "TESTRAIL_URL": sandbox.url,
            "TESTRAIL_USER": "me@example.org",
            "TESTRAIL_KEY": TOKEN,
        }
        yield Machine(request.param, folder, sandbox, environment)
    foul = tmp_path / "foul"
    assert not foul.exists(), foul.read_text()


def upload(*words: str) -> tuple[str, ...]:
    return ("upload", "testmo", "--project-id", "1", "--output", "json", "--settle", "1s", *words)


def test_an_upload_is_killed_guarded_and_resumed(machine: Machine) -> None:
    (machine.folder / "r.xml").write_text(junit(NAMES))
    machine("inspect", "r.xml")
    machine.sandbox.settings.latency = 0.3
    slow = upload("r.xml", "--batch-size", "5", "--width", "1")
    with machine.begun(*slow) as killed:
        machine.until_some_are_stored(killed)
        assert "another process is working" in machine(*slow, code=75).stderr
        killed.kill()
    machine.sandbox.settings.latency = 0.0
    (upload_id,) = {name.partition(".")[0] for name in machine.journals()}
    assert upload_id in machine("uploads").stdout
    machine("resume", upload_id)
    assert machine.stored == Counter(NAMES)
    assert "Already" in machine("upload", "testmo", "--project-id", "1", "r.xml").stdout
    machine("uploads", "forget", upload_id)
    assert not [name for name in machine.journals() if name.startswith(upload_id)]


def test_ctrl_c_is_an_end_of_its_own(machine: Machine) -> None:
    (machine.folder / "r.xml").write_text(junit(NAMES))
    machine.sandbox.settings.latency = 0.3
    with machine.begun(*upload("r.xml", "--batch-size", "5", "--width", "1")) as stopped:
        machine.until_some_are_stored(stopped)
        stopped.terminate()
        assert stopped.wait(30) == 143


def test_a_command_its_archives_and_bytes_as_they_are(machine: Machine) -> None:
    """What a report holds is its bytes: neither a line end nor the byte 0x1A ends or changes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as inner:
        inner.writestr("a.xml", junit(["in zip"]))
    with tarfile.open(machine.folder / "r.tar.gz", "w:gz") as outer:
        info = tarfile.TarInfo("b.zip")
        info.size = len(packed.getvalue())
        packed.seek(0)
        outer.addfile(info, packed)
    (machine.folder / "lines.tap").write_bytes(
        b"TAP version 13\r\n1..2\r\nok 1 - a\x1a\r\nok 2 - b\r\n"
    )
    for name in ("r.tar.gz", "lines.tap"):
        os.utime(machine.folder / name, (2**31, 2**31))  # a slow machine lets them be no older
    write = f"open('made.xml', 'w').write('''{junit(['made'])}''')"
    words = upload("r.tar.gz", "lines.tap", "made.xml", "--", sys.executable, "-c", write)
    assert json.loads(machine(*words).stdout)["results"]["accepted"] == 4
    assert len(machine.stored) == 4
    assert {"in zip", "made", "b"} < set(machine.stored)


def test_a_rehearsal_and_the_demo(machine: Machine) -> None:
    (machine.folder / "r.xml").write_text(junit(NAMES))
    machine(*upload("r.xml", "--dry-run"))
    assert not machine.stored
    if machine.system == "windows":  # it takes its time
        machine("demo", "-q")
    assert not list((machine.folder / "tmp").iterdir()), "nothing is left behind"


def test_attachments_lead_through_no_link(machine: Machine) -> None:
    """Where no folder can be held open, the way is looked at before."""
    for name in ("a.png", "shots/b.png", "../secret"):
        (machine.folder / name).parent.mkdir(exist_ok=True)
        (machine.folder / name).write_bytes(b"\r\n\x1a" + name.encode())
    (machine.folder / "link.png").symlink_to("a.png")
    (machine.folder / "linked").symlink_to("shots")
    names = ("a.png", "shots/b.png", "../secret", "link.png", "linked/b.png")
    for name in names:
        machine.sandbox.testrail.make_case(1001, title=name, **{FIELD: name})
    cases = "".join(
        f'<testcase name="{name}"><system-out>[[ATTACHMENT|{name}]]</system-out></testcase>'
        for name in names
    )
    (machine.folder / "r.xml").write_text(f"<testsuite>{cases}</testsuite>")
    rail = ("upload", "testrail", "--project", "1", "--match", "name", "--rate", "none")
    done = machine(*rail, "r.xml", code=6)
    assert {content for *_, content in machine.sandbox.testrail.attachments} == {
        b"\r\n\x1aa.png",
        b"\r\n\x1ashots/b.png",
    }, done.stdout


def test_a_mac_asks_its_drive(machine: Machine, tmp_path: Path) -> None:
    (machine.folder / "r.xml").write_text(junit(["a"]))
    machine(*upload("r.xml"))
    if machine.system == "mac":
        synced = (tmp_path / "synced").read_text()
        assert ".journal.plan" in synced
        assert f"{tmp_path / 'private' / 'j'}\n" in synced
