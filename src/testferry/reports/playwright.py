"""Playwright's JSON reporter: ``suites[].specs[].tests[].results[]``; one entry per spec and
project, retries are attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import items, mapping, seconds, text, walk, whole

_STATUS = {
    "expected": Status.PASSED,
    "flaky": Status.PASSED,
    "unexpected": Status.FAILED,
    "skipped": Status.SKIPPED,
}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every spec in every project; an error outside of any test becomes a failing result of its
    own.
    """
    for path, value in walk(file, {(), ("suites",), ("errors",)}):
        if path == ("suites", "*") and isinstance(value, dict):
            yield from _suite(value, ())
        elif path == ("stats",):
            summary.claim(whole(mapping(value).get("unexpected")))
        elif path == ("errors", "*") and isinstance(value, dict):
            message = text(value.get("message"))
            place = mapping(value.get("location"))
            summary.fault(
                f"an error outside of any test: {message[:200]}; a failing result stands for it"
            )
            detail = Detail("error", message, "", text(value.get("stack")))
            name = text(place.get("file")) or "playwright"
            yield Result(
                name=f"{name} [error]",
                status=Status.ERROR,
                file=text(place.get("file")),
                details=(detail,),
                synthetic=True,
            )


def _suite(suite: dict[str, Any], above: tuple[str, ...]) -> Iterator[Result]:
    title = text(suite.get("title"))
    path = (*above, title) if title else above
    for spec in items(suite.get("specs")):
        for test in items(spec.get("tests")):
            yield _result(spec, test, path)
    for inner in items(suite.get("suites")):
        yield from _suite(inner, path)


def _result(spec: dict[str, Any], test: dict[str, Any], suite: tuple[str, ...]) -> Result:
    word = text(test.get("status"))
    tries = items(test.get("results"))
    last = tries[-1] if tries else {}
    errors = items(last.get("errors")) or [mapping(last.get("error"))] * bool(last.get("error"))
    status = _STATUS.get(word, Status.PASSED if spec.get("ok") is True else Status.FAILED)
    details = tuple(
        Detail("failure", text(one.get("message")), "", text(one.get("stack"))) for one in errors
    )
    if status is Status.FAILED and not details:
        details = (
            Detail(
                "failure",
                f"{text(last.get('status')) or word}, {text(test.get('expectedStatus'))} expected",
            ),
        )
    project = text(test.get("projectName"))
    return Result(
        name=text(spec.get("title")) or "(unnamed)",
        status=status,
        suite=suite,
        classname=project,
        file=text(spec.get("file")),
        line=whole(spec.get("line")),
        elapsed=seconds(last.get("duration"), unit=0.001),
        raw_status=word if word == "flaky" else "",
        details=details if status is Status.FAILED else (),
        properties=(("project", project),) if project else (),
        stdout="".join(text(one.get("text")) for one in items(last.get("stdout"))),
        stderr="".join(text(one.get("text")) for one in items(last.get("stderr"))),
        attachments=tuple(
            text(one.get("path")) for one in items(last.get("attachments")) if text(one.get("path"))
        ),
        attempts=max(1, len(tries)),
        flaky=word == "flaky",
    )
