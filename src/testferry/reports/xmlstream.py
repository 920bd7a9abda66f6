"""XML, streaming: expat hands over one record at a time; what stands around them comes as starts
and ends.

Local names only, any encoding, illegal characters repaired, text before and after the document,
several documents in one file, every text and every attribute capped. No document type definition
takes effect: entities are refused, nothing is fetched. Memory: one record.
"""

from __future__ import annotations

import re
from collections.abc import (
    Generator,
    Iterator,
    Mapping,
)
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.between import Between, OneFormat
from testferry.reports.decode import Text
from testferry.reports.detect import REPORT_ROOTS, report_in
from testferry.reports.narrow import Narrow
from testferry.reports.xmltext import LONGEST_TEXT, cut
from testferry.text import count

DEEPEST = 1000

# What begins a document behind a banner: a banner may hold tags of its own.
_DOCUMENT = re.compile(
    r"<\?xml\s|<!DOCTYPE\s|<(?:[\w.-]{1,60}:)?(?:testsuites?|testcase|test-run|test-results"
    r"|testng-results|assemblies|assembly|TestRun|robot|Site)[\s/>]"
)
# What stands before a root and belongs to its document.
_PROLOG = re.compile(r"<\?|<!")
_ANY_TAG = re.compile(r"<[?!A-Za-z_]")
_BLANKS = " \t\r\n\x00\ufffd\ufeff"
_CUT = frozenset(
    expat.errors.codes[words]
    for words in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)


@dataclass(frozen=True, slots=True)
class Start:
    """An element that is no record begins."""

    name: str
    attributes: dict[str, str]
    line: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """It ends."""

    name: str


# A record is an Element: whole, with its children, tags without namespace. A leaf is a record
# without elements in it, whose own text is not kept.
Leaf = dict[str, str]
Event = Start | End | ET.Element | Leaf
# Which elements are records: name -> the parents below which it is one.
Records = Mapping[str, frozenset[str]]
ANYWHERE: frozenset[str] = frozenset()


