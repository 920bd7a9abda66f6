"""The plan of faults, with real processes of the program against raw sockets: whatever a service, a
network or a disk does.

After every case: what the service holds is what was sent, each once; the exit code says where it
stands; no secret is anywhere.
"""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from faultserver import FINE, ChaosProxy, FaultServer, Script, Scripts, http
from shells import CANARY, NAMES, Program, junit
from testferry.dialects import Window
from testferry.sandbox.server import TOKEN, Sandbox, Settings

SERVICES = ["testmo", "testrail"]
LONG = "ALL_CASES" in os.environ  # every case on every service: `pytest -m "long or not long"`


def sample(names: Iterable[str]) -> list[tuple[str, str]]:
    """CI takes each case on one of the services, in turn."""
    listed = list(names)
    return [
        (name, service)
        for at, name in enumerate(listed)
        for number, service in enumerate(SERVICES)
        if LONG or at % 2 == number
    ]


def at(operation: str, number: int, script: Script, then: Script = FINE) -> Scripts:
    """Only the so-many-th request of a kind; ``then`` what comes behind it."""
    seen = {"count": 0}

    def scripts(_number: int, what: str, _target: str, _body: bytes) -> Script:
        seen["count"] += what == operation
        if what != operation or seen["count"] < number:
            return FINE
        return script if seen["count"] == number else then

    return scripts


ANSWERS = {
    "cut-at-1": Script(cut=1),
    "cut-in-the-headers": Script(cut=20),
    "cut-before-the-end": Script(answer=http(200, b'[{"id": 1}, {"id": 2}]'), cut=45),
    "reset-after-it-was-applied": Script(reset=True, cut=0),
    "reset-before-it-was-applied": Script(apply=False, reset=True, cut=0),
    "reset-within-the-request": Script(read=0),
    "closed-without-a-word": Script(cut=0),
    "slower-than-the-timeout": Script(delay=3.0),
    "slower-and-not-applied": Script(apply=False, delay=3.0, cut=0),
    "drip": Script(drip=0.1),
    "html": Script(
        answer=http(200, b"<!doctype html><title>Login</title>", Content_Type="text/html")
    ),
    "html-not-applied": Script(
        apply=False, answer=http(200, b"<!doctype html>", Content_Type="text/html")
    ),
    "500-applied": Script(answer=http(500, b"{}")),
    "500-not-applied": Script(apply=False, answer=http(500, b"{}")),
    "502-not-applied": Script(apply=False, answer=http(502, b"<html>bad gateway</html>")),
    "503": Script(apply=False, answer=http(503, b"{}", Retry_After="1")),
    "429": Script(apply=False, answer=http(429, b"{}", Retry_After="1")),
    "413": Script(apply=False, answer=http(413, b"<html>too large</html>")),
    "201-and-a-body": Script(answer=http(201, b'{"ok": true}')),
    "closed-behind-the-answer": Script(close=True),
}
STOPS = {
    "301": (5, http(301, b"", Location="http://127.0.0.1:9/x")),
    "302": (5, http(302, b"", Location="http://169.254.169.254/")),
    "307": (5, http(307, b"", Location="http://127.0.0.1:9/x")),
    "308": (5, http(308, b"", Location="http://127.0.0.1:9/x")),
    "401": (5, http(401, b'{"message": "revoked"}')),
    "403": (5, http(403, b'{"message": "no"}')),
    "404": (5, http(404, b'{"message": "gone"}')),
    "429-for-a-day": (75, http(429, b"{}", Retry_After="1000000000")),
}


@pytest.mark.parametrize(("name", "service"), sample(ANSWERS))
def test_an_answer_that_goes_wrong_costs_nothing(tmp_path: Path, service: str, name: str) -> None:
    it = Program(tmp_path, service)
    with FaultServer(it.truth, at("append", 2, ANSWERS[name])) as server:
        document = it.run(server.url)
        if document["exit_code"] in (
            5,
            6,
            75,
        ):  # a page of a login is no place to go on: what is left is resumable
            document = it.run(server.url)
        assert document["exit_code"] == 0, it.said[-1]
    assert it.stored == Counter(NAMES)
    assert it.runs == 1
    it.no_secret()


