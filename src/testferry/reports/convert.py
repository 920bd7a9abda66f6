"""What was read, written: CTRF, JUnit XML or NDJSON, so that results are never locked in.
Streaming, one result at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, BinaryIO, TextIO
from xml.sax.saxutils import escape, quoteattr

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.decode import legal_xml
from testferry.reports.jsonstream import items, lines, seconds, strings, text, whole
from testferry.reports.junit import INTERIM, ended

FORMATS = ("ctrf", "junit", "ndjson")
_CTRF = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.ERROR: "failed",
    Status.SKIPPED: "skipped",
}
_ELEMENTS = {Status.FAILED: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped"}


def write(results: Iterable[Result], form: str, file: TextIO) -> None:
    """Every result to a file."""
    file.writelines(_PIECES[form](results))


def _ndjson(results: Iterable[Result]) -> Iterator[str]:
    for result in results:
        fields = {key: value for key, value in asdict(result).items() if key != "base"}
        fields = {
            key: value
            for key, value in fields.items()
            if value not in ("", None, ()) and value is not False
        }
        yield json.dumps({"testferry": 1, **fields}) + "\n"


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """What ``_ndjson`` wrote."""
    for line in lines(
        file, summary, lambda one: "testferry" in one and text(one.get("status")) in set(Status)
    ):
        yield Result(
            name=text(line.get("name")),
            status=Status(line["status"]),
            suite=strings(line.get("suite")),
            classname=text(line.get("classname")),
            file=text(line.get("file")),
            line=whole(line.get("line")),
            elapsed=seconds(line.get("elapsed")),
            raw_status=text(line.get("raw_status")),
            details=tuple(
                Detail(*(text(one.get(key)) for key in ("kind", "message", "type", "text")))
                for one in items(line.get("details"))
            ),
            properties=tuple(
                (text(key), text(value)) for key, value in _pairs(line.get("properties"))
            ),
            stdout=text(line.get("stdout")),
            stderr=text(line.get("stderr")),
            attachments=strings(line.get("attachments")),
            attempts=whole(line.get("attempts")) or 1,
            flaky=line.get("flaky") is True,
            assertions=whole(line.get("assertions")),
            synthetic=line.get("synthetic") is True,
        )


def _pairs(value: Any) -> list[list[Any]]:
    return (
        [one for one in value if isinstance(one, list) and len(one) == 2]
        if isinstance(value, list)
        else []
    )


def _ctrf(results: Iterable[Result]) -> Iterator[str]:
    counts = dict.fromkeys(("passed", "failed", "pending", "skipped", "other"), 0)
    yield (
        '{"reportFormat": "CTRF", "specVersion": "1.0.0", '
        '"results": {"tool": {"name": "testferry"}, "tests": ['
    )
    for at, result in enumerate(results):
        word = _CTRF[result.status]
        counts[word] += 1
        test = {
            "name": result.name,
            "status": word,
            "duration": _milliseconds(result.elapsed or 0.0),
            "suite": list(result.suite),
            "filePath": result.file,
            "line": result.line,
            "rawStatus": result.raw_status or ("error" if result.status is Status.ERROR else ""),
            "message": result.message,
            "trace": "\n".join(detail.text for detail in result.details if detail.text),
            "flaky": result.flaky,
            "retries": result.attempts - 1,
            "stdout": result.stdout.splitlines(),
            "stderr": result.stderr.splitlines(),
            "attachments": [
                {"name": path, "contentType": "application/octet-stream", "path": path}
                for path in result.attachments
            ],
            "extra": {
                key: value
                for key, value in (
                    ("classname", result.classname),
                    ("properties", dict(result.properties)),
                )
                if value
            },
        }
        yield (
            ("," if at else "")
            + "\n"
            + json.dumps({key: value for key, value in test.items() if value or key == "duration"})
        )
    summary = {"tests": sum(counts.values()), **counts, "start": 0, "stop": 0}
    yield f'\n], "summary": {json.dumps(summary)}}}}}\n'


def _milliseconds(elapsed: float) -> float:
    found = round(elapsed * 1000, 3)
    return int(found) if found.is_integer() else found


def _junit(results: Iterable[Result]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    path: tuple[str, ...] | None = None
    for result in results:
        if result.suite != path:  # results come suite by suite
            yield "</testsuite>" * _depth(path) + "\n"
            path = result.suite
            yield "".join(f"<testsuite name={_quoted(name)}>" for name in path) or "<testsuite>"
        yield _testcase(result)
    yield "</testsuite>" * _depth(path) + "</testsuites>\n"


def _depth(path: tuple[str, ...] | None) -> int:
    return 0 if path is None else max(1, len(path))


def _testcase(result: Result) -> str:
    classname = result.classname or ".".join(result.suite)
    attributes = {"name": result.name, "classname": classname, "file": result.file}
    if result.elapsed is not None:
        attributes["time"] = f"{result.elapsed:.6f}"
    if result.line is not None:
        attributes["line"] = str(result.line)
    words = " ".join(f"{key}={_quoted(value)}" for key, value in attributes.items() if value)
    inside = ""
    if result.properties:
        pairs = (
            f"<property name={_quoted(name)} value={_quoted(value)}/>"
            for name, value in result.properties
        )
        inside += f"<properties>{''.join(pairs)}</properties>"
    for detail in _details(result):
        said = f" message={_quoted(detail.message)}" if detail.message else ""
        kind = f" type={_quoted(detail.type)}" if detail.type else ""
        inside += f"<{detail.kind}{said}{kind}>{escape(legal_xml(detail.text))}</{detail.kind}>"
    for name, output in (("system-out", result.stdout), ("system-err", result.stderr)):
        if output:
            inside += f"<{name}>{escape(legal_xml(output))}</{name}>"
    return f"<testcase {words}>{inside}</testcase>\n" if inside else f"<testcase {words}/>\n"


def _details(result: Result) -> tuple[Detail, ...]:
    """A result's details such that whoever reads them sees its status."""
    if result.attempts > 1 and not any(one.kind in INTERIM for one in result.details):
        kind = "flakyFailure" if result.status is Status.PASSED else "rerunFailure"
        result = replace(result, details=(*result.details, *[Detail(kind)] * (result.attempts - 1)))
    if ended(result.details, "")[0] is result.status:
        return result.details
    kind = _ELEMENTS.get(result.status, "")
    return (
        tuple(replace(one, kind=kind) for one in result.details or (Detail(kind),)) if kind else ()
    )


def _quoted(text: str) -> str:
    return quoteattr(legal_xml(text))


_PIECES = {"ctrf": _ctrf, "junit": _junit, "ndjson": _ndjson}
