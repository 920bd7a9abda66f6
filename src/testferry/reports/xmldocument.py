"""One XML document: expat's starts, ends and texts made records, each a whole element."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat

from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports.xmltext import LONGEST_TEXT, cut
from testferry.text import count

DEEPEST = 1000
_CUT = frozenset(
    expat.errors.codes[words]
    for words in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)
# Attributes of XML itself: xsi:type, xsi:schemaLocation.
_OF_XML = "http://www.w3.org/"


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


class Document:
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
        # bytes, as expat counts them
        self._fed = 0
        self._ended_at = 0
        self._unread: list[str] = []  # what expat has not passed, or in part
        self._unread_from = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.buffer_size = 64 * 1024
        parser.StartElementHandler = self._start
        parser.StartNamespaceDeclHandler = self._declared
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        # From 2.6 on, expat may keep the last tags for itself until far more text has come. A huge
        # token, which that is against, is met by larger chunks.
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)  # noqa: FBT003 - expat's own signature
        self._parser = parser

    @property
    def line(self) -> int:
        """The line in the file where the parser stands."""
        return self._parser.CurrentLineNumber + self.offset - 1

    def close(self) -> None:
        """Let go of the parser, which knows this document in turn: else both, and its buffer, stay
        until Python looks for circles.
        """
        del self._parser

    def feed(self, text: str) -> Generator[list[Event], None, str | None]:
        """Parse a piece; return the text behind the document's end, None while it goes on."""
        self._unread.append(text)
        try:
            self._parser.Parse(text, False)  # noqa: FBT003 - expat's own signature
        except _EndOfDocument:
            yield self._take()
            return self._behind()
        except expat.ExpatError as problem:
            yield self._take()
            raise self._broken(problem) from None
        yield self._take()
        if self._passed >= self._fed:
            del self._unread[:-1]
            self._unread_from = self._fed
        if text.isascii():
            self._fed += len(text)
        else:
            self._fed += len(text.encode("utf-8", "replace"))
        return None

    def finish(self) -> Generator[list[Event], None, str]:
        """Tell that the file is at its end, and that it is cut if the document is not: expat may
        have kept that for itself. Return the text behind the document's end.

        A further document of which nothing but its declaration is there is none.
        """
        try:
            self._parser.Parse("", True)  # noqa: FBT003 - expat's own signature
        except _EndOfDocument:
            yield self._take()
            return self._behind()
        except expat.ExpatError as problem:
            yield self._take()
            nothing = problem.code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
            if self.number == 1 or not nothing:
                raise self._broken(problem) from None
        return ""

    def _behind(self) -> str:
        data = "".join(self._unread).encode("utf-8", "replace")
        end = data.find(b">", max(0, self._ended_at - self._unread_from))
        if end < 0:
            return ""
        return data[end + 1 :].decode("utf-8", "replace")

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

    def _declared(self, prefix: str | None, address: str) -> None:
        """From here on names of attributes may have a prefix; what has one of XML's own has a name
        that no reader asks for.
        """
        if prefix and not address.startswith(_OF_XML):
            self._parser.StartElementHandler = self._start_with_prefixes

    def _start_with_prefixes(self, tag: str, attributes: dict[str, str]) -> None:
        self._start(tag, _without_prefixes(attributes))

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
        self._summary.extras.has_cut = True
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


def _without_prefixes(attributes: dict[str, str]) -> dict[str, str]:
    """Return attributes by their local names; one without a prefix counts before one with it."""
    plain = {name: said for name, said in attributes.items() if "}" not in name}
    if len(plain) < len(attributes):
        for name, said in attributes.items():
            if not name.startswith(_OF_XML):
                plain.setdefault(name.rpartition("}")[2], said)
    return plain
