"""JUnit XML, streaming: expat hands over one ``<testcase>`` at a time, junitparser's xunit2 classes
read it.

Counts come from the ``<testcase>`` elements at any depth, never from attributes: attributes lie in
both directions (measured over 412 files: 257 exact). They are only a cross-check: what they claim
beyond the entries becomes a failing result of its own. Memory is constant: one test at a time,
every text capped. No document type definition takes effect: entities are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree as ET

from junitparser import xunit2

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.xmlstream import ANYWHERE, End, Start, all_text, events

LONGEST_NAME = 4096
_YEAR = 365 * 86400.0

_SUITES = frozenset({"testsuites", "testsuite"})
_RECORDS = {"testcase": ANYWHERE, "error": _SUITES, "failure": _SUITES}
_FINAL = frozenset({"failure", "error", "skipped"})
INTERIM = frozenset({"rerunFailure", "rerunError", "flakyFailure", "flakyError"})
# a child-less test whose own status attribute says that it did not run
_NOT_RUN = frozenset({"notrun", "disabled", "suppressed", "skipped", "ignored"})
# what a child-less test's own attribute says: never taken for green where it says red
_BY_WORD = {
    **dict.fromkeys(_NOT_RUN, Status.SKIPPED),
    **dict.fromkeys(("failed", "fail", "failure", "timeout", "timedout", "broken"), Status.FAILED),
    "error": Status.ERROR,
}
_ATTACHMENT = re.compile(r"^\s*\[\[ATTACHMENT\|([^\]\n]+)\]\]\s*$", re.MULTILINE)
_ELEMENT_TYPES = xunit2.TestCase.ITER_TYPES


@dataclass(slots=True)
class _Suite:
    """A suite that is open: what it claims, and what its entries have shown so far."""

    name: str
    claimed: int
    errors: int = 0
    shown: int = 0
    problems: list[Detail] = field(default_factory=list)
    line: int = 0


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every result of a JUnit file; problems go to ``summary``.

    Raises ReportProblem with line and column where the file breaks off or is not well-formed; all
    complete tests before that were yielded.
    """
    reader = _Reader(summary)
    for event in events(file, summary, _RECORDS, leaf="testcase"):
        if type(event) is dict:  # nearly every event
            yield reader.case(event)
            continue
        match event:
            case ET.Element(tag="testcase") as element:
                yield reader.case(element.attrib, element)
            case ET.Element() as element:
                reader.suites[-1].problems.append(_detail(element))
            case Start("property", {"name": "QTestVersion"}) if reader.suites:
                reader.suites[-1].claimed -= reader.suites[
                    -1
                ].errors  # Qt counts messages as errors there
            case Start(name, attributes) if name in _SUITES:
                reader.open_suite(attributes, event.line)
            case End(name) if name in _SUITES:
                yield from reader.close_suite()
            case Start(name):
                reader.outside(name)
    if reader.foreign and not summary.tests.total:
        raise ReportProblem(f"is not JUnit XML: no <testcase>, but <{reader.foreign}>")


