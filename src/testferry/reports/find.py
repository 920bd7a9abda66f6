"""From REPORT arguments to report files: folders, globs, archives, standard input.

Nothing is left out in silence: what lies in a named folder or archive and has a report's suffix,
yet is empty or cannot be told, is a problem by name. What tools write beside their reports is
passed over quietly.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from typing import IO, BinaryIO

from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import ReportSummary
from testferry.reports import allure, archive
from testferry.reports.archive import (
    Member,
    Piece,
    Store,
    Unpacking,
)
from testferry.reports.detect import HEAD, NO_REPORTS, Format, detect
from testferry.reports.formats import READERS
from testferry.reports.settle import settle
from testferry.reports.source import Source
from testferry.text import clean, count

# Folders that hold other people's reports and no results of this run.
_SKIPPED_FOLDERS = frozenset(
    {
        "node_modules",
        "__pycache__",
        "site-packages",
        "venv",
    }
)
# A file of such a name is meant to be a report.
_SUFFIXES = (".xml", ".json", ".jsonl", ".ndjson", ".trx", ".tap")
# Heads that cannot be told, in a file that is meant to be a report.
_UNDECIDED = frozenset({"text", "empty", "html", "xml"})
_SPOOL_IN_MEMORY = 8 * 1024 * 1024
_STDIN = "-"
STDIN = "<stdin>"
_MISSING = "there is no such file; did an earlier step fail before it wrote its report?"


@dataclass(slots=True)
class Found:
    """What REPORT arguments stand for."""

    sources: list[Source] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # named files that do not exist
    unmatched: list[str] = field(default_factory=list)  # globs and folders without a file
    # archives that cannot be unpacked, files in folders that cannot be read or told
    broken: list[tuple[str, ReportProblem]] = field(default_factory=list)
    # files that are left out, and why: companions, aggregates, equal ones
    notes: list[ReportSummary] = field(default_factory=list)
    candidates: list[Source] = field(default_factory=list)
    store: Store | None = None

    def summaries(self) -> list[ReportSummary]:
        """Return what a person should know of files that are not read: each a report with a
        problem.
        """
        told = []
        for path in self.missing:
            summary = ReportSummary(path)
            summary.fault("missing", _MISSING)
            told.append(summary)
        for path, problem in self.broken:
            words = problem.message
            if problem.hint:
                words = f"{problem.message}; {problem.hint}"
            summary = ReportSummary(path)
            summary.fault(problem.code, words)
            told.append(summary)
        return told + self.notes


def find(arguments: Iterable[str], stdin: BinaryIO | None = None) -> Found:
    """Return the report files that the arguments name, in sorted order, each once.

    A file, a directory (all reports below it), a glob with ``**``, ``-`` for standard input;
    ``!GLOB`` takes files out again. Raises NothingToUpload if nothing is left.
    """
    found = Found()
    excluded: list[str] = []
    wants_stdin = False
    for argument in arguments:
        if argument.startswith("!"):
            excluded.append(argument[1:])
        elif argument == _STDIN:
            wants_stdin = True
        else:
            _expand(argument, found)
    if wants_stdin:
        _take_stdin(stdin or sys.stdin.buffer, found)
    named = bool(found.candidates)
    kept = _without_excluded(found, excluded)
    found.sources, notes = settle(kept)
    found.notes += notes
    if found.store is not None and not any(map(_is_of_store, found.sources)):
        found.store.close()
    if not found.sources:
        _complain(found, excluded=named and not kept)
    return found


def _is_of_store(source: Source) -> bool:
    return any(isinstance(part.spool, Piece) for part in (source, *source.earlier))


def _without_excluded(found: Found, patterns: list[str]) -> list[Source]:
    """Return the candidates, each path once, that no ``!GLOB`` takes out."""
    out: set[str] = set()
    for pattern in patterns:
        out |= {os.path.realpath(path) for path in glob.glob(pattern, recursive=True)}
    folders = tuple(f"{path}{os.sep}" for path in out if os.path.isdir(path))

    def is_out(path: str) -> bool:
        real = os.path.realpath(path)
        by_name = any("/" not in pattern and fnmatch(os.path.basename(path), pattern)
                      for pattern in patterns)  # fmt: skip
        return real in out or real.startswith(folders) or by_name

    if patterns:
        found.broken = [(path, problem) for path, problem in found.broken if not is_out(path)]
    kept: dict[str, Source] = {}
    for source in found.candidates:
        if patterns and is_out(source.path):
            continue
        key = source.path
        if source.spool is None and source.place is None:
            key = os.path.realpath(source.path)
        kept.setdefault(key, source)
    return sorted(kept.values(), key=_in_order)


def _in_order(source: Source) -> tuple[bool, str]:
    return source.path.startswith(STDIN), source.path


def _expand(argument: str, found: Found) -> None:
    if os.path.isdir(argument):
        before = len(found.candidates) + len(found.broken)
        _walk(argument, found)
        if len(found.candidates) + len(found.broken) == before:
            found.unmatched.append(argument)
    elif os.path.lexists(argument):
        _take(argument, found)
    elif glob.has_magic(argument):
        matches = [path for path in glob.glob(argument, recursive=True) if not os.path.isdir(path)]
        if not matches:
            found.unmatched.append(argument)
        for path in matches:
            _take(path, found, by_glob=True)
    else:
        found.missing.append(argument)


def _take(path: str, found: Found, *, by_glob: bool = False) -> None:
    """Take a file that is named, or that a glob names."""
    head = _head_of(path)
    if head is not None and archive.packed(head[:512]):
        _unpack(path, None, found)
        return
    form = None
    if head is not None:
        form = detect(head)
    path = os.path.normpath(path)
    if by_glob and form is not None and form.name == "companion":
        note = ReportSummary(path)
        note.warn("companion", f"{form.refusal}; it is left out")
        found.notes.append(note)
        return
    found.candidates.append(Source(path, form=form))


def _head_of(path: str) -> bytes | None:
    """Return the first bytes of a file, None if it cannot be read."""
    try:
        with Source(path).open() as file:
            return file.read(HEAD)
    except ReportProblem:
        return None


# --- folders


def _walk(folder: str, found: Found) -> None:
    """Take the reports below a folder, those of linked folders too, each folder once.

    A file is one if its content says so, or if its suffix does and its content says nothing else.
    """
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS
        )
        of_allure = _is_allure(place, files)
        if of_allure:
            found.candidates.append(Source(os.path.normpath(place), within=folder))
        for name in sorted(files):
            if name.startswith(".") or "-attachment" in name:
                continue
            if of_allure and name.endswith(allure.SUFFIXES):
                continue
            _look_at(
                os.path.join(place, name),
                folder,
                found,
            )


def _look_at(path: str, folder: str, found: Found) -> None:
    """Take a file of a folder, tell it, or pass over it."""
    path = os.path.normpath(path)
    head = _head_of(path)
    if head is None:
        if path.endswith(_SUFFIXES):
            found.candidates.append(Source(path, within=folder))
        return
    kind = archive.packed(head[:512])
    if not kind:
        form = detect(head)
        if _is_report(form.name, path):
            found.candidates.append(Source(path, within=folder, form=form))
    elif path.rpartition(".")[0].endswith(_SUFFIXES):
        # report.xml.gz
        _unpack(path, None, found)
    elif kind == "zip" and _names_reports(path):
        note = ReportSummary(path)
        note.warn(
            "archive-in-folder",
            "is an archive with reports in it, which is not opened: name it to have it read",
        )
        found.notes.append(note)


def _names_reports(path: str) -> bool:
    """Return whether a zip file has members whose names are those of reports."""
    try:
        with zipfile.ZipFile(path) as inside:
            return any(name.endswith((".xml", ".trx", ".tap")) for name in inside.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _is_allure(folder: str, names: list[str]) -> bool:
    results = sorted(name for name in names if name.endswith(allure.SUFFIX))
    if not results:
        return False
    head = _head_of(os.path.join(folder, results[0]))
    return head is not None and detect(head).name == "allure"


def _is_report(kind: str, path: str) -> bool:
    """Return whether a file that is only found is read, be it to tell that it cannot be."""
    if kind in READERS:
        return True
    if path.endswith(".xml"):
        return kind not in NO_REPORTS
    return path.endswith(_SUFFIXES) and kind in _UNDECIDED


# --- archives


def _unpack(path: str, spool: IO[bytes] | None, found: Found) -> None:
    """Take the reports of an archive, by the rules of a folder; what came out before it broke is
    kept.
    """
    before = len(found.candidates), len(found.broken)
    others = _unpacked(path, spool, found)
    if before == (len(found.candidates), len(found.broken)):
        words = f"holds no report, but {count(others, 'other file')}"
        found.broken.append((path, ReportProblem(words, "is it the right archive?")))


def _unpacked(path: str, spool: IO[bytes] | None, found: Found) -> int:
    """Take the reports of an archive; return how many other files it holds."""
    if found.store is None:
        found.store = Store()
    others = 0
    of_allure: dict[str, list[Member]] = {}
    unpacking = Unpacking(found.store, lambda name, head: name == path or _is_wanted(name, head))
    try:
        for member in unpacking.members(path, spool):
            if member.piece is None:
                others += 1
            elif member.name.endswith(allure.SUFFIXES):
                of_allure.setdefault(os.path.dirname(member.name), []).append(member)
            else:
                found.candidates.append(_of_member(member, path))
    except ReportProblem as problem:
        found.broken.append((path, problem))
    found.broken += unpacking.problems
    for place, members in of_allure.items():
        if any(_form_of(member.head).name == "allure" for member in members):
            source = Source(
                place,
                place=_temporary_folder(),
                within=path,
            )
            for member in members:
                _write_out(member, source)
            found.candidates.append(source)
            continue
        taken = [_of_member(member, path) for member in members]
        reports = [source for source in taken if source.form and source.form.name in READERS]
        found.candidates += reports
        others += len(members) - len(reports)
    return others


@lru_cache(maxsize=2)
def _form_of(head: bytes) -> Format:
    """Return what a head is told for: it is asked twice in a row."""
    return detect(head[:HEAD])


def _of_member(member: Member, path: str) -> Source:
    return Source(
        member.name,
        member.piece,
        within=path,
        form=_form_of(member.head),
    )


def _is_wanted(name: str, head: bytes) -> bool:
    return name.endswith(allure.SUFFIXES) or _is_report(_form_of(head).name, name)


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="testferry-", ignore_cleanup_errors=True)


def _write_out(member: Member, folder: Source) -> None:
    """Write one of Allure's files, which are read from a folder.

    The name in the archive is not used: it might lead elsewhere.
    """
    if member.piece is None:
        return
    suffix = next(suffix for suffix in allure.SUFFIXES if member.name.endswith(suffix))
    path = os.path.join(folder.folder, f"{uuid.uuid4().hex}{suffix}")
    with member.piece.open() as inner, open(path, "wb") as file:
        shutil.copyfileobj(inner, file)


# --- standard input, and nothing at all


def _take_stdin(stdin: BinaryIO, found: Found) -> None:
    # lives as long as its source
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115
    while chunk := stdin.read(1 << 20):
        spool.write(chunk)
    spool.seek(0)
    if archive.packed(spool.read(HEAD)):
        _unpack(STDIN, spool, found)
    else:
        found.candidates.append(Source(STDIN, spool))


def _complain(found: Found, *, excluded: bool) -> None:
    cure = "did an earlier step fail before it wrote its report? --allow-empty makes this exit 0"
    if found.broken:
        path, problem = found.broken[0]
        raise NothingToUpload(f"{clean(path)} {problem.message}", problem.hint or cure)
    if found.missing:
        raise NothingToUpload(f"there is no file {clean(found.missing[0])!r}", cure)
    if found.unmatched:
        what = clean(found.unmatched[0])
        kind = "no file matches"
        if os.path.isdir(found.unmatched[0]):
            kind = "there is no report in the directory"
        raise NothingToUpload(f"{kind} {what!r}", cure)
    if excluded:
        raise NothingToUpload("every report is taken out again by a !GLOB", cure)
    if found.notes:
        note = found.notes[0]
        raise NothingToUpload(f"{clean(note.path)} {note.problems[0].message}", cure)
    raise NothingToUpload(
        "no report is named", "name a file, a directory, a glob or - for standard input"
    )
