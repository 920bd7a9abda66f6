"""What was read, written: CTRF, JUnit XML or NDJSON, so that results are never locked in.
Streaming, one result at a time.

junitparser builds the elements of JUnit; it is imported when JUnit is written, and for nothing
else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import (
    IO,
    Any,
    BinaryIO,
    TextIO,
)
from xml.sax.saxutils import quoteattr

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.decode import legal_xml
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import items, seconds, strings, text, whole
from testferry.reports.testcase import INTERIM, ended
from testferry.text import inert_json, inert_xml

FORMATS = ("ctrf", "junit", "ndjson")
_CTRF = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.ERROR: "failed",
    Status.SKIPPED: "skipped",
}
_ELEMENTS = {
    Status.FAILED: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
}


def write(results: Iterable[Result], form: str, file: TextIO | IO[bytes]) -> None:
    """Write every result to a file, as bytes if the file takes them: they are the same in every
    locale.
    """
    pieces = _PIECES[form](results)
    if isinstance(file, io.StringIO):
        file.writelines(pieces)
        return
    file.flush()
    # of a text file the bytes below it
    target: Any = getattr(file, "buffer", file)
    for piece in pieces:
        target.write(piece.encode("utf-8", "replace"))
    target.flush()


# --- NDJSON


def _ndjson(results: Iterable[Result]) -> Iterator[str]:
    for result in results:
        fields = asdict(result)
        del fields["base"]  # a path of this machine
        if ids := result.ids:
            fields["ids"] = list(ids)
        kept = {key: value for key, value in fields.items() if _says_something(value)}
        yield inert_json(json.dumps({"testferry": 1, **kept})) + "\n"


def _says_something(value: object) -> bool:
    return value not in ("", None, ()) and value is not False


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield what ``_ndjson`` wrote."""
    for line in lines(file, summary, _is_result):
        details = [
            Detail(*(text(detail.get(key)) for key in ("kind", "message", "type", "text")))
            for detail in items(line.get("details"))
        ]
        yield Result(
            name=text(line.get("name")),
            status=Status(line["status"]),
            suite=strings(line.get("suite")),
            classname=text(line.get("classname")),
            file=text(line.get("file")),
            line=whole(line.get("line")),
            elapsed=seconds(line.get("elapsed")),
            raw_status=text(line.get("raw_status")),
            details=tuple(details),
            properties=tuple(_pairs(line.get("properties"))),
            stdout=text(line.get("stdout")),
            stderr=text(line.get("stderr")),
            attachments=strings(line.get("attachments")),
            attempts=whole(line.get("attempts")) or 1,
            flaky=line.get("flaky") is True,
            assertions=whole(line.get("assertions")),
            synthetic=line.get("synthetic") is True,
            retried=line.get("retried") is True,
        )


def _is_result(line: dict[str, object]) -> bool:
    return "testferry" in line and text(line.get("status")) in set(Status)