class _Reader:
    """What has to be remembered from one test to the next: the open suites, and how this file
    writes numbers.
    """

    def __init__(self, summary: ReportSummary) -> None:
        self.suites: list[_Suite] = []
        self.foreign = ""
        self._summary = summary
        self._decimal_comma = False
        self._path: tuple[str, ...] = ()

    def open_suite(self, attributes: dict[str, str], line: int) -> None:
        """A suite begins."""
        self.suites.append(_suite(attributes, line))
        self._path = tuple(one.name for one in self.suites if one.name)

    def outside(self, name: str) -> None:
        """An element that is neither suite nor test: where there is no test at all, it says what
        the file is instead.
        """
        if name not in ("properties", "property", "system-out", "system-err", "skipped"):
            self.foreign = self.foreign or name

    def case(self, attributes: dict[str, str], element: ET.Element | None = None) -> Result:
        """One test; most have no children."""
        attribute = attributes.get
        name = attribute("name") or "(unnamed)"
        classname = attribute("classname") or attribute("class") or ""
        if len(name) + len(classname) > LONGEST_NAME:
            name, classname = _capped(name), _capped(classname)
        said = attribute("time") or attribute("duration") or "-"
        try:
            seconds = float(said)
        except ValueError:
            elapsed = self._seconds(said)
        else:
            elapsed = seconds if 0.0 <= seconds <= _YEAR else _sane(seconds)
        result = Result(name, Status.PASSED, self._path, classname, "", None, elapsed)
        word = ""
        if (
            element is not None
            or len(attributes) != 3
            or not classname
            or said == "-"
            or "name" not in attributes
        ):
            result.file = attribute("file") or ""
            result.line = _number(attribute("line") or attribute("lineno"))
            result.assertions = _number(attribute("assertions"))
            word = _word(attribute("status"), attribute("result"))
        if word or element is not None:
            self._look_closer(result, element, word)
        return result

    def _look_closer(self, result: Result, element: ET.Element | None, word: str) -> None:
        """A test that has children or says how it ended."""
        details, warned = _children(element, result) if element is not None else ((), False)
        result.details = details
        result.status, result.raw_status = ended(details, word)
        if warned and not result.raw_status:
            result.raw_status = "warning"
        red = result.status is Status.FAILED or result.status is Status.ERROR
        if self.suites and (red or details):
            self.suites[-1].shown += max(
                int(red), sum(detail.kind != "skipped" for detail in details)
            )

    def close_suite(self) -> Iterator[Result]:
        """Failures that no entry shows become a failing result: a suite-level error, or what only
        the attributes claim.
        """
        suite, path = self.suites.pop(), self._path
        self._path = tuple(one.name for one in self.suites if one.name)
        if suite.problems:
            kind = (
                Status.ERROR
                if any(one.kind == "error" for one in suite.problems)
                else Status.FAILED
            )
            yield self._invented(
                suite, path, kind, tuple(suite.problems), f"the suite {suite.name!r} itself failed"
            )
            suite.shown += max(len(suite.problems), suite.claimed - suite.shown)
        elif suite.claimed > suite.shown:
            words = (
                f"the suite {suite.name!r} claims {suite.claimed} failures, its entries show "
                f"{suite.shown}"
            )
            yield self._invented(suite, path, Status.FAILED, (Detail("failure", words),), words)
            suite.shown = suite.claimed
        if self.suites:
            self.suites[-1].shown += suite.shown

    def _invented(
        self,
        suite: _Suite,
        path: tuple[str, ...],
        status: Status,
        details: tuple[Detail, ...],
        why: str,
    ) -> Result:
        self._summary.fault(f"{why}: a failing result stands for it", suite.line)
        name = suite.name or "(unnamed suite)"
        return Result(
            f"{name} [suite]", status, suite=path, classname=name, details=details, synthetic=True
        )

    def _seconds(self, text: str) -> float | None:
        """A duration in any locale; None where it is no number, never an exception."""
        try:
            found = float(text)
        except ValueError:
            pass
        else:
            return found if 0.0 <= found <= _YEAR else _sane(found)
        text = text.strip().replace("\u00a0", "").replace(" ", "")
        if not re.fullmatch(r"-?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?", text, re.ASCII):
            return None
        point, comma = text.rfind("."), text.rfind(",")
        if comma >= 0 and point < 0:
            groups = text.lstrip("-").split(",")
            if len(groups) == 2 and (groups[0] == "0" or len(groups[1]) != 3):
                self._decimal_comma = True
            text = (
                text.replace(",", ".")
                if self._decimal_comma and len(groups) == 2
                else text.replace(",", "")
            )
        elif comma > point:  # 1.234,5
            text = text.replace(".", "").replace(",", ".")
        else:  # 1,234.5
            text = text.replace(",", "")
        try:
            return _sane(float(text))
        except ValueError:
            return None


