"""pytest-json-report (``tests[]``) and pytest-reportlog (NDJSON with ``$report_type``)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import items, mapping, number, text, walk, whole
from testferry.reports.words import status_of

_OUTCOMES = {
    "subtests passed": Status.PASSED,
    "subtests failed": Status.FAILED,
    "subtests skipped": Status.SKIPPED,
}
# A marker that names a case of TestRail.
_CASE = re.compile(r"C[0-9]{1,12}")
_PHASES = ("setup", "call", "teardown")
_RED = ("failed", "error")
_OF_TESTS = ("TestReport", "SubTestReport", "SubtestReport")

_Report = dict[str, Any]


def _split(nodeid: str) -> tuple[str, str, str]:
    """Return file, class and name of a node id; a parameter may hold ``::`` too."""
    plain, bracket, parameters = nodeid.partition("[")
    file, *classes = plain.split("::")
    name = file
    if classes:
        name = classes.pop()
    module = file.removesuffix(".py").replace("/", ".")
    return file, ".".join((module, *classes)), name + bracket + parameters


def _crash(phase: _Report, kind: str) -> Detail:
    report = phase.get("longrepr")
    crash = mapping(phase.get("crash")) or mapping(mapping(report).get("reprcrash"))
    if isinstance(report, str):
        said = report
    elif isinstance(report, list) and report:  # a skip: (file, line, reason)
        said = text(report[-1])
    else:
        said = _traceback(mapping(report))
    return Detail(
        kind,
        text(crash.get("message")) or said.split("\n")[0],
        "",
        said,
    )


def _traceback(report: _Report) -> str:
    entries = items(mapping(report.get("reprtraceback")).get("reprentries"))
    parts = []
    for entry in entries:
        said = mapping(entry.get("data")).get("lines")
        if isinstance(said, list):
            parts.append("\n".join(map(text, said)))
    return "\n".join(parts)


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test; ``rerun`` is the outcome of the last call, and a module that did not import
    becomes a failing result.
    """
    for path, value in walk(
        file,
        {(), ("tests",), ("collectors",)},
        summary,
    ):
        if path == ("exitcode",):
            _ended(whole(value), summary)
        if not isinstance(value, dict):
            continue
        if path == ("summary",):
            summary.claim((whole(value.get("failed")) or 0) + (whole(value.get("error")) or 0))
        if path == ("tests", "*"):
            yield _from_report(value, summary)
        elif path == ("collectors", "*") and value.get("outcome") == "failed":
            yield _uncollected(value, summary)


def _ended(code: int | None, summary: ReportSummary) -> None:
    """Take what pytest's exit code says: 0 and 5 are fine, 1 says that tests failed, 2 that the run
    was stopped.
    """
    if code == 1:
        summary.claim(1)
    elif code not in (0, 5):
        words = f"pytest ended with exit code {code}: the run did not finish"
        summary.fault("unfinished", words)


def _uncollected(value: _Report, summary: ReportSummary) -> Result:
    node = text(value.get("nodeid"))
    return summary.stand_in(
        f"{node} [collection]",
        f"{node} could not be collected",
        _crash(value, "error"),
        file=node,
    )


def _from_report(test: _Report, summary: ReportSummary) -> Result:
    file, classname, name = _split(text(test.get("nodeid")))
    word = text(test.get("outcome"))
    phases = {phase: mapping(test.get(phase)) for phase in _PHASES}
    status = _status(
        word,
        phases,
        name,
        summary,
    )
    found = [number(phase.get("duration")) for phase in phases.values()]
    took = [duration for duration in found if duration is not None]
    elapsed = None
    if took:
        elapsed = sum(took)
    result = Result(
        name=name,
        status=status,
        classname=classname,
        file=file,
        line=whole(test.get("lineno")),
        elapsed=elapsed,
        details=_details(status, phases),
        properties=tuple(_properties([test])),
        stdout="".join(text(phase.get("stdout")) for phase in phases.values()),
        stderr="".join(text(phase.get("stderr")) for phase in phases.values()),
    )
    if word in ("xfailed", "xpassed"):
        result.raw_status = word
    if word == "rerun":
        result.attempts = 2
    return result


def _status(
    word: str,
    phases: dict[str, _Report],
    name: str,
    summary: ReportSummary,
) -> Status:
    final = word
    if word == "rerun":
        final = text(phases["call"].get("outcome"))
    status = _OUTCOMES.get(final) or status_of(final) or summary.unknown_word("outcome", word)
    if status is Status.PASSED and phases["setup"] and not phases["call"]:
        summary.fault(
            "unfinished",
            f"{name} never finished",
            tests=1,
        )
        return Status.ERROR
    return status


