"""What was read, written: CTRF, JUnit XML or NDJSON, so that results are never locked in. Streaming, one result at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from testferry.model import Result, Status
from testferry.reports.decode import legal_xml

FORMATS = ("ctrf", "junit", "ndjson")
_CTRF = {Status.PASSED: "passed", Status.FAILED: "failed", Status.ERROR: "failed", Status.SKIPPED: "skipped"}
_ELEMENTS = {Status.FAILED: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped"}


def write(results: Iterable[Result], form: str, file: TextIO) -> None:
    """Every result to a file."""
    file.writelines(_PIECES[form](results))


def _ndjson(results: Iterable[Result]) -> Iterator[str]:
    for result in results:
        yield json.dumps({key: value for key, value in asdict(result).items() if value not in ("", None, (), False)}) + "\n"


def _ctrf(results: Iterable[Result]) -> Iterator[str]:
    counts = dict.fromkeys(("passed", "failed", "pending", "skipped", "other"), 0)
    yield '{"reportFormat": "CTRF", "specVersion": "1.0.0", "results": {"tool": {"name": "testferry"}, "tests": ['
    for at, result in enumerate(results):
        word = _CTRF[result.status]
        counts[word] += 1
        test = {
            "name": result.name,
            "status": word,
            "duration": round((result.elapsed or 0.0) * 1000),
            "suite": list(result.suite),
            "filePath": result.file,
            "line": result.line,
            "rawStatus": result.raw_status,
            "message": result.message,
            "trace": "\n".join(detail.text for detail in result.details if detail.text),
            "flaky": result.flaky,
            "retries": result.attempts - 1,
        }
        yield ("," if at else "") + "\n" + json.dumps({key: value for key, value in test.items() if value or key == "duration"})
    summary = {"tests": sum(counts.values()), **counts, "start": 0, "stop": 0}
    yield f'\n], "summary": {json.dumps(summary)}}}}}\n'


def _junit(results: Iterable[Result]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites><testsuite name="testferry">\n'
    for result in results:
        yield _testcase(result)
    yield "</testsuite></testsuites>\n"


def _testcase(result: Result) -> str:
    classname = result.classname or ".".join(result.suite)
    attributes = {"name": result.name, "classname": classname, "file": result.file}
    if result.elapsed is not None:
        attributes["time"] = f"{result.elapsed:.6f}"
    if result.line is not None:
        attributes["line"] = str(result.line)
    said = " ".join(f"{key}={quoteattr(legal_xml(value))}" for key, value in attributes.items() if value)
    inside = ""
    if element := _ELEMENTS.get(result.status):
        text = "\n".join(detail.text for detail in result.details if detail.text)
        inside += f"<{element} message={quoteattr(legal_xml(result.message))}>{escape(legal_xml(text))}</{element}>"
    for name, output in (("system-out", result.stdout), ("system-err", result.stderr)):
        if output:
            inside += f"<{name}>{escape(legal_xml(output))}</{name}>"
    return f"<testcase {said}>{inside}</testcase>\n" if inside else f"<testcase {said}/>\n"


_PIECES = {"ctrf": _ctrf, "junit": _junit, "ndjson": _ndjson}