def _pairs(value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        return
    for pair in value:
        if isinstance(pair, list) and len(pair) == 2:
            yield text(pair[0]), text(pair[1])


# --- CTRF


def _ctrf(results: Iterable[Result]) -> Iterator[str]:
    counts = dict.fromkeys(("passed", "failed", "pending", "skipped", "other"), 0)
    yield (
        '{"reportFormat": "CTRF", "specVersion": "1.0.0", '
        '"results": {"tool": {"name": "testferry"}, "tests": ['
    )
    between = "\n"
    for result in results:
        counts[_CTRF[result.status]] += 1
        test = _ctrf_test(result)
        kept = {key: value for key, value in test.items() if value or key == "duration"}
        yield between + inert_json(json.dumps(kept))
        between = ",\n"
    summary = {
        "tests": sum(counts.values()),
        **counts,
        "start": 0,
        "stop": 0,
    }
    yield f'\n], "summary": {json.dumps(summary)}}}}}\n'


def _ctrf_test(result: Result) -> dict[str, object]:
    raw = result.raw_status
    extra: dict[str, object] = {}
    if result.classname:
        extra["classname"] = result.classname
    if result.properties:
        extra["properties"] = dict(result.properties)
    if result.status is Status.ERROR:
        # CTRF has no word for it
        raw = raw or "error"
        extra["status"] = "error"
    return {
        "name": result.name,
        "status": _CTRF[result.status],
        "duration": _milliseconds(result.elapsed or 0.0),
        "suite": list(result.suite),
        "filePath": result.file,
        "line": result.line,
        "rawStatus": raw,
        "message": result.message,
        "trace": "\n".join(detail.text for detail in result.details if detail.text),
        "flaky": result.flaky,
        "retries": result.attempts - 1,
        "stdout": result.stdout.splitlines(),
        "stderr": result.stderr.splitlines(),
        "attachments": [
            {
                "name": path,
                "contentType": "application/octet-stream",
                "path": path,
            }
            for path in result.attachments
        ],
        "extra": extra,
    }


def _milliseconds(elapsed: float) -> float:
    found = round(elapsed * 1000, 3)
    if found.is_integer():
        return int(found)
    return found


# --- JUnit


def _junit(results: Iterable[Result]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    path: tuple[str, ...] | None = None
    for result in results:
        if result.suite != path:  # results come suite by suite
            yield "</testsuite>" * _depth(path) + "\n"
            path = result.suite
            yield "".join(map(_opening, path)) or "<testsuite>"
        written: bytes = _testcase(result).tostring()
        yield f"{inert_xml(written.decode('utf-8'))}\n"
    yield "</testsuite>" * _depth(path) + "</testsuites>\n"


def _depth(path: tuple[str, ...] | None) -> int:
    if path is None:
        return 0
    return max(1, len(path))


def _opening(name: str) -> str:
    """Return the start tag of a suite, which stays open: its tests come one at a time."""
    return inert_xml(f"<testsuite name={quoteattr(legal_xml(name))}>")


@cache
def _case_class() -> Any:
    """Return junitparser's test case, with the attributes that pytest and others add to it."""
    from junitparser import Attr, xunit2

    class Case(xunit2.TestCase):
        file = Attr()
        line = Attr()
        time = Attr()

    return Case


def _testcase(result: Result) -> Any:
    """Return a result as junitparser's test case."""
    case = _case_class()(legal_xml(result.name))
    attributes = {
        "classname": result.classname or ".".join(result.suite),
        "file": result.file,
    }
    if result.elapsed is not None:
        attributes["time"] = f"{result.elapsed:.6f}"
    if result.line is not None:
        attributes["line"] = str(result.line)
    for name, value in attributes.items():
        if value:
            setattr(case, name, legal_xml(value))
    for name, value in result.properties:
        case.add_property(
            legal_xml(name),
            legal_xml(value),
        )
    for detail in _details(result):
        case.append(_element(detail))
    if result.stdout:
        case.system_out = legal_xml(result.stdout)
    if result.stderr:
        case.system_err = legal_xml(result.stderr)
    return case


def _element(detail: Detail) -> object:
    """Return a detail as junitparser's element of its kind."""
    element = _case_class().ITER_TYPES[detail.kind]()
    if detail.message:
        element.message = legal_xml(detail.message)
    if detail.type:
        element.type = legal_xml(detail.type)
    if detail.text:
        element._elem.text = legal_xml(detail.text)  # noqa: SLF001 - a skip has no setter
    return element


def _details(result: Result) -> tuple[Detail, ...]:
    """Return a result's details such that whoever reads them sees its status."""
    details = result.details
    if result.attempts > 1 and not any(detail.kind in INTERIM for detail in details):
        kind = "rerunFailure"
        if result.status is Status.PASSED:
            kind = "flakyFailure"
        details = (*details, *[Detail(kind)] * (result.attempts - 1))
    if ended(details, "")[0] is result.status:
        return details
    if result.status is Status.PASSED:
        return ()
    kind = _ELEMENTS[result.status]
    return tuple(replace(detail, kind=kind) for detail in details or (Detail(kind),))


_PIECES = {
    "ctrf": _ctrf,
    "junit": _junit,
    "ndjson": _ndjson,
}
