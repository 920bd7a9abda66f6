"""pytest-json-report (``tests[]``) and pytest-reportlog (NDJSON with ``$report_type``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import items, lines, mapping, number, text, walk, whole

_OUTCOME = {
    "passed": Status.PASSED,
    "xpassed": Status.PASSED,
    "failed": Status.FAILED,
    "error": Status.ERROR,
    "skipped": Status.SKIPPED,
    "xfailed": Status.SKIPPED,
    "subtests passed": Status.PASSED,
    "subtests failed": Status.FAILED,
    "subtests skipped": Status.SKIPPED,
}
_PHASES = ("setup", "call", "teardown")


def _split(nodeid: str) -> tuple[str, str, str]:
    """File, class and name of a node id; a parameter may hold ``::`` too."""
    plain, bracket, parameters = nodeid.partition("[")
    file, *classes = plain.split("::")
    name = classes.pop() if classes else file
    return (
        file,
        ".".join((file.removesuffix(".py").replace("/", "."), *classes)),
        name + bracket + parameters,
    )


def _crash(phase: dict[str, Any], kind: str) -> Detail:
    report = phase.get("longrepr")
    crash = mapping(phase.get("crash")) or mapping(mapping(report).get("reprcrash"))
    said = report if isinstance(report, str) else _traceback(mapping(report))
    if isinstance(report, list) and report:  # a skip: (file, line, reason)
        said = text(report[-1])
    return Detail(kind, text(crash.get("message")) or said.split("\n")[0], "", said)


def _traceback(report: dict[str, Any]) -> str:
    entries = items(mapping(report.get("reprtraceback")).get("reprentries"))
    return "\n".join(
        "\n".join(map(text, data))
        for one in entries
        if isinstance(data := mapping(one.get("data")).get("lines"), list)
    )


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every test; ``rerun`` is the outcome of the last call, and a module that did not import
    becomes a failing result.
    """
    for path, value in walk(file, {(), ("tests",), ("collectors",)}):
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
    """What pytest's exit code says: 0 and 5 are fine, 1 says that tests failed, 2 that the run was
    stopped.
    """
    if code == 1:
        summary.claim(1)
    elif code not in (0, 5):
        summary.fault(f"pytest ended with exit code {code}: the run did not finish")


def _uncollected(value: dict[str, Any], summary: ReportSummary) -> Result:
    node = text(value.get("nodeid"))
    summary.fault(f"{node} could not be collected: a failing result stands for it")
    return Result(
        f"{node} [collection]",
        Status.ERROR,
        file=node,
        details=(_crash(value, "error"),),
        synthetic=True,
    )


def _from_report(test: dict[str, Any], summary: ReportSummary) -> Result:
    file, classname, name = _split(text(test.get("nodeid")))
    word = text(test.get("outcome"))
    phases = {phase: mapping(test.get(phase)) for phase in _PHASES}
    final = text(phases["call"].get("outcome")) if word == "rerun" else word
    if final not in _OUTCOME:
        summary.fault(f"{name} ended in a way that is not known: {word!r}")
    status = _OUTCOME.get(final, Status.ERROR)
    if status is Status.PASSED and phases["setup"] and not phases["call"]:
        summary.fault(f"{name} never finished")
        status = Status.ERROR
    details = tuple(
        _crash(phase, "error" if name_of != "call" else "failure")
        for name_of, phase in phases.items()
        if phase.get("outcome") in ("failed", "error")
    )
    if status is Status.SKIPPED:
        details = tuple(
            _crash(phase, "skipped")
            for phase in phases.values()
            if phase.get("outcome") == "skipped"
        )[:1]
    took = [
        found for phase in phases.values() if (found := number(phase.get("duration"))) is not None
    ]
    output = [text(phase.get("stdout")) for phase in phases.values()]
    return Result(
        name=name,
        status=status,
        classname=classname,
        file=file,
        line=whole(test.get("lineno")),
        elapsed=sum(took) if took else None,
        raw_status=word if word in ("xfailed", "xpassed") else "",
        details=details,
        stdout="".join(output),
        stderr="".join(text(phase.get("stderr")) for phase in phases.values()),
        attempts=2 if word == "rerun" else 1,
    )


def read_log(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Every test: its three reports (and those of its reruns) up to the last teardown."""
    open_tests: dict[str, list[dict[str, Any]]] = {}
    finished: dict[str, list[dict[str, Any]]] = {}
    finish: int | None = None
    for line in lines(file, summary, lambda one: "$report_type" in one):
        kind, node = text(line.get("$report_type")), text(line.get("nodeid"))
        if kind == "CollectReport" and line.get("outcome") == "failed":
            yield _uncollected(line, summary)
        elif kind == "SessionFinish":
            finish = whole(line.get("exitstatus"))
            _ended(finish, summary)
        elif kind in ("TestReport", "SubTestReport", "SubtestReport"):
            if kind != "TestReport" and line.get("outcome") != "failed":
                continue  # the test's own report speaks for its sub-tests that passed
            seen = open_tests.setdefault(node, finished.pop(node, []))
            seen.append(line)
            if line.get("when") == "teardown":
                finished[node] = open_tests.pop(node)
    if finish is None:
        summary.fault("the run did not finish: there is no SessionFinish")
    for reports in finished.values():
        yield _from_log(reports)
    for node, reports in open_tests.items():
        summary.fault(f"{node} never finished")
        yield _from_log(
            [
                *reports,
                {
                    "nodeid": node,
                    "when": "call",
                    "outcome": "failed",
                    "longrepr": "it never finished",
                },
            ]
        )


def _from_log(reports: list[dict[str, Any]]) -> Result:
    file, classname, name = _split(text(reports[-1].get("nodeid")))
    reruns = sum(report.get("outcome") == "rerun" for report in reports)
    last = reports
    for at, report in enumerate(reports):  # only what follows the last rerun counts
        if report.get("outcome") == "rerun":
            last = reports[at + 1 :]
    failed = [report for report in last if report.get("outcome") == "failed"]
    skipped = [report for report in last if report.get("outcome") == "skipped"]
    status = Status.SKIPPED if skipped else Status.PASSED
    if failed:
        status = (
            Status.FAILED
            if all(report.get("when") == "call" for report in failed)
            else Status.ERROR
        )
    details = [
        _crash(report, "failure" if report.get("when") == "call" else "error") for report in failed
    ]
    details += [_crash(report, "skipped") for report in skipped if not failed][:1]
    xfail = any("wasxfail" in report for report in last)
    return Result(
        name=name,
        status=status,
        classname=classname,
        file=file,
        line=_line(reports[-1].get("location")),
        elapsed=sum(number(report.get("duration")) or 0.0 for report in last),
        raw_status=("xpassed" if status is Status.PASSED else "xfailed") if xfail else "",
        details=tuple(details),
        attempts=1 + reruns,
    )


def _line(location: Any) -> int | None:
    return whole(location[1]) if isinstance(location, list) and len(location) > 1 else None
