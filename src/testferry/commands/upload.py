"""``upload TARGET``: the main job. A target is a service, or one that a file describes."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from testferry import services
from testferry.errors import NoSecret, TestferryError, UsageProblem
from testferry.services import service_of
from testferry.settings.complete import report_argument, target_names
from testferry.settings.declare import Asked, Command, Group, Takes, files_of
from testferry.settings.kind import type_of
from testferry.settings.options import (
    Batching,
    Ending,
    Files,
    Intent,
    Reading,
    Screen,
    Speed,
    Surroundings,
    records_of_upload,
)
from testferry.settings.read import Settings

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem

_ABOUT = """Upload test reports to {name}.

REPORT is a file, a directory, a glob with **, or - for standard input; !GLOB takes files out
again. Behind -- stands a COMMAND that runs the tests first."""


class _Targets(Group):
    """``upload TARGET``: the services, and the targets that a configuration file names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The services; the configured targets are the user's own."""
        return list(services.NAMES)

    def shell_complete(
        self,
        ctx: click.Context,
        incomplete: str,
    ) -> list[CompletionItem]:
        """The same, and what configuration files name."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name) for name in target_names() if name.startswith(incomplete)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command for a target. Raises UsageProblem if there is none of this name."""
        if cmd_name in services.NAMES:
            return _to(cmd_name, cmd_name)
        return _to(cmd_name, type_of(files_of(ctx), cmd_name, services.NAMES))


def _to(name: str, kind: str) -> Command:
    service = service_of(kind)
    records = records_of_upload(service.options, embedded=service.embedded)
    return Command(
        "upload",
        partial(_upload, name),
        Takes(records),
        [report_argument()],
        about=_ABOUT.format(name=name),
        target=(name, service),
    )


def _upload(name: str, asked: Asked) -> None:
    from testferry.beginning import start
    from testferry.commands.finish import check_summary, end, refuse, spare
    from testferry.commands.shared import flags_with_words
    from testferry.commands.way import destination_of, workplace_of
    from testferry.settings.ci import is_of_a_fork
    from testferry.tidying import tidy
    from testferry.work import Task

    settings = _settings(name, asked)
    ending, intent = settings.of(Ending), settings.of(Intent)
    check_summary(ending.summary_file)
    task = Task(
        asked.arguments["report"],
        settings.of(Reading),
        settings.of(Batching),
        intent,
        settings.of(Speed),
        ending.allow_empty,
        asked.behind,
        settings.of(Screen).json,
    )
    try:
        destination = destination_of(settings)
        with settings.placed(), workplace_of(settings) as workplace:
            outcome = start(workplace, destination, task)
            if not intent.dry_run:
                tidy(workplace)
    except TestferryError as problem:
        no_secret = isinstance(problem, NoSecret)
        if no_secret and is_of_a_fork(settings.of(Surroundings).ci):
            spare(problem, asked.behind, settings)
        refuse(problem, settings)
        raise
    flags = flags_with_words(settings, dry_run=intent.dry_run)
    end(outcome, replace(flags, spooled=intent.spool), settings)


def _settings(name: str, asked: Asked) -> Settings:
    """What was said to the target; what is wrong in it is told to the CI system too, as far as that
    can be made out.
    """
    from testferry.commands.finish import refuse

    try:
        return asked.of_target(name)
    except UsageProblem as problem:
        with contextlib.suppress(UsageProblem):
            refuse(problem, asked.unchecked(name))
        raise


def command() -> click.Command:
    """The command, as click has it."""
    return _Targets(
        "upload",
        {},
        Takes((Files,)),
        about="Parse reports, pack them, send them: the main job.",
    )
