"""``resume``: carry unfinished uploads on; what a cron job runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from testferry.errors import JournalProblem, UsageProblem
from testferry.exit_codes import INTERRUPTED, WORST_FIRST
from testferry.option import options_of
from testferry.services import service_of, services
from testferry.settings.complete import unfinished_arguments
from testferry.settings.declare import Asked, Command, Takes, of_service
from testferry.settings.files import Source, plain, without_addresses
from testferry.settings.options import (
    Connection,
    Ending,
    Files,
    Patience,
    Place,
    Screen,
    Speed,
    Whereto,
)

if TYPE_CHECKING:  # start-up is a feature
    from testferry.journal import Header, Store
    from testferry.outcome import Flags, Outcome
    from testferry.route import Destination
    from testferry.services.service import Service
    from testferry.settings.read import Given


def run(asked: Asked) -> None:
    """Carry every unfinished upload on, or the named ones; what a cron job runs."""
    from testferry.commands.shared import flags_with_words
    from testferry.commands.way import workplace_of
    from testferry.tidying import tidy
    from testferry.uploads import Resuming, unfinished

    settings = asked.settings()
    outcomes: list[Outcome] = []
    with workplace_of(settings) as workplace:
        wanted = [workplace.store.resolve(begun) for begun in asked.arguments["upload_id"]]
        max_time = settings.of(Speed).max_time
        resuming = Resuming(workplace, lambda header: _way_back(asked.given, header), max_time)
        upload_ids = wanted or unfinished(workplace.store)
        for number, upload_id in enumerate(upload_ids, 1):
            left = len(upload_ids) - number
            outcome = resuming.carry_on(upload_id, left, unasked=not wanted)
            if outcome is None:
                continue
            outcomes.append(outcome)
            if outcome.stop.code in INTERRUPTED:
                break
        tidy(workplace)
    screen, flags = settings.of(Screen), flags_with_words(settings)
    _say_busy(resuming.busy, screen)
    if not (outcomes or resuming.busy or screen.json or screen.quiet):
        _say_nothing(workplace.store, flags, screen)
    _show(outcomes, flags, screen)


def _say_nothing(store: Store, flags: Flags, screen: Screen) -> None:
    """Nothing is unfinished; what was not taken is no work of this command."""
    from testferry.commands.listed import incomplete
    from testferry.screen.lines import consoles, plain
    from testferry.text import count

    words = "nothing is unfinished"
    if number := incomplete(store):
        words += f"; {count(number, 'upload')} incomplete: not all was taken, and "
        words += f"`testferry uploads{flags.place}` says of which"
    out, _ = consoles(screen.color)
    plain(out, words)


def _say_busy(busy: list[str], screen: Screen) -> None:
    from testferry.screen.lines import consoles, plain

    _, error = consoles(screen.color)
    for upload_id in busy:
        if not screen.quiet:
            plain(error, f"another process is at work on upload {upload_id}: it will end it")


def _way_back(given: Given, header: Header) -> tuple[Destination, Speed]:
    """How an upload is reached now. What it is was said when it was planned."""
    from testferry.commands.way import reached

    service = service_of(header.type)
    settings = of_service(_about_the_way(given), service, header.target)
    return reached(settings, _reread(given, service, header)), settings.of(Speed)


def _reread(
    given: Given,
    service: Service,
    header: Header,
) -> dict[str, object]:
    """The journal's options; how answers are read is as the user's own table says now. A project's
    table is nobody's word here: `upload` heeds it.
    """
    own = tuple(
        file
        for file in given.files
        if file.source in (Source.CONFIG, Source.USER) and header.target in file.targets
    )
    if service.reread is None or not own:
        return header.options
    said = {plain(key) for file in own for key in file.targets[header.target]}
    settings = of_service(replace(given, line={}, files=own), service, header.target)
    now = service.make(settings.configured(**service.reread(header.options, said)))
    return now.carried(header.options, made=True)


def _about_the_way(given: Given) -> Given:
    """Without the words that say what an upload is: they are taken, and the journal knows
    better; and without a project's word on where it goes.
    """
    kept = {name: said for name, said in given.line.items() if name in _OF_THE_WAY}
    return replace(given, line=kept, files=without_addresses(given.files))


def _show(
    outcomes: list[Outcome],
    flags: Flags,
    screen: Screen,
) -> None:
    from testferry.commands.shared import show_json
    from testferry.screen.lines import consoles, plain

    out, _ = consoles(screen.color)
    codes = {_code(outcome, flags) for outcome in outcomes}
    code = next((code for code in WORST_FIRST if code in codes), 0)
    if screen.json:
        listed = [outcome.as_dict(flags) for outcome in outcomes]
        show_json({"schema": "testferry.resume/1", "exit_code": code, "uploads": listed})
    for number, outcome in enumerate(outcomes):
        if number and not (screen.json or screen.quiet):
            plain(out, "")
        _show_one(outcome, flags, screen)
    raise SystemExit(code)


def _show_one(
    outcome: Outcome,
    flags: Flags,
    screen: Screen,
) -> None:
    from testferry.commands.finish import log_end
    from testferry.outcome import placed
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles, plain, show_error

    outcome.stop = replace(outcome.stop, hint=placed(outcome.stop.hint, flags.place))
    log_end(outcome, flags, screen)
    out, error = consoles(screen.color)
    stop, code = outcome.stop, _code(outcome, replace(flags, exit_zero=False))
    if (screen.quiet or screen.json) and not code:
        return
    if screen.quiet and not screen.json:
        plain(error, _in_one_line(outcome, code))
    elif _ended_before_its_time(outcome):
        show_error(error, stop.reason, stop.hint)
    elif screen.json:
        show_outcome(error, outcome, flags, screen.verbose)
    else:
        show_outcome(out, outcome, flags, screen.verbose)


def _in_one_line(outcome: Outcome, code: int) -> str:
    """What a cron job mails of an upload that is not done."""
    counts = outcome.figures.results
    words = f"upload {outcome.upload_id}{_of_what(outcome)} to {outcome.target}: "
    words += f"{counts.accepted:,} of"
    words += f" {counts.total:,} results are there (exit {code})"
    if outcome.stop.reason:
        words += f": {outcome.stop.reason}"
    if outcome.stop.hint:
        words += f" ({outcome.stop.hint})"
    return words


def _of_what(outcome: Outcome) -> str:
    """What it is of, by what a person knows it by: `` (r.xml and 2 more, run 17 "Nightly")``."""
    from testferry.text import clean, first_line

    parts = []
    if outcome.reports:
        named = clean(outcome.reports[0].path)
        if more := len(outcome.reports) - 1:
            named = f"{named} and {more:,} more"
        parts.append(named)
    run = outcome.run
    if run.id:
        parts.append(f"run {run.id}")
    if run.name:
        parts.append(f'"{first_line(run.name)}"')
    if not parts:
        return ""
    return f" ({', '.join(parts)})"


def _code(outcome: Outcome, flags: Flags) -> int:
    from testferry.outcome import exit_code

    if outcome.stop.code == UsageProblem.exit_code:
        return outcome.stop.code
    return exit_code(outcome, flags)


def _ended_before_its_time(outcome: Outcome) -> bool:
    if outcome.stop.code in (UsageProblem.exit_code, JournalProblem.exit_code):
        return True
    nothing_known = not (outcome.figures.results.total or outcome.run.alone)
    return bool(outcome.stop.code) and nothing_known


_WAY = (Speed, Whereto, Connection, Patience, Ending, Place, Files, Screen)
_OF_THE_WAY = frozenset(name for record in _WAY for name in options_of(record))


def command() -> click.Command:
    """The command, as click has it."""
    return Command(
        "resume",
        run,
        Takes(_WAY, tuple(service.options for service in services()), quietly_last=True),
        [unfinished_arguments()],
        shows={
            "Examples": (
                "testferry resume",
                "testferry resume -q --max-time 10m --log-file testferry.log",
                "testferry resume 3e08d00f5c2f --in-doubt resend",
            )
        },
    )
