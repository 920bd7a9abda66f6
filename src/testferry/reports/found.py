"""What REPORT arguments stand for: the reports, and what a person is told of the rest."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from testferry.errors import NothingToUpload, ReportProblem
from testferry.model import ReportSummary
from testferry.reports.source import Source, Watch, close, unwatched
from testferry.reports.store import Store
from testferry.text import clean, count

_MISSING = "there is no such file; did an earlier step fail before it wrote its report?"
_CURE = "did an earlier step fail before it wrote its report? --allow-empty makes this exit 0"
_NAMED = 3  # of what is left out unseen


@dataclass(slots=True)
class Found:
    """What REPORT arguments stand for.

    One record: it is filled by one walk, and what is found twice is known only where all is.
    """

    # called while it is looked for: raises if there is no more time
    watch: Watch = unwatched
    sources: list[Source] = field(default_factory=list)
    # named files that do not exist
    missing: list[str] = field(default_factory=list)
    # globs and folders without a file
    unmatched: list[str] = field(default_factory=list)
    # archives that cannot be unpacked, members that are not read
    broken: list[tuple[str, ReportProblem]] = field(default_factory=list)
    # files that are left out, and why: companions, aggregates, equal ones
    notes: list[ReportSummary] = field(default_factory=list)
    # a folder that was named -> what lies in it and is not looked at
    unseen: dict[str, list[str]] = field(default_factory=dict)
    # the same -> JSON that is no report
    strangers: dict[str, list[str]] = field(default_factory=dict)
    # reports that are too old to be meant
    old: int = 0
    candidates: list[Source] = field(default_factory=list)
    store: Store | None = None
    # the archives that are unpacked already, by their real paths
    unpacked: set[str] = field(default_factory=set)
    _taken: list[Source] = field(default_factory=list)

    def take(self) -> list[Source]:
        """Hand the reports over: who reads them lets go of each that is read. There may be a
        hundred thousand.
        """
        taken, self.sources = self.sources, []
        self._taken = [source for source in taken if source.holds]
        return taken

    def close(self) -> None:
        """Give back what was spooled or unpacked."""
        close(self.sources)
        close(self._taken)
        if self.store is not None:
            self.store.close()

    def summaries(self) -> list[ReportSummary]:
        """Return what a person should know of files that are not read: each a report with a
        problem.
        """
        told = []
        for path in self.missing:
            summary = ReportSummary(path)
            summary.fault("missing", _MISSING)
            told.append(summary)
        for path in self.unmatched:
            summary = ReportSummary(path)
            summary.warn("missing", _nothing_in(path))
            told.append(summary)
        for path, problem in self.broken:
            words = problem.message
            if problem.hint:
                words = f"{problem.message}; {problem.hint}"
            summary = ReportSummary(path)
            summary.fault(problem.code, words)
            told.append(summary)
        told += self.notes
        for folder, names in self.unseen.items():
            summary = ReportSummary(folder)
            summary.note("hidden", _left_out(names))
            told.append(summary)
        for folder, names in self.strangers.items():
            summary = ReportSummary(folder)
            files = count(len(names), "JSON file is", "JSON files are")
            summary.note("unknown-format", f"{files} no report, and left out: {_first(names)}")
            told.append(summary)
        return told

    def complain(self, *, excluded: bool) -> NothingToUpload:
        """Return why there is nothing to read."""
        if self.missing:
            return NothingToUpload(f"there is no file {clean(self.missing[0])!r}", _CURE)
        if self.unmatched:
            what = self.unmatched[0]
            cure = _CURE
            if names := self.unseen.get(what):
                cure = f"{_left_out(names)}: name what is to be read"
            return NothingToUpload(f"{_nothing_in(what)} {clean(what)!r}", cure)
        if self.old:
            return NothingToUpload(
                "the command wrote no report: all that match are older than it",
                "did it fail before its tests?",
            )
        if excluded:
            return NothingToUpload("every report is taken out again by a !GLOB", _CURE)
        if self.notes:
            note = self.notes[0]
            return NothingToUpload(f"{clean(note.path)} {note.problems[0].message}", _CURE)
        return NothingToUpload(
            "no report is named", "name a file, a directory, a glob or - for standard input"
        )


def _nothing_in(path: str) -> str:
    if os.path.isdir(path):
        return "there is no report in the directory"
    return "no file matches"


def _left_out(names: list[str]) -> str:
    """Say how many entries are left out unseen, and what the first ones are called."""
    entries = count(len(names), "hidden entry is", "hidden entries are")
    return f"{entries} left out unseen: {_first(names)}"


def _first(names: list[str]) -> str:
    told = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        told += ", …"
    return told
