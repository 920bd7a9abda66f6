"""From REPORT arguments to results: find the files, tell their format by content, read them one
result at a time.
"""

from __future__ import annotations

import glob
import hashlib
import io
import os
import shutil
import stat
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib import import_module
from typing import IO, BinaryIO

from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports import allure, archive
from testferry.reports.detect import HEAD, NO_REPORTS, Format, detect
from testferry.text import clean, count

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
    "ndjson": ("convert", "read"),
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
    place: tempfile.TemporaryDirectory[str] | None = (
        None  # where an archive's Allure results are unpacked to
    )

    @property
    def is_folder(self) -> bool:
        """An Allure results directory is one report."""
        return self.spool is None and os.path.isdir(self.folder)

    @property
    def base(self) -> str:
        """The folder that the report's attachments are named from, empty for what was no file of
        its own.
        """
        if self.spool is not None or self.place is not None:
            return ""
        return os.path.abspath(
            self.path if self.is_folder else os.path.dirname(self.path) or os.curdir
        )

    @property
    def folder(self) -> str:
        """Where the files of a folder lie."""
        return self.place.name if self.place is not None else self.path

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from their start; ReportProblem where the file is gone, unreadable or no
        regular file.
        """
        if self.spool is not None:
            self.spool.seek(0)
            # a SpooledTemporaryFile reads like any binary file
            yield self.spool  # type: ignore[misc]
            return
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ReportProblem("is not a regular file")
                yield file
        except OSError as problem:
            raise ReportProblem(
                f"cannot be read: {problem.strerror}", "check the path and its permissions"
            ) from None


@dataclass(slots=True)
class Found:
    """What REPORT arguments stand for. ``missing`` are named files that do not exist; ``unmatched``
    are globs without a file.
    """

    sources: list[Source] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    broken: list[tuple[str, ReportProblem]] = field(
        default_factory=list
    )  # archives that cannot be unpacked


def find(arguments: Iterable[str], stdin: BinaryIO | None = None) -> Found:
    """The report files that the arguments name, in sorted order, each once.

    A file, a directory (all reports below it), a glob with ``**``, ``-`` for standard input;
    ``!GLOB`` takes files out again. Raises NothingToUpload where nothing is left.
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
    out = {
        os.path.realpath(path)
        for pattern in excluded
        for path in glob.glob(pattern, recursive=True)
    }
    folders = tuple(f"{path}{os.sep}" for path in out if os.path.isdir(path))
    for real, path in sorted(paths.items(), key=lambda item: item[1]):
        if (
            real not in out
            and not real.startswith(folders)
            and not any(_excludes(pattern, path) for pattern in excluded)
        ):
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
        if source.place is not None:
            source.place.cleanup()


def _expand(argument: str, paths: dict[str, str], found: Found) -> None:
    if os.path.isdir(argument):
        matches = list(_walk(argument))
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
    """The reports of an archive, by the rules of a folder; what came out before it broke is
    kept.
    """
    others = 0
    allure_folders: dict[str, Source] = {}
    try:
        for name, inner in archive.members(path, spool):
            head = inner.read(HEAD)
            inner.seek(0)
            seen = detect(head)
            if seen.name == "allure" and name.endswith(allure.SUFFIX):
                place = os.path.dirname(name)
                if place not in allure_folders:
                    allure_folders[place] = Source(place, place=_temporary_folder())
                _write_out(inner, allure_folders[place])
            elif name == path or _is_report(seen.name, name):
                found.sources.append(Source(name, inner))
            else:
                others += 1
                inner.close()
    except ReportProblem as problem:
        found.broken.append((path, problem))
    else:
        if not any(
            source.path.startswith(path) for source in (*found.sources, *allure_folders.values())
        ):
            found.broken.append(
                (
                    path,
                    ReportProblem(
                        f"holds no report, but {count(others, 'other file')}",
                        "is it the right archive?",
                    ),
                )
            )
    found.sources += allure_folders.values()


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="testferry-", ignore_cleanup_errors=True)


def _write_out(inner: IO[bytes], folder: Source) -> None:
    """Allure's results are read from a folder; the names in the archive are not used: they might
    lead elsewhere.
    """
    with (
        inner,
        open(os.path.join(folder.folder, f"{uuid.uuid4().hex}{allure.SUFFIX}"), "wb") as file,
    ):
        shutil.copyfileobj(inner, file)


