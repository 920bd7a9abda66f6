"""The screen. The only file that knows ``rich``. Names from reports and services come as ``Text``
of cleaned characters: never markup, never control sequences, never a CI system's commands.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import IO, Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from testferry.clock import Clock, at_time
from testferry.events import (
    Event,
    Opened,
    Outcome,
    Planned,
    Progressed,
    RefusedResult,
    Told,
    Waiting,
)
from testferry.model import ReportSummary
from testferry.text import clean, count, first_line, seconds

PLAIN_EVERY = 10.0  # seconds between lines where nothing moves on its own
SHOWN = 10  # entries of a list; -v shows all
WIDE = 120
REASON = 400


def consoles(color: str, *, quiet: bool = False) -> tuple[Console, Console]:
    """For standard output and for standard error. NO_COLOR wins over FORCE_COLOR; a pipe never gets
    an animation.
    """
    out, error = (
        stream or _nowhere() for stream in (sys.stdout, sys.stderr)
    )  # a stream that is closed is no other one
    return _console(out, color, quiet=False), _console(error, color, quiet=quiet)


class _Nowhere(io.StringIO):
    """What a closed stream stands for: nobody reads."""

    def write(self, text: str, /) -> int:
        return len(text)


def _nowhere() -> IO[str]:
    return _Nowhere()


def _console(stream: IO[str], color: str, *, quiet: bool) -> Console:
    with suppress(AttributeError, ValueError):  # a cp1252 pipe must not lose the upload over a tick
        # every real stream has it
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
    terminal = _is_tty(stream)
    forced = os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0")
    wanted = {"always": True, "never": False}.get(color, bool(terminal or forced))
    if color == "auto" and os.environ.get("NO_COLOR"):
        wanted = False
    return _PatientConsole(
        file=stream,
        quiet=quiet,
        force_terminal=wanted or None if terminal else wanted,
        force_interactive=None if terminal else False,  # FORCE_COLOR must not animate a pipe
        no_color=not wanted,
        color_system="auto" if wanted else None,
        width=None if terminal else _width(),
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def _is_tty(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # closed
        return False


def animated(console: Console, *, ci: bool, quiet: bool) -> bool:
    """Whether a live display is for anybody: on a real terminal that can do it, outside of CI."""
    return _is_tty(console.file) and not ci and not quiet and os.environ.get("TERM") != "dumb"


class _PatientConsole(Console):
    """rich ends the whole program when nobody reads any more (``| head``); the upload goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return (
        max(20, int(columns))
        if columns.isascii() and columns.isdigit() and len(columns) < 5
        else WIDE
    )


def words(text: str, style: str = "") -> Text:
    """Somebody else's text, as nothing but text."""
    return Text(clean(text), style=style)


