"""The endings: a known error, Ctrl-C, a defect."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shells import Shell
from testferry.ending import complain, ended, flush
from testferry.errors import JournalProblem, NothingToUpload, UsageProblem


def raising(problem: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise problem

    return call


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (UsageProblem("wrong", "cure"), 2),
        (NothingToUpload("none"), 3),
        (JournalProblem("full"), 74),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 0),
        (MemoryError(), 75),
        (SystemExit(6), 6),
        (SystemExit("words"), 1),
        (SystemExit(), 1),
    ],
)
def test_each_ending_has_its_code(problem: BaseException, code: int) -> None:
    assert ended(raising(problem)) == code


def test_nothing_wrong_is_0() -> None:
    assert ended(lambda: None) == 0


def test_a_known_error_is_two_lines_that_no_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended(raising(UsageProblem("wrong \x1b[31m", "the cure")))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[1] == "       the cure"
    assert "\x1b" not in said.err


def test_a_stream_that_is_closed_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    monkeypatch.setattr(sys, "stdout", None)
    complain("nobody reads", "this")
    flush()


def test_a_defect_is_one_line_and_a_file(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("testferry.beginning.start", lambda *_a, **_k: 1 / 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert shell.upload("r.xml") == 70
    assert "a defect in testferry (ZeroDivisionError)" in shell.err
    assert "Traceback" not in shell.err
    assert "ZeroDivisionError" in next(tmp_path.glob("*.traceback")).read_text()
    monkeypatch.setattr("tempfile.mkstemp", lambda **_k: (_ for _ in ()).throw(OSError("full")))
    assert shell.upload("r.xml") == 70
