"""``run create`` and ``run complete``: one run that many CI jobs fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import click

from testferry.errors import UsageProblem
from testferry.option import options_of, ways_to_say
from testferry.services import services
from testferry.settings.complete import target_argument
from testferry.settings.declare import Asked, Command, Group, Takes
from testferry.settings.files import Source
from testferry.settings.options import (
    Connection,
    Files,
    Patience,
    Place,
    Screen,
    Speed,
    Surroundings,
    Whereto,
)
from testferry.suggest import choices

if TYPE_CHECKING:  # start-up is a feature
    from testferry.outcome import Outcome
    from testferry.route import Destination
    from testferry.services.service import Service
    from testferry.settings.read import Settings

_RUN_ID = "run_id"
_RUN_KEY = "run_key"
_ABOUT = """One run filled by many CI jobs: create prints its id, `upload --run-id ID` fills it,
complete closes it."""


def create(asked: Asked) -> None:
    """Create a run and print its id, and nothing else, on standard output."""
    from testferry.commands.way import workplace_of
    from testferry.uploads import create_run

    settings = asked.of_target(asked.word("target"))
    origin = settings.origin(_RUN_ID)
    if origin.source not in (Source.DEFAULT, Source.ENVIRONMENT):
        raise UsageProblem(
            f"{origin} names a run, but `run create` makes a new one",
            "take it out, or fill that run with `testferry upload`",
        )
    destination = _bare(settings, without_run=True)
    with workplace_of(settings, quiet=True) as workplace:
        outcome = create_run(workplace, destination, settings.of(Speed))
    if outcome.run.id:
        click.echo(outcome.run.id)
    _end(outcome, settings, "")


def complete(asked: Asked) -> None:
    """Complete a run that `run create` made."""
    from testferry.commands.way import service_of_settings, workplace_of
    from testferry.uploads import complete_run

    settings = asked.of_target(asked.word("target"))
    destination = _bare(settings)
    run_id = destination.options.get(_RUN_ID)
    if not run_id and not destination.options.get(_RUN_KEY):
        options = service_of_settings(settings).options
        raise UsageProblem("there is no run to complete", ways_to_say(options, _RUN_ID))
    with workplace_of(settings, quiet=True) as workplace:
        outcome = complete_run(workplace, destination, settings.of(Speed))
    _end(outcome, settings, f"run {run_id or outcome.run.id} is complete")


def _bare(settings: Settings, *, without_run: bool = False) -> Destination:
    """The target, told that it is about the run alone. Raises UsageProblem if it has none."""
    from testferry.commands.way import destination_of, service_of_settings

    service = service_of_settings(settings)
    instead: dict[str, object] = {}
    if service.has_runs and without_run:
        instead = {_RUN_ID: None, **_name_of_many(settings, service)}
    destination = destination_of(settings, **instead)
    if not service.has_runs:
        having = [each.name for each in services() if each.has_runs]
        raise UsageProblem(
            f"target {settings.target!r} has no runs: it is {service.title}",
            f"use {choices(having)}",
        )
    options = {**destination.options, **service.bare_run}
    with settings.placed("targets"):
        target = service.make(options)
        if not without_run:
            target.run_closing()
    return destination.with_options(options)


def _name_of_many(settings: Settings, service: Service) -> dict[str, object]:
    """The run's name if the CI system gives it: that of the build, of none of its jobs."""
    from testferry.settings.ci import suggestion

    for name, option in options_of(service.options).items():
        if option.suggested == "name" and settings.origin(name).source is Source.CI:
            return {name: suggestion(settings.of(Surroundings).ci, with_job=False).name}
    return {}


def _end(outcome: Outcome, settings: Settings, done: str) -> NoReturn:
    from testferry.commands.shared import with_words
    from testferry.outcome import Flags, exit_code, next_step, placed
    from testferry.screen.lines import consoles, plain, show_error

    screen = settings.of(Screen)
    _, error = consoles(screen.color)
    flags = with_words(Flags(allow_empty=True), settings)  # a run is no result
    code, stop = exit_code(outcome, flags), outcome.stop
    if done and not code and not screen.quiet:
        plain(error, done)
    if stop.reason:
        command, _ = next_step(outcome, flags)
        hint = placed(stop.hint, flags.place)
        if command and not hint:
            hint = f"Next: {command}"
        show_error(error, stop.reason, hint)
    raise SystemExit(code)


_WAY = (Speed, Whereto, Connection, Patience, Surroundings, Place, Files, Screen)


def _taking(name: str, run: Callable[[Asked], None]) -> Command:
    quietly = tuple(service.options for service in services() if service.has_runs)
    return Command(name, run, Takes(_WAY, quietly), [target_argument()])


def command() -> click.Command:
    """The command, as click has it."""
    return Group(
        "run",
        {
            "create": lambda: _taking("run create", create),
            "complete": lambda: _taking("run complete", complete),
        },
        Takes((Files,)),
        about=_ABOUT,
    )
