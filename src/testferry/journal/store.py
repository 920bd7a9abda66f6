"""The directory of journals."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import stat
from pathlib import Path

from testferry import kernel, sql
from testferry.errors import JournalProblem, TestferryError, UsageProblem
from testferry.journal.file import address
from testferry.journal.glance import glance
from testferry.journal.header import Header
from testferry.journal.journal import Journal, anything_left
from testferry.journal.locks import is_locked, locked
from testferry.journal.migrate import OLDEST
from testferry.journal.names import SUFFIX, lock_of, made_by_sqlite, marks_of, plan_of, upload_of
from testferry.journal.trouble import unusable
from testferry.text import whole_number

_NAMED = 5  # uploads that begin alike
_LATEST = 50
STEM = 12  # letters of a fingerprint that an id begins with


class Store:
    """The directory of journals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the directory, for nobody but us. Raises JournalProblem."""
        try:
            kernel.make_folder(self.folder)
        except OSError as problem:
            raise unusable(self.folder, problem) from None
        self._check()

    def _check(self) -> None:
        """Check that nobody else can lay anything beside the journals: sqlite would take it for a
        part of them. Raises JournalProblem.
        """
        try:
            info = self.folder.stat()
        except FileNotFoundError:
            return
        except OSError as problem:
            raise unusable(self.folder, problem) from None
        if not kernel.ours_or_the_systems(info):
            raise JournalProblem(
                f"the journal directory {self.folder} belongs to another user",
                "name your own with --journal DIR",
            )
        if kernel.writable_by_others(info):
            raise JournalProblem(
                f"the journal directory {self.folder} can be written by others "
                f"(mode {stat.S_IMODE(info.st_mode):o})",
                f"chmod go-w {self.folder}, or let one be made in it: --journal "
                f"{self.folder / 'journals'}",
            )

    def path(self, upload_id: str) -> Path:
        """Name an upload's journal."""
        return self.folder / f"{upload_id}{SUFFIX}"

    def ids(self) -> list[str]:
        """List every upload on record, the oldest first. Raises JournalProblem."""
        return [upload_of(path) for _, path in self._journals()]

    def latest(self) -> list[str]:
        """List the uploads that something happened to last, the latest last: as many as may be
        opened where nobody asked for them. Raises JournalProblem.
        """
        return self.ids()[-_LATEST:]

    def _journals(self) -> list[tuple[float, Path]]:
        """List the journals with the time of their last change, the oldest first."""
        self._check()
        found = []
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.endswith(SUFFIX):
                        with contextlib.suppress(FileNotFoundError):  # it was forgotten meanwhile
                            found.append((entry.stat().st_mtime, Path(entry.path)))
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise unusable(self.folder, problem) from None
        return sorted(found)

    def changed_since(self, when: float) -> list[str]:
        """List the uploads that something happened to since then, in seconds since the epoch."""
        return [upload_of(path) for changed, path in self._journals() if changed >= when]

    def unfinished(self) -> list[str]:
        """List the uploads that have something left to do, the oldest first.

        One that cannot be read is among them: carrying it on will say why. Finished ones are not
        opened, so thousands of them cost little.
        """
        found = []
        for upload_id in self.ids():
            if _seems_finished(self.path(upload_id)):
                continue
            try:
                with self.open(upload_id, write=False) as journal:
                    left = journal.unfinished()
            except TestferryError:
                left = True
            if left:
                found.append(upload_id)
        return found

    def prune(
        self,
        older_than: float,
        now: float,
        most: float = math.inf,
    ) -> list[str]:
        """Forget finished uploads that did not change for ``older_than`` seconds, at ``most`` so
        many; list them.

        What was rejected or is in doubt is kept: somebody may still want to see it. ``now`` is wall
        time. One that cannot be read, or that another process is at, is left alone.
        """
        gone: list[str] = []
        for changed, path in self._journals():
            if now - changed < older_than or len(gone) >= most:
                break
            upload_id = upload_of(path)
            with contextlib.suppress(TestferryError):
                if self._is_done(upload_id):
                    self.forget(upload_id)
                    gone.append(upload_id)
        return gone

    def _is_done(self, upload_id: str) -> bool:
        with self.open(upload_id, write=False) as journal:
            counts = journal.counts()
            return not (journal.unfinished() or counts.rejected or counts.in_doubt)

    def resolve(self, wanted: str) -> str:
        """Give the full id of an upload from its beginning.

        Raises UsageProblem if no upload begins so, or several do, or the word is empty: every id
        begins so, and nobody means it.
        """
        if not wanted:
            raise UsageProblem(
                "an upload is named by an empty word: is a variable of the shell empty?",
                "`testferry uploads` lists them",
            )
        matches = [upload_id for upload_id in self.ids() if upload_id.startswith(wanted)]
        if wanted in matches:
            return wanted
        if len(matches) == 1:
            return matches[0]
        problem, cure = "no upload begins", "`testferry uploads` lists them"
        if matches:
            problem, cure = "several uploads begin", f"say which: {', '.join(matches[:_NAMED])}"
            if len(matches) > _NAMED:
                cure = f"{cure} … (`testferry uploads` lists all {len(matches):,})"
        raise UsageProblem(f"{problem} with {wanted!r} in {self.folder}", cure)

    def is_busy(self, upload_id: str) -> bool:
        """Tell whether another process is at work on an upload."""
        return is_locked(self.path(upload_id))

    def known(self, *words: str) -> list[str]:
        """List the uploads that have one of these fingerprints, the latest first."""
        stems = {word[:STEM] for word in words}
        found = []
        for upload_id in self.ids():
            beginning, _, counted = upload_id.partition("-")
            if beginning in stems:
                found.append((whole_number(counted) or 1, upload_id))
        return [upload_id for _, upload_id in sorted(found, reverse=True)]

    def next_id(self, fingerprint: str) -> tuple[str, str | None]:
        """Give the id of a new upload of these reports, and of the latest one that there is."""
        stem = fingerprint[:STEM]
        latest, highest = None, 0
        for upload_id in self.ids():
            beginning, _, counted = upload_id.partition("-")
            number = whole_number(counted) or 1
            if beginning == stem and number > highest:
                latest, highest = upload_id, number
        if latest is None:
            return stem, None
        return f"{stem}-{highest + 1}", latest

    def forget(self, upload_id: str) -> None:
        """Leave nothing of an upload. Raises TryLater if another process is working on it."""
        path = self.path(upload_id)
        handle = locked(path)
        try:
            for left in (path, *made_by_sqlite(path), marks_of(path), plan_of(path)):
                left.unlink(missing_ok=True)
        except OSError as problem:
            raise unusable(left, problem) from None
        finally:
            kernel.remove_lock(handle, lock_of(path))

    def create(self, header: Header) -> Journal:
        """Begin a new journal, locked; the unfinished plan of a process that died is replaced.

        Raises JournalExists if there is one of this name by now, TryLater if another process is at
        it, JournalProblem.
        """
        self.prepare()
        return Journal(self.path(header.upload_id), header)

    def open(self, upload_id: str, *, write: bool) -> Journal:
        """Open a journal that there is; with ``write`` its lock is taken.

        Raises TryLater if another process holds it, JournalProblem if it cannot be used.
        """
        self._check()
        return Journal(self.path(upload_id), None, write=write)


def _seems_finished(path: Path) -> bool:
    """Tell from little whether nothing is left to do: a journal that is at rest says so at its
    beginning, one of version 1 in its rows.
    """
    seen = glance(path)
    if seen.open:
        return False
    if seen.version != OLDEST:
        return seen.finished
    try:
        uri = address(path, "ro", immutable=True)
        with contextlib.closing(sql.Connection(uri, uri=True)) as db:
            return not anything_left(db)
    except sqlite3.Error:
        return False
