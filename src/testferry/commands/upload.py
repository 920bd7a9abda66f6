"""``upload TARGET``: the main job. A target is a service, or one that a file describes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import click

from testferry import services
from testferry.services import service_of
from testferry.settings.declare import Asked, Command, Group, Takes, files_of, no_target
from testferry.settings.options import (
    Batching,
    Ending,
    Files,
    Intent,
    Reading,
    Speed,
    records_of_upload,
)
from testferry.settings.read import type_of

_ABOUT = """Upload test reports to {name}.

REPORT is a file, a directory, a glob with **, or - for standard input; !GLOB takes files out
again. Behind -- stands a COMMAND that runs the tests first."""


class _Targets(Group):
    """``upload TARGET``: the services, and the targets that a configuration file names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The services; the configured targets are the user's own."""
        return list(services.NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command for a target, None if there is none of this name."""
        kind = cmd_name
        if cmd_name not in services.NAMES:
            found = type_of(files_of(ctx), cmd_name, services.NAMES)
            if found is None:
                return None
            kind = found
        return _to(cmd_name, kind)

    def resolve_command(
        self,
        ctx: click.Context,
        args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The target that is named. Raises UsageProblem if there is none."""
        name = args[0] if args else "-"
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise no_target(name, files_of(ctx))
        return super().resolve_command(ctx, args)


def _to(name: str, kind: str) -> Command:
    service = service_of(kind)
    records = records_of_upload(service.options, embedded=service.embedded)
    return Command(
        "upload",
        partial(_upload, name),
        Takes(records),
        [click.Argument(["report"], nargs=-1)],
        about=_ABOUT.format(name=name),
        target=(name, service),
    )


def _upload(name: str, asked: Asked) -> None:
    from testferry.beginning import Task, start
    from testferry.commands.shared import destination_of, end, flags_with_words, workplace_of

    settings = asked.of_target(name)
    ending, intent = settings.of(Ending), settings.of(Intent)
    task = Task(
        asked.arguments["report"],
        settings.of(Reading),
        settings.of(Batching),
        intent,
        settings.of(Speed),
        ending.allow_empty,
        asked.behind,
    )
    destination = destination_of(settings)
    with workplace_of(settings) as workplace:
        outcome = start(workplace, destination, task)
    flags = flags_with_words(settings, dry_run=intent.dry_run)
    end(outcome, replace(flags, spooled=intent.spool), settings)


def command() -> click.Command:
    """The command, as click has it."""
    return _Targets(
        "upload",
        {},
        Takes((Files,)),
        about="Parse reports, pack them, send them: the main job.",
    )