def _suite(attributes: dict[str, str], line: int) -> _Suite:
    failures, errors = (
        max(0, _number(attributes.get(name)) or 0) for name in ("failures", "errors")
    )
    return _Suite(_capped(attributes.get("name") or ""), failures + errors, errors, line=line)


def _children(element: ET.Element, result: Result) -> tuple[tuple[Detail, ...], bool]:
    """How the test ended, and whether it carries a warning; what else stands within it goes into
    ``result``.
    """
    details: list[Detail] = []
    interim: list[Detail] = []
    properties: list[tuple[str, str]] = []
    outputs: dict[str, list[str]] = {"system-out": [], "system-err": []}
    warned = False
    for child in element:
        tag = child.tag
        if tag in _FINAL or tag.lower() in _FINAL:
            details.append(_detail(child))
        elif tag in INTERIM:
            interim.append(_detail(child))
        elif tag in outputs:
            if words := all_text(child):
                outputs[tag].append(words)
        elif tag == "properties":
            properties.extend(_property(one) for one in child if one.tag == "property")
        elif tag == "warning":
            warned = True
    if any(outputs.values()) or properties:
        result.stdout, result.stderr = (
            "\n".join(outputs["system-out"]),
            "\n".join(outputs["system-err"]),
        )
        result.properties = tuple(properties)
        result.attachments = _attachments(result.stdout, properties)
    if interim:
        result.attempts, result.flaky = (
            1 + len(interim),
            any(one.kind.startswith("flaky") for one in interim),
        )
    return (*details, *interim), warned


def _word(*words: str | None) -> str:
    """The word that says that a test did not pass, wherever it stands; else the first."""
    said = [word.strip().lower() for word in words if word and word.strip()]
    return next((word for word in said if word in _BY_WORD), said[0] if said else "")


def ended(details: tuple[Detail, ...], word: str) -> tuple[Status, str]:
    """Error > skipped with a failure (an expected failure: the runner counts it as not failed) >
    failure > skipped > word.
    """
    if not details and not word:
        return Status.PASSED, ""
    kinds = {detail.kind for detail in details}
    raw = word if word not in ("run", "passed", "pass", "ok", "completed", "success") else ""
    if "error" in kinds:
        return Status.ERROR, raw
    if "skipped" in kinds:
        return Status.SKIPPED, "expected-failure" if "failure" in kinds else raw
    if "failure" in kinds:
        return Status.FAILED, raw
    return _BY_WORD.get(raw, Status.PASSED), raw


def _detail(element: ET.Element) -> Detail:
    word = element.tag if element.tag in _ELEMENT_TYPES else element.tag.lower()
    # junitparser is typed in part
    kind = _ELEMENT_TYPES[word].fromelem(element)  # type: ignore[no-untyped-call]
    return Detail(word, (kind.message or "").strip(), (kind.type or "").strip(), all_text(element))


def _property(element: ET.Element) -> tuple[str, str]:
    value = element.get("value")
    return element.get("name") or "", all_text(element) if value is None else value


def _attachments(stdout: str, properties: list[tuple[str, str]]) -> tuple[str, ...]:
    found = (
        [match.strip() for match in _ATTACHMENT.findall(stdout)]
        if "[[ATTACHMENT|" in stdout
        else []
    )
    found += [
        value
        for name, value in properties
        if name.startswith(("attachment", "testrail_attachment")) and value
    ]
    return tuple(dict.fromkeys(found))


def _capped(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdigit() and text.isascii() and len(text) < 13:
        return int(text)
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,12}\s*", text, re.ASCII):
        return None
    return int(text)


def _sane(seconds: float) -> float | None:
    if 0.0 <= seconds <= _YEAR:
        return seconds
    if math.isnan(seconds) or math.isinf(seconds):
        return None
    return min(max(0.0, seconds), _YEAR)
