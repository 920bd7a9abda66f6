"""``go test -json``: events by package and test; sub-tests are entries of their own, as go counts
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import lines, seconds, text

_ENDED = {
    "pass": Status.PASSED,
    "fail": Status.FAILED,
    "skip": Status.SKIPPED,
    "bench": Status.PASSED,
}
_UNBUILT = re.compile(r"FAIL\t(\S+) \[(?:build|setup) failed\]")
_KEPT_OUTPUT = 64 * 1024


# one branch for each action
# one branch for each event
def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:  # noqa: C901, PLR0912
    """Every test that ended; one that was started and never ended is an error, a failed package
    without a failed test too.
    """
    running: dict[tuple[str, str], list[str]] = {}
    output: dict[str, list[str]] = {}
    red: set[str] = set()
    unbuilt: list[str] = []
    begun: dict[str, None] = {}

    def noise(line: str) -> None:
        if match := _UNBUILT.match(line):  # before Go 1.24 there is no event for it
            unbuilt.append(match[1])

    for event in lines(file, summary, lambda one: isinstance(one.get("Action"), str), noise):
        action, package, test = (
            text(event.get("Action")),
            text(event.get("Package")),
            text(event.get("Test")),
        )
        if action == "start" or test:
            begun[package] = None
        elif action in _ENDED:
            begun.pop(package, None)
        if action == "run":
            running[package, test] = []
        elif action in ("output", "build-output"):
            kept = (
                running.get((package, test))
                if test
                else output.setdefault(package or text(event.get("ImportPath")), [])
            )
            if kept is not None and sum(map(len, kept)) < _KEPT_OUTPUT:
                kept.append(text(event.get("Output")))
        elif action in _ENDED and test:
            result = _result(package, test, _ENDED[action], running.pop((package, test), []), event)
            if result.status is Status.FAILED:
                red.add(package)
            yield result
        elif action == "fail":
            yield from _unfinished(package, running, summary, red)
            if package not in red:
                yield _package(package, output.get(package, []), summary)
            red.discard(package)
            output.pop(package, None)
        elif action in _ENDED:
            for key in [
                key for key in running if key[0] == package
            ]:  # a benchmark has no end of its own, nor has a test
                yield _result(
                    package, key[1], Status.PASSED, running.pop(key), {}
                )  # that printed without a line's end
            output.pop(package, None)
    for package in {package for package, _ in running}:
        yield from _unfinished(package, running, summary, red)
    for package in begun:
        summary.fault(f"the package {package} never ended: the run did not finish")
    for package in unbuilt:
        yield _package(package, ["it did not build"], summary)


def _result(
    package: str, test: str, status: Status, output: list[str], event: dict[str, Any]
) -> Result:
    said = "".join(output)
    details: tuple[Detail, ...] = ()
    if status is not Status.PASSED:
        telling = [
            line.strip()
            for line in said.splitlines()
            if line.strip() and not line.lstrip().startswith(("---", "==="))
        ]
        details = (
            Detail(
                "failure" if status is Status.FAILED else "skipped",
                telling[0] if telling else "",
                "",
                said,
            ),
        )
    return Result(
        name=test,
        status=status,
        suite=(package,) if package else (),
        classname=package,
        elapsed=seconds(event.get("Elapsed")),
        details=details,
        stdout="" if details else said,
    )


def _unfinished(
    package: str, running: dict[tuple[str, str], list[str]], summary: ReportSummary, red: set[str]
) -> Iterator[Result]:
    for key in [key for key in running if key[0] == package]:
        said = "".join(running.pop(key))
        summary.fault(f"{key[1]} of {package} was started and never ended")
        red.add(package)
        detail = Detail("error", "started and never ended", "", said)
        yield Result(key[1], Status.ERROR, suite=(package,), classname=package, details=(detail,))


def _package(package: str, output: list[str], summary: ReportSummary) -> Result:
    said = "".join(output)
    summary.fault(
        f"the package {package} failed without a failed test: a failing result stands for it"
    )
    detail = Detail("error", (said.strip().splitlines() or ["the package failed"])[0], "", said)
    return Result(
        f"{package} [package]",
        Status.ERROR,
        suite=(package,),
        classname=package,
        details=(detail,),
        synthetic=True,
    )
