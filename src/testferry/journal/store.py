"""The directory of journals."""

from __future__ import annotations

import os
from pathlib import Path

from testferry import kernel
from testferry.errors import JournalProblem, UsageProblem
from testferry.journal.header import Header
from testferry.journal.journal import Journal
from testferry.journal.locks import locked
from testferry.journal.names import SUFFIX, lock_of, made_by_sqlite, marks_of, plan_of, upload_of
from testferry.journal.trouble import unusable

STEM = 12  # letters of a fingerprint that an id begins with


class Store:
    """The directory of journals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the directory, for nobody but us. Raises JournalProblem."""
        try:
            self.folder.mkdir(mode=kernel.OUR_FOLDER, parents=True, exist_ok=True)
            info = self.folder.stat()
        except OSError as problem:
            raise unusable(self.folder, problem) from None
        if not kernel.ours_or_the_systems(info):
            raise JournalProblem(
                f"the journal directory {self.folder} belongs to another user",
                "name your own with --journal DIR",
            )

    def path(self, upload_id: str) -> Path:
        """Name an upload's journal."""
        return self.folder / f"{upload_id}{SUFFIX}"

    def ids(self) -> list[str]:
        """List every upload on record, the oldest first. Raises JournalProblem."""
        try:
            found = [path for path in self.folder.iterdir() if path.name.endswith(SUFFIX)]
            found.sort(key=lambda path: (path.stat().st_mtime, path.name))
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise unusable(self.folder, problem) from None
        return [upload_of(path) for path in found]

    def resolve(self, wanted: str) -> str:
        """Give the full id of an upload from its beginning.

        Raises UsageProblem if no upload begins so, or several do.
        """
        matches = [upload_id for upload_id in self.ids() if upload_id.startswith(wanted)]
        if wanted in matches:
            return wanted
        if len(matches) == 1:
            return matches[0]
        problem = "no upload begins"
        if matches:
            problem = "several uploads begin"
        raise UsageProblem(
            f"{problem} with {wanted!r} in {self.folder}", "`testferry uploads` lists them"
        )

    def next_id(self, fingerprint: str) -> tuple[str, str | None]:
        """Give the id of a new upload of these reports, and of the latest one that there is."""
        stem = fingerprint[:STEM]
        latest, highest = None, 0
        for upload_id in self.ids():
            beginning, _, number = upload_id.partition("-")
            if beginning == stem and int(number or 1) > highest:
                latest, highest = upload_id, int(number or 1)
        if latest is None:
            return stem, None
        return f"{stem}-{highest + 1}", latest

    def forget(self, upload_id: str) -> None:
        """Leave nothing of an upload. Raises TryLater if another process is working on it."""
        path = self.path(upload_id)
        handle = locked(path)
        try:
            beside = (*made_by_sqlite(path), marks_of(path), lock_of(path), plan_of(path))
            for left in (path, *beside):
                left.unlink(missing_ok=True)
        finally:
            os.close(handle)

    def create(self, header: Header) -> Journal:
        """Begin a new journal, locked; the unfinished plan of a process that died is replaced."""
        self.prepare()
        return Journal(self.path(header.upload_id), header)

    def open(self, upload_id: str, *, write: bool) -> Journal:
        """Open a journal that there is; with ``write`` its lock is taken.

        Raises TryLater if another process holds it, JournalProblem if it cannot be used.
        """
        return Journal(self.path(upload_id), None, write=write)
