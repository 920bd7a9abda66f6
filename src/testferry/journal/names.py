"""Which files an upload has, and what they are called."""

from __future__ import annotations

from pathlib import Path

SUFFIX = ".journal"


def upload_of(path: Path) -> str:
    """Give the upload's id from its journal's path."""
    return path.name.removesuffix(SUFFIX)


def plan_of(path: Path) -> Path:
    """Name the file in which a journal is planned, before it is one."""
    return path.with_name(f"{path.name}.plan")


def lock_of(path: Path) -> Path:
    """Name the file whose lock says that a process is at work on a journal."""
    return path.with_name(f"{path.name}.lock")


def marks_of(path: Path) -> Path:
    """Name the file that counts a journal's commits too."""
    return path.with_name(f"{path.name}.marks")


def made_by_sqlite(path: Path) -> list[Path]:
    """Name the files that sqlite keeps beside a database."""
    return [path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal")]
