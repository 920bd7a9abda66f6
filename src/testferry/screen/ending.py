"""The end of an upload: what fits into a chat, every refused test, the next command to type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from testferry import exit_codes
from testferry.clock import day_and_time
from testferry.events import NamedResult
from testferry.model import ReportSummary
from testferry.outcome import (
    RUN_COMPLETED,
    RUN_CREATED,
    RUN_FOUND,
    Counts,
    Flags,
    Outcome,
    exit_code,
    mended,
    next_step,
    rehearsed,
    to_show,
)
from testferry.screen.lines import as_it_is, show, words
from testferry.screen.named import FAILED, SHOWN, by_reason, in_a_list
from testferry.text import clean, count, first_line, seconds

BODY = 40  # lines of a request that is rehearsed; -v shows all
_NAME = 60  # characters of a run's name
_GOOD = ("✔ ", "green")
_BAD = ("✘ ", "red")
_MIXED = ("! ", "yellow")
_UNSIGNED = ("", "")
_RUN_ALONE = {
    RUN_CREATED: "made",
    RUN_FOUND: "found or made",
    RUN_COMPLETED: "complete",
}
# How a problem of a report is coloured.
SEVERITIES = {"error": "red", "warning": "yellow", "note": "dim"}


def show_outcome(
    console: Console,
    outcome: Outcome,
    flags: Flags,
    verbose: int = 0,
    *,
    listed: bool = False,
    fold: tuple[str, str] = ("", ""),
) -> None:
    """Print what became of an upload. What matters most stands last, where the eye is when the
    prompt comes back. ``listed``: every test is named here, so nothing leads back here. ``fold``:
    what stands around the lists, for a log that can fold them.
    """
    lists = [*_rehearsal(outcome, verbose), *_lists(outcome, flags, verbose)]
    if lists:
        before, behind = fold
        as_it_is(console, before)
        show(console, *lists)
        as_it_is(console, behind)
        if not behind:
            show(console, Text())
    show(console, *_summary(outcome, flags, verbose, listed=listed))


def show_named(
    console: Console,
    title: str,
    results: list[NamedResult],
    verbose: int,
) -> None:
    """Print tests by name with their messages; nothing if there are none."""
    if results:
        shown = len(results) if verbose else SHOWN
        show(console, *in_a_list(title, results, shown, "-v lists more"))


def _rehearsal(outcome: Outcome, verbose: int) -> Iterator[Text]:
    """What would be made, and the first requests as they would leave."""
    made = outcome.named.to_make
    if made:
        yield words(f"Would be made ({len(made):,}):", "bold")
        yield from _some(made, SHOWN, verbose)
    for request in outcome.named.rehearsal:
        note = f"   ({request.note})" if request.note else ""
        yield Text.assemble((f"{request.method} {clean(request.url)}", "bold"), clean(note))
        for name, value in request.headers:
            yield words(f"  {name}: {value}", "dim")
        lines = request.body.splitlines()
        yield from _some(lines, BODY, verbose)
        yield words(f"  {count(request.size, 'byte')}", "dim")


def _some(
    lines: Sequence[str],
    most: int,
    verbose: int,
) -> Iterator[Text]:
    shown = len(lines) if verbose else most
    for line in lines[:shown]:
        yield words(f"  {line}")
    if len(lines) > shown:
        more = count(len(lines) - shown, "line")
        yield words(f"  … {more} more (-v shows all)", "dim")


def _lists(outcome: Outcome, flags: Flags, verbose: int) -> Iterator[Text]:
    """List the failed tests, then the refused ones, then what is wrong with the reports."""
    named = outcome.named
    more = to_show(outcome, flags) or "-v lists more"
    unsent = rehearsed(outcome, flags) or flags.spooled
    sent = not (unsent or outcome.already or outcome.stop.code)
    blocks: list[Iterator[Text]] = []
    if named.failed_tests and sent:
        tests = outcome.figures.tests
        title = f"Failed tests ({tests.failed + tests.error:,}):"
        shown = len(named.failed_tests) if verbose else FAILED
        blocks.append(in_a_list(title, named.failed_tests, shown, more))
    if named.refused:
        title = _title(outcome)
        blocks.append(by_reason(title, named.refused, more, every=bool(verbose)))
    blocks.append(_problems(outcome.reports))
    return _apart(blocks)


def _apart(blocks: Iterable[Iterable[Text]]) -> Iterator[Text]:
    """The lines of all blocks, with an empty one between two."""
    begun = False
    for block in blocks:
        lines = list(block)
        if lines and begun:
            yield Text()
        yield from lines
        begun = begun or bool(lines)


def _title(outcome: Outcome) -> str:
    """Say what those have in common that are listed: ``Not accepted, or in doubt (18):``."""
    counts = outcome.figures.results
    kinds = []
    if counts.rejected:
        kinds.append("not accepted")
    if counts.unmatched:
        kinds.append("without a case")
    if counts.in_doubt:
        kinds.append("in doubt")
    if not kinds and outcome.figures.attachments_missing:
        kinds.append("attachments that did not arrive")
    if not kinds:
        kinds.append("requests behind the results that were refused")
    title = ", or ".join(kinds)
    return f"{title[0].upper()}{title[1:]} ({len(outcome.named.refused):,}):"


def _summary(
    outcome: Outcome,
    flags: Flags,
    verbose: int,
    *,
    listed: bool,
) -> Iterator[Text]:
    sign, line = _verdict(outcome, flags)
    yield Text.assemble(sign, clean(line), *_told_beside(outcome, flags))
    run = outcome.run
    if run.id:
        yield words(f"  {run.url or f'run {run.id}'}")
    if verbose and outcome.figures.results.total:
        yield from _figures(outcome, sent=not rehearsed(outcome, flags))
    stop = outcome.stop
    if stop.reason:
        yield words(f"  stopped   {stop.reason}", "yellow")
        if stop.hint:
            yield words(f"  cure      {stop.hint}")
    yield from _planned(outcome)
    command, why = next_step(outcome, flags)
    if listed and command == to_show(outcome, flags):
        yield words(f"Next: {mended(outcome)}")
    elif command:
        reason = ""
        if why:
            reason = f"   ({why})"
        yield Text.assemble("Next: ", (command, "bold"), reason)


def _planned(outcome: Outcome) -> Iterator[Text]:
    """Say what a rehearsal found, a line for each question that one has."""
    forecast = outcome.named.forecast
    if forecast is None:
        return
    yield _row("to", forecast.url)
    if forecast.options and not outcome.named.rehearsal:  # its requests say more
        yield _row("with", *forecast.options)
    limit = forecast.rate
    if limit[:1].isdigit():
        limit = f"at most {limit}"
    yield _row("requests", f"{forecast.requests:,}", limit)
    if forecast.least_s >= 1:
        yield _row("takes", f"at least {seconds(forecast.least_s)}")


def verdict(outcome: Outcome, flags: Flags) -> str:
    """Say in one line what became of the results."""
    (sign, _), line = _verdict(outcome, flags)
    return f"{sign}{line}"


def tests_in_words(outcome: Outcome) -> str:
    """Say which tests did not pass: ``8 failed, 1 error, 27 skipped``; empty if all did."""
    return "".join(text for text, _ in _tests(outcome))


def _told_beside(outcome: Outcome, flags: Flags) -> Iterator[tuple[str, str]]:
    """Say behind the verdict how the tests ended and how long it took, each with its style."""
    results = outcome.figures.results
    if outcome.already or not (results.total or results.excluded):
        return
    tests = list(_tests(outcome))
    if tests:
        yield (" · ", "")
        yield from tests
    if results.excluded:
        yield (f" · {results.excluded:,} excluded", "")
    if outcome.figures.duration_s and not rehearsed(outcome, flags):
        yield (f" · {seconds(outcome.figures.duration_s)}", "")


def _tests(outcome: Outcome) -> Iterator[tuple[str, str]]:
    tests = outcome.figures.tests
    comma = ""
    for number, word, style in (
        (tests.failed, f"{tests.failed:,} failed", "red"),
        (tests.error, count(tests.error, "error"), "red"),
        (tests.skipped, f"{tests.skipped:,} skipped", ""),
    ):
        if number:
            yield (comma, "")
            yield (word, style)
            comma = ", "


def _verdict(outcome: Outcome, flags: Flags) -> tuple[tuple[str, str], str]:
    """Find the sign, with its style, and the line behind it."""
    counts = outcome.figures.results
    if outcome.run.alone:
        return _of_a_run_alone(outcome)
    if not counts.total and exit_code(outcome, flags) not in (0, 1):
        return _BAD, _without_results(outcome)
    if line := _without_sending(outcome, flags):
        return _UNSIGNED, line
    if nothing_kept(outcome):
        results = count(counts.total, "result")
        return _BAD, f"None of {results} was sent to {outcome.target}; nothing is kept here"
    let_be = counts.unmatched - counts.out_of_place
    if counts.accepted + let_be == counts.total and not outcome.unfinished:
        return _all_accepted(outcome)
    return _partly_accepted(outcome)


def _of_a_run_alone(outcome: Outcome) -> tuple[tuple[str, str], str]:
    done = _RUN_ALONE[outcome.run.alone]
    if outcome.stop.code or outcome.unfinished:
        return _BAD, f"The run is not {done} yet"
    run = _run(outcome)
    return _GOOD, f"{run[0].upper()}{run[1:]} is {done}"


def _without_results(outcome: Outcome) -> str:
    """Say why there is no result."""
    if unread := _unread(outcome):
        return f"{count(unread, 'report')} could not be read, nothing was sent."
    if outcome.stop.code:
        return "Nothing was sent."
    return "No result was found, nothing was sent."


def nothing_kept(outcome: Outcome) -> bool:
    """Say whether it was refused as a whole and left nothing behind: the command is to be mended
    and typed again.
    """
    return outcome.stop.code == exit_codes.REFUSED and not outcome.upload_id


def _without_sending(outcome: Outcome, flags: Flags) -> str:
    """Say why nothing had to be sent; empty if something had to."""
    counts = outcome.figures.results
    if rehearsed(outcome, flags) and not outcome.already:
        line = f"Dry run: {_would_be_sent(counts)} would be sent to {outcome.target}"
        return f"{line}{_missing(counts, pending=False)}; nothing was sent"
    if flags.spooled and counts.pending == counts.total > 0:
        results = count(counts.total, "result")
        return f"Kept: {results} for {outcome.target}; nothing is sent yet"
    if outcome.already:
        when = day_and_time(outcome.already)
        line = f"Already uploaded on {when}: {_so_many(outcome)}{_missing(counts)}"
        return f"{line} (upload {outcome.upload_id}); --again uploads once more."
    if not counts.total:
        return "There was nothing to upload."
    return ""


def _unread(outcome: Outcome) -> int:
    """Count the reports that were not read, or not in full."""
    unread = 0
    for report in outcome.reports:
        unread += any(problem.is_error for problem in report.problems)
    return unread


def _all_accepted(outcome: Outcome) -> tuple[tuple[str, str], str]:
    unread = _unread(outcome)
    lost = outcome.figures.attachments_missing
    arrived = f"{_so_many(outcome)}{_missing(outcome.figures.results)}"
    if unread:
        reports = count(unread, "report")
        return _MIXED, f"{arrived}, but {reports} could not be read in full"
    if lost:
        files = count(lost, "attachment")
        return _MIXED, f"{arrived}, but {files} did not arrive"
    if outcome.figures.looks_refused:
        return _MIXED, f"{arrived}, but what follows them was refused in part"
    return _GOOD, arrived


def _partly_accepted(outcome: Outcome) -> tuple[tuple[str, str], str]:
    counts = outcome.figures.results
    sign = _MIXED
    if counts.rejected or outcome.stop.code in (exit_codes.REFUSED, exit_codes.JOURNAL):
        sign = _BAD
    left = ""
    if outcome.stop.code == exit_codes.REFUSED:
        left = "; nothing more was sent"
    elif counts.pending or counts.in_doubt:
        left = "; nothing is lost"
    elif counts.accepted == counts.total:
        left = "; the run is not complete yet"
    return sign, f"{_so_many(outcome)}{_missing(counts)}{left}"


def _so_many(outcome: Outcome) -> str:
    """Say how many results are where: ``1,200 results in run 101 "Nightly"``."""
    counts = outcome.figures.results
    results = count(counts.total, "result")
    if counts.accepted != counts.total:
        results = f"{counts.accepted:,} of {results}"
    return f"{results} {_where(outcome)}"


def _would_be_sent(counts: Counts) -> str:
    results = count(counts.total, "result")
    if counts.pending < counts.total:
        return f"{counts.pending:,} of {results}"
    return results


def _where(outcome: Outcome) -> str:
    if not outcome.run.id:
        return f"at {outcome.target}"
    return f"in {_run(outcome)}"


def _run(outcome: Outcome) -> str:
    """Say which run it is: ``run 101 "Nightly"``."""
    name = outcome.run.name
    if name:
        name = f' "{first_line(name, _NAME)}"'
    return f"run {outcome.run.id}{name}"


def _missing(counts: Counts, *, pending: bool = True) -> str:
    """Say where the other results are: ``: 1 rejected, 15 in doubt``; empty if there are none."""
    parts = _counted(
        (counts.rejected, "rejected"),
        (counts.in_doubt, "in doubt"),
        (counts.pending * pending, "pending"),
        (counts.unmatched, "without a case"),
    )
    if not parts:
        return ""
    return f": {', '.join(parts)}"


def _figures(outcome: Outcome, *, sent: bool) -> Iterator[Text]:
    results = outcome.figures.results
    tests = outcome.figures.tests
    if outcome.upload_id:
        yield _row("upload", outcome.upload_id)
    if sent:
        yield _row(
            "results",
            f"{results.accepted:,} accepted",
            *_counted(
                (results.rejected, "rejected"),
                (results.in_doubt, "in doubt"),
                (results.pending, "pending"),
                (results.unmatched, "unmatched"),
                (results.excluded, "excluded"),
            ),
        )
    ended = _counted(
        (tests.passed, "passed"),
        (tests.failed, "failed"),
        (tests.error, "error" if tests.error == 1 else "errors"),
        (tests.skipped, "skipped"),
    )
    yield _row("tests", *(ended or ["none"]))
    if outcome.figures.requests.total:
        yield _requests(outcome, sent=sent)


def _requests(outcome: Outcome, *, sent: bool) -> Text:
    requests = outcome.figures.requests
    done = "sent"
    if not sent:
        done = "made to see what is there"
    parts = [
        f"{requests.total:,} {done}",
        *_counted(
            (requests.retried, "retried"),
            (requests.throttled, "throttled"),
            (requests.in_doubt, "without a clear answer"),
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
            style = SEVERITIES[problem.severity]
            yield words(f"  {report.path}: {problem.message}", style)
