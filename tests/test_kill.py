"""Real processes and real SIGKILL: however often an upload is killed, every result is there once in
the end.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from testferry.dialects import Window
from testferry.sandbox.faults import parse
from testferry.sandbox.server import TOKEN, Sandbox, Settings

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
    path.write_text(
        "<testsuite>" + "".join(f'<testcase name="t{at}"/>' for at in range(TESTS)) + "</testsuite>"
    )
    return path


def killed_until_done(
    folder: Path, seed: int, least: int, kills_left: int, service: str = "testmo"
) -> tuple[int, int]:
    """The same command, killed at random moments and started again; (kills, runs). Claims: 0 lost,
    0 doubled, one run.
    """
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    path = report(folder)
    kills = 0
    with Sandbox(
        Settings(str(folder / "sandbox.sqlite"), faults=parse(FAULTS), latency=0.01)
    ) as sandbox:
        environment = {
            **os.environ,
            "TESTMO_URL": sandbox.url,
            "TESTMO_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(folder / "state"),
        }
        environment |= {"TESTRAIL_URL": sandbox.url, "TESTRAIL_USER": "me", "TESTRAIL_KEY": TOKEN}
        own = {
            "testmo": ["--project-id", "1"],
            "testrail": ["--project", "1", "--create-missing", "--match", "name", "--rate", "none"],
        }
        words = [
            sys.executable,
            "-m",
            "testferry",
            "upload",
            service,
            *own[service],
            "--batch-size",
            "4",
            "--settle",
            "1s",
        ]
        words += ["--width", str(1 + seed % 4), "--output", "json", "-q", str(path)]
        for _ in range(500):
            with subprocess.Popen(
                words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as process:
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
        if service == "testmo":
            stored = Counter(
                test["name"] for run in sandbox.testmo.runs() for test in sandbox.testmo.tests(run)
            )
            runs = len(sandbox.testmo.runs())
        else:
            titles = {case: str(one["title"]) for case, one in sandbox.testrail.cases.items()}
            stored = Counter(titles[one["case_id_of_test"]] for one in sandbox.testrail.results)
            runs = len(sandbox.testrail.runs)
            assert len(titles) == TESTS, f"seed {seed}: never two cases for one test"
        assert stored == Counter(f"t{at}" for at in range(TESTS)), f"seed {seed}"
        assert runs == 1, f"seed {seed}"
        assert document["results"]["accepted"] == TESTS
        assert kills >= least, f"seed {seed}: too fast to be killed"
        return kills, runs


@pytest.mark.parametrize("service", ["testmo", "testrail"])
def test_fifty_kills(tmp_path: Path, service: str) -> None:
    total, seed = 0, 20261121
    while total < 50:
        kills, _ = killed_until_done(tmp_path / str(seed), seed, 1, min(16, 50 - total), service)
        total += kills
        seed += 1


@pytest.mark.long
@pytest.mark.parametrize("service", ["testmo", "testrail"])
def test_five_hundred_kills(tmp_path: Path, service: str) -> None:
    total, seed = 0, random.SystemRandom().randrange(10**6)
    while total < 500:
        kills, _ = killed_until_done(tmp_path / str(seed), seed, 1, 20, service)
        total += kills
        seed += 1


# --- two at once: one folder of journals, one budget

NAMES = {"one": "a", "two": "b"}


def two_killed_until_done(folder: Path, seed: int, kills: int) -> None:
    """Two jobs, and now and then a second process of the same job, killed at random moments. Claims:
    0 lost, 0 doubled, one run for each, and no request over the limit that they share.
    """
    chance = random.Random(seed)
    settings = Settings(
        str(folder / "sandbox.sqlite"),
        faults=parse(FAULTS[:3]),
        latency=0.01,
        windows=(Window(20, 1.0),),
    )
    with Sandbox(settings) as sandbox:
        jobs = {name: _job(folder, sandbox.url, name) for name in NAMES}
        running = {name: _start(words, folder, sandbox.url) for name, words in jobs.items()}
        rivals = []
        while running:
            name = chance.choice(list(running))
            if kills and chance.random() < 0.3:
                rivals.append(_start(jobs[name], folder, sandbox.url))
            process = running[name]
            try:
                process.communicate(timeout=chance.uniform(0.05, 0.9) if kills else 60.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                kills -= 1
                running[name] = _start(jobs[name], folder, sandbox.url)
                continue
            if process.returncode == 0:
                del running[name]
                continue
            assert process.returncode == 75, (seed, process.returncode)
            running[name] = _start(jobs[name], folder, sandbox.url)
        for rival in rivals:
            rival.communicate()
            assert rival.returncode in (0, 75), seed
        runs = sandbox.testmo.runs()
        stored = Counter(test["name"] for run in runs for test in sandbox.testmo.tests(run))
    wanted = {f"{letter}{at}": 1 for letter in NAMES.values() for at in range(TESTS // 4)}
    assert stored == Counter(wanted), f"seed {seed}"
    assert len(runs) == 2, f"seed {seed}"
    assert not sandbox.refused, f"seed {seed}: a request over the limit"


def _job(folder: Path, url: str, name: str) -> list[str]:
    cases = "".join(f'<testcase name="{NAMES[name]}{at}"/>' for at in range(TESTS // 4))
    path = folder / f"{name}.xml"
    path.write_text(f"<testsuite>{cases}</testsuite>")
    words = ["upload", "testmo", "--project-id", "1", "--name", name, "--batch-size", "4"]
    words += ["--settle", "1s", "--rate", "20/s", "--width", "2", "-q", "--url", url, str(path)]
    return [sys.executable, "-m", "testferry", *words]


def _start(words: list[str], folder: Path, url: str) -> subprocess.Popen[bytes]:
    own = {"TESTMO_URL": url, "TESTMO_TOKEN": TOKEN, "XDG_STATE_HOME": str(folder / "state")}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(words, env={**os.environ, **own}, stdout=quiet, stderr=quiet)


def test_two_processes_of_one_folder_are_killed(tmp_path: Path) -> None:
    two_killed_until_done(tmp_path, 20261127, 12)


@pytest.mark.long
def test_two_processes_of_one_folder_are_killed_a_hundred_times(tmp_path: Path) -> None:
    for seed in range(5):
        place = tmp_path / str(seed)
        place.mkdir()
        two_killed_until_done(place, seed, 20)
