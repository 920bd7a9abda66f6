"""The end of an upload, told to everybody: the screen, the JSON document, the log file, the summary
file, the CI system.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from testferry.commands.shared import show_json
from testferry.errors import NoCommand, UsageProblem
from testferry.settings.options import Ending, Screen, Surroundings
from testferry.settings.read import Settings
from testferry.text import inert_json

if TYPE_CHECKING:  # start-up is a feature
    from rich.console import Console

    from testferry.errors import TestferryError
    from testferry.outcome import Flags, Outcome
    from testferry.runners import File, Telling


def end(outcome: Outcome, flags: Flags, settings: Settings) -> NoReturn:
    """Say what became of an upload, and leave with its code."""
    from testferry.outcome import exit_code, placed
    from testferry.screen.lines import consoles, show_error

    screen = settings.of(Screen)
    stop = outcome.stop = replace(
        outcome.stop,
        hint=placed(outcome.stop.hint, flags.place),
    )
    system = _system(settings)
    out, error = consoles(screen.color)
    # --exit-zero hides no text
    fine = not exit_code(outcome, replace(flags, exit_zero=False))
    silent = screen.quiet and fine
    log_end(outcome, flags, screen)
    if screen.json:
        show_json(outcome.as_dict(flags, system))
    if stop.reason and not outcome.upload_id:
        show_error(error, stop.reason, _with_rest(outcome))
    elif screen.json and not fine:
        _show(error, outcome, flags, screen, "")
    elif not (screen.json or silent):
        _show(out, outcome, flags, screen, system)
    for problem in _written(outcome, flags, settings, system, silent=silent):
        show_error(error, problem)
    raise SystemExit(exit_code(outcome, flags))


def _with_rest(outcome: Outcome) -> str:
    """The cure, and what is left to do with results that are not on record."""
    from testferry.screen.ending import nothing_kept

    hint = outcome.stop.hint
    if not nothing_kept(outcome) or not outcome.figures.results.total:
        return hint
    rest = "nothing is kept here: once that is mended, run the same command again"
    return "; ".join(filter(None, (hint, rest)))


def refuse(problem: TestferryError, settings: Settings) -> None:
    """Tell the summary file and the CI system what ended the command before anything was sent; the
    screen is told by whoever ends the command.
    """
    from testferry.outcome import Flags, Outcome, Stop
    from testferry.screen.lines import consoles, show_error

    code, command_code = problem.exit_code, 0
    if isinstance(problem, NoCommand):
        code, command_code = UsageProblem.exit_code, problem.exit_code
    outcome = Outcome(
        target=settings.target,
        stop=Stop(code, problem.message, problem.hint),
        command_code=command_code,
    )
    _, error = consoles(settings.of(Screen).color)
    for trouble in _written(outcome, Flags(), settings, _system(settings), silent=False):
        show_error(error, trouble)


def spare(
    problem: TestferryError,
    behind: tuple[str, ...] | None,
    settings: Settings,
) -> NoReturn:
    """A fork's pull request gets no secrets: nothing can be sent, and nobody there can mend it.

    The COMMAND that runs the tests is run all the same.
    """
    from testferry.command import run_command
    from testferry.outcome import Flags, Outcome
    from testferry.runners import as_notice
    from testferry.screen.lines import consoles, plain

    outcome, flags = Outcome(target=settings.target), Flags(allow_empty=True)
    if behind is not None:
        outcome.command_code = run_command(behind)
    screen, system = settings.of(Screen), _system(settings)
    words = f"nothing is uploaded: {problem.message}, and a fork's pull request gets no secrets"
    _, error = consoles(screen.color)
    plain(error, f"notice: {words}")
    if screen.json:
        show_json({**outcome.as_dict(flags, system), "stopped": words})
    _print(as_notice(system, words), to_errors=screen.json)
    raise SystemExit(outcome.command_code)


def log_end(outcome: Outcome, flags: Flags, screen: Screen) -> None:
    """Put what became of an upload into the log file, if there is one."""
    if not screen.log_file:
        return
    from testferry.clock import SystemClock
    from testferry.outcome import exit_code, next_step
    from testferry.screen.ending import verdict
    from testferry.screen.log import LogFile

    log = LogFile(screen.log_file, SystemClock())
    log.line(f"{verdict(outcome, flags)} (exit {exit_code(outcome, flags)})")
    if outcome.stop.reason:
        log.line(f"stopped: {outcome.stop.reason}")
    command, _ = next_step(outcome, flags)
    if command:
        log.line(f"Next: {command}")


def _system(settings: Settings) -> str:
    from testferry.settings import ci

    return ci.system(settings.of(Surroundings).ci)


def _show(
    console: Console,
    outcome: Outcome,
    flags: Flags,
    screen: Screen,
    system: str,
) -> None:
    from testferry.clock import SystemClock
    from testferry.runners import folded
    from testferry.screen.ending import show_outcome

    fold = folded(system, "Tests that failed or were not accepted", SystemClock().wall())
    show_outcome(console, outcome, flags, screen.verbose, fold=fold)


def _written(
    outcome: Outcome,
    flags: Flags,
    settings: Settings,
    system: str,
    *,
    silent: bool,
) -> list[str]:
    """Write the summary file, and tell the CI system; returns what could not be written."""
    from testferry.runners import Ended, telling
    from testferry.screen.ending import verdict
    from testferry.screen.markdown import markdown

    summary_file = settings.of(Ending).summary_file
    if not (summary_file or system):
        return []
    summary = markdown(outcome, flags)
    files = []
    if summary_file:
        files.append(_summary_file(summary_file, summary, outcome.as_dict(flags, system)))
    ended = Ended(outcome, flags, verdict(outcome, flags), summary)
    told = telling(system, ended, os.environ)
    # a summary file that is the CI system's own is written once
    named = {os.path.realpath(file.path) for file in files}
    files += [file for file in told.files if os.path.realpath(file.path) not in named]
    if not silent:
        _print(told, to_errors=settings.of(Screen).json)
    _ask_agent(told)
    return [problem for problem in map(_write, files) if problem]


def check_summary(path: str | None) -> None:
    """Raises UsageProblem for a summary in a form that there is not, before anything is sent."""
    if path and path.lower().endswith((".html", ".htm")):
        raise UsageProblem(
            f"--summary-file {path}: there is no summary in HTML",
            "FILE.json is the JSON document; every other name is Markdown: FILE.md",
        )


def _summary_file(path: str, summary: str, document: dict[str, object]) -> File:
    """Markdown is appended to what is there, a JSON document stands alone."""
    from testferry.runners import File

    if path.lower().endswith(".json"):
        return File(path, inert_json(json.dumps(document)) + "\n", append=False)
    return File(path, summary)


def _print(told: Telling, *, to_errors: bool) -> None:
    """Lines for the runner stand as they are: they are escaped by its own rules."""
    stream = sys.stdout
    if to_errors:
        stream = sys.stderr
    with contextlib.suppress(OSError, ValueError, AttributeError):
        for line in told.lines:
            stream.write(f"{line}\n")
        stream.flush()


def _ask_agent(told: Telling) -> None:
    from testferry.command import ask

    for call in told.calls:
        if not ask(call.words, call.read):
            return  # it is not there, or does not want to


def _write(file: File) -> str:
    """Returns why a file could not be written, or nothing."""
    text, mode = file.text, "w"
    if file.append:
        mode = "a"
    try:
        if file.append and _ends_in_a_line(file.path):
            text = f"\n{text}"
        with open(file.path, mode, encoding="utf-8") as target:
            target.write(text)
    except OSError as problem:
        return f"{file.path} cannot be written: {problem.strerror}"
    return ""


def _ends_in_a_line(path: str) -> bool:
    """Whether somebody's last line has no end: what is appended would become a part of it."""
    if not os.path.isfile(path) or not os.path.getsize(path):
        return False
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