@pytest.mark.parametrize(("name", "service"), sample(STOPS))
def test_an_answer_that_stops_the_upload_leaves_the_rest_pending(
    tmp_path: Path, service: str, name: str
) -> None:
    it = Program(tmp_path, service)
    code, answer = STOPS[name]
    stop = Script(apply=False, answer=answer)
    with FaultServer(it.truth, at("append", 2, stop, stop)) as server:
        document = it.run(server.url, "--max-time", "20s")
        assert document["exit_code"] == code, it.said[-1]
        assert document["results"]["rejected"] == 0
        assert document["results"]["accepted"] == sum(it.stored.values())
        assert document["stopped"]
        requests = len(server.times)
        assert requests < 12, "every batch would meet the same"
    with FaultServer(it.truth, lambda *_: FINE) as server:
        rest = subprocess.run(
            [sys.executable, "-m", "testferry", "resume", "--url", server.url], env=it.environment(server.url), cwd=tmp_path,
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert "is for" in rest.stderr, "the token goes to the address of the upload only"
        it.said += [rest.stdout, rest.stderr]
    it.no_secret()


@pytest.mark.parametrize("service", SERVICES)
def test_endless_refusals_end_with_the_time_to_come_back(tmp_path: Path, service: str) -> None:
    it = Program(tmp_path, service)
    limit = Script(apply=False, answer=http(429, b"{}", Retry_After="2"))
    with FaultServer(it.truth, at("append", 2, limit, limit)) as server:
        document = it.run(server.url, "--max-time", "5s")
    assert document["exit_code"] == 75
    assert document["results"]["accepted"] == 5
    it.no_secret()


BOMB = gzip.compress(b"\0" * 100_000_000)
FLOODS = {
    "a gzip bomb": Script(answer=http(200, BOMB, Content_Encoding="gzip")),
    "a hundred megabytes": Script(
        answer=b"HTTP/1.1 500 X\r\nContent-Length: 100000000\r\n\r\n", endless=b"x" * 65536
    ),
    "endless headers": Script(
        answer=b"HTTP/1.1 200 X\r\n", endless=b"X-A: " + b"y" * 1000 + b"\r\n"
    ),
    "endless 1xx": Script(answer=b"", endless=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "headers that drip": Script(answer=b"HTTP/1.1 200 X\r\n" + b"X-A: b\r\n" * 50, drip=0.05),
}


@pytest.mark.parametrize("name", list(FLOODS) if LONG else list(FLOODS)[:3])
def test_floods_are_cut_and_settled(tmp_path: Path, name: str) -> None:
    """S13: within 300 MB of address space over the program's own."""

    def little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))

    it = Program(tmp_path, "testmo")
    with FaultServer(it.truth, at("append", 2, FLOODS[name])) as server:
        document = it.run(server.url, limits=little_memory)
        if document["exit_code"] in (5, 6, 75):
            document = it.run(server.url)
        assert document["exit_code"] == 0, it.said[-1]
    assert it.stored == Counter(NAMES)


@pytest.mark.parametrize(("trouble", "service"), sample(["down", "404", "slow", "html"]))
def test_a_service_that_cannot_be_read_back_leaves_doubt_named(
    tmp_path: Path, service: str, trouble: str
) -> None:
    it = Program(tmp_path, service)
    bad = {
        "down": Script(apply=False, answer=http(503, b"{}")),
        "404": Script(apply=False, answer=http(404, b"{}")),
        "slow": Script(delay=3.0),
        "html": Script(apply=False, answer=http(200, b"<html>", Content_Type="text/html")),
    }[trouble]
    doubt = {"since": 0}

    def scripts(number: int, what: str, _target: str, _body: bytes) -> Script:
        if what == "append" and not doubt["since"]:
            doubt["since"] = number
            return Script(cut=0)
        return bad if what == "read" and doubt["since"] else FINE

    with FaultServer(it.truth, scripts) as server:
        document = it.run(server.url, "--max-time", "8s")
    assert document["exit_code"] in (5, 6, 75)
    assert (
        document["results"]["accepted"]
        + document["results"]["in_doubt"]
        + document["results"]["pending"]
        == 20
    )
    assert max(it.stored.values()) == 1
    with FaultServer(it.truth, lambda *_: FINE):
        pass
    it.no_secret()


TOXICS: dict[str, dict[str, Any]] = {
    "latency": {"latency": 0.05},
    "one-byte-packets": {"slices": 1},
    "bandwidth": {"bandwidth": 20_000.0, "slices": 512},
    "resets": {"reset_every": 3},
    "black-holes": {"hole_every": 3},
}


@pytest.mark.parametrize(("name", "service"), sample(TOXICS))
def test_a_network_that_misbehaves(tmp_path: Path, service: str, name: str) -> None:
    toxics = TOXICS[name]
    it = Program(tmp_path, service)
    with FaultServer(
        it.truth, lambda *_: Script(close=True)
    ) as server:  # a connection for each request
        proxy = ChaosProxy(server.port, **toxics)
        for _ in range(4):
            document = it.run(proxy.url, "--timeout", "4s")
            if document["exit_code"] == 0:
                break
        proxy.close()
    assert document["exit_code"] == 0, it.said[-1]
    assert it.stored == Counter(NAMES)
    assert it.runs == 1


