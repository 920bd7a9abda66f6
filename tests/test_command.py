"""The COMMAND behind ``--``: it runs first, and its exit code stands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shells import GOOD, Shell, program
from testferry import reports
from testferry.command import older_than, run_command
from testferry.errors import NoCommand, NothingToUpload, UsageProblem


def test_the_exit_code_of_a_command() -> None:
    assert run_command([sys.executable, "-c", "pass"]) == 0
    assert run_command([sys.executable, "-c", "raise SystemExit(9)"]) == 9
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert run_command([sys.executable, "-c", kill]) == 128 + signal.SIGTERM


def test_a_command_that_is_not_there_is_127_as_a_shell_says_it() -> None:
    with pytest.raises(UsageProblem) as none:
        run_command([])
    with pytest.raises(NoCommand) as unknown:
        run_command(["no-such-command"])
    assert (none.value.exit_code, unknown.value.exit_code) == (2, 127)


def test_a_report_of_an_earlier_run_is_left_out(tmp_path: Path) -> None:
    for name, when in (("old.xml", 100.0), ("new.xml", 300.0)):
        (tmp_path / name).write_text(GOOD)
        os.utime(tmp_path / name, (when, when))
    named = [str(tmp_path / "*.xml")]
    found = reports.find(named, is_old=older_than(301.0))
    assert [Path(source.path).name for source in found.sources] == ["new.xml"]
    assert found.old == 1
    assert not found.notes, "it is no copy of the old one, which has the same bytes"
    with pytest.raises(NothingToUpload, match="wrote no report"):
        reports.find(named, is_old=older_than(400.0))


@pytest.mark.parametrize(("code", "expected"), [("0", 0), ("3", 3)])
def test_a_command_runs_first_and_its_exit_code_stands(
    shell: Shell, code: str, expected: int
) -> None:
    script = (
        f"import sys; open('made.xml', 'w').write('''{GOOD}'''); print('noise'); sys.exit({code})"
    )
    assert (
        shell.upload("made.xml", "--output", "json", "--", sys.executable, "-c", script) == expected
    )
    assert shell.json["exit_code"] == expected
    assert shell.stored == ["a", "b"]


@pytest.mark.parametrize(("form", "stream"), [("text", "out"), ("json", "err")])
def test_its_standard_output_stays_so_unless_that_is_for_one_document(
    tmp_path: Path, form: str, stream: str
) -> None:
    speak = "import sys; print('to out', flush=True); print('to error', file=sys.stderr)"
    words = ("upload", "sandbox", "none.xml", "--allow-empty", "--output", form)
    done = program(*words, "--", sys.executable, "-c", speak)
    assert "to error" in done.stderr
    assert ("to out" in done.stdout, "to out" in done.stderr) == (stream == "out", stream == "err")


def test_its_terminal_is_untouched(tmp_path: Path) -> None:
    """What it asks of the terminal it gets: a width, keys, no line of ours before it ends."""
    look = (
        "import os, sys; streams = (sys.stdin, sys.stdout, sys.stderr);"
        "print([stream.isatty() for stream in streams], os.get_terminal_size())"
    )
    words = [sys.executable, "-m", "testferry", "upload", "sandbox", "none.xml", "--allow-empty"]
    main, terminal = os.openpty()
    with subprocess.Popen(
        [*words, "--", sys.executable, "-c", look], stdin=terminal, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        assert process.wait(30) == 0
    shown = os.read(main, 10_000).decode()
    os.close(main)
    assert shown.startswith("[True, True, True] os.terminal_size("), shown


def test_a_command_that_a_signal_ended_and_reports_of_an_earlier_run(
    shell: Shell, tmp_path: Path
) -> None:
    os.utime(tmp_path / "r.xml", (1_000_000_000, 1_000_000_000))
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert shell.upload("r.xml", "--", sys.executable, "-c", kill) == 137
    assert "wrote no report" in shell.err
    assert shell.stored == []
    assert shell.upload("r.xml", "--", sys.executable, "-c", "pass") == 3
    assert shell.upload("r.xml", "--", "no-such-command") == 127
    assert shell.upload("r.xml", "--") == 2


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_a_signal_while_the_tests_run(tmp_path: Path, number: int, code: int) -> None:
    words = [sys.executable, "-m", "testferry", "upload", "sandbox", "r.xml", "--output", "json"]
    child = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(60)"
    upload = subprocess.Popen(
        [*words, "--", sys.executable, "-c", child],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "started").exists():
        assert upload.poll() is None
    upload.send_signal(signal.Signals(number))
    out, _ = upload.communicate(timeout=30)
    assert upload.returncode == code
    assert json.loads(out)["exit_code"] == code


def test_a_command_does_not_inherit_the_services_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = ("TESTMO_TOKEN", "TESTRAIL_KEY", "TESTFERRY_TOKEN")
    passwords = {"TESTFERRY_BUDGET": "redis://:canary@h", "TESTFERRY_PROXY": "me:canary@proxy:80"}
    for name in (*secret, "TESTRAIL_USER", "OTHER"):
        monkeypatch.setenv(name, "canary")
    for name, value in {
        **passwords,
        "TESTFERRY_URL": "https://h",
        "TESTFERRY_NAME": "me@h",
    }.items():
        monkeypatch.setenv(name, value)
    write = "import os; open('seen', 'w').write(' '.join(os.environ))"
    assert run_command([sys.executable, "-c", write]) == 0
    seen = (tmp_path / "seen").read_text().split()
    assert not {*secret, *passwords} & set(seen)
    assert {"TESTRAIL_USER", "OTHER", "TESTFERRY_URL", "TESTFERRY_NAME"} <= set(seen)