class Screen:
    """Listens to an upload: a live display on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, clock: Clock, *, live: bool, verbose: int = 0) -> None:
        self._console = console
        self._clock = clock
        self._verbose = verbose
        self._started = clock.now()
        self._spoke = clock.now()
        self._planned: Planned | None = None
        self._progress: Progressed | None = None
        self._waiting: Waiting | None = None
        self._told_waiting = 0.0
        self._live = (
            Live(console=console, refresh_per_second=8, transient=True, get_renderable=self._render)
            if live
            else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, line: Text | str) -> None:
        """One line, above the live display."""
        with suppress(OSError, ValueError):  # nobody reads any more: the upload goes on
            self._console.print(line if isinstance(line, Text) else Text(line), soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """One event of the upload."""
        match event:
            case Planned():
                self._planned = event
                already = f", {event.done:,} of them done before" if event.done else ""
                requests = count(event.submissions, "request")
                self.say(
                    f"upload {event.upload_id}: {count(event.results, 'result')}{already}, "
                    f"{requests} to go"
                )
            case Opened():
                self.say(
                    words(
                        f"run {event.run_id}: {event.url}" if event.url else f"run {event.run_id}"
                    )
                )
            case Told():
                if event.level <= self._verbose:
                    self.say(words(event.text, "dim" if event.level > 1 else ""))
            case Waiting():
                self._waiting = event
                self._say_waiting(event)
            case Progressed():
                self._progress, self._waiting = event, None
                self._say_progress(event)

    def _say_waiting(self, event: Waiting) -> None:
        now = self._clock.now()
        if self._live is None and (
            abs(event.at - self._told_waiting) > 1 or now - self._spoke >= PLAIN_EVERY
        ):
            self._told_waiting, self._spoke = event.at, now
            self.say(words(f"{at_time(self._clock.wall())} {self._wait_words(event)}"))

    def _wait_words(self, event: Waiting) -> str:
        left = max(0.0, event.at - self._clock.wall())
        return f"waiting {seconds(left)}, until {at_time(event.at)}: {event.reason}"

    def _say_progress(self, event: Progressed) -> None:
        now = self._clock.now()
        if self._live is None and now - self._spoke >= PLAIN_EVERY:
            self._spoke = now
            rate = f", {event.rate}" if event.rate else ""
            total = self._planned.results if self._planned else 0
            self.say(
                f"{at_time(self._clock.wall())} {event.accepted:,} of {count(total, 'result')} "
                "accepted,"
                f" {count(event.requests, 'request')}{rate}{self._eta(event)}"
            )

    def _eta(self, event: Progressed) -> str:
        done = event.accepted + event.rejected - (self._planned.done if self._planned else 0)
        left = event.pending + event.in_doubt
        spent = self._clock.now() - self._started
        if done <= 0 or left <= 0 or self._waiting:
            return ""
        return f", about {seconds(spent / done * left)} left"

    def _render(self) -> RenderableType:
        total = self._planned.results if self._planned else 0
        event = self._progress or Progressed(0, 0, 0, total, 0, 0, "", 0)
        settled = event.accepted + event.rejected
        first = Table.grid(padding=(0, 1))
        first.add_row(
            ProgressBar(total=max(1, total), completed=settled, width=30),
            Text(f"{settled:,} of {count(total, 'result')}{self._eta(event)}"),
        )
        flying = f" · {event.in_flight} on the way" if event.in_flight else ""
        rate = f" · {event.rate}" if event.rate else ""
        doubt = f" · {count(event.in_doubt, 'result')} in doubt" if event.in_doubt else ""
        refused = f" · {count(event.rejected, 'result')} refused" if event.rejected else ""
        second = Text(
            f"{count(event.requests, 'request')}, {event.to_go:,} to "
            f"go{flying}{rate}{doubt}{refused}",
            style="dim",
        )
        third = words(self._wait_words(self._waiting), "yellow") if self._waiting else Text("")
        return Group(first, second, third)


# --- the end


def show_outcome(console: Console, outcome: Outcome, verbose: int = 0) -> None:
    """What became of an upload: the verdict, the table, every refused test, the failed tests, the
    next command.
    """
    with suppress(OSError, ValueError):
        for part in _parts(outcome, verbose):
            console.print(part, soft_wrap=True)


def _parts(outcome: Outcome, verbose: int) -> Iterable[Text]:
    """What matters most stands last, where the eye is when the prompt comes back."""
    shown = None if verbose else SHOWN
    if outcome.failed_tests and not (outcome.dry_run or outcome.already or outcome.stop_code):
        red = outcome.tests.failed + outcome.tests.error
        yield from _listed(
            f"Failed tests ({red:,}):", outcome.failed_tests, shown, "", "-v lists more"
        )
    if outcome.refused:
        yield from _listed(
            "Not accepted, or in doubt:" if outcome.results.in_doubt else "Not accepted:",
            outcome.refused,
            shown,
            "red",
            f"testferry uploads show {outcome.upload_id}",
        )
    yield from _problems(outcome.reports)
    yield _verdict(outcome)
    if outcome.run_id:
        yield words(f"  run       {outcome.run_id}  {outcome.run_url}")
    if outcome.results.total:
        yield from _figures(outcome)
    if outcome.stop_reason:
        yield words(f"  stopped   {outcome.stop_reason}", "yellow")
    if outcome.hint:
        yield words(
            f"            {outcome.hint}" if outcome.stop_reason else f"  plan      {outcome.hint}"
        )
    if command := next_command(outcome):
        yield Text.assemble("Next: ", (command, "bold"))


def _verdict(outcome: Outcome) -> Text:  # noqa: PLR0911 - one return for each ending
    counts, service = outcome.results, outcome.target
    unread = sum(any(problem.is_error for problem in report.problems) for report in outcome.reports)
    if not counts.total and outcome.exit_code not in (0, 1):
        return Text.assemble(("✘ ", "red"), "No result was found, nothing was sent.")
    if outcome.dry_run:
        return Text(
            f"Dry run: {count(counts.total, 'result')} would be sent to {service}; nothing was "
            "sent."
        )
    if outcome.already:
        return Text(
            f"Already uploaded: {_arrived(outcome)} (upload {outcome.upload_id}); --again uploads "
            "once more."
        )
    if outcome.exit_code in (0, 1) and not counts.total:
        return Text("There was nothing to upload.")
    if counts.total and counts.accepted == counts.total and not outcome.unfinished and unread:
        whole = f"{count(unread, 'report')} could not be read in full"
        return Text.assemble(("! ", "yellow"), f"{_arrived(outcome)}, but {whole}")
    if (
        counts.total
        and counts.accepted == counts.total
        and not outcome.unfinished
        and outcome.attachments_missing
    ):
        lost = count(outcome.attachments_missing, "attachment")
        return Text.assemble(("! ", "yellow"), f"{_arrived(outcome)}, but {lost} did not arrive")
    if counts.total and counts.accepted == counts.total and not outcome.unfinished:
        return Text.assemble(("✔ ", "green"), _arrived(outcome))
    mark = ("✘ ", "red") if outcome.stop_code in (5, 74) or counts.rejected else ("! ", "yellow")
    left = "; nothing is lost" if counts.pending or counts.in_doubt else ""
    left = "; nothing more was sent" if outcome.stop_code == 5 else left
    return Text.assemble(
        mark, f"{counts.accepted:,} of {count(counts.total, 'result')} are at {service}{left}"
    )


def _arrived(outcome: Outcome) -> str:
    counts = outcome.results
    if counts.accepted == counts.total:
        return (
            f"{'every one of ' if counts.total > 1 else ''}{count(counts.total, 'result')} is at "
            f"{outcome.target}"
        )
    return f"{counts.accepted:,} of {count(counts.total, 'result')} are at {outcome.target}"


def _figures(outcome: Outcome) -> Iterable[Text]:
    counts, tests, requests = outcome.results, outcome.tests, outcome.requests
    others = (
        (counts.rejected, "rejected"),
        (counts.in_doubt, "in doubt"),
        (counts.pending, "pending"),
        (counts.unmatched, "unmatched"),
    )
    yield _row(
        "results",
        [
            f"{counts.accepted:,} accepted",
            *(f"{number:,} {word}" for number, word in others if number),
        ],
    )
    ended = (
        (tests.passed, "passed"),
        (tests.failed, "failed"),
        (tests.error, "errors"),
        (tests.skipped, "skipped"),
    )
    yield _row("tests", [f"{number:,} {word}" for number, word in ended if number] or ["none"])
    if requests.total:
        more = (
            (requests.retried, "retried"),
            (requests.throttled, "throttled"),
            (requests.in_doubt, "in doubt"),
        )
        said = [
            f"{requests.total:,} sent",
            *(f"{number:,} {word}" for number, word in more if number),
        ]
        if requests.waited_s >= 1:
            said.append(f"waited {seconds(requests.waited_s)}")
        yield _row("requests", [*said, f"{seconds(outcome.duration_s)} in all"])


def _row(name: str, parts: list[str]) -> Text:
    return Text.assemble((f"  {name:<9} ", "dim"), " · ".join(parts))


def _problems(reports: Iterable[ReportSummary]) -> Iterable[Text]:
    for report in reports:
        for problem in report.problems:
            style = "red" if problem.is_error else "yellow"
            yield words(f"  {report.path}: {problem.message}", style)


def _listed(
    title: str, entries: list[RefusedResult], shown: int | None, style: str, more: str
) -> Iterable[Text]:
    yield Text(title, style="bold")
    listed = entries[:shown]
    for entry in listed:
        suite = f"{entry.suite} › " if entry.suite else ""
        yield words(f"  {suite}{entry.name}", style)
        if reason := first_line(entry.reason, REASON):
            yield words(f"      {reason}", "dim")
    if shown is not None and len(entries) > shown:
        yield words(f"  … and {len(entries) - shown:,} more ({more})")


def listed(console: Console, title: str, entries: list[RefusedResult], verbose: int) -> None:
    """Tests by name with their messages; nothing where there are none."""
    with suppress(OSError, ValueError):
        for part in (
            _listed(title, entries, None if verbose else SHOWN, "", "-v lists more")
            if entries
            else ()
        ):
            console.print(part, soft_wrap=True)


def next_command(outcome: Outcome) -> str:
    """What to type next, empty where nothing is to be done."""
    if outcome.dry_run or not outcome.upload_id:
        return ""
    if outcome.stop_code == 74:
        return ""
    if outcome.results.in_doubt and not outcome.results.pending and not outcome.stop_code:
        return (
            f"testferry resume {outcome.upload_id}   (looks again; --in-doubt resend sends them "
            "again)"
        )
    if outcome.results.pending or outcome.unfinished:
        return f"testferry resume {outcome.upload_id}"
    if (outcome.results.rejected or outcome.results.unmatched) and outcome.run_id:
        return (
            f"testferry uploads show {outcome.upload_id}   (the run stays open: results are "
            "missing)"
        )
    return ""


def show_error(console: Console, message: str, hint: str = "") -> None:
    """One or two lines: what happened, and the cure."""
    with suppress(OSError, ValueError):
        console.print(Text.assemble(("error: ", "bold red"), words(message)), soft_wrap=True)
        if hint:
            console.print(words(f"       {hint}"), soft_wrap=True)


def markdown(outcome: Outcome) -> str:
    """The summary for a file such as ``$GITHUB_STEP_SUMMARY``."""
    counts = outcome.results
    lines = [f"### {_markdown(_verdict(outcome).plain)}", ""]
    if outcome.run_id:
        lines += [f"Run {_markdown(outcome.run_id)} {_markdown(outcome.run_url)}", ""]
    ended = outcome.tests.as_dict()
    passed, red = ended["passed"], f"{ended['failed']} failed, {ended['error']} errors"
    lines += [f"{passed} passed, {red}, {ended['skipped']} skipped", ""]
    lines += ["| accepted | rejected | in doubt | pending | unmatched |", "|---|---|---|---|---|"]
    lines.append(
        f"| {counts.accepted} | {counts.rejected} | {counts.in_doubt} | {counts.pending} | "
        f"{counts.unmatched} |"
    )
    problems = [
        f"- {_markdown(one.path)}: {_markdown(bad.message)}"
        for one in outcome.reports
        for bad in one.problems
    ]
    lines += ["", "**Reports**", "", *problems] if problems else []
    for title, entries in (
        ("Not accepted", outcome.refused),
        ("Failed tests", outcome.failed_tests),
    ):
        if entries:
            lines += ["", f"**{title}**", ""]
            lines += [
                f"- {_markdown(f'{one.suite} › {one.name}')}: {_markdown(first_line(one.reason))}"
                for one in entries[:200]
            ]
            if len(entries) > 200:
                lines.append(f"- … and {len(entries) - 200} more")
    return "\n".join(lines) + "\n"


_MARKDOWN = str.maketrans(
    {**{one: f"\\{one}" for one in "\\`*_{}[]()#+-|~"}, "<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def _markdown(text: str) -> str:
    return clean(text).translate(_MARKDOWN)


def table(console: Console, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A plain table of somebody's texts."""
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for head in heads:
        grid.add_column(head, style="", header_style="dim", overflow="fold")
    for row in rows:
        grid.add_row(*(words(cell) for cell in row))
    with suppress(OSError, ValueError):
        console.print(grid)


def plain(console: Console, line: Any, style: str = "") -> None:
    """One line of somebody's text."""
    with suppress(OSError, ValueError):
        console.print(words(str(line), style), soft_wrap=True)