def _details(status: Status, phases: dict[str, _Report]) -> tuple[Detail, ...]:
    details = []
    for name, phase in phases.items():
        if status is Status.SKIPPED:
            if phase.get("outcome") == "skipped":
                return (_crash(phase, "skipped"),)
        elif phase.get("outcome") in _RED:
            kind = "error"
            if name == "call":
                kind = "failure"
            details.append(_crash(phase, kind))
    return tuple(details)


def read_log(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test: its three reports (and those of its reruns) up to the last teardown."""
    open_tests: dict[str, list[_Report]] = {}
    finished: dict[str, list[_Report]] = {}
    is_finished = False
    for line in lines(
        file,
        summary,
        lambda line: "$report_type" in line,
    ):
        kind, node = text(line.get("$report_type")), text(line.get("nodeid"))
        if kind == "CollectReport" and line.get("outcome") == "failed":
            yield _uncollected(line, summary)
        elif kind == "SessionFinish":
            code = whole(line.get("exitstatus"))
            is_finished = code is not None
            _ended(code, summary)
        elif kind in _OF_TESTS:
            if kind != "TestReport" and line.get("outcome") != "failed":
                continue  # the test's own report speaks for its sub-tests that passed
            seen = open_tests.setdefault(node, finished.pop(node, []))
            seen.append(line)
            if line.get("when") == "teardown":
                finished[node] = open_tests.pop(node)
    if not is_finished:
        summary.fault("unfinished", "the run did not finish: there is no SessionFinish")
    for reports in finished.values():
        yield _from_log(reports, summary)
    for node, reports in open_tests.items():
        summary.fault(
            "unfinished",
            f"{node} never finished",
            tests=1,
        )
        never = {
            "nodeid": node,
            "when": "call",
            "outcome": "failed",
            "longrepr": "it never finished",
        }
        yield _from_log([*reports, never], summary)


def _from_log(reports: list[_Report], summary: ReportSummary) -> Result:
    file, classname, name = _split(text(reports[-1].get("nodeid")))
    reruns = [at for at, report in enumerate(reports) if report.get("outcome") == "rerun"]
    last = reports
    if reruns:  # only what follows the last rerun counts
        last = reports[reruns[-1] + 1 :]
    status, details = _outcome(last, summary)
    xfail = any("wasxfail" in report for report in last)
    raw = ""
    if xfail and status is Status.PASSED:
        raw = "xpassed"
    elif xfail:
        raw = "xfailed"
    return Result(
        name=name,
        status=status,
        classname=classname,
        file=file,
        line=_line(reports[-1].get("location")),
        elapsed=sum(number(report.get("duration")) or 0.0 for report in last),
        raw_status=raw,
        details=tuple(details),
        properties=tuple(_properties(reports)),
        attempts=1 + len(reruns),
    )


def _outcome(reports: list[_Report], summary: ReportSummary) -> tuple[Status, list[Detail]]:
    failed = []
    skipped = []
    for report in reports:
        word = text(report.get("outcome"))
        known = status_of(word) or summary.unknown_word("outcome", word)
        if known.is_red:
            failed.append(report)
        elif known is Status.SKIPPED:
            skipped.append(report)
    if failed:
        details = []
        for report in failed:
            kind = "error"
            if report.get("when") == "call":
                kind = "failure"
            details.append(_crash(report, kind))
        if all(detail.kind == "failure" for detail in details):
            return Status.FAILED, details
        return Status.ERROR, details
    if skipped:
        return Status.SKIPPED, [_crash(skipped[0], "skipped")]
    return Status.PASSED, []


def _properties(reports: list[_Report]) -> Iterator[tuple[str, str]]:
    """Yield what `record_property` kept, what stands in `metadata`, and markers that look like ids
    of cases, each once.
    """
    seen: dict[tuple[str, str], None] = {}
    for report in reports:
        pairs = report.get("user_properties")
        if isinstance(pairs, list):
            seen |= dict.fromkeys(found for pair in pairs for found in _pairs(pair))
        seen |= dict.fromkeys(_pairs(report.get("metadata")))
        keywords = report.get("keywords")
        if isinstance(keywords, list | dict):
            # the other keywords are names of files
            seen |= dict.fromkeys(("tag", word) for word in keywords if _CASE.fullmatch(str(word)))
    yield from seen


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    """Yield a property as reportlog writes it, or those of one object."""
    if isinstance(value, list) and len(value) == 2:
        yield text(value[0]), text(value[1])
    elif isinstance(value, dict):
        for name, said in value.items():
            yield name, text(said)


def _line(location: object) -> int | None:
    if isinstance(location, list) and len(location) > 1:
        return whole(location[1])
    return None
