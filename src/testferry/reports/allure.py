"""An Allure results directory: one ``*-result.json`` per attempt; attempts of one test share a
``historyId``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from testferry.errors import ReportProblem
from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.jsonstream import items, mapping, number, text, walk

SUFFIX = "-result.json"
SUFFIXES = (SUFFIX, "-container.json", "-globals.json")
_STATUS = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "broken": Status.ERROR,
    "skipped": Status.SKIPPED,
}


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """One result file."""
    for path, value in walk(file, set()):
        if path == () and isinstance(value, dict):
            if text(value.get("status")) not in _STATUS:
                summary.fault(
                    f"{text(value.get('name'))} has no status that is known: "
                    f"{text(value.get('status'))!r}"
                )
            yield _result(value)


def _result(value: dict[str, Any]) -> Result:
    word = text(value.get("status"))
    status = _STATUS.get(word, Status.SKIPPED)
    told = mapping(value.get("statusDetails"))
    labels = [(text(one.get("name")), text(one.get("value"))) for one in items(value.get("labels"))]
    suite = tuple(
        found
        for wanted in ("parentSuite", "suite", "subSuite")
        for name, found in labels
        if name == wanted
    )
    start, stop = number(value.get("start")), number(value.get("stop"))
    kind = {Status.SKIPPED: "skipped", Status.ERROR: "error"}.get(status, "failure")
    parameters = [
        f"{text(one.get('name'))}={text(one.get('value'))}"
        for one in items(value.get("parameters"))
    ]
    name = text(value.get("name")) or "(unnamed)"
    return Result(
        name=f"{name} [{', '.join(parameters)}]" if parameters and "[" not in name else name,
        status=status,
        suite=suite,
        classname=next((found for wanted, found in labels if wanted == "testClass"), ""),
        elapsed=max(0.0, (stop - start) / 1000) if start is not None and stop is not None else None,
        raw_status=word if word in ("broken", "unknown") else "",
        details=()
        if status is Status.PASSED
        else (Detail(kind, text(told.get("message")), "", text(told.get("trace"))),),
        properties=tuple(
            (f"label:{name}", found)
            for name, found in labels
            if name in ("tag", "severity", "feature", "story", "epic")
        ),
        attachments=tuple(
            text(one.get("source"))
            for one in items(value.get("attachments"))
            if text(one.get("source"))
        ),
        flaky=told.get("flaky") is True,
    )


def read_folder(folder: str, summary: ReportSummary) -> Iterator[Result]:
    """Every test of a results directory; the latest attempt counts, the earlier ones are its
    attempts.
    """
    latest: dict[str, tuple[float, Result]] = {}
    tries: dict[str, list[Status]] = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(SUFFIX):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as file:
                value = next((found for path, found in walk(file, set()) if path == ()), None)
        # one bad file loses no other; whatever it was is told
        except Exception as problem:  # noqa: BLE001
            summary.fault(f"{name} cannot be read: {problem}")
            continue
        if isinstance(value, dict):
            key = text(value.get("historyId")) or text(value.get("uuid")) or name
            stop = number(value.get("stop")) or 0.0
            result = _result(value)
            if text(value.get("status")) not in _STATUS:
                summary.fault(f"{name} has no status that is known: did its run finish?")
            tries.setdefault(key, []).append(result.status)
            if key not in latest or stop >= latest[key][0]:
                latest[key] = (stop, result)
    if not latest:
        raise ReportProblem("is a folder without a readable Allure result")
    for key, (_, result) in latest.items():
        attempts = len(tries[key])
        flaky = result.flaky or (
            attempts > 1 and result.status is Status.PASSED and len(set(tries[key])) > 1
        )
        yield replace(result, attempts=attempts, flaky=flaky)
