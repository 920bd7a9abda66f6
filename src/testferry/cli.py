"""The command line: click, and nothing that a library could be asked for later (start-up is a
feature).
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from testferry import __version__
from testferry.errors import JournalProblem, NothingToUpload, TestferryError, TryLater, UsageProblem
from testferry.settings.options import (
    ADDRESS,
    CONNECTION,
    DURATION,
    ENDING,
    OF_TYPE,
    PLACE,
    PROJECT,
    RATE,
    READING,
    RUN_OF_TESTRAIL,
    SANDBOX,
    SCREEN,
    SIZE,
    SPEED,
    TAKEN,
    TESTMO,
    TESTRAIL,
    URL,
    every_option,
    many,
    option,
    without,
)

if TYPE_CHECKING:
    from testferry.journal import Store
    from testferry.outcome import Flags, Outcome
    from testferry.settings.files import Configuration
    from testferry.uploads import Session

SHORTEST_TIMEOUT = 0.1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="testferry", message="%(prog)s %(version)s")
def cli() -> None:
    """Upload test results in bulk: every result arrives once, whatever happens.

    \b
    testferry demo                                    watch it work, nothing else needed
    testferry upload testmo --project-id 1 reports/   the main job
    testferry resume                                  carry unfinished uploads on
    """


class _Targets(click.Group):
    """``upload TARGET``: the built-in ones, and those that a configuration file names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["testmo", "testrail", "http", "sandbox"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in OF_TYPE:
            return _upload_command(cmd_name, cmd_name)
        table = _configuration(ctx).targets.get(cmd_name)
        return _upload_command(cmd_name, _type_of(cmd_name, table)) if table is not None else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise UsageProblem(
                f"there is no target {args[0]!r}",
                f"use testmo, testrail, http or sandbox, or describe it in [targets.{args[0]}] of "
                "testferry.toml",
            )
        return super().resolve_command(ctx, args)


def _type_of(name: str, table: Any) -> str:
    kind = str(table.get("type", ""))
    if kind not in OF_TYPE:
        raise UsageProblem(
            f"[targets.{name}] has no type that testferry knows: {kind!r}",
            "use testmo, testrail, http or sandbox",
        )
    return kind


def _configuration(ctx: click.Context) -> Configuration:
    """The files' settings, read once; ``--config`` is looked for before click has parsed it."""
    from testferry.settings import files as config

    root = ctx.find_root()
    if "configuration" not in root.meta:
        explicit = _early_config(root.obj or []) or os.environ.get("TESTFERRY_CONFIG")
        root.meta["configuration"] = config.load(str(explicit) if explicit else None)
    found: Configuration = root.meta["configuration"]
    return found


def _early_config(arguments: list[str]) -> str | None:
    words = arguments[: arguments.index("--") if "--" in arguments else None]
    for at, word in enumerate(words):
        if word == "--config" and at + 1 < len(words):
            return words[at + 1]
        if word.startswith("--config="):
            return word.partition("=")[2]
    return None


class _Configured(click.Command):
    """A command whose defaults come from the configuration files, below options and environment."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        defaults = {}
        if parent is not None:
            configuration = _configuration(parent)
            own = configuration.targets.get(info_name or "", {})
            table = {
                key.replace("-", "_"): value
                for key, value in own.items()
                if not isinstance(value, dict)
            }
            known = {one.name for one in self.params}
            kind = str(own.get("type", ""))
            if kind in ("testmo", "testrail") and (
                odd := set(table) - every_option() - {"type", "url", "user"}
            ):
                cure = (
                    "keys are the options by their names; secrets are in the environment or in "
                    "--token-file"
                )
                raise UsageProblem(f"[targets.{info_name}] has an unknown key {min(odd)!r}", cure)
            if unknown := set(configuration.options) - every_option():
                raise UsageProblem(
                    f"{configuration.origin}: unknown key {min(unknown)!r}",
                    "keys are options by their names",
                )
            defaults = {
                key: value
                for key, value in {**configuration.options, **table}.items()
                if key in known
            }
        return super().make_context(info_name, args, parent, default_map=defaults, **extra)


class _UploadCommand(_Configured):
    """REPORT… and, behind ``--``, the COMMAND that writes them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta["command"] = args[at + 1 :]
            args = args[:at]
        return super().parse_args(ctx, args)


@cli.group(cls=_Targets)
def upload() -> None:
    """Parse reports, pack them, send them: the main job."""


def _upload_command(name: str, kind: str) -> click.Command:
    def callback(**given: Any) -> None:
        ctx = click.get_current_context()
        _upload(ctx, name, kind, given)

    about = (
        f"Upload test reports to {name}.\n\nREPORT is a file, a directory, a glob with **, or - "
        "for standard input; "
        "!GLOB takes files out again. Behind -- stands a COMMAND that runs the tests first."
    )
    groups = (OF_TYPE[kind], READING, SPEED, ADDRESS[kind], ENDING, PLACE, SCREEN)
    decorated = many(*groups)(click.argument("report", nargs=-1)(callback))
    command: click.Command = click.command(name, cls=_UploadCommand, help=about)(decorated)
    return command


def _upload(ctx: click.Context, name: str, kind: str, given: dict[str, Any]) -> None:
    from testferry.outcome import Flags, Outcome, Stop
    from testferry.uploads import Reading

    outcome = Outcome(target=name)
    flags = Flags(
        exit_zero=given["exit_zero"],
        allow_empty=given["allow_empty"],
        fail_on_failed_tests=given["fail_on_failed_tests"],
        dry_run=given["dry_run"],
    )
    attempts = _attempts(given)
    if kind == "testrail":  # it has a use for every entry: one case, several results
        attempts = "last" if given["merge_retries"] else None
    reading = Reading(
        given["report"],
        given["format"],
        attempts,
        given["batch_size"],
        given["batch_bytes"],
        given["again"],
        given["dry_run"],
        given["allow_empty"],
        ctx.meta.get("command", ()),
        given["normalise_names"],
    )
    if "command" in ctx.meta and not ctx.meta["command"]:
        raise UsageProblem("there is no COMMAND behind --")
    options = _target_options(ctx, name, kind, given)
    if kind == "sandbox":
        _faults(given)
    with _session(ctx, given) as session:
        try:
            with _interruptible():
                session.start(
                    _destination(ctx, name, kind, given), options, reading, _speed(given), outcome
                )
        except UsageProblem:
            raise
        except _Interrupted as signal:
            outcome.stop = Stop(128 + signal.number, "interrupted before anything was sent")
        except TestferryError as problem:
            _ended_early(outcome, problem)
    _end(outcome, flags, given)


class _Interrupted(BaseException):
    """A signal before the upload itself heeds them: while the tests run, while reports are read."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    import signal

    def interrupt(number: int, _: object) -> None:
        raise _Interrupted(number)

    kept = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, a background job
            kept[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _attempts(given: dict[str, Any]) -> str | None:
    attempts: str | None = given["attempts"] or ("last" if given["merge_retries"] else None)
    return attempts


def _ended_early(outcome: Outcome, problem: TestferryError) -> None:
    if not isinstance(problem, NothingToUpload):
        outcome.stop.code = problem.exit_code
    outcome.stop.reason, outcome.stop.hint = problem.message, problem.hint


def _target_options(
    ctx: click.Context, name: str, kind: str, given: dict[str, Any]
) -> dict[str, Any]:
    """What the target itself takes."""
    if kind == "http":
        return _http_options(ctx, name, given)
    if kind == "testrail":
        return _testrail_options(given)
    from testferry.settings.files import ci_names

    if not given["project_id"] and kind == "testmo" and not given["run_id"]:
        raise UsageProblem("there is no project", "use --project-id N")
    run_name, source = ci_names()
    return {
        "project_id": given["project_id"] or 1,
        "name": given["name"] or run_name,
        "source": given["source"] or source,
        "tags": [tag for tag in given["tag"] if tag],
        "config": given["config_name"] or "",
        "milestone": given["milestone"] or "",
        "run_id": _number("--run-id", given["run_id"]),
    }


def _testrail_options(given: dict[str, Any]) -> dict[str, Any]:
    from testferry.settings.files import ci_names

    if not given["project"] and not given["run_id"]:
        raise UsageProblem("there is no project", "use --project with its name or its id")
    if given["run_id"] and given["plan_id"]:
        raise UsageProblem(
            "--run-id and --plan-id do not go together",
            "a run of a plan is filled by --run-id alone",
        )
    if given["create_missing"] and given["match"] == "id":
        raise UsageProblem(
            "--create-missing does not go with --match id",
            "a new case's id is in no test; use --match auto or name",
        )
    for name in ("description", "milestone_id"):
        if given["run_id"] and given[name]:
            raise UsageProblem(
                f"--{name.replace('_', '-')} does not go with --run-id",
                "a run that is filled stays as it is",
            )
    for field, names in (
        ("result_field", ("case_id", "test_id", "status_id")),
        ("case_field", ("title", "section_id")),
    ):
        if odd := set(_pairs(f"--{field.replace('_', '-')}", given[field])) & set(names):
            raise UsageProblem(
                f"--{field.replace('_', '-')} cannot set {min(odd)!r}",
                "it is what testferry sends itself",
            )
    if given["config_ids"] and not given["plan_id"]:
        raise UsageProblem(
            "--config-ids needs --plan-id", "only runs of a plan have configurations"
        )
    configs = [one for one in (given["config_ids"] or "").replace(" ", "").split(",") if one]
    return {
        "project": given["project"] or "",
        "suite": given["suite"] or "",
        "section": given["section"] or "",
        "title": given["title"] or ci_names()[0],
        "description": given["description"] or "",
        "run_id": _number("--run-id", given["run_id"]),
        "plan_id": _number("--plan-id", given["plan_id"]),
        "config_ids": [int(_number("--config-ids", one)) for one in configs],
        "milestone_id": _number("--milestone-id", given["milestone_id"]),
        "match": given["match"],
        "create_missing": given["create_missing"],
        "close_run": given["close_run"],
        "result_fields": _pairs("--result-field", given["result_field"]),
        "case_fields": _pairs("--case-field", given["case_field"]),
        "status": _statuses(given["status"]),
        "attempts": given["attempts"] or "last",
        "attachments_root": os.path.abspath(given["attachments_root"])
        if given["attachments_root"]
        else "",
    }


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given if one]
    if wrong := [
        key + equals + value for key, equals, value in pairs if not equals or not key.strip()
    ]:
        raise UsageProblem(f"{option} {wrong[0]!r} is not K=V")
    return {key.strip(): value for key, _, value in pairs}


def _statuses(given: str | None) -> dict[str, str]:
    found = _pairs("--status", tuple((given or "").split(",")))
    if unknown := set(found) - {"passed", "failed", "error", "skipped"}:
        raise UsageProblem(
            f"--status has no {min(unknown)!r}", "use passed, failed, error and skipped"
        )
    return {key: value.strip() for key, value in found.items()}


def _number(option: str, text: str | None) -> str:
    if text == "":
        raise UsageProblem(
            f"{option} is empty", "did the command that should give the run's id fail?"
        )
    if text and not (text.isascii() and text.isdigit()):
        raise UsageProblem(f"{option} {text!r} is no number")
    return text or ""


def _http_options(ctx: click.Context, name: str, given: dict[str, Any]) -> dict[str, Any]:
    table = dict(_configuration(ctx).targets.get(name, {}))
    for override in given.get("overrides", ()):
        key, equals, value = override.partition("=")
        if not equals:
            raise UsageProblem(f"--set {override!r} is not KEY=VALUE")
        _put(table, key.strip().split("."), value)
    batch = table.get("batch") or {}
    if not isinstance(batch, dict):
        raise UsageProblem(f"[targets.{name}]: batch must be a table")
    known = {"type", "url", "dialect", "idempotency_header", "batch", "rate", "rate_share", "width"}
    if unknown := set(table) - known - {key.replace("_", "-") for key in given} - set(given):
        raise UsageProblem(
            f"[targets.{name}]: unknown key {min(unknown)!r}",
            f"known are {', '.join(sorted(known))}",
        )
    if unknown := set(batch) - {"max_results", "max_bytes", "path"}:
        raise UsageProblem(
            f"[targets.{name}].batch: unknown key {min(unknown)!r}",
            "known are max_results, max_bytes, path",
        )
    given["url"] = given["url"] or table.get("url")
    from testferry.settings.files import Size

    return {
        "dialect": str(table.get("dialect", "nestjs")),
        "idempotency_header": str(table.get("idempotency_header", "")),
        "batch_size": int(batch.get("max_results", 500)),
        "batch_bytes": Size().convert(batch.get("max_bytes", 1_000_000), None, None),
        "path": str(batch.get("path", "results")),
    }


def _put(table: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = dict(table.get(key) or {})
        table[key] = inner
        table = inner
    table[keys[-1]] = int(value) if value.isascii() and value.isdigit() else value


def _destination(ctx: click.Context, name: str, kind: str, given: dict[str, Any]) -> Any:
    from testferry.uploads import ADDRESSES, Destination

    own = _configuration(ctx).targets.get(name, {})
    return Destination(
        name,
        kind,
        given.get("url") or os.environ.get(ADDRESSES.get(kind, "")) or str(own.get("url", "")),
        "",
        given.get("token_file"),
        given.get("ca_bundle") or "",
        given.get("proxy") or "",
        given["timeout"],
        str(own.get("user", "")),
    )


def _speed(given: dict[str, Any]) -> Any:
    from testferry.uploads import Speed

    if not given["timeout"] >= SHORTEST_TIMEOUT:
        raise UsageProblem(
            f"--timeout {given['timeout']:g} is too short",
            "no service answers in less than a tenth of a second",
        )
    if given["rate_share"] is not None and not given["rate_share"] > 0:  # NaN
        raise UsageProblem(
            f"--rate-share {given['rate_share']} is no share", "use a number above 0, at most 1"
        )
    limit = given.get("max_time")
    return Speed(
        tuple(given["rate"]) or None,
        given["rate_share"],
        given["width"],
        math.inf if limit is None else limit,
        given["settle"],
        given["in_doubt"],
    )


@contextlib.contextmanager
def _session(ctx: click.Context, given: dict[str, Any]) -> Iterator[Session]:
    """The journals, the screen, and a sandbox where one is asked for."""
    from testferry.clock import SystemClock
    from testferry.screen.lines import animated, consoles
    from testferry.screen.live import Screen
    from testferry.settings import files as config
    from testferry.uploads import Session

    clock = SystemClock()
    _, error = consoles(given["color"], quiet=given["quiet"])
    live = animated(error, ci=config.in_ci(), quiet=given["quiet"])
    folder = given["journal"] or config.journal_folder()
    with Screen(error, clock, live=live, verbose=given["verbose"]) as screen:
        yield Session(
            Path(folder),
            _configuration(ctx),
            screen,
            clock,
            lambda database: _sandbox_over(database, given),
        )


def _faults(given: dict[str, Any]) -> Any:
    """The sandbox's faults; a usage error before anything is planned."""
    from testferry.sandbox.faults import parse

    return parse(given.get("fault", ()))


@contextlib.contextmanager
def _sandbox_over(database: str, given: dict[str, Any]) -> Iterator[str]:
    from testferry.sandbox.server import Sandbox, Settings

    windows = tuple(one for one in given.get("server_rate", ()) if one is not None)
    settings = Settings(
        database, windows=windows, latency=given.get("latency", 0.0), faults=_faults(given)
    )
    with Sandbox(settings) as sandbox:
        yield sandbox.url


def _end(outcome: Outcome, flags: Flags, given: dict[str, Any]) -> None:
    """Say what became of it, and leave with the code."""
    from testferry.outcome import exit_code
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles, show_error
    from testferry.screen.markdown import markdown

    out, error = consoles(given["color"])
    code = exit_code(outcome, flags)
    if given["output"] == "json":
        _print_json(outcome.as_dict(flags))
        if outcome.stop.reason:
            show_error(error, outcome.stop.reason, outcome.stop.hint)
    elif not outcome.upload_id and outcome.stop.reason:
        show_error(error, outcome.stop.reason, outcome.stop.hint)
    elif code or not given["quiet"]:
        show_outcome(out, outcome, flags, given["verbose"])
    if given["summary_file"]:
        _append(given["summary_file"], markdown(outcome, flags), error)
    raise SystemExit(code)


def _append(path: str, text: str, error: Any) -> None:
    from testferry.screen.lines import show_error

    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        show_error(error, f"the summary file {path} cannot be written: {problem.strerror}")


def _print_json(document: object) -> None:
    try:
        click.echo(json.dumps(document, ensure_ascii=True))
    except BrokenPipeError:
        pass
    except (OSError, ValueError) as problem:
        _complain(f"standard output cannot be written: {problem}", "")


# --- the other ones


@cli.command(cls=_Configured)
@click.argument("report", nargs=-1)
@click.option(
    "--convert",
    type=click.Choice(["ctrf", "junit", "ndjson"]),
    help="Write what was read in this format.",
)
@click.option(
    "-o",
    "--to",
    type=click.Path(dir_okay=False),
    metavar="FILE|-",
    help="Where --convert writes to; - is standard output.",
)
@many(READING[:4], [ENDING[1]], [READING[-1]], SCREEN)
def inspect(**given: Any) -> None:
    """Read reports and send nothing: detected format, counts, problems."""
    from testferry.model import Tally
    from testferry.outcome import Counts, Figures, Flags, Outcome, exit_code, problems_as_dicts
    from testferry.uploads import Inspection

    if bool(given["convert"]) is not bool(given["to"]):
        raise UsageProblem(
            "--convert and -o go together", "for example --convert ctrf -o results.json"
        )
    total = Tally()
    seen = Inspection(
        given["report"],
        given["format"],
        _attempts(given) or "all",
        given["normalise_names"],
        "" if given["to"] in (None, "-") else given["to"],
    )
    try:
        _read_all(seen, given)
    except NothingToUpload:
        if given["output"] == "json":
            _print_json({"schema": "testferry.inspect/1", "reports": [], "total": total.as_dict()})
        if given["allow_empty"]:
            return
        raise
    for summary in seen.summaries:
        total += summary.tests
    read = sum(summary.results for summary in seen.summaries)
    outcome = Outcome(reports=seen.summaries, figures=Figures(seen.tests, Counts(pending=read)))
    flags = Flags(
        allow_empty=given["allow_empty"],
        fail_on_failed_tests=given["fail_on_failed_tests"],
        dry_run=True,
    )
    code = exit_code(outcome, flags)
    if given["output"] == "json":
        listed = [
            {
                "path": summary.path,
                "format": summary.format,
                "why": summary.why,
                "results": summary.results,
                "tests": summary.tests.as_dict(),
                "flaky": summary.flaky,
                "reruns": summary.reruns,
                "synthetic": summary.synthetic,
                "duration_s": round(summary.duration, 6),
                "problems": problems_as_dicts(summary),
            }
            for summary in seen.summaries
        ]
        _print_json({"schema": "testferry.inspect/1", "reports": listed, "total": total.as_dict()})
    elif code or not given["quiet"]:
        _show_inspection(seen, given)
    raise SystemExit(code)


def _read_all(seen: Any, given: dict[str, Any]) -> None:
    """Everything once; written on the way where that is asked for."""
    if not given["convert"]:
        for _ in seen:
            pass
        return
    from testferry.reports.convert import write

    if given["to"] == "-":
        write(seen, given["convert"], sys.stdout)
        return
    # what stands there stays until the new one is whole
    partial = f"{given['to']}.testferry-{os.getpid()}"
    try:
        with open(partial, "x", encoding="utf-8") as file:
            write(seen, given["convert"], file)
        if seen.tests.total:
            os.replace(partial, given["to"])
    except OSError as problem:
        raise UsageProblem(f"{given['to']} cannot be written: {problem.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def _show_inspection(seen: Any, given: dict[str, Any]) -> None:
    from testferry.screen.ending import show_named
    from testferry.screen.lines import consoles, plain, table
    from testferry.text import count

    standard, error = consoles(given["color"])
    out = error if given["to"] == "-" else standard
    rows = [
        (
            one.path,
            one.format,
            *(f"{number:,}" for number in one.tests.as_dict().values()),
            f"{one.duration:.1f} s",
        )
        for one in seen.summaries
    ]
    table(out, ("report", "format", "tests", "passed", "failed", "errors", "skipped", "time"), rows)
    for summary in seen.summaries:
        for problem in summary.problems:
            line = f":{problem.line}" if problem.line else ""
            plain(
                out,
                f"{summary.path}{line}: {problem.message}",
                "red" if problem.is_error else "yellow",
            )
        if given["verbose"]:
            plain(out, f"{summary.path}: {summary.format}, because {summary.why}", "dim")
    entries = sum(one.results for one in seen.summaries)
    if seen.tests.total != entries:
        plain(
            out,
            f"{count(entries, 'entry', 'entries')} are {count(seen.tests.total, 'result')} with "
            "their retries merged",
        )
    show_named(out, "Failed tests:", seen.failed, given["verbose"])
    if seen.slowest:
        plain(out, "Slowest:", "bold")
        for result in seen.slowest:
            plain(out, f"  {result.elapsed:8.2f} s  {result.title}")


@cli.command(cls=_Configured)
@click.argument("dialect")
@click.argument("status", type=click.IntRange(100, 999))
@click.option(
    "--header", multiple=True, metavar="'K: V'", help="A header of the answer; repeatable."
)
@click.option("--body", type=click.File("rb"), metavar="FILE|-", help="The answer's body.")
@click.option(
    "--attempt",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Which send this answers.",
)
@many([PLACE[1]], SCREEN)
@click.pass_context
def explain(ctx: click.Context, /, **given: Any) -> None:
    """What testferry would do on an answer, why, and which sentence of the service's documents says
    so.
    """
    from testferry.clock import SystemClock
    from testferry.dialects import decide, load

    dialect = load(given["dialect"], _configuration(ctx).dialects)
    headers = {}
    for line in given["header"]:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise UsageProblem(f"--header {line!r} is not 'Name: value'")
        headers[name.strip()] = value.strip()
    body = given["body"].read() if given["body"] else b""
    found = decide(dialect, given["status"], headers, body, given["attempt"], SystemClock().wall())
    if given["output"] == "json":
        _print_json(
            {
                "schema": "testferry.explain/1",
                "dialect": dialect.name,
                "status": given["status"],
                "attempt": given["attempt"],
                "action": found.action,
                "kind": found.kind,
                "ambiguous": found.ambiguous,
                "wait_s": list(found.wait_s) if found.wait_s else None,
                "message": found.message,
                "reason": found.reason,
                "source": found.source,
            }
        )
        return
    from testferry.screen.lines import consoles, plain

    out, _ = consoles(given["color"])
    wait = f", in {found.wait_s[0]:g} to {found.wait_s[1]:g} s" if found.wait_s else ""
    look = (
        "; it may have been applied all the same: testferry looks first" if found.ambiguous else ""
    )
    plain(out, f"{found.action}{wait} ({found.kind}){look}", "bold")
    plain(out, f"  because   {found.reason}")
    plain(out, f"  they say  {found.message}")
    plain(out, f"  document  {found.source}", "dim")


@cli.group(invoke_without_command=True)
@many([option("--url", help="Only the uploads to this address.")], PLACE, SCREEN, PROJECT, TAKEN)
@click.pass_context
def uploads(ctx: click.Context, /, **given: Any) -> None:
    """What the journal knows."""
    ctx.obj = given
    if ctx.invoked_subcommand is None:
        _list_uploads(given)


def _folder(given: dict[str, Any]) -> Path:
    from testferry.settings.files import journal_folder

    return Path(given["journal"] or journal_folder())


def _list_uploads(given: dict[str, Any]) -> None:
    from testferry.clock import day_and_time
    from testferry.journal import Store
    from testferry.screen.lines import consoles, plain, show_error, table

    out, error = consoles(given["color"])
    listed: list[dict[str, Any]] = []
    store, code = Store(_folder(given)), 0
    for upload_id in store.ids():
        try:
            with store.open(upload_id, write=False) as journal:
                header, counts = journal.header, journal.counts()
                run_id, run_url = journal.run()
                unfinished, reason = journal.unfinished(), journal.stopped()
                state = (
                    "unfinished"
                    if unfinished
                    else "incomplete"
                    if counts.rejected or counts.in_doubt
                    else "done"
                )
        except TestferryError as problem:
            show_error(error, problem.message, problem.hint)
            code = problem.exit_code
            continue
        if given["url"] and given["url"].rstrip("/") not in (header.url, f"{header.url}/api/v1"):
            continue
        listed.append(
            {
                "upload_id": upload_id,
                "target": header.target,
                "url": header.url,
                "name": str(header.options.get("name") or header.options.get("title") or ""),
                "created": header.created,
                "state": state,
                "stopped": reason or None,
                "results": counts.as_dict(),
                "run_id": int(run_id) if run_id.isdigit() else run_id or None,
                "run_url": run_url or None,
            }
        )
    if given["output"] == "json":
        _print_json({"schema": "testferry.uploads/1", "uploads": listed})
    elif listed:
        rows = [
            (
                one["upload_id"],
                day_and_time(one["created"]),
                f"{one['target']} {one['url']}",
                one["name"],
                _counted(one["results"]),
                str(one["run_id"] or ""),
                f"{one['state']}: {one['stopped']}" if one["stopped"] else one["state"],
            )
            for one in sorted(listed, key=lambda one: one["created"])
        ]
        table(out, ("upload", "when", "to", "name", "results", "run", "state"), rows)
    else:
        plain(out, f"no uploads in {store.folder}")
    raise SystemExit(code)


def _counted(counts: dict[str, int]) -> str:
    parts = [
        f"{number:,} {word.replace('_', ' ')}"
        for word, number in counts.items()
        if number and word != "total"
    ]
    return ", ".join(parts) or "none"


def _chosen(above: dict[str, Any], given: dict[str, Any], upload_id: str) -> tuple[Store, str]:
    """The journals, named before or behind the subcommand, and the whole id of an upload there."""
    from testferry.journal import Store

    store = Store(_folder({"journal": given["journal"] or above["journal"]}))
    return store, store.resolve(upload_id)


@uploads.command("show")
@click.argument("upload_id", metavar="ID")
@many(PLACE, SCREEN)
@click.pass_obj
def uploads_show(above: dict[str, Any], /, upload_id: str, **given: Any) -> None:
    """One upload: what was rejected or is in doubt, result by result."""
    from testferry.engine.conclude import summarise
    from testferry.outcome import Flags, Outcome
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles

    given["output"] = given["output"] if given["output"] != "text" else above["output"]
    store, upload_id = _chosen(above, given, upload_id)
    with store.open(upload_id, write=False) as journal:
        outcome = summarise(journal, Outcome())
        outcome.stop.reason = journal.stopped()
    if given["output"] == "json":
        _print_json(outcome.as_dict(Flags()))
    else:
        show_outcome(consoles(given["color"])[0], outcome, Flags(), verbose=1)


@uploads.command("export")
@click.argument("upload_id", metavar="ID")
@click.option("-o", "--to", default="-", metavar="FILE|-", help="Where to; - is standard output.")
@click.option(
    "--state",
    multiple=True,
    type=click.Choice(["pending", "sending", "in_doubt", "rejected", "unmatched", "sent"]),
    help="Only results in this state; repeatable.",
)
@many(PLACE, SCREEN)
@click.pass_obj
def uploads_export(above: dict[str, Any], /, upload_id: str, **given: Any) -> None:
    """Save an upload's results, a line of JSON each, also out of a journal that is damaged."""
    from testferry.journal import salvage
    from testferry.screen.lines import consoles, plain
    from testferry.text import count

    store, upload_id = _chosen(above, given, upload_id)
    path, saved = store.path(upload_id), 0
    try:
        with store.open(upload_id, write=False) as journal:
            journal.check_bodies()
        damage: TestferryError | None = None
    except TestferryError as problem:
        damage = problem
    try:
        with contextlib.ExitStack() as stack:
            file = (
                sys.stdout
                if given["to"] == "-"
                else stack.enter_context(open(given["to"], "x", encoding="utf-8"))
            )
            for one in salvage(path):
                if not given["state"] or one["state"] in given["state"]:
                    file.write(json.dumps(one) + "\n")
                    saved += 1
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UsageProblem(
            f"{given['to']} cannot be written: {problem.strerror}",
            "name a file that is not there yet",
        ) from None
    if damage is not None:
        words = (
            f"{damage.message}; {count(saved, 'result')} saved, others may be missing, and what "
            "is said of their state may be old"
        )
        raise JournalProblem(
            words, "compare them with what the service has before you send any of them again"
        )
    if not given["quiet"]:
        plain(consoles(given["color"])[1], f"{count(saved, 'result')} saved")


@uploads.command("forget")
@click.argument("upload_id", metavar="ID")
@many(PLACE, SCREEN)
@click.pass_obj
def uploads_forget(above: dict[str, Any], /, upload_id: str, **given: Any) -> None:
    """Remove an upload from the journal; what was not sent is not sent any more."""
    from testferry.screen.lines import consoles, plain

    store, found = _chosen(above, given, upload_id)
    store.forget(found)
    if not given["quiet"]:
        plain(consoles(given["color"])[1], f"upload {found} is forgotten")


@cli.command(cls=_Configured)
@click.argument("upload_id", metavar="[ID]...", nargs=-1)
@many(SPEED, URL, CONNECTION, SANDBOX, [ENDING[0]], PLACE, SCREEN, PROJECT, TAKEN)
@click.pass_context
def resume(ctx: click.Context, /, upload_id: tuple[str, ...], **given: Any) -> None:
    """Carry every unfinished upload on, or the named ones; what a cron job runs."""
    from testferry.outcome import Flags, Outcome, exit_code
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles, plain, show_error

    out, error = consoles(given["color"])
    outcomes: list[Outcome] = []
    flags = Flags(exit_zero=given["exit_zero"])
    with _session(ctx, given) as session:
        wanted = [session.store.resolve(one) for one in upload_id] or session.unfinished()
        where = _destination(ctx, "", "", given)
        for one in wanted:
            outcome = Outcome(upload_id=one)
            try:
                session.resume(one, where, _speed(given), outcome)
            except UsageProblem as problem:
                _ended_early(outcome, problem)
            except TestferryError as problem:
                _ended_early(outcome, problem)
            outcomes.append(outcome)
            if outcome.stop.code in (130, 143):
                break
    code = _worst(
        [exit_code(outcome, flags) if outcome.stop.code != 2 else 2 for outcome in outcomes]
    )
    if given["output"] == "json":
        _print_json(
            {
                "schema": "testferry.resume/1",
                "exit_code": code,
                "uploads": [one.as_dict(flags) for one in outcomes],
            }
        )
    for outcome in outcomes:
        if (
            outcome.stop.code in (2, 74)
            or (outcome.stop.code and not outcome.figures.results.total)
            or (given["output"] == "json" and outcome.stop.reason)
        ):
            show_error(error, outcome.stop.reason, outcome.stop.hint)
        elif given["output"] != "json" and (exit_code(outcome, flags) or not given["quiet"]):
            show_outcome(out, outcome, flags, given["verbose"])
    if not outcomes and given["output"] != "json" and not given["quiet"]:
        plain(out, "nothing is unfinished")
    raise SystemExit(code)


def _worst(codes: list[int]) -> int:
    return next((code for code in (130, 143, 70, 2, 74, 5, 75, 6, 3, 4, 1) if code in codes), 0)


@cli.group("run")
def run_group() -> None:
    """One run filled by many CI jobs: create prints its id, `upload --run-id ID` fills it, complete
    closes it.
    """


@run_group.command("create", cls=_Configured)
@click.argument("target")
@many(TESTMO[:-1], RUN_OF_TESTRAIL, SPEED, URL, CONNECTION, PLACE, SCREEN)
@click.pass_context
def run_create(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Create a run and print its id, and nothing else, on standard output."""
    from testferry.submission import Kind, Submission

    outcome = _run_only(ctx, target, given, Submission(0, Kind.OPEN, "run"))
    if outcome.run.id:
        click.echo(outcome.run.id)
    _after_run(outcome, given, "")


@run_group.command("complete", cls=_Configured)
@click.argument("target")
@many(
    [option("--run-id", help="The run to complete.")],
    PROJECT,
    without(TAKEN, "run_id"),
    SPEED,
    URL,
    CONNECTION,
    PLACE,
    SCREEN,
)
@click.pass_context
def run_complete(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Complete a run that `run create` made."""
    from testferry.submission import Kind, Submission

    if not given["run_id"]:
        raise UsageProblem("there is no run to complete", "use --run-id ID")
    row = Submission(
        0, Kind.CLOSE, "close run" if _kind(ctx, target) == "testrail" else "complete run"
    )
    row.body = {} if row.name == "close run" else {"measure_elapsed": True}
    _after_run(_run_only(ctx, target, given, row), given, f"run {given['run_id']} is complete")


def _run_only(ctx: click.Context, target: str, given: dict[str, Any], row: Any) -> Outcome:
    kind = _kind(ctx, target)
    if kind not in ("testmo", "testrail", "sandbox"):
        raise UsageProblem(f"target {target!r} has no runs", "use testmo or testrail")
    table = {
        key.replace("-", "_"): value
        for key, value in _configuration(ctx).targets.get(target, {}).items()
    }
    said = {key: value for key, value in given.items() if value not in (None, ())}
    options = _target_options(ctx, target, kind, {**_no_options(kind), **table, **said})
    if kind == "testrail":
        options["bare"] = True
    with _session(ctx, {**given, "quiet": True}) as session:
        return session.run_only(_destination(ctx, target, kind, given), options, row, _speed(given))


def _kind(ctx: click.Context, target: str) -> str:
    """The type of a target, empty where there is none of this name."""
    configured = _configuration(ctx).targets.get(target)
    return (
        target
        if target in OF_TYPE
        else _type_of(target, configured)
        if configured is not None
        else ""
    )


def _no_options(kind: str) -> dict[str, Any]:
    """A target's options as they are when nothing is said."""
    bare = many(OF_TYPE[kind], READING)(lambda: None).__click_params__
    return {
        str(one.name): () if one.multiple else one.default if isinstance(one.default, str) else None
        for one in bare
    }


def _after_run(outcome: Outcome, given: dict[str, Any], done: str) -> None:
    from testferry.outcome import Flags, exit_code
    from testferry.screen.ending import next_command
    from testferry.screen.lines import consoles, plain, show_error

    flags = Flags(allow_empty=True)
    code = exit_code(outcome, flags)
    if done and not code and not given["quiet"]:
        plain(consoles(given["color"])[1], done)

    if outcome.stop.reason:
        show_error(
            consoles(given["color"])[1],
            outcome.stop.reason,
            outcome.stop.hint or f"next: {next_command(outcome, flags)}",
        )
    raise SystemExit(code)


@cli.command(cls=_Configured)
@click.argument("target")
@many(
    [TESTMO[0], *TESTRAIL[:3], TESTRAIL[14]],
    URL,
    CONNECTION,
    PLACE,
    SCREEN,
    without(TAKEN, "project", "suite", "match", "status"),
)
@click.pass_context
def doctor(ctx: click.Context, /, target: str, **given: Any) -> None:
    """Address, TLS, token, project, clock, rate limit, journal: each line passes or fails with a
    cure.
    """
    from testferry import examination
    from testferry.screen.lines import consoles, plain

    kind = _kind(ctx, target)
    if kind not in ("testmo", "testrail", "http"):
        raise UsageProblem(
            f"there is nothing to examine for {target!r}",
            "use testmo, testrail, or a target of testferry.toml",
        )
    table = {
        key.replace("-", "_"): value
        for key, value in _configuration(ctx).targets.get(target, {}).items()
    }
    if kind == "http":
        options = _http_options(ctx, target, given)
    elif kind == "testmo":
        options = {"project_id": given["project_id"] or table.get("project_id")}
        if not options["project_id"]:
            raise UsageProblem("there is no project", "use --project-id N")
    else:
        said = {key: value for key, value in given.items() if value is not None}
        options = _testrail_options({**_no_options(kind), **table, **said})
    findings = examination.examine(
        _destination(ctx, target, kind, given), options, _configuration(ctx), _folder(given)
    )
    out, _ = consoles(given["color"])
    code = 0
    listed = []
    for finding in findings:
        code = code or (0 if finding.passed else finding.exit_code)
        listed.append(
            {
                "name": finding.name,
                "passed": finding.passed,
                "message": finding.message,
                "cure": finding.cure,
            }
        )
        if given["output"] != "json":
            plain(
                out,
                f"{'✔' if finding.passed else '✘'} {finding.name}: {finding.message}",
                "" if finding.passed else "red",
            )
            if finding.cure and not finding.passed:
                plain(out, f"    {finding.cure}", "dim")
    if given["output"] == "json":
        _print_json({"schema": "testferry.doctor/1", "exit_code": code, "checks": listed})
    raise SystemExit(code)


@cli.command(cls=_Configured)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="On loopback; 0 takes any.",
)
@click.option(
    "--database",
    default=":memory:",
    metavar="FILE",
    help="Keep what is stored of Testmo in this file.",
)
@option(
    "--rate",
    type=RATE,
    multiple=True,
    metavar="N/min",
    help="The rate limit to keep; Testmo publishes none.",
)
@click.option(
    "--fixed-window", is_flag=True, help="Count in fixed windows instead of sliding ones."
)
@click.option(
    "--body-limit",
    type=SIZE,
    default=20 * 1024 * 1024,
    help="Larger bodies get 413.  [default: 20 MiB]",
)
@click.option("--latency", type=DURATION, default=0.0, help="Added to every answer.")
@click.option(
    "--fault", multiple=True, metavar="'append: 500 every 7'", help="Misbehave; repeatable."
)
def sandbox(**given: Any) -> None:
    """Serve the embedded emulator of Testmo and TestRail on loopback, for rehearsing a pipeline.

    \b A fault is OPERATION: EFFECT [WHEN] OPERATION  run, thread, append, complete, read, any;
    TestRail's also section, case, update, attach EFFECT     500 | 500 applied | 429 after 2 | drop
    | lost | late 3s | slow 3s | hang | html | refuse TEXT WHEN       every 7 | once | first 3 |
    after 10 | for 20s

    "lost" applies the request and drops the answer; "late 3s" drops the connection and
    applies it three seconds later; "refuse TEXT" answers 422 for a batch with such a test.
    """
    from testferry.sandbox.faults import parse
    from testferry.sandbox.server import TOKEN, Sandbox, Settings

    settings = Settings(
        given["database"],
        windows=tuple(one for one in given["rate"] if one is not None),
        sliding=not given["fixed_window"],
        body_limit=given["body_limit"],
        latency=given["latency"],
        faults=parse(given["fault"]),
    )
    try:
        served = Sandbox(settings, given["port"])
    except OSError as problem:
        raise UsageProblem(
            f"port {given['port']} cannot be used: {problem.strerror}",
            "use --port 0 for any free one",
        ) from None
    with served:
        click.echo(f"export TESTMO_URL={served.url}")
        click.echo(f"export TESTMO_TOKEN={TOKEN}")
        click.echo(
            f"export TESTRAIL_URL={served.url} TESTRAIL_USER=you@example.com TESTRAIL_KEY={TOKEN}"
        )
        click.echo("serving; Ctrl-C ends it", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            served.wait()


@cli.command()
@many(SCREEN)
def demo(**given: Any) -> None:
    """The sandbox and an upload of sample reports into it: nothing else needed."""
    from testferry import demo as show

    raise SystemExit(
        show.play(
            given["color"], quiet=given["quiet"], verbose=given["verbose"], output=given["output"]
        )
    )


# --- the endings


def main() -> None:
    """The console script."""
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (
            OSError,
            ValueError,
            AttributeError,
        ):  # nobody reads any more: Python would exit with 120 over it
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return for each way in which it can end
    """The exit code of a command line. Known errors, Ctrl-C and defects are three different
    endings.
    """
    try:
        cli.main(arguments, prog_name="testferry", standalone_mode=False, obj=arguments)
    except click.exceptions.Exit as problem:
        return problem.exit_code
    except click.ClickException as problem:
        problem.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except TestferryError as problem:
        _complain(problem.message, problem.hint)
        return problem.exit_code
    except SystemExit as problem:
        return problem.code if isinstance(problem.code, int) else 1
    except BrokenPipeError:
        return 0
    except MemoryError:
        _complain(
            "there is not enough memory",
            "nothing is lost; run it again with a smaller --batch-bytes",
        )
        return TryLater.exit_code
    # one bad file loses no other; whatever it was is told
    except Exception as problem:  # noqa: BLE001
        return _defect(problem)
    return 0


def _complain(message: str, hint: str) -> None:
    from testferry.text import clean

    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"error: {clean(message)}\n")
        if hint:
            sys.stderr.write(f"       {clean(hint)}\n")


def _defect(problem: BaseException) -> int:
    """The traceback goes to a file without locals: they may hold secrets."""
    import tempfile
    import traceback

    try:
        handle, path = tempfile.mkstemp(prefix="testferry-", suffix=".traceback")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f"testferry {__version__}, Python {sys.version}\n")
            file.write("".join(traceback.format_exception(problem)))
        where = f"please report it with {path}"
    except OSError:
        where = "please report it"
    _complain(f"a defect in testferry ({type(problem).__name__}); nothing is lost", where)
    return 70
