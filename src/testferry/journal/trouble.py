"""What goes wrong with a journal, in words that say what to do."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

from testferry.errors import JournalProblem, TryLater
from testferry.journal.names import upload_of

OTHER_FOLDER = "name a directory that you can write to with --journal DIR"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class JournalExists(TryLater):
    """Another process has begun the upload, or done all of it, since it was looked for."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"another process has begun upload {upload_id} meanwhile", "run the command again"
        )
        self.upload_id = upload_id


class JournalGone(JournalProblem):
    """There is no such journal: the upload was forgotten, or came to an end that leaves none."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no journal {path}", "`testferry uploads` lists them")


def damaged(path: Path, why: str) -> JournalProblem:
    """A journal that cannot be trusted."""
    cure = (
        f"`testferry uploads export {upload_of(path)}` saves what can be read; compare it with the "
        "service before any of it is sent again"
    )
    return JournalProblem(f"the journal {path} is damaged: {why}", cure)


def unusable(path: Path, problem: OSError) -> JournalProblem:
    """A file that the system does not let us use."""
    if problem.errno in _FULL:
        return JournalProblem(
            f"the disk is full: {path} cannot be written", "free some space and run it again"
        )
    return JournalProblem(
        f"{path} cannot be used for the journal: {problem.strerror}", OTHER_FOLDER
    )


@contextlib.contextmanager
def explained(path: Path, where: str = "") -> Iterator[None]:
    """Turn the errors of sqlite, and of values that we did not write, into JournalProblem.

    ``where`` says which of its values it is about. Raises TryLater if another process holds the
    journal.
    """
    try:
        yield
    except sqlite3.Error as problem:
        raise _explanation(path, str(problem)) from None
    except (ValueError, TypeError, KeyError, OverflowError, zlib.error) as problem:
        if isinstance(problem, KeyError) and isinstance(problem.args[0], tuple):
            raise  # the table of transitions: a defect
        words = str(problem)
        if where:
            words = f"{where}: {problem}"
        raise damaged(path, words) from None


def _explanation(path: Path, words: str) -> JournalProblem | TryLater:
    if "full" in words or "disk I/O" in words:
        return JournalProblem(
            f"the journal {path} cannot be written: {words}",
            f"free some space on the disk of {path.parent} and run it again; nothing is lost",
        )
    if "locked" in words or "busy" in words:
        return TryLater(f"the journal {path} is in use", "wait for the other process")
    if "readonly" in words or "unable to open" in words:
        return JournalProblem(f"the journal {path} cannot be written: {words}", OTHER_FOLDER)
    return damaged(path, words)
