"""Tools that write one JSON object a line (Rust's libtest, Dart, Flutter) or one document (RSpec,
GoogleTest).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import (
    items,
    lines,
    mapping,
    seconds,
    strings,
    text,
    unknown,
    walk,
    whole,
)

_LIBTEST = {
    "ok": Status.PASSED,
    "failed": Status.FAILED,
    "ignored": Status.SKIPPED,
    "timeout": Status.FAILED,
}


def read_libtest(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """``cargo test -- --format json``: one ``test`` event per end; a test that was started and
    never ended is an error.
    """
    started: dict[str, None] = {}
    for event in lines(
        file, summary, lambda one: one.get("type") in ("suite", "test", "report", "bench")
    ):
        name, what = text(event.get("name")), text(event.get("event"))
        if event.get("type") == "suite" and what == "failed":
            summary.claim(whole(event.get("failed")) or 1)
        if event.get("type") != "test":
            continue
        if what == "started":
            started[name] = None
        elif what in _LIBTEST:
            started.pop(name, None)
            status = _LIBTEST[what]
            said = text(event.get("stdout"))
            message = text(event.get("message")) or (said.strip().splitlines() or [""])[-1]
            kind = "skipped" if status is Status.SKIPPED else "failure"
            module, _, short = name.rpartition("::")
            yield Result(
                short or name,
                status,
                classname=module,
                elapsed=seconds(event.get("exec_time")),
                raw_status="timeout" if what == "timeout" else "",
                details=() if status is Status.PASSED else (Detail(kind, message, "", said),),
                stdout=said if status is Status.PASSED else "",
            )
    for name in started:
        summary.fault(f"{name} was started and never ended")
        yield Result(name, Status.ERROR, details=(Detail("error", "started and never ended"),))


def _is_dart(event: dict[str, Any]) -> bool:
    return isinstance(event.get("type"), str) or isinstance(event.get("event"), str)


_DART = {"success": Status.PASSED, "failure": Status.FAILED, "error": Status.ERROR}


# one branch for each event
def read_dart(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: C901
    """``dart test --reporter json``, ``flutter test --machine``; hidden tests (loading a file)
    count only where they fail.
    """
    suites: dict[Any, str] = {}
    tests: dict[Any, dict[str, Any]] = {}
    errors: dict[Any, list[Detail]] = {}
    began: dict[Any, float | None] = {}
    done: dict[str, Any] | None = None
    finished: dict[str, Result] = {}  # until the end: a test can still fail after it was done
    for event in lines(file, summary, _is_dart):
        kind, at = text(event.get("type")), event.get("testID")
        if kind == "suite":
            suite = mapping(event.get("suite"))
            suites[_key(suite.get("id"))] = text(suite.get("path"))
        elif kind == "testStart":
            test = mapping(event.get("test"))
            tests[_key(test.get("id"))] = test
            began[_key(test.get("id"))] = seconds(event.get("time"), unit=0.001)
        elif kind == "error":
            word = "failure" if event.get("isFailure") is True else "error"
            detail = Detail(word, text(event.get("error")), "", text(event.get("stackTrace")))
            if late := finished.get(_key(at)):
                finished[_key(at)] = replace(
                    late, status=Status.ERROR, details=(*late.details, detail)
                )
            errors.setdefault(_key(at), []).append(detail)
        elif kind == "done":
            done = event
        elif kind == "testDone":
            test, start = tests.pop(_key(at), {}), began.pop(_key(at), None)
            if event.get("hidden") is not True or errors.get(_key(at)):
                end = seconds(event.get("time"), unit=0.001)
                elapsed = (
                    end - start if end is not None and start is not None and end >= start else None
                )
                finished[_key(at)] = _dart(test, event, suites, errors.pop(_key(at), []), elapsed)
    yield from finished.values()
    if done is None or done.get("success") is None:
        summary.fault("the run did not finish")
    elif done["success"] is False:
        summary.claim(1)
    for test in tests.values():
        summary.fault(f"{text(test.get('name'))} was started and never ended")
        ended = {"result": "error"}
        yield _dart(test, ended, suites, [Detail("error", "started and never ended")], None)


def _key(value: Any) -> str:
    return text(value)


def _dart(
    test: dict[str, Any],
    done: dict[str, Any],
    suites: dict[Any, str],
    errors: list[Detail],
    elapsed: float | None,
) -> Result:
    reason = mapping(test.get("metadata")).get("skipReason")
    skipped = done.get("skipped") is True
    path = suites.get(_key(test.get("suiteID")), "")
    return Result(
        name=text(test.get("name")) or "(unnamed)",
        status=Status.SKIPPED if skipped else _DART.get(text(done.get("result")), Status.ERROR),
        suite=(path,) if path else (),
        file=path,
        line=whole(test.get("root_line")) or whole(test.get("line")),
        elapsed=elapsed,
        details=(Detail("skipped", text(reason)),) if skipped else tuple(errors),
    )


_RSPEC = {"passed": Status.PASSED, "failed": Status.FAILED, "pending": Status.SKIPPED}


def read_rspec(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """``rspec --format json``: errors outside of examples (a file that does not load) become one
    failing result.
    """
    for path, value in walk(file, {(), ("examples",)}):
        if path == ("examples", "*") and isinstance(value, dict):
            yield _example(value, summary)
        elif path == ("summary",):
            summary.claim(whole(mapping(value).get("failure_count")))
            outside = whole(mapping(value).get("errors_outside_of_examples_count")) or 0
            if outside:
                words = f"{outside} errors outside of examples"
                summary.fault(f"{words}: a failing result stands for them")
                yield Result(
                    "rspec [load]", Status.ERROR, details=(Detail("error", words),), synthetic=True
                )


def _example(example: dict[str, Any], summary: ReportSummary) -> Result:
    whole_name, name = text(example.get("full_description")), text(example.get("description"))
    word = text(example.get("status"))
    error = mapping(example.get("exception"))
    details = (
        (Detail("skipped", text(example.get("pending_message"))),) if word == "pending" else ()
    )
    if word == "failed":
        trace = "\n".join(strings(error.get("backtrace")))
        details = (Detail("failure", text(error.get("message")), text(error.get("class")), trace),)
    group = whole_name[: -len(name)].strip() if name and whole_name.endswith(name) else ""
    return Result(
        name=name or whole_name or "(unnamed)",
        status=_RSPEC.get(word) or unknown(summary, whole_name, word),
        suite=(group,) if group else (),
        file=text(example.get("file_path")),
        line=whole(example.get("line_number")),
        elapsed=seconds(example.get("run_time")),
        details=details,
    )


def read_gtest(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """``--gtest_output=json``: ``testsuites[].testsuite[]``."""
    for path, suite in walk(file, {(), ("testsuites",)}):
        if path in (("failures",), ("errors",)):
            summary.claim(whole(suite))
        if path != ("testsuites", "*") or not isinstance(suite, dict):
            continue
        for test in items(suite.get("testsuite")):
            yield _gtest(test, text(suite.get("name")))


def _gtest(test: dict[str, Any], suite: str) -> Result:
    failures = items(test.get("failures"))
    result, ran = text(test.get("result")).upper(), text(test.get("status")).upper()
    status = Status.FAILED if failures else Status.PASSED
    if not failures and (result in ("SKIPPED", "SUPPRESSED") or ran == "NOTRUN"):
        status = Status.SKIPPED
    details = [
        Detail(
            "failure",
            text(one.get("failure")).split("\n")[0],
            text(one.get("type")),
            text(one.get("failure")),
        )
        for one in failures
    ]
    details += [Detail("skipped", text(one.get("message"))) for one in items(test.get("skipped"))]
    took = re.fullmatch(r"([0-9.]+)s", text(test.get("time")))
    name, parameter = (
        text(test.get("name")),
        text(test.get("value_param")) or text(test.get("type_param")),
    )
    return Result(
        name=name or "(unnamed)",
        status=status,
        suite=(suite,) if suite else (),
        classname=text(test.get("classname")) or suite,
        file=text(test.get("file")),
        line=whole(test.get("line")),
        elapsed=float(took[1]) if took and took[1].count(".") < 2 and took[1] != "." else None,
        raw_status="notrun" if ran == "NOTRUN" else "",
        details=tuple(details),
        properties=(("parameter", parameter),) if parameter else (),
    )
