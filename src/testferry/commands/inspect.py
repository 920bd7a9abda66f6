"""``inspect``: read reports and send nothing; convert them on the way if that is asked for."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry.errors import NothingToUpload, ReportProblem, UsageProblem
from testferry.option import Form, option
from testferry.settings.complete import report_argument
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Ending, Files, Reading, Screen

if TYPE_CHECKING:  # start-up is a feature
    from rich.console import Console

    from testferry.inspection import Inspection
    from testferry.model import ReportSummary, Tally

STANDARD_OUTPUT = "-"
_SCHEMA = "testferry.inspect/1"
_AT_ONCE = 100  # reports in one part of the JSON document
ROWS = 100  # reports in the table; -v shows all


@dataclass(frozen=True, slots=True)
class Linting:
    """What counts as wrong."""

    strict: bool = option(
        "Warnings make the exit code 4, too.",
        Form.FLAG,
        default=False,
    )


@dataclass(frozen=True, slots=True)
class Converting:
    """What was read, written again."""

    convert: str | None = option(
        "Write what was read in this format.",
        Form.CHOICE,
        choices=("ctrf", "junit", "ndjson"),
        in_environment=False,
        in_files=False,
    )
    to: str | None = option(
        "Where --convert writes to; - is standard output.",
        Form.OUTPUT,
        flags=("-o", "--to"),
        metavar="FILE|-",
        in_environment=False,
        in_files=False,
    )

    @property
    def file(self) -> str:
        """The file that is written, empty if there is none."""
        if self.to is None or self.to == STANDARD_OUTPUT:
            return ""
        return self.to


def run(asked: Asked) -> None:
    """Read reports and send nothing: detected format, counts, problems."""
    from testferry.commands.shared import show_json_parts
    from testferry.inspection import Inspection
    from testferry.model import Tally

    settings = asked.settings()
    converting = settings.of(Converting)
    screen, ending = settings.of(Screen), settings.of(Ending)
    _check(converting)
    seen = Inspection(asked.arguments["report"], settings.of(Reading), converting.file)
    try:
        _read_all(seen, converting)
    except NothingToUpload:
        if screen.json:
            show_json_parts(_document([], Tally(), {}))
        if ending.allow_empty:
            return
        raise
    code = _code(seen, ending)
    if not code and settings.of(Linting).strict and _warned(seen):
        code = ReportProblem.exit_code
    if screen.json:
        total = Tally()
        for summary in seen.summaries:
            total += summary.tests
        show_json_parts(_document(seen.summaries, total, seen.ids))
    elif code or not screen.quiet:
        _show(seen, converting, screen)
    raise SystemExit(code)


def _check(converting: Converting) -> None:
    if (converting.convert is None) is not (converting.to is None):
        raise UsageProblem(
            "--convert and -o go together",
            "for example --convert ctrf -o results.json",
        )


def _warned(seen: Inspection) -> bool:
    return any(not problem.is_note for summary in seen.summaries for problem in summary.problems)


def _read_all(seen: Inspection, converting: Converting) -> None:
    """Everything once; written on the way if that is asked for. Raises UsageProblem."""
    if converting.convert is None:
        for _ in seen:
            pass
        return
    from testferry.reports.convert import write

    if not converting.file:
        write(seen, converting.convert, sys.stdout)
        return
    # What stands there stays until the new one is whole.
    partial = f"{converting.file}.testferry-{os.getpid()}"
    try:
        with open(partial, "x", encoding="utf-8") as file:
            write(seen, converting.convert, file)
        if seen.tests.total:
            os.replace(partial, converting.file)
    except OSError as problem:
        raise UsageProblem(
            f"{converting.file} cannot be written: {problem.strerror}",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def _code(seen: Inspection, ending: Ending) -> int:
    """The exit code of an upload that sends nothing."""
    from testferry.commands.shared import flags_of
    from testferry.outcome import Counts, Figures, Outcome, exit_code

    read = sum(summary.results for summary in seen.summaries)
    figures = Figures(seen.tests, Counts(pending=read))
    outcome = Outcome(reports=seen.summaries, figures=figures)
    return exit_code(outcome, flags_of(ending, dry_run=True))


def _document(
    summaries: Sequence[ReportSummary],
    total: Tally,
    ids: Mapping[str, int],
) -> Iterator[str]:
    """``testferry.inspect/1`` of CONTRACT, in parts: there may be a hundred thousand reports."""
    yield f'{{"schema": {json.dumps(_SCHEMA)}, "reports": ['
    for begin in range(0, len(summaries), _AT_ONCE):
        entries = [json.dumps(_entry(summary)) for summary in summaries[begin : begin + _AT_ONCE]]
        comma = ", " if begin else ""
        yield f"{comma}{', '.join(entries)}"
    yield f'], "total": {json.dumps(total.as_dict())}, "ids": {json.dumps(dict(ids))}}}'


def _entry(summary: ReportSummary) -> dict[str, object]:
    from testferry.outcome import problems_as_dicts

    return {
        "path": summary.path,
        "format": summary.format,
        "why": summary.why,
        "results": summary.results,
        "tests": summary.tests.as_dict(),
        "flaky": summary.extras.flaky,
        "reruns": summary.extras.reruns,
        "synthetic": summary.extras.synthetic,
        "duration_s": round(summary.duration, 6),
        "attachments": dict(+summary.extras.attached),
        "problems": problems_as_dicts(summary),
    }


def _show(seen: Inspection, converting: Converting, screen: Screen) -> None:
    """A block for each question that one has, with an empty line between two."""
    from testferry.screen.ending import show_named
    from testferry.screen.lines import consoles, plain

    standard, error = consoles(screen.color)
    out = error if converting.to == STANDARD_OUTPUT else standard
    _show_reports(out, seen, screen)
    _show_problems(out, seen, screen)
    _gap(out, seen.failed)
    show_named(out, "Failed tests:", seen.failed, screen.verbose)
    _gap(out, seen.slowest)
    if seen.slowest:
        plain(out, "Slowest:", "bold")
        for result in seen.slowest:
            plain(out, f"  {result.elapsed:8.2f} s  {result.title}")


def _show_reports(out: Console, seen: Inspection, screen: Screen) -> None:
    from testferry.screen.lines import plain, table
    from testferry.text import count

    heads = ("report", "format", "tests", "passed", "failed", "errors", "skipped", "time")
    read = [summary for summary in seen.summaries if summary.is_report]
    shown = len(read) if screen.verbose else ROWS
    table(out, heads, [_row(summary) for summary in read[:shown]])
    if len(read) > shown:
        more = f"… and {count(len(read) - shown, 'report')} more: {seen.tests.total:,} tests in all"
        plain(out, f"{more} (-v lists them)", "dim")


def _show_problems(out: Console, seen: Inspection, screen: Screen) -> None:
    """What is wrong with reports, and what was found in them."""
    from testferry.screen.ending import SEVERITIES
    from testferry.screen.lines import plain
    from testferry.text import count

    _gap(out, any(summary.problems for summary in seen.summaries))
    for summary in seen.summaries:
        for problem in summary.problems:
            line = f":{problem.line}" if problem.line else ""
            style = SEVERITIES[problem.severity]
            plain(out, f"{summary.path}{line}: {problem.message}", style)
        if screen.verbose:
            plain(out, f"{summary.path}: {summary.format}, because {summary.why}", "dim")
    entries = sum(summary.results for summary in seen.summaries)
    results = seen.tests.total
    if results != entries:
        merged = f"{count(entries, 'entry', 'entries')} are {count(results, 'result')}"
        plain(out, f"{merged} with their retries merged")
    for line in _found(seen):
        plain(out, line)


def _gap(out: Console, what: object) -> None:
    """An empty line, if something comes."""
    from testferry.screen.lines import plain

    if what:
        plain(out, "")


def _found(seen: Inspection) -> Iterator[str]:
    """Say where ids and attachments stand, if there are any."""
    from testferry.text import count

    if seen.ids:
        told = ", ".join(f"{where}: {count(tests, 'test')}" for where, tests in seen.ids.items())
        yield f"Ids of cases (TestRail's --match id): {told}"
    attached: Counter[str] = Counter()
    for summary in seen.summaries:
        attached += summary.extras.attached
    if attached:
        told = ", ".join(f"{where}: {number}" for where, number in attached.items())
        yield f"Attachments: {told}"


def _row(summary: ReportSummary) -> tuple[str, ...]:
    numbers = [f"{number:,}" for number in summary.tests.as_dict().values()]
    return (summary.path, summary.format, *numbers, f"{summary.duration:.1f} s")


def command() -> click.Command:
    """The command, as click has it."""
    return Command(
        "inspect",
        run,
        Takes((Converting, Linting, Reading, Ending, Files, Screen)),
        [report_argument()],
        shows={
            "Examples": (
                "testferry inspect reports/",
                "testferry inspect --convert ctrf -o results.json reports/",
            )
        },
    )
