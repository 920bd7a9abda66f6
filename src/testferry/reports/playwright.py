"""Playwright's JSON reporter: ``suites[].specs[].tests[].results[]``; one entry per spec and
project, retries are attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonstream import (
    items,
    mapping,
    seconds,
    strings,
    text,
    walk,
    whole,
)

_STATUS = {
    "expected": Status.PASSED,
    "flaky": Status.PASSED,
    "unexpected": Status.FAILED,
    "skipped": Status.SKIPPED,
}

_Value = dict[str, object]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every spec in every project; an error outside of any test becomes a failing result of
    its own.
    """
    for path, value in walk(
        file,
        {(), ("suites",), ("errors",)},
        summary,
    ):
        if path == ("suites", "*") and isinstance(value, dict):
            yield from _suite(value, (), summary)
        elif path == ("stats",):
            summary.claim(whole(mapping(value).get("unexpected")))
        elif path == ("errors", "*") and isinstance(value, dict):
            yield _outside(value, summary)


def _outside(value: _Value, summary: ReportSummary) -> Result:
    message = text(value.get("message"))
    file = text(mapping(value.get("location")).get("file"))
    return summary.stand_in(
        f"{file or 'playwright'} [error]",
        f"an error outside of any test: {message[:200]}",
        Detail(
            "error",
            message,
            "",
            text(value.get("stack")),
        ),
        file=file,
    )


def _suite(
    suite: _Value,
    above: tuple[str, ...],
    summary: ReportSummary,
) -> Iterator[Result]:
    path = above
    if title := text(suite.get("title")):
        path = (*above, title)
    for spec in items(suite.get("specs")):
        for test in items(spec.get("tests")):
            yield _result(
                spec,
                test,
                path,
                summary,
            )
    for inner in items(suite.get("suites")):
        yield from _suite(inner, path, summary)


def _result(
    spec: _Value,
    test: _Value,
    suite: tuple[str, ...],
    summary: ReportSummary,
) -> Result:
    word = text(test.get("status"))
    tries = items(test.get("results"))
    last: _Value = next(reversed(tries), {})
    status = _status(spec, word, summary)
    if last.get("status") == "interrupted":
        title = text(spec.get("title"))
        summary.fault("unfinished", f"the run was interrupted, in {title!r}", tests=1)
    details: tuple[Detail, ...] = ()
    if status.is_red:
        details = _details(test, last, word)
    raw = ""
    if word == "flaky":
        raw = word
    paths = (text(entry.get("path")) for entry in items(last.get("attachments")))
    attachments = tuple(filter(None, paths))
    summary.extras.attached["attachments"] += len(attachments)
    return Result(
        name=text(spec.get("title")) or "(unnamed)",
        status=status,
        suite=suite,
        classname=text(test.get("projectName")),
        file=text(spec.get("file")),
        line=whole(spec.get("line")),
        elapsed=seconds(last.get("duration"), unit=0.001),
        raw_status=raw,
        details=details,
        properties=tuple(_properties(spec, test)),
        stdout="".join(text(piece.get("text")) for piece in items(last.get("stdout"))),
        stderr="".join(text(piece.get("text")) for piece in items(last.get("stderr"))),
        attachments=attachments,
        attempts=max(1, len(tries)),
        flaky=word == "flaky",
    )


def _status(spec: _Value, word: str, summary: ReportSummary) -> Status:
    if word in _STATUS:
        return _STATUS[word]
    # Playwright's own verdict on the spec; before 1.10 there is no other
    if not word and spec.get("ok") is True:
        return Status.PASSED
    if not word:
        return Status.FAILED
    return summary.unknown_word("status", word)


def _details(test: _Value, last: _Value, word: str) -> tuple[Detail, ...]:
    errors = items(last.get("errors"))
    if not errors and last.get("error"):
        errors = [mapping(last.get("error"))]
    found = [
        Detail(
            "failure",
            text(error.get("message")),
            "",
            text(error.get("stack")),
        )
        for error in errors
    ]
    if not found:
        ended = text(last.get("status")) or word
        found = [Detail("failure", f"{ended}, {text(test.get('expectedStatus'))} expected")]
    return tuple(found)


def _properties(spec: _Value, test: _Value) -> Iterator[tuple[str, str]]:
    if project := text(test.get("projectName")):
        yield "project", project
    for tag in strings(spec.get("tags")):
        yield "tag", tag
    for annotation in items(test.get("annotations")):
        kind, said = text(annotation.get("type")), text(annotation.get("description"))
        if kind.lower().startswith(("testrail", "test_id")) and said:
            yield kind.lower(), said
