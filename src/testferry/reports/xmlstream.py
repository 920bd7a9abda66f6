"""XML, streaming: expat hands over one record at a time; what stands around them comes as starts
and ends.

Local names only, any encoding, illegal characters repaired, text before and after the document,
several documents in one file, every text capped. No document type definition takes effect: entities
are refused, nothing is fetched. Memory: one record.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.decode import Text
from testferry.text import count

LONGEST_TEXT = 64 * 1024
DEEPEST = 1000

_DOCUMENT = re.compile(r"<\?xml\b|<!--|<!DOCTYPE\b|<(?:[\w.-]+:)?(?:testsuites?|testcase)\b")
_ANY_TAG = re.compile(r"<[?!A-Za-z_]")
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
# without elements in it, whose own
# text is not kept.
Leaf = dict[str, str]
Event = Start | End | ET.Element | Leaf
# Which elements are records: name -> the parents below which it is one.
Records = Mapping[str, frozenset[str]]
ANYWHERE: frozenset[str] = frozenset()


class _EndOfDocument(Exception):
    pass


def events(
    file: BinaryIO, summary: ReportSummary, records: Records, leaf: str = ""
) -> Iterator[Event]:
    """The file's records and what stands around them; those named ``leaf`` come as a Leaf where
    they hold no element.

    A record within a record comes by itself, before the outer one. Raises ReportProblem with line
    and column where the file breaks off or is not well-formed; all complete records before that
    were yielded.
    """
    return chain.from_iterable(
        _batches(file, summary, records, leaf)
    )  # in C: a generator's frame for each event is a third more


def _batches(
    file: BinaryIO, summary: ReportSummary, records: Records, leaf: str
) -> Iterator[list[Event]]:
    text = Text(file)
    document = _Document(summary, records, leaf, 1)
    lines, started = 1, False
    try:
        for chunk in text:
            rest = chunk
            while rest:
                if not started:
                    rest, lines = _to_first_tag(rest, lines, summary, first=document.number == 1)
                    started = bool(rest)
                    document.offset = lines
                    if not rest:
                        break
                end = yield from document.feed(rest)
                if end is None:
                    break
                lines = document.line_of_end
                rest = rest.encode("utf-8", "replace")[end:].decode("utf-8", "replace")
                document, started = _Document(summary, records, leaf, document.number + 1), False
            if document.seen:
                text.shrink()
            else:
                text.grow()
            document.seen = False
        if started:
            yield from document.finish()
        if document.number == 1 and not started:
            raise ReportProblem("is no XML")
    finally:
        _tell_repairs(text, summary)


def _to_first_tag(
    chunk: str, lines: int, summary: ReportSummary, *, first: bool
) -> tuple[str, int]:
    """Skip what stands before a document: white space quietly, a log line or a banner with a
    warning.
    """
    at = _DOCUMENT.search(chunk) or (_ANY_TAG.search(chunk) if first else None)
    junk = chunk[: at.start()] if at else chunk
    if junk.strip(" \t\r\n\x00\ufffd"):
        where = "before" if first else "after"
        summary.warn(f"there is text {where} the XML document, which is left out", lines)
    return (chunk[at.start() :] if at else ""), lines + junk.count("\n")


def _tell_repairs(text: Text, summary: ReportSummary) -> None:
    if text.repaired:
        are = "is" if text.repaired == 1 else "are"
        summary.warn(
            f"{count(text.repaired, 'character')} that XML does not allow {are} replaced by U+FFFD"
        )
    if text.foreign:
        summary.warn("some bytes are not UTF-8 and are read as Windows-1252")


class _Document:
    """One XML document: builds each record's element."""

    def __init__(self, summary: ReportSummary, records: Records, leaf: str, number: int) -> None:
        self.number = number
        self.offset = 1
        self.seen = False
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
        """Parse a piece; returns the byte offset in it (as UTF-8) where the document ended, None
        while it goes on.
        """
        try:
            self._parser.Parse(text, False)  # noqa: FBT003 - expat's own signature
        except _EndOfDocument:
            yield self._take()
            data = text.encode("utf-8", "replace")
            end = data.find(b">", max(0, self._ended_at - self._fed))
            return end + 1 if end >= 0 else len(data)
        except expat.ExpatError as problem:
            yield self._take()
            raise self._broken(problem) from None
        yield self._take()
        self._fed += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        return None

    def finish(self) -> Iterator[list[Event]]:
        """The file is at its end, the document is not."""
        try:
            self._parser.Parse("", True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError as problem:
            yield self._take()
            raise self._broken(problem) from None

    def _take(self) -> list[Event]:
        ready, self._ready = self._ready, []
        position = self._parser.CurrentByteIndex
        self.seen, self._passed = self.seen or position > self._passed, max(position, self._passed)
        return ready

    def _broken(self, problem: expat.ExpatError) -> ReportProblem:
        line, column = problem.lineno + self.offset - 1, problem.offset + 1
        kept = self._summary.results
        rest = (
            f"; its first {count(kept, 'complete test')} {'is' if kept == 1 else 'are'} kept"
            if kept
            else ""
        )
        if self._path and problem.code in _CUT:
            return ReportProblem(
                f"is cut off at line {line}{rest}", "did the test run die?", line, column
            )
        words = expat.ErrorString(problem.code)
        return ReportProblem(
            f"is broken XML at line {line}, column {column}: {words}{rest}", "", line, column
        )

    # -- expat's handlers: methods of one object are faster than closures over many names

    def _entity(self, *_: object) -> None:
        raise ReportProblem(
            "declares XML entities, which are refused", "no test tool writes them", self.line
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._pending is not None:
            self._open_pending()
        if tag == self._leaf and not self._open:
            self._pending = attributes
            return
        name = tag.rpartition("}")[2] if "}" in tag else tag
        path, open_elements, parents = self._path, self._open, self._wanted.get(name)
        wanted = parents is not None and (not parents or (path and path[-1] in parents))
        path.append(name)
        if len(path) > DEEPEST:
            raise ReportProblem(f"is nested more than {DEEPEST} elements deep", "", self.line)
        if not open_elements:
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
            open_elements.append(ET.SubElement(open_elements[-1], name, attributes))

    def _open_pending(self) -> None:
        """There is something in the leaf: a record like any other."""
        leaf, self._pending = self._pending, None
        self._path.append(self._leaf)
        self._open_record(self._leaf, leaf or {})

    def _open_record(self, name: str, attributes: dict[str, str]) -> None:
        """The outermost record begins: only within one is text of interest."""
        self._records.append(0)
        self._open.append(ET.Element(name, attributes))
        self._parser.CharacterDataHandler = self._characters

    def _characters(self, text: str) -> None:
        self._text.append(text)
        self._size += len(text)
        if self._size > 4 * LONGEST_TEXT:  # a giant text is kept as head and tail only
            joined = "".join(self._text)
            self._text = [joined[:LONGEST_TEXT], joined[-LONGEST_TEXT:]]
            self._size = 2 * LONGEST_TEXT

    def _keep_text(self) -> None:
        """The text so far belongs to the innermost open element, or behind its last child."""
        if not self._text:
            return
        parent = self._open[-1]
        joined = "".join(self._text)
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


def all_text(element: ET.Element | None) -> str:
    """All text in an element, stripped and capped."""
    if element is None:
        return ""
    joined = (element.text or "" if not len(element) else "".join(element.itertext())).strip()
    if len(joined) > 2 * LONGEST_TEXT:
        return f"{joined[:LONGEST_TEXT]}\n[…]\n{joined[-LONGEST_TEXT:]}"
    return joined
