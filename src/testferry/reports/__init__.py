"""From REPORT arguments to results: find the files, tell their format by content, read them one result at a time."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib import import_module
from typing import IO, BinaryIO

from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import ReportSummary, Result
from testferry.reports import allure, archive
from testferry.reports.detect import HEAD, NO_REPORTS, Format, detect
from testferry.text import clean

Reader = Callable[[BinaryIO, ReportSummary], Iterator[Result]]

READERS: dict[str, tuple[str, str]] = {
    "junit": ("junit", "read"),
    "ctrf": ("ctrf", "read"),
    "jest": ("jest", "read"),
    "mocha": ("mocha", "read"),
    "mochawesome": ("mocha", "read_mochawesome"),
    "playwright": ("playwright", "read"),
    "cucumber": ("cucumber", "read"),
    "cucumber-messages": ("cucumber", "read_messages"),
    "pytest-json-report": ("pytests", "read"),
    "pytest-reportlog": ("pytests", "read_log"),
    "go": ("gotest", "read"),
    "libtest": ("streams", "read_libtest"),
    "dart": ("streams", "read_dart"),
    "rspec": ("streams", "read_rspec"),
    "gtest": ("streams", "read_gtest"),
    "trx": ("dotnet", "read_trx"),
    "nunit3": ("dotnet", "read_nunit3"),
    "nunit2": ("dotnet", "read_nunit2"),
    "xunit": ("dotnet", "read_xunit"),
    "testng": ("testng", "read"),
    "ctest": ("testng", "read_ctest"),
    "robot": ("robot", "read"),
    "robot-json": ("robot", "read_json"),
    "tap": ("tap", "read"),
    "allure": ("allure", "read"),
}


def _reader(name: str) -> Reader:
    """A format's reader, imported when it is needed."""
    module, function = READERS[name]
    found: Reader = getattr(import_module(f"testferry.reports.{module}"), function)
    return found


# Folders that hold other people's reports and no results of this run.
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_SPOOL_IN_MEMORY = 8 * 1024 * 1024
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """One report file, or standard input spooled to where it can be read twice."""

    path: str
    spool: IO[bytes] | None = None

    @property
    def is_folder(self) -> bool:
        """An Allure results directory is one report."""
        return self.spool is None and os.path.isdir(self.path)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from their start; ReportProblem where the file is gone, unreadable or no regular file."""
        if self.spool is not None:
            self.spool.seek(0)
            yield self.spool  # type: ignore[misc]  # a SpooledTemporaryFile reads like any binary file
            return
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ReportProblem("is not a regular file")
                yield file
        except OSError as problem:
            raise ReportProblem(f"cannot be read: {problem.strerror}", "check the path and its permissions") from None


@dataclass(slots=True)
class Found:
    """What REPORT arguments stand for. ``missing`` are named files that do not exist; ``unmatched`` are globs without a file."""

    sources: list[Source] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    broken: list[tuple[str, ReportProblem]] = field(default_factory=list)  # archives that cannot be unpacked


def find(arguments: Iterable[str], stdin: BinaryIO | None = None) -> Found:
    """The report files that the arguments name, in sorted order, each once.

    A file, a directory (all reports below it), a glob with ``**``, ``-`` for standard input; ``!GLOB`` takes files out again.
    Raises NothingToUpload where nothing is left.
    """
    found = Found()
    paths: dict[str, str] = {}
    excluded: list[str] = []
    wants_stdin = False
    for argument in arguments:
        if argument.startswith("!"):
            excluded.append(argument[1:])
        elif argument == _STDIN:
            wants_stdin = True
        else:
            _expand(argument, paths, found)
    out = {os.path.realpath(path) for pattern in excluded for path in glob.glob(pattern, recursive=True)}
    folders = tuple(f"{path}{os.sep}" for path in out if os.path.isdir(path))
    for real, path in sorted(paths.items(), key=lambda item: item[1]):
        if real not in out and not real.startswith(folders) and not any(_excludes(pattern, path) for pattern in excluded):
            found.sources.append(Source(path))
    found.sources.sort(key=lambda source: source.path)
    if wants_stdin:
        _take_stdin(stdin or sys.stdin.buffer, found)
    if not found.sources:
        _complain(found, bool(paths))
    return found


def close(sources: Iterable[Source]) -> None:
    """Give the spooled standard input back."""
    for source in sources:
        if source.spool is not None:
            source.spool.close()


def _expand(argument: str, paths: dict[str, str], found: Found) -> None:
    if os.path.isdir(argument):
        matches = [argument] if _is_allure(argument, os.listdir(argument)) else list(_walk(argument))
        if not matches:
            found.unmatched.append(argument)
    elif os.path.lexists(argument):
        matches = [argument]
    elif glob.has_magic(argument):
        matches = [path for path in glob.glob(argument, recursive=True) if not os.path.isdir(path)]
        if not matches:
            found.unmatched.append(argument)
    else:
        found.missing.append(argument)
        return
    for path in matches:
        if archive.is_archive(path):
            _unpack(path, None, found)
        else:
            paths.setdefault(os.path.realpath(path), os.path.normpath(path))


def _unpack(path: str, spool: IO[bytes] | None, found: Found) -> None:
    """The reports of an archive; what came out before it broke is kept."""
    try:
        for name, inner in archive.members(path, spool):
            found.sources.append(Source(name, inner))
    except ReportProblem as problem:
        found.broken.append((path, problem))


def _walk(folder: str) -> Iterator[str]:
    """Reports below a folder: whatever its content says is one, and every .xml that is not known to be something else."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED_FOLDERS)
        if place != folder and _is_allure(place, files):
            yield place
            continue
        for name in sorted(files):
            path = os.path.join(place, name)
            if not name.startswith(".") and _looks_like_report(path):
                yield path


