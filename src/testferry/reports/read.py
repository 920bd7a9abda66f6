"""One report read: its results one at a time, what is wrong with it in its summary."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from testferry.errors import ReportProblem
from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.detect import HEAD, Format, detect
from testferry.reports.formats import ALLURE_RESULT, READERS, reader_of
from testferry.reports.source import Source, Watch, unwatched
from testferry.text import count

_Key = tuple[tuple[str, ...], str, str]
# What a file is that is not read -> the code of its problem.
_REFUSED = {
    "empty": "empty",
    "companion": "companion",
    "cut": "cut-off",
    "packed": "unreadable",
}


def read(
    source: Source,
    summary: ReportSummary,
    wanted: str = "auto",
    watch: Watch = unwatched,
) -> Iterator[Result]:
    """Yield every result of one report, in the report's order; fill ``summary`` on the way.

    ``watch`` is called with every chunk of the file, and may end it all by raising.

    Never raises for a bad report: what is wrong becomes a problem of the summary, and what was
    complete before it is yielded.
    """
    see, base = summary.see, source.base
    try:
        for result in _results(source, summary, wanted, watch):
            see(result)
            if result.attachments:
                result.base = base
            yield result
        if summary.extras.claimed > summary.red:
            result = _stand_in(source, summary)
            see(result)
            yield result
    except ReportProblem as problem:
        words = problem.message
        if problem.hint:
            words = f"{problem.message}; {problem.hint}"
        summary.fault(
            _code(problem, summary),
            words,
            problem.line,
        )
    else:
        if not summary.results and not any(problem.is_error for problem in summary.problems):
            summary.warn("no-tests", "holds no test at all")
    _tell_words(summary)
    _tell_durations(summary)
    _tell_cut(summary)
    summary.close()


def _code(problem: ReportProblem, summary: ReportSummary) -> str:
    if problem.code == "unreadable" and summary.format in READERS:
        return "unknown-format"
    return problem.code


def _tell_words(summary: ReportSummary) -> None:
    """Tell every word that is in no table, once, with the number of its tests."""
    for (kind, word, red), tests in summary.extras.unknown.items():
        words = f"the {kind} {word!r} of {count(tests, 'test')} is not known"
        if red:
            summary.fault(
                "unknown-status",
                f"{words}: it counts as an error",
                tests=tests,
            )
        else:
            summary.warn(
                "unknown-status",
                f"{words}: it counts as skipped, because the report's own summary says no more",
                tests=tests,
            )

    for (tag, status), tests in summary.extras.read_as.items():
        words = f"<{tag}> in {count(tests, 'test')} is no element of this format"
        summary.warn(
            "unknown-status",
            f"{words}: it is read as {status}",
            tests=tests,
        )


def _tell_durations(summary: ReportSummary) -> None:
    if summary.extras.odd_durations:
        words = f"{count(summary.extras.odd_durations, 'duration')} cannot be one of a test"
        summary.warn(
            "odd-duration",
            f"{words}: left out",
            tests=summary.extras.odd_durations,
        )


def _tell_cut(summary: ReportSummary) -> None:
    if summary.extras.has_cut:
        summary.warn(
            "value-cut",
            "holds values that are longer than testferry keeps: part of them is left out",
        )


def _results(
    source: Source,
    summary: ReportSummary,
    wanted: str,
    watch: Watch,
) -> Iterator[Result]:
    if source.earlier:
        yield from _with_earlier_tries(source, summary, wanted, watch)
        return
    if source.is_folder:
        summary.format, summary.why = "allure", "it is a folder of Allure results"
        from testferry.reports.allure import read_folder  # start-up is a feature

        yield from read_folder(source.folder, summary, watch)
        return
    with source.open(watch) as file:
        form = _format(file, summary, wanted)
        yield from reader_of(form.name)(file, summary)


def _format(file: BinaryIO, summary: ReportSummary, wanted: str) -> Format:
    if wanted != "auto":
        form = Format(
            wanted,
            wanted,
            f"--format {wanted}",
            known=True,
        )
    else:
        # looked at anew: it may have been written meanwhile
        form = detect(file.read(HEAD))
        file.seek(0, io.SEEK_SET)
    # one string for all that are alike
    summary.format, summary.why = form.name, sys.intern(form.why)
    if form.name in READERS:
        return form
    raise ReportProblem(form.refusal, code=_REFUSED.get(form.name, "unknown-format"))


def _with_earlier_tries(
    source: Source,
    summary: ReportSummary,
    wanted: str,
    watch: Watch,
) -> Iterator[Result]:
    """Yield each test once: the last try counts, the earlier ones are its attempts."""
    tries: dict[_Key, list[Result]] = {}
    for earlier in source.earlier:
        # what is wrong with an earlier try is told of the whole
        of_try = ReportSummary(earlier.path)
        for result in read(earlier, of_try, wanted, watch):
            tries.setdefault(_key(result), []).append(result)
        for problem in of_try.problems:
            if problem.code in ("cut-off", "broken", "unreadable", "empty", "unknown-format"):
                summary.tell(replace(problem, message=f"{earlier.path}: {problem.message}"))
    for result in _results(
        replace(source, earlier=()),
        summary,
        wanted,
        watch,
    ):
        yield _last_of(tries.pop(_key(result), []), result)
    for left in tries.values():
        # the last report does not hold it: what passed is not tried again
        yield _last_of(
            left[:-1],
            left[-1],
        )


def _key(result: Result) -> _Key:
    return result.suite, result.classname, result.name


def _last_of(earlier: list[Result], last: Result) -> Result:
    if not earlier:
        return last
    red = any(result.status.is_red for result in earlier)
    return replace(
        last,
        attempts=last.attempts + sum(result.attempts for result in earlier),
        flaky=last.flaky or (red and last.status is Status.PASSED),
        retried=True,
    )


def _stand_in(source: Source, summary: ReportSummary) -> Result:
    """A report whose own summary is redder than its entries is never taken for green."""
    claimed = count(summary.extras.claimed, "failure")
    words = f"its own summary says {claimed}, its entries show {summary.red}"
    name = os.path.basename(source.path)
    return summary.stand_in(
        f"{name} [report]",
        words,
        Detail("failure", words),
        status=Status.FAILED,
        file=source.path,
        code="claims-more",
    )


def digest(sources: Iterable[Source], watch: Watch = unwatched) -> str:
    """Return what the reports hold, in one word: the same files give the same word wherever they
    lie. Unreadable ones count as such.
    """
    whole = hashlib.sha256()
    for source in sources:
        part = hashlib.sha256()
        try:
            for inner in _files(source):
                with inner.open(watch) as file:
                    while chunk := file.read(1 << 20):
                        part.update(chunk)
        except ReportProblem as problem:
            part.update(b"unreadable: " + problem.message.encode())
        whole.update(part.digest())
    return whole.hexdigest()


def _files(source: Source) -> list[Source]:
    if not source.is_folder:
        return [*source.earlier, replace(source, earlier=())]
    return [
        Source(os.path.join(source.folder, name))
        for name in sorted(os.listdir(source.folder))
        if name.endswith(ALLURE_RESULT)
    ]
