"""XML, streaming: expat hands over one record at a time; what stands around them comes as starts
and ends.

Local names only, any encoding, illegal characters repaired, text before and after the document,
several documents in one file, every text and every attribute capped. No document type definition
takes effect: entities are refused, nothing is fetched. Memory: one record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import ReportSummary, Result
from testferry.reports.between import Between, OneFormat, beginning
from testferry.reports.decode import Text
from testferry.reports.detect import report_in
from testferry.reports.kinds import REPORT_ROOTS
from testferry.reports.narrow import Narrow
from testferry.reports.xmldocument import ANYWHERE, Document, End, Event, Records, Start

__all__ = ["ANYWHERE", "End", "Event", "Start", "events", "read_whole", "whole_events"]

# What begins a document behind a banner: a banner may hold tags of its own.
_DOCUMENT = beginning(REPORT_ROOTS)
# What stands before a root and belongs to its document.
_PROLOG = re.compile(r"<\?|<!")
_ANY_TAG = re.compile(r"<[?!A-Za-z_]")
_BLANKS = " \t\r\n\x00\ufffd\ufeff"


def events(
    file: BinaryIO,
    summary: ReportSummary,
    records: Records,
    leaf: str = "",
) -> Iterator[Event]:
    """Yield the file's records and what stands around them.

    Those named ``leaf`` come as a Leaf if they hold no element. A record within a record comes by
    itself, before the outer one. Raises ReportProblem with line and column if the file breaks off
    or is not well-formed; all complete records before that were yielded.
    """
    # in C: a generator's frame for each event is a third more
    return chain.from_iterable(
        _Walk(
            file,
            summary,
            records,
            leaf,
        ).batches()
    )


def whole_events(
    file: BinaryIO, summary: ReportSummary, records: Records
) -> Generator[Event, None, ReportProblem | None]:
    """Yield the same, but return the problem that ends them: for readers that hold results back."""
    try:
        yield from events(file, summary, records)
    except ReportProblem as problem:
        return problem
    return None


def read_whole(
    walked: Generator[Event, None, ReportProblem | None],
    read: Callable[[Event], Iterable[Result]],
) -> Generator[Result, None, ReportProblem | None]:
    """Yield what is read from each event, and return the problem that ends them."""
    while True:
        try:
            event = next(walked)
        except StopIteration as end:
            problem: ReportProblem | None = end.value
            return problem
        yield from read(event)


class _Walk:
    """Feeds the file's text to one parser after the other."""

    def __init__(
        self,
        file: BinaryIO,
        summary: ReportSummary,
        records: Records,
        leaf: str,
    ) -> None:
        self._text = Text(file)
        self._summary = summary
        self._records = records
        self._leaf = leaf
        self._document = Document(
            summary,
            records,
            leaf,
            1,
        )
        self._started = False
        self._between: Between | None = None
        self._lines = 1
        self._told = False
        self._narrow = Narrow()
        self._formats = OneFormat(summary)

    def batches(self) -> Iterator[list[Event]]:
        """Yield the events of each chunk."""
        try:
            for chunk in self._text:
                yield from self._feed(self._narrow.pass_on(chunk))
                if self._document.seen or not self._started:
                    self._text.shrink()
                    self._narrow.reset(chunk)
                elif self._narrow.waits(chunk):
                    self._text.grow()
                else:
                    self._text.shrink()
                self._document.seen = False
            while self._started:
                behind = yield from self._document.finish()
                self._begin_another()
                yield from self._feed(behind)
            if self._document.number == 1:
                raise ReportProblem("is no XML", code="unknown-format")
        finally:
            if self._between is not None and self._between.held.strip(_BLANKS):
                self._between.junk = True
            self._tell_what_follows()
            self._text.tell(self._summary)
            self._summary.extras.has_cut |= self._narrow.has_cut
            self._document.close()

    def _feed(self, rest: str) -> Iterator[list[Event]]:
        while rest:
            if not self._started:
                rest = self._to_document(rest)
                if not rest:
                    return
                self._started = True
                self._document.offset = self._lines
            behind = yield from self._document.feed(rest)
            self._formats.see(REPORT_ROOTS.get(self._document.root, ""), self._document.line)
            if behind is None:
                return
            self._begin_another()
            rest = behind

    def _begin_another(self) -> None:
        """Make ready for a document behind the one that ended."""
        self._lines = self._document.line_of_end
        if self._between is None:
            self._between = Between(self._document.root)
        number = self._document.number + 1
        self._document.close()
        self._document = Document(
            self._summary,
            self._records,
            self._leaf,
            number,
        )
        self._started = False

    def _to_document(self, text: str) -> str:
        """Return the text from the next document on, empty if none begins in it."""
        if self._between is None:
            return self._to_first_document(text)
        text = self._between.held + text
        at = self._between.find(text)
        self._tell_what_follows()
        if at < 0:
            self._lines += text.count(
                "\n",
                0,
                len(text) - len(self._between.held),
            )
            return ""
        self._lines += text.count("\n", 0, at)
        return text[at:]

    def _to_first_document(self, text: str) -> str:
        """Skip what stands before the first document: white space quietly, a log line or a banner
        with a warning.
        """
        at = len(text) - len(text.lstrip(_BLANKS))
        found = _PROLOG.match(text, at) or _DOCUMENT.search(text) or _ANY_TAG.search(text)
        begin = len(text)
        if found:
            begin = found.start()
        if text[:begin].strip(_BLANKS):
            self._tell_banner("before")
        self._lines += text.count("\n", 0, begin)
        return text[begin:]

    def _tell_what_follows(self) -> None:
        """Tell once that there is more than comments behind a document."""
        if self._between is not None and self._between.junk and not self._told:
            self._told = True
            self._tell_banner("after")
            self._formats.see(report_in(self._between.text), self._lines)

    def _tell_banner(self, where: str) -> None:
        self._summary.warn(
            "banner", f"there is text {where} the XML document, which is left out", self._lines
        )