def _is_allure(folder: str, names: list[str]) -> bool:
    one = next((name for name in sorted(names) if name.endswith(allure.SUFFIX)), None)
    if one is None:
        return False
    try:
        with Source(os.path.join(folder, one)).open() as file:
            return detect(file.read(HEAD)).name == "allure"
    except ReportProblem:
        return False


def _looks_like_report(path: str) -> bool:
    try:
        with Source(path).open() as file:
            seen = detect(file.read(HEAD))
    except ReportProblem:
        return path.endswith(".xml")
    return seen.name in READERS or (path.endswith(".xml") and seen.name not in NO_REPORTS)


def _excludes(pattern: str, path: str) -> bool:
    return "/" not in pattern and fnmatch(os.path.basename(path), pattern)


def _complain(found: Found, excluded: bool) -> None:  # noqa: FBT001 - a private helper's or a library's own argument
    cure = "did an earlier step fail before it wrote its report? --allow-empty makes this exit 0"
    if found.broken:
        _, problem = found.broken[0]
        raise NothingToUpload(problem.message, problem.hint or cure)
    if found.missing:
        raise NothingToUpload(f"there is no file {clean(found.missing[0])!r}", cure)
    if found.unmatched:
        what = clean(found.unmatched[0])
        kind = "there is no report in the directory" if os.path.isdir(found.unmatched[0]) else "no file matches"
        raise NothingToUpload(f"{kind} {what!r}", cure)
    if excluded:
        raise NothingToUpload("every report is taken out again by a !GLOB", cure)
    raise NothingToUpload("no report is named", "name a file, a directory, a glob or - for standard input")


def _take_stdin(stdin: BinaryIO, found: Found) -> None:
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115 - lives as long as its source
    while chunk := stdin.read(1 << 20):
        spool.write(chunk)
    spool.seek(0)
    if archive.packed(spool.read(HEAD)):
        _unpack("<stdin>", spool, found)
    else:
        found.sources.append(Source("<stdin>", spool))


def digest(sources: Iterable[Source]) -> str:
    """What the reports hold, in one word: the same files give the same word wherever they lie. Unreadable ones count as such."""
    whole = hashlib.sha256()
    for source in sources:
        one = hashlib.sha256()
        try:
            for inner in _files(source):
                with inner.open() as file:
                    while chunk := file.read(1 << 20):
                        one.update(chunk)
        except ReportProblem as problem:
            one.update(b"unreadable: " + problem.message.encode())
        whole.update(one.digest())
    return whole.hexdigest()


def _files(source: Source) -> list[Source]:
    if not source.is_folder:
        return [source]
    return [Source(os.path.join(source.path, name)) for name in sorted(os.listdir(source.path)) if name.endswith(allure.SUFFIX)]


def read(source: Source, summary: ReportSummary, wanted: str = "auto") -> Iterator[Result]:
    """Every result of one report, in the report's order; ``summary`` is filled on the way.

    Never raises for a bad report: what is wrong becomes a problem of the summary, and what was complete before it is yielded.
    """
    try:
        for result in _results(source, summary, wanted):
            summary.see(result)
            yield result
    except ReportProblem as problem:
        words = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        summary.fault(words, problem.line)
        return
    if not summary.results and not any(problem.is_error for problem in summary.problems):
        summary.warn("holds no test at all")


def _results(source: Source, summary: ReportSummary, wanted: str) -> Iterator[Result]:
    if source.is_folder:
        summary.format, summary.why = "allure", "it is a folder of Allure results"
        yield from allure.read_folder(source.path, summary)
        return
    with source.open() as file:
        form = _format(file, summary, wanted)
        yield from _reader(form.name)(file, summary)


def _format(file: BinaryIO, summary: ReportSummary, wanted: str) -> Format:
    head = file.read(HEAD)
    file.seek(0, io.SEEK_SET)
    form = detect(head) if wanted == "auto" else Format(wanted, wanted, f"--format {wanted}", known=True)
    summary.format, summary.why = form.name, form.why
    if form.name not in READERS:
        raise ReportProblem(form.refusal)
    return form
