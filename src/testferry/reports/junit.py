"""JUnit XML, streaming: expat hands over one ``<testcase>`` at a time, junitparser's xunit2 classes read it.

Counts come from the ``<testcase>`` elements at any depth, never from attributes: attributes lie in both directions (measured over
412 files: 257 exact). They are only a cross-check: what they claim beyond the entries becomes a failing result of its own.
Memory is constant: one test at a time, every text capped. No document type definition takes effect: entities are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree as ET
from xml.parsers import expat

from junitparser import xunit2

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.decode import Text
from testferry.text import count

LONGEST_TEXT = 64 * 1024
DEEPEST = 1000
LONGEST_NAME = 4096
_YEAR = 365 * 86400.0

_SUITES = frozenset({"testsuites", "testsuite"})
_FINAL = frozenset({"failure", "error", "skipped"})
_INTERIM = frozenset({"rerunFailure", "rerunError", "flakyFailure", "flakyError"})
# a child-less test whose own status attribute says that it did not run
_NOT_RUN = frozenset({"notrun", "disabled", "suppressed", "skipped", "ignored"})
_ATTACHMENT = re.compile(r"^\s*\[\[ATTACHMENT\|([^\]\n]+)\]\]\s*$", re.MULTILINE)
_DOCUMENT = re.compile(r"<\?xml\b|<!--|<!DOCTYPE\b|<(?:[\w.-]+:)?(?:testsuites?|testcase)\b")
_ANY_TAG = re.compile(r"<[?!A-Za-z_]")
_ELEMENT_TYPES = xunit2.TestCase.ITER_TYPES


@dataclass(slots=True)
class _Suite:
    """A suite that is open: what it claims, and what its entries have shown so far."""

    name: str
    claimed: int
    shown: int = 0
    problems: list[Detail] = field(default_factory=list)
    classname: str = ""
    line: int = 0


class _EndOfDocument(Exception):
    pass


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every result of a JUnit file; problems go to ``summary``.

    Raises ReportProblem with line and column where the file breaks off or is not well-formed; all complete tests before that
    were yielded.
    """
    text = Text(file)
    document = _Document(summary)
    lines = 1
    started = False
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
                end = document.feed(rest)
                yield from document.take()
                if end is None:
                    break
                lines = document.line_of_end
                rest = rest.encode("utf-8", "replace")[end:].decode("utf-8", "replace")
                document, started = _Document(summary, document), False
            if document.seen:
                text.shrink()
            else:
                text.grow()
            document.seen = False
        if started:
            document.finish()
        yield from document.take()
        if document.number == 1 and not started:
            raise ReportProblem("is no XML")
    finally:
        _tell_repairs(text, summary)
    if document.foreign and not summary.tests.total:
        raise ReportProblem(f"is not JUnit XML: no <testcase>, but <{document.foreign}>")


def _to_first_tag(chunk: str, lines: int, summary: ReportSummary, *, first: bool) -> tuple[str, int]:
    """Skip what stands before a document: white space quietly, a log line or a banner with a warning."""
    at = _DOCUMENT.search(chunk) or (_ANY_TAG.search(chunk) if first else None)
    junk = chunk[: at.start()] if at else chunk
    if junk.strip(" \t\r\n\x00\ufffd"):
        where = "before" if first else "after"
        summary.warn(f"there is text {where} the XML document, which is left out", lines)
    return (chunk[at.start() :] if at else ""), lines + junk.count("\n")


def _tell_repairs(text: Text, summary: ReportSummary) -> None:
    if text.repaired:
        are = "is" if text.repaired == 1 else "are"
        summary.warn(f"{count(text.repaired, 'character')} that XML does not allow {are} replaced by U+FFFD")
    if text.foreign:
        summary.warn("some bytes are not UTF-8 and are read as Windows-1252")


