"""The directory for temporary files, and what becomes of a machine that has none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from testferry import scratch
from testferry.errors import JournalProblem


@pytest.fixture
def none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> str:
        raise FileNotFoundError(2, "no usable temporary directory")

    monkeypatch.setattr(tempfile, "gettempdir", nothing)
    monkeypatch.setattr(scratch, "_MEMORY", "/nowhere")


def test_it_is_the_usual_one(tmp_path: Path) -> None:
    assert scratch.folder() == tempfile.gettempdir()
    own = scratch.own_folder()
    assert own is not None
    assert own.parent == Path(tempfile.gettempdir())


def test_the_current_folder_is_none_unless_it_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(scratch, "_MEMORY", "/nowhere")
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert scratch.folder() is None
    assert scratch.own_folder() is None
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert scratch.folder() == str(tmp_path)


def test_memory_is_the_last_resort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, none_at_all: None
) -> None:
    memory = tmp_path / "shm"
    memory.mkdir()
    monkeypatch.setattr(scratch, "_MEMORY", str(memory))
    assert scratch.folder() == str(memory)
    with scratch.directory() as place:
        assert place.parent == memory
    assert not place.exists()


def test_without_a_place_what_needs_one_says_so(none_at_all: None) -> None:
    with pytest.raises(JournalProblem, match="no directory") as caught, scratch.directory():
        raise AssertionError
    assert "TMPDIR" in caught.value.hint
    with scratch.spool(10) as spool:
        spool.write(b"x" * 10)
        spool.seek(0)
        assert spool.read() == b"x" * 10, "what fits into memory needs no place"
        with pytest.raises(JournalProblem, match="no directory"):
            spool.write(b"x")


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with scratch.spool(1) as spool:
        spool.write(b"xxxx")
        os.close(spool.fileno())
        with pytest.raises(JournalProblem, match="cannot be written"):
            for _ in range(100):
                spool.write(b"x" * 100_000)
        os.dup2(os.open(os.devnull, os.O_RDWR), spool.fileno())