def _walk(folder: str) -> Iterator[str]:
    """Reports below a folder: whatever its content says is one, and every .xml that is not known to
    be something else.
    """
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            one for one in folders if not one.startswith(".") and one not in _SKIPPED_FOLDERS
        )
        of_allure = _is_allure(place, files)
        if of_allure:
            yield place
        for name in sorted(files):
            path = os.path.join(place, name)
            if (of_allure and name.endswith(allure.SUFFIXES)) or "-attachment" in name:
                continue
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
    return _is_report(seen.name, path)


def _is_report(kind: str, path: str) -> bool:
    return kind in READERS or (path.endswith(".xml") and kind not in NO_REPORTS)


def _excludes(pattern: str, path: str) -> bool:
    return "/" not in pattern and fnmatch(os.path.basename(path), pattern)


# a private helper's or a library's own argument
def _complain(found: Found, excluded: bool) -> None:  # noqa: FBT001
    cure = "did an earlier step fail before it wrote its report? --allow-empty makes this exit 0"
    if found.broken:
        path, problem = found.broken[0]
        raise NothingToUpload(f"{clean(path)} {problem.message}", problem.hint or cure)
    if found.missing:
        raise NothingToUpload(f"there is no file {clean(found.missing[0])!r}", cure)
    if found.unmatched:
        what = clean(found.unmatched[0])
        kind = (
            "there is no report in the directory"
            if os.path.isdir(found.unmatched[0])
            else "no file matches"
        )
        raise NothingToUpload(f"{kind} {what!r}", cure)
    if excluded:
        raise NothingToUpload("every report is taken out again by a !GLOB", cure)
    raise NothingToUpload(
        "no report is named", "name a file, a directory, a glob or - for standard input"
    )


def _take_stdin(stdin: BinaryIO, found: Found) -> None:
    # lives as long as its source
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY)  # noqa: SIM115
    while chunk := stdin.read(1 << 20):
        spool.write(chunk)
    spool.seek(0)
    if archive.packed(spool.read(HEAD)):
        _unpack("<stdin>", spool, found)
    else:
        found.sources.append(Source("<stdin>", spool))


def digest(sources: Iterable[Source]) -> str:
    """What the reports hold, in one word: the same files give the same word wherever they lie.
    Unreadable ones count as such.
    """
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
    return [
        Source(os.path.join(source.folder, name))
        for name in sorted(os.listdir(source.folder))
        if name.endswith(allure.SUFFIX)
    ]


def read(source: Source, summary: ReportSummary, wanted: str = "auto") -> Iterator[Result]:
    """Every result of one report, in the report's order; ``summary`` is filled on the way.

    Never raises for a bad report: what is wrong becomes a problem of the summary, and what was
    complete before it is yielded.
    """
    see, base = summary.see, source.base
    try:
        for result in _results(source, summary, wanted):
            see(result)
            if result.attachments:
                result.base = base
            yield result
        if summary.claimed > summary.red:
            result = _stand_in(source, summary)
            see(result)
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
        yield from allure.read_folder(source.folder, summary)
        return
    with source.open() as file:
        form = _format(file, summary, wanted)
        yield from _reader(form.name)(file, summary)


def _stand_in(source: Source, summary: ReportSummary) -> Result:
    """A report whose own summary is redder than its entries is never taken for green."""
    words = (
        f"its own summary says {count(summary.claimed, 'failure')}, its entries show {summary.red}"
    )
    summary.fault(f"{words}: a failing result stands for the rest")
    name = os.path.basename(source.path)
    return Result(
        f"{name} [report]",
        Status.FAILED,
        file=source.path,
        details=(Detail("failure", words),),
        synthetic=True,
    )


def _format(file: BinaryIO, summary: ReportSummary, wanted: str) -> Format:
    head = file.read(HEAD)
    file.seek(0, io.SEEK_SET)
    form = (
        detect(head)
        if wanted == "auto"
        else Format(wanted, wanted, f"--format {wanted}", known=True)
    )
    summary.format, summary.why = form.name, form.why
    if form.name not in READERS:
        raise ReportProblem(form.refusal)
    return form
