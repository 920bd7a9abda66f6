"""The end of an upload: the verdict, the figures, every refused test, the next command to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from testferry.clock import day_and_time
from testferry.events import NamedResult
from testferry.model import ReportSummary
from testferry.outcome import Flags, Outcome, exit_code, rehearsed
from testferry.screen.lines import show, words
from testferry.text import clean, count, first_line, seconds

SHOWN = 10  # entries of a list; -v shows all
REASON = 400  # characters
_REFUSED = 5
_NO_JOURNAL = 74
_GOOD = ("✔ ", "green")
_BAD = ("✘ ", "red")
_MIXED = ("! ", "yellow")


def show_outcome(
    console: Console,
    outcome: Outcome,
    flags: Flags,
    verbose: int = 0,
) -> None:
    """Print what became of an upload. What matters most stands last, where the eye is when the
    prompt comes back.
    """
    show(console, *_lists(outcome, flags, verbose), *_summary(outcome, flags))


def show_named(
    console: Console,
    title: str,
    results: list[NamedResult],
    verbose: int,
) -> None:
    """Print tests by name with their messages; nothing if there are none."""
    if results:
        show(console, *_named(title, results, verbose, "-v lists more"))


def _lists(outcome: Outcome, flags: Flags, verbose: int) -> Iterator[Text]:
    figures = outcome.figures
    named = outcome.named
    sent = not (rehearsed(outcome, flags) or outcome.already or outcome.stop.code)
    if named.failed_tests and sent:
        red = figures.tests.failed + figures.tests.error
        title = f"Failed tests ({red:,}):"
        yield from _named(title, named.failed_tests, verbose, "-v lists more")
    if named.refused:
        title = "Not accepted:"
        if figures.results.in_doubt:
            title = "Not accepted, or in doubt:"
        more = f"testferry uploads show {outcome.upload_id}"
        yield from _named(title, named.refused, verbose, more, "red")
    yield from _problems(outcome.reports)


def _summary(outcome: Outcome, flags: Flags) -> Iterator[Text]:
    sign, line = _verdict(outcome, flags)
    yield Text.assemble(sign, clean(line))
    if outcome.run.id:
        yield words(f"  run       {outcome.run.id}  {outcome.run.url}")
    if outcome.figures.results.total:
        yield from _figures(outcome)
    stop = outcome.stop
    if stop.reason:
        yield words(f"  stopped   {stop.reason}", "yellow")
        if stop.hint:
            yield words(f"            {stop.hint}")
    elif stop.hint:
        yield words(f"  plan      {stop.hint}")
    command = next_command(outcome, flags)
    if command:
        yield Text.assemble("Next: ", (command, "bold"))


def verdict(outcome: Outcome, flags: Flags) -> str:
    """Say in one line what became of the results."""
    (sign, _), line = _verdict(outcome, flags)
    return f"{sign}{line}"


def _verdict(outcome: Outcome, flags: Flags) -> tuple[tuple[str, str], str]:
    """Find the sign, with its style, and the line behind it."""
    counts = outcome.figures.results
    unsigned = ("", "")
    if not counts.total and exit_code(outcome, flags) not in (0, 1):
        return _BAD, "No result was found, nothing was sent."
    if rehearsed(outcome, flags):
        results = count(counts.total, "result")
        line = f"Dry run: {results} would be sent to {outcome.target}; nothing was sent."
        return unsigned, line
    if outcome.already:
        when = day_and_time(outcome.already)
        line = f"Already uploaded on {when}: {_arrived(outcome)} (upload {outcome.upload_id})"
        return unsigned, f"{line}; --again uploads once more."
    if not counts.total:
        return unsigned, "There was nothing to upload."
    if counts.accepted == counts.total and not outcome.unfinished:
        return _all_accepted(outcome)
    return _partly_accepted(outcome)


def _all_accepted(outcome: Outcome) -> tuple[tuple[str, str], str]:
    unread = 0
    for report in outcome.reports:
        unread += any(problem.is_error for problem in report.problems)
    lost = outcome.figures.attachments_missing
    if unread:
        reports = count(unread, "report")
        return _MIXED, f"{_arrived(outcome)}, but {reports} could not be read in full"
    if lost:
        files = count(lost, "attachment")
        return _MIXED, f"{_arrived(outcome)}, but {files} did not arrive"
    return _GOOD, _arrived(outcome)


def _partly_accepted(outcome: Outcome) -> tuple[tuple[str, str], str]:
    counts = outcome.figures.results
    sign = _MIXED
    if counts.rejected or outcome.stop.code in (_REFUSED, _NO_JOURNAL):
        sign = _BAD
    left = ""
    if outcome.stop.code == _REFUSED:
        left = "; nothing more was sent"
    elif counts.pending or counts.in_doubt:
        left = "; nothing is lost"
    return sign, f"{_so_many(outcome)}{left}"


def _arrived(outcome: Outcome) -> str:
    counts = outcome.figures.results
    if counts.accepted != counts.total:
        return _so_many(outcome)
    every = ""
    if counts.total > 1:
        every = "every one of "
    return f"{every}{count(counts.total, 'result')} is at {outcome.target}"


def _so_many(outcome: Outcome) -> str:
    counts = outcome.figures.results
    return f"{counts.accepted:,} of {count(counts.total, 'result')} are at {outcome.target}"


def _figures(outcome: Outcome) -> Iterator[Text]:
    results = outcome.figures.results
    tests = outcome.figures.tests
    yield _row(
        "results",
        f"{results.accepted:,} accepted",
        *_counted(
            (results.rejected, "rejected"),
            (results.in_doubt, "in doubt"),
            (results.pending, "pending"),
            (results.unmatched, "unmatched"),
        ),
    )
    ended = _counted(
        (tests.passed, "passed"),
        (tests.failed, "failed"),
        (tests.error, "errors"),
        (tests.skipped, "skipped"),
    )
    yield _row("tests", *(ended or ["none"]))
    if outcome.figures.requests.total:
        yield _requests(outcome)


def _requests(outcome: Outcome) -> Text:
    requests = outcome.figures.requests
    parts = [
        f"{requests.total:,} sent",
        *_counted(
            (requests.retried, "retried"),
            (requests.throttled, "throttled"),
            (requests.in_doubt, "in doubt"),
        ),
    ]
    if requests.waited_s >= 1:
        parts.append(f"waited {seconds(requests.waited_s)}")
    parts.append(f"{seconds(outcome.figures.duration_s)} in all")
    return _row("requests", *parts)


def _counted(*numbers: tuple[int, str]) -> list[str]:
    """Say each number that is not zero, with its word."""
    return [f"{number:,} {word}" for number, word in numbers if number]


def _row(name: str, *parts: str) -> Text:
    return Text.assemble((f"  {name:<9} ", "dim"), " · ".join(parts))


def _problems(reports: Iterable[ReportSummary]) -> Iterator[Text]:
    for report in reports:
        for problem in report.problems:
            style = "yellow"
            if problem.is_error:
                style = "red"
            yield words(f"  {report.path}: {problem.message}", style)


def _named(
    title: str,
    results: list[NamedResult],
    verbose: int,
    more: str,
    style: str = "",
) -> Iterator[Text]:
    """List tests by name under a title; ``more`` says where those are that are left out."""
    yield Text(title, style="bold")
    shown = len(results) if verbose else SHOWN
    for result in results[:shown]:
        suite = ""
        if result.suite:
            suite = f"{result.suite} › "
        yield words(f"  {suite}{result.name}", style)
        reason = first_line(result.reason, REASON)
        if reason:
            yield words(f"      {reason}", "dim")
    left_out = len(results) - shown
    if left_out > 0:
        yield words(f"  … and {left_out:,} more ({more})")


def next_command(outcome: Outcome, flags: Flags) -> str:
    """Say what to type next; empty if nothing is to be done."""
    counts = outcome.figures.results
    nothing = rehearsed(outcome, flags) or not outcome.upload_id
    if nothing or outcome.stop.code == _NO_JOURNAL:
        return ""
    resume = f"testferry resume {outcome.upload_id}"
    if counts.in_doubt and not counts.pending and not outcome.stop.code:
        return f"{resume}   (looks again; --in-doubt resend sends them again)"
    if counts.pending or outcome.unfinished:
        return resume
    if (counts.rejected or counts.unmatched) and outcome.run.id:
        show_it = f"testferry uploads show {outcome.upload_id}"
        return f"{show_it}   (the run stays open: results are missing)"
    return ""
