"""The reports of a named folder.

A file is one if its content says so, or if its suffix does and its content says nothing else.
What other tools are known to write beside reports is passed over quietly; what is hidden, or holds
other people's files, is not looked at and told in one line; anything else is read, or told by name.
"""

from __future__ import annotations

import os
from typing import IO

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.detect import HEAD, detect
from testferry.reports.formats import ALLURE, ALLURE_RESULT
from testferry.reports.found import Found
from testferry.reports.meant import (
    by_name,
    is_archive,
    is_hidden_folder,
    is_report,
    is_stranger,
)
from testferry.reports.pieces import packed
from testferry.reports.source import Source, parents

_DEEPEST = 300  # folders within folders


def walk(folder: str, found: Found) -> None:
    """Take the reports below a folder, those of linked folders too, each folder once."""
    seen: set[str] = set()
    above = set(parents(os.path.realpath(folder)))

    def tell(problem: OSError) -> None:
        words = f"cannot be read: {problem.strerror}"
        hint = "check the path and its permissions"
        found.broken.append((os.path.normpath(problem.filename), ReportProblem(words, hint)))

    for place, folders, files in os.walk(folder, onerror=tell, followlinks=True):
        found.watch()
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        if place.count(os.sep) - folder.count(os.sep) >= _DEEPEST and folders:
            # Python walks by calling itself
            words = f"folders deeper than {_DEEPEST} are not looked at"
            found.broken.append((os.path.normpath(place), ReportProblem(words, code="over-limit")))
            folders.clear()
        folders.sort()
        _leave_what_holds_us(place, folders, above, found)
        unseen = [name for name in folders if is_hidden_folder(name)]
        folders[:] = [name for name in folders if name not in unseen]
        of_allure = _is_allure(place, files)
        if of_allure:
            found.candidates.append(Source(os.path.normpath(place), within=folder))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(place, name))
            if of_allure and _is_of_allure(name):
                continue
            if not name.startswith("."):
                _look_at(path, folder, found)
            elif not _tells_hidden(path, found):
                unseen.append(name)
        _note_unseen(place, unseen, folder, found)


def _leave_what_holds_us(
    place: str,
    folders: list[str],
    above: set[str],
    found: Found,
) -> None:
    """Take out and tell the links that lead above the folder that was named: behind ``all -> /`` in
    a checkout lies the whole disk.
    """
    for name in list(folders):
        path = os.path.join(place, name)
        if os.path.islink(path) and os.path.realpath(path) in above:
            folders.remove(name)
            note = ReportSummary(os.path.normpath(path))
            note.warn("hidden", "leads to a folder around this one, and is not followed")
            found.notes.append(note)


def head_of(path: str) -> bytes | None:
    """Return the first bytes of a file, None if it cannot be read."""
    try:
        with Source(path).open() as file:
            return file.read(HEAD)
    except ReportProblem:
        return None


def _look_at(path: str, folder: str, found: Found) -> None:
    """Take a file of a folder, tell it, or pass over it."""
    found.watch()
    head = head_of(path)
    if head is None:
        if by_name(path):
            found.candidates.append(Source(path, within=folder))
        return
    if not packed(head[:512]):
        form = detect(head)
        if is_report(form.name, path):
            found.candidates.append(Source(path, within=folder, form=form))
        elif is_stranger(form.name, path):
            found.strangers.setdefault(folder, []).append(os.path.relpath(path, folder))
    elif is_archive(path):
        take_archive(path, None, found, within=folder)


def take_archive(
    path: str,
    spool: IO[bytes] | None,
    found: Found,
    within: str = "",
) -> None:
    """Take the reports of an archive, by the rules of a folder."""
    from testferry.reports.members import unpack  # start-up is a feature

    unpack(path, spool, found, within)


def _is_allure(folder: str, names: list[str]) -> bool:
    results = sorted(name for name in names if name.endswith(ALLURE_RESULT))
    if not results:
        return False
    head = head_of(os.path.join(folder, results[0]))
    return head is not None and detect(head).name == "allure"


def _is_of_allure(name: str) -> bool:
    return name.endswith(ALLURE) or "-attachment" in name


def _tells_hidden(path: str, found: Found) -> bool:
    """Return whether a hidden file is a report, or may be meant to be one: then it is told."""
    head = head_of(path)
    if head is None or packed(head[:512]):
        return False
    form = detect(head)
    if form.name == "companion":
        # what macOS writes beside a file
        return True
    if not is_report(form.name, path):
        return False
    note = ReportSummary(path)
    note.warn("hidden", "is a hidden file, which is left out: name it to have it read")
    found.notes.append(note)
    return True


def _note_unseen(
    place: str,
    names: list[str],
    folder: str,
    found: Found,
) -> None:
    if names:
        told = found.unseen.setdefault(folder, [])
        told += [os.path.relpath(os.path.join(place, name), folder) for name in names]
