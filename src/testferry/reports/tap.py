"""TAP 12 to 14: the top-level lines are the tests; a sub-test's lines and the YAML diagnostics
belong to its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.decode import Text
from testferry.text import count

_TEST = re.compile(r"(not )?ok\b(?:\s+(\d+))?(?:\s*-\s|\s+|$)?(.*)")
_PLAN = re.compile(r"1\.\.(\d{1,18})\s*(?:#\s*(.*))?")
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(skip\S*|todo\b)\s*(.*)$", re.IGNORECASE)
_TOOK = re.compile(r"^\s*duration_ms:\s*([0-9.]+)\s*$", re.MULTILINE)
_MESSAGE = re.compile(
    r"^\s*(?:message|error):\s*(?:\|-?\s*\n\s*)?['\"]?(.*?)['\"]?\s*$", re.MULTILINE
)
_KEPT = 64 * 1024


@dataclass(slots=True)
class _Open:
    """The test whose diagnostics are being read."""

    result: Result
    before: list[str] = field(default_factory=list)  # a sub-test stands before its line
    after: list[str] = field(default_factory=list)


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every test. A plan that promises more, or ``Bail out!``, is a problem: the run did not
    finish.
    """
    reader = _Reader()
    for line in _lines(file):
        reader.lines += 1
        if (match := _TEST.fullmatch(line)) and not (
            line == "ok" and reader.is_complete
        ):  # prove's own word behind a file
            yield from reader.close()
            reader.begin(_result(match), int(match[2]) if match[2] and len(match[2]) < 10 else None)
        else:
            reader.other(line)
    yield from reader.close()
    if not reader.documents and reader.planned is None and not reader.seen and not reader.bailed:
        raise ReportProblem("is no TAP: there is neither a plan nor a test")
    reader.end_document()
    for words, number in reader.documents:
        summary.fault(words, number)
        yield Result(
            "the run [tap]", Status.ERROR, details=(Detail("error", words),), synthetic=True
        )


@dataclass(slots=True)
class _Reader:
    """What has been seen so far, and the lines of the next test. ``documents``: what is wrong with
    them, and where.
    """

    documents: list[tuple[str, int]] = field(default_factory=list)
    planned: int | None = None
    seen: int = 0
    numbers: set[int] = field(default_factory=set)
    kept: int = 0
    lines: int = 0
    bailed: str = ""
    current: _Open | None = None
    inner: list[str] = field(default_factory=list)

    def begin(self, result: Result, number: int | None) -> None:
        """A test line; what stood indented before it is its sub-test."""
        if (
            number == 1 and self.is_complete
        ):  # the next program's output, whose plan is still to come
            self.end_document()
        self.seen += 1
        self.kept = 0
        if number is not None:
            self.numbers.add(number)
        self.current, self.inner = _Open(result, self.inner), []

    @property
    def is_complete(self) -> bool:
        """As many tests as were planned."""
        return self.planned is not None and self.seen >= self.planned

    def end_document(self) -> None:
        """The plan is held against the tests; several documents may stand in one file."""
        if words := self.unfinished():
            self.documents.append((words, self.lines))
        self.planned, self.seen, self.bailed, self.numbers = None, 0, "", set()

    def close(self) -> Iterator[Result]:
        """The test before, with its diagnostics."""
        if self.current is not None:
            yield _finished(self.current)
        self.current = None

    def other(self, line: str) -> None:
        """Any line that is no test."""
        if line.startswith("TAP version") and (self.seen or self.planned is not None):
            self.end_document()
        elif plan := _PLAN.fullmatch(line):
            if self.planned is not None:
                self.end_document()
            self.planned = int(plan[1])
        elif line.startswith("Bail out!"):
            self.bailed = line.removeprefix("Bail out!").strip() or "no reason given"
        elif line.startswith("    ") and (self.current is None or not self.current.after):
            self._keep(self.inner, line)
        elif (
            self.current is not None
            and line.startswith((" ", "#"))
            and not line.startswith("# Subtest")
        ):
            self._keep(self.current.after, line)

    def _keep(self, lines: list[str], line: str) -> None:
        self.kept += len(line)
        if self.kept < 4 * _KEPT:
            lines.append(line)

    def unfinished(self) -> str:
        """Why the run did not finish, empty where it did."""
        if self.bailed:
            return f"the run bailed out: {self.bailed}"
        if self.planned is None and self.seen:
            return f"there is no plan behind {count(self.seen, 'test')}: the run did not finish"
        if self.planned is not None and self.seen < self.planned:
            return (
                f"{self.planned} tests were planned, {self.seen} are there: the run did not finish"
            )
        if self.planned is not None and self.seen > self.planned:
            return f"{self.planned} tests were planned, {self.seen} are there"
        if len(self.numbers) == self.seen and self.numbers and max(self.numbers) > self.seen:
            return f"of {max(self.numbers)} numbered tests {self.seen} are there"
        return ""


def _lines(file: BinaryIO) -> Iterator[str]:
    held = ""
    for chunk in Text(file, xml=False):
        *whole, held = (held + chunk).split("\n")
        for line in whole:
            yield line.rstrip("\r")
    if held:
        yield held


def _result(match: re.Match[str]) -> Result:
    name, status, raw = match[3], Status.FAILED if match[1] else Status.PASSED, ""
    details: tuple[Detail, ...] = ()
    if directive := _DIRECTIVE.search(name):
        name = name[: directive.start()].rstrip()
        if directive[1].lower().startswith("skip"):
            status, raw = Status.SKIPPED, ""
        elif match[1]:  # a failing TODO is expected to fail
            status, raw = Status.SKIPPED, "todo"
        else:
            raw = "todo"
        details = (Detail("skipped", directive[2]),) if status is Status.SKIPPED else ()
    name = name.replace("\\#", "#").strip()
    return Result(name or f"test {match[2] or ''}".strip(), status, raw_status=raw, details=details)


def _finished(current: _Open) -> Result:
    diagnostics = "\n".join(current.after)[:_KEPT]
    output = "\n".join(current.before)[:_KEPT]
    took = _TOOK.search(diagnostics)
    result = replace(
        current.result,
        stdout=output,
        elapsed=float(took[1]) / 1000
        if took and took[1].count(".") < 2 and took[1] != "."
        else None,
    )
    if result.status is Status.FAILED:
        message = _MESSAGE.search(diagnostics)
        result = replace(
            result,
            details=(Detail("failure", message[1] if message else "", "", diagnostics or output),),
        )
    return result
