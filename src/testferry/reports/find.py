"""From REPORT arguments to report files: folders, globs, archives, standard input."""

from __future__ import annotations

import glob
import os
from array import array
from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatch
from operator import attrgetter
from typing import BinaryIO

from testferry import scratch
from testferry.model import ReportSummary
from testferry.piped import piped
from testferry.repeats import repeated
from testferry.reports.detect import HEAD, detect
from testferry.reports.folder import head_of, take_archive, walk
from testferry.reports.found import Found
from testferry.reports.pieces import packed
from testferry.reports.settle import settle
from testferry.reports.source import Source, Watch, close, parents, unwatched
from testferry.reports.store import Store

_SPOOL_IN_MEMORY = 8 * 1024 * 1024
_STDIN = "-"
STDIN = "<stdin>"


def find(
    arguments: Iterable[str],
    stdin: BinaryIO | None = None,
    watch: Watch = unwatched,
    is_old: Callable[[Source], bool] = lambda _source: False,
) -> Found:
    """Return the report files that the arguments name, in sorted order, each once.

    A file, a directory (all reports below it), a glob with ``**``, ``-`` for standard input;
    ``!GLOB`` takes files out again, and so does ``is_old``: before anything is compared, so that no
    new report is taken for a copy of an old one. ``watch`` is called all the time, and may end it
    by raising.
    Raises NothingToUpload if there is neither a report nor a file that cannot be read.
    """
    found = Found(watch)
    try:
        excluded = _look_for(arguments, stdin, found)
        named = bool(found.candidates)
        kept = _without_excluded(found, excluded)
        fresh = [source for source in kept if not is_old(source)]
        found.old = len(kept) - len(fresh)
        found.sources, notes = settle(fresh, watch)
    except BaseException:
        close(found.candidates)
        found.close()
        raise
    found.notes += notes
    if found.store is not None and not any(map(_is_of_store, found.sources)):
        found.store.close()
    if not found.sources and not found.broken:
        raise found.complain(excluded=named and not kept)
    return found


def _look_for(
    arguments: Iterable[str],
    stdin: BinaryIO | None,
    found: Found,
) -> list[str]:
    """Take what the arguments name; return the patterns of those that take it out again."""
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
        _take_stdin(stdin or piped("a report"), found)
    return excluded


def _is_of_store(source: Source) -> bool:
    return any(isinstance(part.spool, Store) for part in (source, *source.earlier))


def _without_excluded(found: Found, patterns: list[str]) -> list[Source]:
    """Return the candidates, each file once, that no ``!GLOB`` takes out."""
    candidates = found.candidates
    if patterns:
        excluded = _Excluded(patterns)
        candidates = [source for source in candidates if not excluded.has(source)]
        _exclude(excluded, found)
    # there may be a hundred thousand: their real paths are not kept, but numbers for them
    numbers = array("q", (hash(_place(source)) for source in candidates))
    again = repeated(numbers)
    once: list[Source] = []
    kept: dict[str, Source] = {}
    for source, number in zip(candidates, numbers, strict=True):
        if number not in again:
            once.append(source)
        elif source.is_file:
            kept.setdefault(_place(source), source)
        else:
            _keep_beside(source, kept)
    once += kept.values()
    found.candidates.clear()
    once.sort(key=attrgetter("path"))
    once.sort(key=_is_stdin)
    return once


def _place(source: Source) -> str:
    """Return where a file lies; what was unpacked lies nowhere else."""
    if source.is_file:
        return os.path.realpath(source.path)
    return source.path


def _keep_beside(source: Source, kept: dict[str, Source]) -> None:
    """Keep a member beside another of the same name: archives may hold several."""
    path, number = source.path, 1
    while path in kept:
        number += 1
        path = f"{source.path} ({number})"
    if number > 1:
        source = replace(source, path=path)
    kept[path] = source


def _exclude(excluded: _Excluded, found: Found) -> None:
    """Tell nothing of what the user takes out."""
    is_out = excluded.has_path
    found.broken = [(path, problem) for path, problem in found.broken if not is_out(path)]
    found.notes = [note for note in found.notes if not is_out(note.path)]
    for left_out in (found.unseen, found.strangers):
        for folder, names in list(left_out.items()):
            left_out[folder] = [name for name in names if not is_out(os.path.join(folder, name))]
            if not left_out[folder]:
                del left_out[folder]


class _Excluded:
    """What ``!GLOB`` takes out: files, what lies in folders and archives, files of a name."""

    def __init__(self, patterns: list[str]) -> None:
        self._names = [pattern for pattern in patterns if "/" not in pattern]
        self._paths: set[str] = set()
        for pattern in patterns:
            matches = glob.glob(pattern, recursive=True, include_hidden=True)
            self._paths |= {os.path.realpath(path) for path in matches}

    def has(self, source: Source) -> bool:
        """Return whether it takes out a report, or the archive that it comes from."""
        return any(map(self.has_path, filter(None, (source.path, source.archive))))

    def has_path(self, path: str) -> bool:
        """Return whether it takes out what lies there."""
        real, name = os.path.realpath(path), os.path.basename(path)
        if real in self._paths or not self._paths.isdisjoint(parents(real)):
            return True
        return any(fnmatch(name, pattern) for pattern in self._names)


def _is_stdin(source: Source) -> bool:
    return source.path.startswith(STDIN)


def _expand(argument: str, found: Found) -> None:
    if os.path.isdir(argument):
        before = len(found.candidates) + len(found.broken)
        walk(argument, found)
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
    head = head_of(path)
    if head is not None and packed(head[:512]):
        take_archive(path, None, found)
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


def _take_stdin(stdin: BinaryIO, found: Found) -> None:
    # lives as long as its source
    spool = scratch.spool(_SPOOL_IN_MEMORY)
    while chunk := stdin.read(1 << 20):
        found.watch()
        spool.write(chunk)
    spool.seek(0)
    if packed(spool.read(HEAD)):
        take_archive(STDIN, spool, found)
    else:
        found.candidates.append(Source(STDIN, spool))