class _Document:
    """One XML document: builds each test's element and turns it into a result when it is complete."""

    def __init__(self, summary: ReportSummary, before: _Document | None = None) -> None:
        self.summary = summary
        self.number: int = before.number + 1 if before else 1
        self.offset = 1
        self.seen = False
        self.foreign: str = before.foreign if before else ""
        self.decimal_comma: bool = before.decimal_comma if before else False
        self._ready: list[Result] = []
        self._path: list[str] = []
        self._suites: list[_Suite] = []
        self._cases: list[ET.Element] = []
        self._open: list[ET.Element] = []
        self._text: list[str] = []
        self._size = 0
        self._collect = False
        self._fed = 0
        self._ended_at = 0
        self.line_of_end = 0
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.buffer_size = 64 * 1024
        parser.ordered_attributes = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    @property
    def line(self) -> int:
        """The line in the file where the parser stands."""
        return self._parser.CurrentLineNumber + self.offset - 1

    def feed(self, text: str) -> int | None:
        """Parse a piece; the byte offset in it (as UTF-8) where the document ended, None while it goes on."""
        data = text.encode("utf-8", "replace")
        try:
            self._parser.Parse(text, False)  # noqa: FBT003 - expat's own signature
        except _EndOfDocument:
            end = data.find(b">", max(0, self._ended_at - self._fed))
            return end + 1 if end >= 0 else len(data)
        except expat.ExpatError as problem:
            raise self._broken(problem) from None
        self._fed += len(data)
        return None

    def finish(self) -> None:
        """The file is at its end, the document is not."""
        try:
            self._parser.Parse("", True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError as problem:
            raise self._broken(problem) from None

    def take(self) -> list[Result]:
        """Results that are complete."""
        ready, self._ready = self._ready, []
        return ready

    def _broken(self, problem: expat.ExpatError) -> ReportProblem:
        line, column = problem.lineno + self.offset - 1, problem.offset + 1
        words = expat.ErrorString(problem.code)
        cut = self._path and problem.code in (
            expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
            expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
            expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        )
        kept = self.summary.results + len(self._ready)
        rest = f"; its first {kept} complete tests are kept" if kept else ""
        if cut:
            return ReportProblem(f"is cut off at line {line}{rest}", "did the test run die?", line, column)
        return ReportProblem(f"is broken XML at line {line}, column {column}: {words}{rest}", "", line, column)

    # -- expat's handlers: methods of one object are faster than closures over many names

    def _entity(self, *_: object) -> None:
        line = self.line
        raise ReportProblem("declares XML entities, which are refused", "no test tool writes them", line)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        path = self._path
        path.append(name)
        if len(path) > DEEPEST:
            raise ReportProblem(f"is nested more than {DEEPEST} elements deep", "", self.line)
        if name == "testcase":
            self._keep_text()
            element = ET.Element(name, attributes)
            self._cases.append(element)
            self._open.append(element)
        elif self._open:
            self._keep_text()
            self._open.append(ET.SubElement(self._open[-1], name, attributes))
            self._collect = True
        elif name in _SUITES:
            self._suites.append(_suite(attributes, self.line))
        elif self._suites and path[-2] in _SUITES:
            if name in ("error", "failure"):
                element = ET.Element(name, attributes)
                self._open.append(element)
                self._collect = True
            elif name not in ("properties", "system-out", "system-err", "skipped"):
                self.foreign = self.foreign or name
        elif not self._suites and len(path) == 1:
            self.foreign = self.foreign or name

    def _characters(self, text: str) -> None:
        if not self._collect:
            return
        self._text.append(text)
        self._size += len(text)
        if self._size > 4 * LONGEST_TEXT:  # a giant text is kept as head and tail only
            whole = "".join(self._text)
            self._text = [whole[:LONGEST_TEXT], whole[-LONGEST_TEXT:]]
            self._size = 2 * LONGEST_TEXT

    def _keep_text(self) -> None:
        """The text so far belongs to the innermost open element, or behind its last child."""
        if not self._text:
            return
        if self._open:
            parent = self._open[-1]
            whole = "".join(self._text)
            if len(parent):
                parent[-1].tail = (parent[-1].tail or "") + whole
            else:
                parent.text = (parent.text or "") + whole
        self._text.clear()
        self._size = 0

    def _end(self, _: str) -> None:
        name = self._path.pop()
        if self._open:
            self._keep_text()
            element = self._open.pop()
            self._collect = bool(self._open) and self._open[-1].tag != "testcase"
            if name == "testcase":
                self._cases.pop()
                self._case(element)
            elif not self._cases and not self._open:
                self._suites[-1].problems.append(_detail(element))
        elif name in _SUITES:
            self._close_suite(self._suites.pop())
        if not self._path:
            # asked later both are wrong: expat goes on after an exception
            self._ended_at, self.line_of_end = self._parser.CurrentByteIndex, self.line
            raise _EndOfDocument

    def _case(self, element: ET.Element) -> None:
        self.seen = True
        result = self._result(element)
        red = result.status in (Status.FAILED, Status.ERROR)
        shown = max(1, sum(detail.kind in ("failure", "error") for detail in result.details)) if red else 0
        shown = max(shown, sum(detail.kind != "skipped" for detail in result.details))
        for suite in self._suites[-1:]:
            suite.shown += shown
            suite.classname = suite.classname or result.classname
        self._ready.append(result)

    def _close_suite(self, suite: _Suite) -> None:
        """Failures that no entry shows become a failing result: a suite-level error, or what only the attributes claim."""
        path = tuple(one.name for one in self._suites if one.name)
        own = (*path, suite.name) if suite.name else path
        if suite.problems:
            kind = Status.ERROR if any(one.kind == "error" for one in suite.problems) else Status.FAILED
            self._invent(suite, own, kind, tuple(suite.problems), f"the suite {suite.name!r} itself failed")
            suite.shown += max(len(suite.problems), suite.claimed - suite.shown)
        elif suite.claimed > suite.shown:
            words = f"the suite {suite.name!r} claims {suite.claimed} failures, its entries show {suite.shown}"
            self._invent(suite, own, Status.FAILED, (Detail("failure", words),), words)
            suite.shown = suite.claimed
        if self._suites:
            self._suites[-1].shown += suite.shown

    def _invent(self, suite: _Suite, path: tuple[str, ...], status: Status, details: tuple[Detail, ...], why: str) -> None:
        self.seen = True
        self.summary.fault(f"{why}: a failing result stands for it", suite.line)
        name = suite.name or "(unnamed suite)"
        self._ready.append(
            Result(name=f"{name} [suite]", status=status, suite=path, classname=name, details=details, synthetic=True)
        )

    def _result(self, element: ET.Element) -> Result:
        attribute = element.attrib.get
        details: list[Detail] = []
        interim: list[Detail] = []
        properties: list[tuple[str, str]] = []
        outputs: dict[str, list[str]] = {"system-out": [], "system-err": []}
        warned = False
        for child in element:
            tag = child.tag
            if tag in _FINAL:
                details.append(_detail(child))
            elif tag in _INTERIM:
                interim.append(_detail(child))
            elif tag in outputs:
                if words := _all_text(child):
                    outputs[tag].append(words)
            elif tag == "properties":
                properties.extend(_property(one) for one in child if one.tag == "property")
            elif tag == "warning":
                warned = True
        stdout = "\n".join(outputs["system-out"])
        status, raw = _status(details, _word(attribute("status"), attribute("result")))
        suites = [suite.name for suite in self._suites if suite.name]
        return Result(
            name=_capped(attribute("name") or "(unnamed)"),
            status=status,
            suite=tuple(suites),
            classname=_capped(attribute("classname") or attribute("class") or ""),
            file=attribute("file") or "",
            line=_number(attribute("line") or attribute("lineno")),
            elapsed=self._seconds(attribute("time") or attribute("duration") or ""),
            raw_status="warning" if warned and not raw else raw,
            details=(*details, *interim),
            properties=tuple(properties),
            stdout=stdout,
            stderr="\n".join(outputs["system-err"]),
            attachments=_attachments(stdout, properties),
            attempts=1 + len(interim),
            flaky=any(one.kind.startswith("flaky") for one in interim),
            assertions=_number(attribute("assertions")),
        )

    def _seconds(self, text: str) -> float | None:
        """A duration in any locale; None where it is no number, never an exception."""
        if not text:
            return None
        try:
            return _sane(float(text))
        except ValueError:
            pass
        text = text.strip().replace("\u00a0", "").replace(" ", "")
        if not re.fullmatch(r"-?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?", text, re.ASCII):
            return None
        point, comma = text.rfind("."), text.rfind(",")
        if comma >= 0 and point < 0:
            groups = text.lstrip("-").split(",")
            if len(groups) == 2 and (groups[0] == "0" or len(groups[1]) != 3):
                self.decimal_comma = True
            text = text.replace(",", ".") if self.decimal_comma and len(groups) == 2 else text.replace(",", "")
        elif comma > point:  # 1.234,5
            text = text.replace(".", "").replace(",", ".")
        else:  # 1,234.5
            text = text.replace(",", "")
        try:
            return _sane(float(text))
        except ValueError:
            return None


def _suite(attributes: dict[str, str], line: int) -> _Suite:
    claimed = max(0, _number(attributes.get("failures")) or 0) + max(0, _number(attributes.get("errors")) or 0)
    return _Suite(_capped(attributes.get("name") or ""), claimed, line=line)


def _word(*words: str | None) -> str:
    """The word that says that a test did not run, wherever it stands; else the first."""
    said = [word.strip().lower() for word in words if word and word.strip()]
    return next((word for word in said if word in _NOT_RUN), said[0] if said else "")


def _status(details: list[Detail], word: str) -> tuple[Status, str]:
    """Error > skipped with a failure (an expected failure: the runner counts it as not failed) > failure > skipped > word."""
    kinds = {detail.kind for detail in details}
    raw = word if word not in ("run", "passed", "pass", "ok", "completed", "success") else ""
    if "error" in kinds:
        return Status.ERROR, raw
    if "skipped" in kinds:
        return Status.SKIPPED, "expected-failure" if "failure" in kinds else raw
    if "failure" in kinds:
        return Status.FAILED, raw
    return (Status.SKIPPED if raw in _NOT_RUN else Status.PASSED), raw


def _detail(element: ET.Element) -> Detail:
    kind = _ELEMENT_TYPES[element.tag].fromelem(element)  # type: ignore[no-untyped-call]  # junitparser is typed in part
    return Detail(element.tag, (kind.message or "").strip(), (kind.type or "").strip(), _all_text(element))


def _all_text(element: ET.Element) -> str:
    whole = element.text or "" if not len(element) else "".join(element.itertext())
    whole = whole.strip()
    if len(whole) > 2 * LONGEST_TEXT:
        whole = f"{whole[:LONGEST_TEXT]}\n[…]\n{whole[-LONGEST_TEXT:]}"
    return whole


def _property(element: ET.Element) -> tuple[str, str]:
    value = element.get("value")
    return element.get("name") or "", _all_text(element) if value is None else value


def _attachments(stdout: str, properties: list[tuple[str, str]]) -> tuple[str, ...]:
    found = [match.strip() for match in _ATTACHMENT.findall(stdout)] if "[[ATTACHMENT|" in stdout else []
    found += [value for name, value in properties if name.startswith(("attachment", "testrail_attachment")) and value]
    return tuple(dict.fromkeys(found))


def _capped(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _number(text: str | None) -> int | None:
    if text is None or not re.fullmatch(r"\s*[+-]?[0-9]{1,12}\s*", text, re.ASCII):
        return None
    return int(text)


def _sane(seconds: float) -> float | None:
    if math.isnan(seconds) or math.isinf(seconds):
        return None
    return min(max(0.0, seconds), _YEAR)
