"""Real processes and real SIGKILL: however often an upload is killed, every result is there once in the end."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from testferry.sandbox import TOKEN, Sandbox, Settings
from testferry.sandbox.faults import parse

TESTS = 240
FAULTS = (
    "append: lost every 5",
    "append: drop every 7",
    "append: 500 applied every 11",
    "append: 429 after 1 every 13",
    "run: lost once",
)


def report(folder: Path) -> Path:
    path = folder / "r.xml"
    path.write_text("<testsuite>" + "".join(f'<testcase name="t{at}"/>' for at in range(TESTS)) + "</testsuite>")
    return path


def killed_until_done(folder: Path, seed: int, least: int, kills_left: int) -> tuple[int, int]:
    """The same command, killed at random moments and started again; (kills, runs). Claims: 0 lost, 0 doubled, one run."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = report(folder)
    kills = 0
    with Sandbox(Settings(str(folder / "sandbox.sqlite"), faults=parse(FAULTS), latency=0.01)) as sandbox:
        environment = {**os.environ, "TESTMO_URL": sandbox.url, "TESTMO_TOKEN": TOKEN, "XDG_STATE_HOME": str(folder / "state")}
        words = [
            sys.executable,
            "-m",
            "testferry",
            "upload",
            "testmo",
            "--project-id",
            "1",
            "--batch-size",
            "4",
            "--settle",
            "1s",
        ]
        words += ["--width", str(1 + seed % 4), "--output", "json", "-q", str(path)]
        for _ in range(500):
            with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                try:
                    patience = chance.uniform(0.05, 1.2) if kills < kills_left else 60.0
                    out, err = process.communicate(timeout=patience)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    kills += 1
                    continue
            document = json.loads(out)
            if process.returncode == 0:
                break
            assert process.returncode == 75, (seed, process.returncode, err)
        stored = Counter(test["name"] for run in sandbox.service.runs() for test in sandbox.service.tests(run))
        assert stored == Counter(f"t{at}" for at in range(TESTS)), f"seed {seed}"
        assert len(sandbox.service.runs()) == 1, f"seed {seed}"
        assert document["results"]["accepted"] == TESTS
        assert kills >= least, f"seed {seed}: too fast to be killed"
        return kills, len(sandbox.service.runs())


def test_fifty_kills(tmp_path: Path) -> None:
    total, seed = 0, 20261121
    while total < 50:
        kills, _ = killed_until_done(tmp_path / str(seed), seed, 1, min(16, 50 - total))
        total += kills
        seed += 1


@pytest.mark.long
def test_five_hundred_kills(tmp_path: Path) -> None:
    total, seed = 0, random.SystemRandom().randrange(10**6)
    while total < 500:
        kills, _ = killed_until_done(tmp_path / str(seed), seed, 1, 20)
        total += kills
        seed += 1