class _EndOfDocument(Exception):
    pass


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
        self._document = _Document(
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
            if self._started:
                yield from self._document.finish()
            elif self._document.number == 1:
                raise ReportProblem("is no XML", code="unknown-format")
        finally:
            if self._between is not None and self._between.held.strip(_BLANKS):
                self._between.junk = True
            self._tell_what_follows()
            self._text.tell(self._summary)
            self._summary.has_cut |= self._narrow.has_cut

    def _feed(self, rest: str) -> Iterator[list[Event]]:
        while rest:
            if not self._started:
                rest = self._to_document(rest)
                if not rest:
                    return
                self._started = True
                self._document.offset = self._lines
            end = yield from self._document.feed(rest)
            self._formats.see(REPORT_ROOTS.get(self._document.root, ""), self._document.line)
            if end is None:
                return
            self._lines = self._document.line_of_end
            rest = rest.encode("utf-8", "replace")[end:].decode("utf-8", "replace")
            if self._between is None:
                self._between = Between(self._document.root)
            self._document = _Document(
                self._summary,
                self._records,
                self._leaf,
                self._document.number + 1,
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


class _Document:
    """One XML document: builds each record's element."""

    def __init__(
        self,
        summary: ReportSummary,
        records: Records,
        leaf: str,
        number: int,
    ) -> None:
        self.number = number
        self.offset = 1
        self.seen = False
        self.root = ""
        self._passed = 0
        self.line_of_end = 0
        self._summary = summary
        self._wanted = records
        self._leaf = ""  # none before the root is open
        self._leaf_within = leaf
        self._pending: Leaf | None = None  # a leaf until an element is found in it
        self._ready: list[Event] = []
        self._path: list[str] = []
        self._open: list[ET.Element] = []
        self._records: list[int] = []  # depths in _open where a record begins
        self._text: list[str] = []
        self._size = 0
        self._fed = 0
        self._ended_at = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.buffer_size = 64 * 1024
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    @property
    def line(self) -> int:
        """The line in the file where the parser stands."""
        return self._parser.CurrentLineNumber + self.offset - 1

    def feed(self, text: str) -> Generator[list[Event], None, int | None]:
        """Parse a piece; return the byte offset in it (as UTF-8) where the document ended, None
        while it goes on.
        """
        try:
            self._parser.Parse(text, False)  # noqa: FBT003 - expat's own signature
        except _EndOfDocument:
            yield self._take()
            data = text.encode("utf-8", "replace")
            end = data.find(b">", max(0, self._ended_at - self._fed))
            if end < 0:
                return len(data)
            return end + 1
        except expat.ExpatError as problem:
            yield self._take()
            raise self._broken(problem) from None
        yield self._take()
        if text.isascii():
            self._fed += len(text)
        else:
            self._fed += len(text.encode("utf-8", "replace"))
        return None

    def finish(self) -> Iterator[list[Event]]:
        """Tell that the file is at its end and the document is not.

        A further document of which nothing but its declaration is there is none.
        """
        try:
            self._parser.Parse("", True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError as problem:
            yield self._take()
            nothing = problem.code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
            if self.number > 1 and nothing:
                return
            raise self._broken(problem) from None

    def _take(self) -> list[Event]:
        ready, self._ready = self._ready, []
        position = self._parser.CurrentByteIndex
        if position > self._passed:
            self.seen, self._passed = True, position
        return ready

    def _broken(self, problem: expat.ExpatError) -> ReportProblem:
        line, column = problem.lineno + self.offset - 1, problem.offset + 1
        kept = self._summary.results
        rest = ""
        if kept == 1:
            rest = "; its first 1 complete test is kept"
        elif kept:
            rest = f"; its first {count(kept, 'complete test')} are kept"
        if self._path and problem.code in _CUT:
            words, cure = f"is cut off at line {line}{rest}", "did the test run die?"
            return ReportProblem(words, cure, line, column, code="cut-off")
        words = f"is broken XML at line {line}, column {column}: "
        words += f"{expat.ErrorString(problem.code)}{rest}"
        return ReportProblem(words, "", line, column, code="broken")

    # -- expat's handlers: methods of one object are faster than closures over many names

    def _entity(self, *_: object) -> None:
        raise ReportProblem(
            "declares XML entities, which are refused",
            "no test tool writes them",
            self.line,
            code="broken",
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._pending is not None:
            self._open_pending()
        if tag == self._leaf and not self._open:
            self._pending = attributes
            return
        name = tag
        if "}" in tag:
            name = tag.rpartition("}")[2]
        path, open_elements, parents = self._path, self._open, self._wanted.get(name)
        wanted = parents is not None and (not parents or (path and path[-1] in parents))
        path.append(name)
        if len(path) > DEEPEST:
            raise ReportProblem(
                f"is nested more than {DEEPEST} elements deep",
                "",
                self.line,
                code="over-limit",
            )
        if not open_elements:
            self.root = self.root or name
            if wanted:
                self._open_record(name, attributes)
            else:
                self._ready.append(Start(name, attributes, self.line))
            self._leaf = self._leaf_within
            return
        self._keep_text()
        if wanted and name == open_elements[self._records[-1]].tag:
            self._records.append(len(open_elements))
            open_elements.append(ET.Element(name, attributes))
        else:
            open_elements.append(
                ET.SubElement(
                    open_elements[-1],
                    name,
                    attributes,
                )
            )

    def _open_pending(self) -> None:
        """Make a record of the leaf: there is something in it."""
        leaf, self._pending = self._pending, None
        self._path.append(self._leaf)
        self._open_record(self._leaf, leaf or {})

    def _open_record(self, name: str, attributes: dict[str, str]) -> None:
        """Begin the outermost record: only within one is text of interest."""
        self._records.append(0)
        self._open.append(ET.Element(name, attributes))
        self._parser.CharacterDataHandler = self._characters

    def _characters(self, text: str) -> None:
        self._text.append(text)
        self._size += len(text)
        if self._size > 4 * LONGEST_TEXT:  # a giant text is kept as head and tail only
            self._text = [self._cut("".join(self._text))]
            self._size = 2 * LONGEST_TEXT

    def _cut(self, text: str) -> str:
        self._summary.has_cut = True
        return cut(text)

    def _keep_text(self) -> None:
        """Give the text so far to the innermost open element, or behind its last child."""
        if not self._text:
            return
        parent = self._open[-1]
        joined = "".join(self._text)
        if len(joined) > 2 * LONGEST_TEXT:
            joined = self._cut(joined)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + joined
        else:
            parent.text = (parent.text or "") + joined
        self._text.clear()
        self._size = 0

    def _end(self, _: str) -> None:
        leaf = self._pending
        if leaf is not None:
            self._pending = None
            self._ready.append(leaf)
            return
        name = self._path.pop()
        if self._open:
            if self._text:
                self._keep_text()
            element = self._open.pop()
            if self._records[-1] == len(self._open):
                self._records.pop()
                self._ready.append(element)
                if not self._open:
                    self._parser.CharacterDataHandler = None
        else:
            self._ready.append(End(name))
        if not self._path:
            # asked later both are wrong: expat goes on after an exception
            self._ended_at, self.line_of_end = self._parser.CurrentByteIndex, self.line
            raise _EndOfDocument
