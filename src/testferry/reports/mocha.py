"""Mocha's JSON reporter (``tests``, ``failures``, ``pending``) and mochawesome (nested
``results[].suites[]``).
"""

from __future__ import annotations

from collections import Counter
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
    text,
    walk,
    whole,
)

_OPENED = {
    (),
    ("tests",),
    ("failures",),
    ("pending",),
    ("passes",),
}

_Test = dict[str, object]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test, and every failed hook: hooks stand in ``failures`` only.

    The lists name the same tests; which of them one belongs to is its status, and they come after
    ``tests``.
    """
    tests: list[_Test] = []
    red: list[_Test] = []
    skipped: list[_Test] = []
    lists = {
        "tests": tests,
        "failures": red,
        "pending": skipped,
    }
    for path, value in walk(file, _OPENED, summary):
        if len(path) == 2 and path[0] in lists and isinstance(value, dict):
            lists[path[0]].append(value)
        elif path == ("stats",):
            summary.claim(whole(mapping(value).get("failures")))
    left = Counter(_name(test) for test in red)
    entries = Counter(_name(test) for test in tests)
    pending = {_name(test) for test in skipped}
    for test in tests:
        name, status = _name(test), Status.PASSED
        if left[name] and (mapping(test.get("err")) or entries[name] == 1):
            left[name] -= 1
            status = Status.FAILED
        elif name in pending:
            status = Status.SKIPPED
        yield _result(test, status)
    for test in red:  # what is left are hooks
        if left[_name(test)]:
            left[_name(test)] -= 1
            yield _result(test, Status.FAILED)


def _name(test: _Test) -> tuple[str, str]:
    return text(test.get("fullTitle")), text(test.get("file"))


def _result(test: _Test, status: Status, suite: tuple[str, ...] = ()) -> Result:
    title, whole_title = text(test.get("title")), text(test.get("fullTitle"))
    if not suite and whole_title.endswith(title) and whole_title != title:
        suite = (whole_title[: len(whole_title) - len(title)].strip(),)
    error = mapping(test.get("err"))
    details: tuple[Detail, ...] = ()
    if status is Status.FAILED:
        stack = text(error.get("stack")) or text(error.get("estack"))
        details = (
            Detail(
                "failure",
                text(error.get("message")),
                text(error.get("name")),
                stack,
            ),
        )
    return Result(
        name=title or whole_title or "(unnamed)",
        status=status,
        suite=suite,
        file=text(test.get("file")),
        elapsed=seconds(test.get("duration"), unit=0.001),
        details=details,
        attempts=1 + (whole(test.get("currentRetry")) or 0),
    )


def read_mochawesome(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test of every nested suite; a failed hook has no entry and becomes a failing
    result of its own.
    """
    for path, value in walk(file, {(), ("results",)}, summary):
        if path == ("results", "*") and isinstance(value, dict):
            yield from _suite(value, (), summary)
        elif path == ("stats",):
            summary.claim(whole(mapping(value).get("failures")))


def _suite(suite: _Test, above: tuple[str, ...], summary: ReportSummary) -> Iterator[Result]:
    path = above
    if title := text(suite.get("title")):
        path = (*above, title)
    file = text(suite.get("file"))
    for hook in (*items(suite.get("beforeHooks")), *items(suite.get("afterHooks"))):
        if hook.get("fail") is True:
            failed = _result(
                {**hook, "file": file},
                Status.FAILED,
                path,
            )
            yield summary.stand_in(
                failed.name,
                f"the hook {text(hook.get('title'))} failed",
                failed.details[0],
                status=Status.FAILED,
                suite=path,
                file=file,
            )
    for test in items(suite.get("tests")):
        yield _result(
            {**test, "file": file},
            _status(test),
            path,
        )
    for inner in items(suite.get("suites")):
        yield from _suite(inner, path, summary)


def _status(test: _Test) -> Status:
    if test.get("pass") is True:
        return Status.PASSED
    if test.get("fail") is True:
        return Status.FAILED
    return Status.SKIPPED