def test_a_service_that_is_not_up_yet(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    served: list[Sandbox] = []

    def later() -> None:
        time.sleep(2.0)
        served.append(Sandbox(Settings(str(tmp_path / "s.db"), token=CANARY), port))
        served[0].__enter__()

    threading.Thread(target=later).start()
    document = it.run(f"http://127.0.0.1:{port}")
    assert document["exit_code"] == 0
    assert len(served[0].testmo.tests(101)) == 20
    served[0].__exit__(None, None, None)


# --- processes


def test_two_at_once_on_one_journal(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    with FaultServer(it.truth, lambda *_: Script(delay=0.4)) as server:
        first = subprocess.Popen(
            it.words(),
            env=it.environment(server.url),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while not server.times:
            time.sleep(0.02)
        began = time.monotonic()
        second = it.run(server.url)
        assert second["exit_code"] == 75
        assert time.monotonic() - began < 5
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert it.stored == Counter(NAMES)


@pytest.mark.parametrize("many", [6, pytest.param(50, marks=pytest.mark.long)])
def test_many_at_once_on_one_rate_budget(tmp_path: Path, many: int) -> None:
    """The limit is the machine's, whoever asks: not one refusal, nothing lost."""
    with Sandbox(Settings(str(tmp_path / "s.db"), windows=(Window(30, 1.0),))) as sandbox:
        environment = {**os.environ, "TESTMO_URL": sandbox.url, "TESTMO_TOKEN": TOKEN}
        jobs = []
        for number in range(many):
            (tmp_path / f"{number}.xml").write_text(junit([f"j{number}-{at}" for at in range(20)]))
            words = [
                "upload",
                "testmo",
                "--project-id",
                "1",
                "--name",
                f"job {number}",
                "--batch-size",
                "2",
                "--rate",
                "30/s",
            ]
            words += [
                "--rate-share",
                "1",
                "--journal",
                str(tmp_path / "j" / str(number)),
                "-q",
                f"{number}.xml",
            ]
            jobs.append(
                subprocess.Popen(
                    [sys.executable, "-m", "testferry", *words], env=environment, cwd=tmp_path
                )
            )
        assert {job.wait(300) for job in jobs} == {0}
        assert sandbox.refused == 0, "the budget was never exceeded"
        stored = Counter(
            test["name"] for run in sandbox.testmo.runs() for test in sandbox.testmo.tests(run)
        )
        assert stored == Counter(f"j{number}-{at}" for number in range(many) for at in range(20))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
@pytest.mark.parametrize("twice", [False, True])
def test_signals_once_and_twice(tmp_path: Path, number: int, code: int, twice: bool) -> None:
    it = Program(tmp_path, "testrail")
    slow = Script(delay=30.0) if twice else Script(delay=0.3)
    with FaultServer(
        it.truth, lambda _n, what, _t, _b: slow if what == "append" else FINE
    ) as server:
        words = it.words("--timeout", "60s")
        process = subprocess.Popen(
            words,
            env=it.environment(server.url),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while len(server.times) < 6:
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(number)
        if twice:
            time.sleep(0.5)
            process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode == code
        assert time.monotonic() - began < (3 if twice else 10)
    if not twice:
        with FaultServer(it.truth, lambda *_: FINE):
            pass
        assert max(it.stored.values(), default=1) == 1


def test_stopped_and_continued(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    with FaultServer(it.truth, lambda *_: Script(delay=0.1)) as server:
        process = subprocess.Popen(
            it.words(),
            env=it.environment(server.url),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while len(server.times) < 3:
            time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)
        time.sleep(3.0)  # longer than --timeout
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert it.stored == Counter(NAMES)


@pytest.mark.parametrize("closed", ["stdout", "stderr", "both", "head"])
def test_streams_that_nobody_reads(tmp_path: Path, closed: str) -> None:
    it = Program(tmp_path, "testmo")
    redirect = {"stdout": ">&-", "stderr": "2>&-", "both": ">&- 2>&-", "head": "| head -c 1"}[
        closed
    ]
    with FaultServer(it.truth, lambda *_: FINE) as server:
        line = " ".join(f"'{word}'" for word in it.words()) + " " + redirect
        environment = it.environment(server.url, TERM="dumb", LANG="C", COLUMNS="1")
        subprocess.run(
            ["sh", "-c", line],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60,
        )
    assert it.stored == Counter(NAMES)


# --- disk and OS


def limited(kind: int, amount: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (amount, amount))


def test_a_disk_that_is_full_while_planning_and_while_sending(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo", names=[f"t{at}" for at in range(2000)])
    with FaultServer(it.truth, lambda *_: FINE) as server:
        seen = set()
        for size in (8_192, 40_960, 57_344, 81_920):
            document = it.run(
                server.url, "--batch-size", "20", limits=limited(resource.RLIMIT_FSIZE, size)
            )
            seen.add(document["exit_code"])
            assert document["exit_code"] in (0, 74, 75), it.said[-1]
            assert sum(it.stored.values()) <= 2000
        assert 74 in seen
        for _ in range(3):
            document = it.run(server.url, "--batch-size", "20")
            if document["exit_code"] == 0:
                break
        assert document["exit_code"] == 0, it.said[-1]
    assert set(it.stored.values()) == {1}
    assert len(it.stored) == 2000


def test_too_few_file_handles(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    with FaultServer(it.truth, lambda *_: FINE) as server:
        for handles in (9, 12, 16):
            done = subprocess.run(
                it.words(), env=it.environment(server.url), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
                preexec_fn=limited(resource.RLIMIT_NOFILE, handles),
            )  # fmt: skip
            assert max(it.stored.values(), default=1) == 1
            assert done.returncode != 0 or it.stored == Counter(NAMES)
        document = it.run(server.url)
        assert document["exit_code"] == 0
    assert it.stored == Counter(NAMES)


def test_too_little_memory_for_the_reports(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    (tmp_path / "r.xml").write_text(
        '<testsuite><testcase name="a" x="' + "y" * 60_000_000 + '"/></testsuite>'
    )
    done = subprocess.run(
        [*it.words(), "--max-time", "5s"], env=it.environment("http://127.0.0.1:9"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=limited(resource.RLIMIT_AS, 400_000_000),
    )  # fmt: skip
    assert done.returncode in (3, 4, 70, 75)
    assert "Traceback" not in done.stderr


def test_the_report_may_change_once_it_was_read(tmp_path: Path) -> None:
    it = Program(tmp_path, "testmo")
    down = Script(apply=False, answer=http(401, b"{}"))
    with FaultServer(it.truth, at("append", 1, down)) as server:
        assert it.run(server.url)["exit_code"] == 5
        (tmp_path / "r.xml").unlink()
        done = subprocess.run(
            [sys.executable, "-m", "testferry", "resume"], env=it.environment(server.url), cwd=tmp_path, capture_output=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0
    assert it.stored == Counter(NAMES)


@pytest.mark.skipif(
    not shutil.which("fiu-run"), reason="fiu-run is not installed (Debian: fiu-utils)"
)
@pytest.mark.parametrize("call", ["sync/fsync", "sync/fdatasync", "rw/pwrite"])
def test_a_disk_that_answers_with_errors(tmp_path: Path, call: str) -> None:
    """At one in ten calls; whatever is said then, the next start carries on."""
    it = Program(tmp_path, "testmo")
    codes = Counter[int]()
    with FaultServer(it.truth, lambda *_: FINE) as server:
        for _ in range(4):
            words = [
                "fiu-run",
                "-x",
                "-c",
                f"enable_random name=posix/io/{call},probability=0.1",
                *it.words(),
            ]
            done = subprocess.run(
                words,
                env=it.environment(server.url),
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            codes[done.returncode] += 1
            assert "Traceback" not in done.stderr
            assert max(it.stored.values(), default=1) == 1
        document = it.run(server.url)
        if (
            document["exit_code"] == 74
        ):  # it was damaged, and says so: nothing was sent that is not on record
            assert "export" in it.said[-1]
            return
        assert document["exit_code"] == 0, it.said[-1]
    assert it.stored == Counter(NAMES)
    assert set(codes) <= {0, 74, 75}, codes


@pytest.mark.skipif(
    not shutil.which("faketime"), reason="faketime is not installed (Debian: faketime)"
)
@pytest.mark.parametrize("wall", ["-1h", "@1970-01-02 00:00:00"])
def test_a_machine_whose_wall_clock_lies(tmp_path: Path, wall: str) -> None:
    it = Program(tmp_path, "testrail")
    with FaultServer(it.truth, at("append", 2, Script(delay=20.0))) as server:
        process = subprocess.Popen(
            it.words("--timeout", "60s"),
            env=it.environment(server.url),
            cwd=tmp_path,
            stdout=-3,
            stderr=-3,
        )
        while len(server.times) < 6:
            time.sleep(0.02)
        process.kill()
        process.wait()
        port = server.port
    with FaultServer(it.truth, lambda *_: FINE, port) as server:
        url = server.url
        words = [sys.executable, "-m", "testferry", "resume", "--settle", "2s"]
        done = subprocess.run(
            ["faketime", "-f", wall, *words], env=it.environment(url, DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1"),
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert it.stored == Counter(NAMES)
