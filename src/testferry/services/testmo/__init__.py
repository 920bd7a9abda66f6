"""Testmo: automation runs, their threads, and results appended to them in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from testferry.errors import UsageProblem
from testferry.option import Form, key_of, option, ways_to_say
from testferry.services.keyoptions import check_key, key_option, rerun_option
from testferry.services.service import Address, SecretNames, Service, loaded

_SUGGESTED = "from the CI system, else the folder"
_RUN = ("run create",)
_READ_RESOURCES = "testferry.services.testmo.resources:read"


def _by_its_id() -> Any:
    return option(
        "The same by its id.",
        Form.NUMBER,
        least=1,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What an upload to Testmo can be told.

    One record: each field is one option of one command.
    """

    project_id: int | None = option(
        "Testmo's project.",
        Form.NUMBER,
        least=1,
        safe=True,
        shown_by=("run create", "doctor", "init"),
        often=True,
    )
    name: str | None = option(
        "The run's name.",
        Form.NAME,
        suggested="name",
        shown_default=_SUGGESTED,
        safe=True,
        shown_by=_RUN,
        often=True,
    )
    source: str | None = option(
        "The run's source.",
        Form.NAME,
        suggested="source",
        shown_default=_SUGGESTED,
        safe=True,
        shown_by=(*_RUN, "init"),
    )
    tag: tuple[str, ...] = option(
        "A tag of the run; repeatable.",
        Form.NAME,
        many=True,
        default=(),
        safe=True,
        shown_by=_RUN,
    )
    config_name: str | None = option(
        "The run's configuration.",
        Form.NAME,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    config_id: int | None = _by_its_id()
    milestone: str | None = option(
        "The run's milestone.",
        Form.NAME,
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    milestone_id: int | None = _by_its_id()
    link: Mapping[str, str] = option(
        "A link of the run; repeatable. In CI its build is linked anyway.",
        Form.PAIRS,
        many=True,
        factory=dict,
        metavar="NAME=URL",
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    field: Mapping[str, str] = option(
        "A field of the run; repeatable. In CI it has branch, revision and so on anyway.",
        Form.PAIRS,
        many=True,
        factory=dict,
        metavar="NAME=VALUE",
        safe=True,
        shown_by=_RUN,
        rare=True,
    )
    resources: str = option(
        "Fields, links and artifacts of the run, in a file that Testmo's own client writes "
        "(testmo-resources.json).",
        Form.FILE,
        exists=True,
        default="",
        shown_by=_RUN,
        rare=True,
    )
    thread_field: Mapping[str, str] = option(
        "A field of this upload's thread; repeatable.",
        Form.PAIRS,
        many=True,
        factory=dict,
        metavar="NAME=VALUE",
        safe=True,
        rare=True,
    )
    thread_resources: str = option(
        "Fields and artifacts of this upload's thread, in such a file.",
        Form.FILE,
        exists=True,
        default="",
        rare=True,
    )
    no_measure_elapsed: bool = option(
        "The run's time is that of its tests, and not the time that it was open.",
        Form.FLAG,
        default=False,
        safe=True,
        only=("run complete",),
        shown_by=("run complete",),
    )
    # The way back from the run to what was built.
    build: Mapping[str, str] = option(
        "",
        Form.PAIRS,
        factory=dict,
        suggested="build",
        hidden=True,
        on_line=False,
        in_environment=False,
        in_files=False,
    )
    run_id: str | None = option(
        "Fill this run instead of creating one; it is left open.",
        Form.ID,
        safe=True,
        shown_by=("run complete",),
        often=True,
    )
    run_key: str = key_option()
    rerun: str = rerun_option()


def configured(options: Options) -> dict[str, object]:
    """What the target is made of. Raises UsageProblem if there is neither a project nor a run."""
    if not options.project_id and not options.run_id:
        raise UsageProblem("there is no project", ways_to_say(Options, "project_id"))
    for flag, said in (
        ("link", options.link),
        ("field", options.field),
        ("resources", options.resources),
    ):
        if options.run_id and said:
            raise UsageProblem(
                f"--{flag} does not go with --run-id",
                "a run that is filled stays as it is; say it to `testferry run create`, or of this "
                "thread: --thread-field, --thread-resources",
                (flag,),
            )
    check_key(options.run_key, run_id=options.run_id or "")
    _check_twice("config_name", options.config_name, "config_id", options.config_id)
    _check_twice("milestone", options.milestone, "milestone_id", options.milestone_id)
    if options.rerun != "add":
        raise UsageProblem(
            f"--rerun {options.rerun} cannot be done at Testmo",
            "it shows every result, and not which job it is of: use --rerun add, or another "
            "--run-key",
            ("rerun",),
        )
    return described(options)


def _check_twice(
    name: str,
    said: str | None,
    other: str,
    number: int | None,
) -> None:
    if said and number:
        raise UsageProblem(
            f"--{key_of(name)} and --{key_of(other)} do not go together",
            "say it by name or by id",
            (other,),
        )


def described(options: Options) -> dict[str, object]:
    """The same without a look at what is missing: the sandbox has one project."""
    return {
        "project_id": options.project_id or 1,
        "name": options.name or "",
        "source": options.source or "",
        "tags": [tag for tag in options.tag if tag],
        "config": options.config_name or "",
        "config_id": options.config_id or 0,
        "milestone": options.milestone or "",
        "milestone_id": options.milestone_id or 0,
        "run_id": options.run_id or "",
        "run_key": options.run_key,
        "links": dict(options.link),
        "fields": dict(options.field),
        "build": dict(options.build),
        "resources": _resources(options.resources),
        "thread_fields": dict(options.thread_field),
        "thread_resources": _of_a_thread(options.thread_resources),
        "measure_elapsed": not options.no_measure_elapsed,
    }


def _resources(path: str) -> dict[str, list[dict[str, object]]]:
    if not path:
        return {}
    read: Callable[[str], dict[str, list[dict[str, object]]]] = loaded(_READ_RESOURCES)
    return read(path)


def _of_a_thread(path: str) -> dict[str, list[dict[str, object]]]:
    """What a thread has of such a file: no links. Raises UsageProblem if there are some."""
    found = _resources(path)
    if found.pop("links", []):
        raise UsageProblem(
            f"{path}: a thread has no links",
            "say them to `testferry run create` as --link NAME=URL or --resources",
            ("thread_resources",),
        )
    return found


# Testmo's own command line client (its documentation, "Command line tool").
_FOREIGN = {
    "automation:run:submit": "use `testferry upload testmo --project-id N REPORT…`",
    "automation:run:submit-thread": "use `testferry upload testmo --run-id ID REPORT…`",
    "automation:run:create": "use `testferry run create testmo --project-id N`",
    "automation:run:complete": "use `testferry run complete testmo --run-id ID`",
    "automation:resources:add-field": "use --field NAME=VALUE of `testferry upload testmo`",
    "automation:resources:add-link": "use --link NAME=URL of `testferry upload testmo`",
    "automation:resources:add-artifact": "leave it as it is, and use --resources FILE",
    "--instance": "use --url, or TESTMO_URL in the environment",
    "--results": "reports are named without an option: `testferry upload testmo … reports/`",
    "--tags": "use --tag, once for each",
    "--debug": "use -vv",
    "--allow-empty-results": "use --allow-empty",
    "--token": "set TESTMO_TOKEN in the environment, or use --token-file FILE",
    "--run-resources": "use --resources FILE of `testferry run create`",
    "--results-rewriter": "there is none: see --exclude-status, --merge-retries",
    "--ignore-parse-error": "leave it out: what can be read is uploaded, the rest is named",
    "--exec-suppress": "behind --, write sh -c 'COMMAND > /dev/null'",
    "--exec-stop-error": "write `COMMAND && testferry upload …`, without --",
    "--no-measure-elapsed": "put it behind `testferry run complete testmo`",
    "--ansi": "use --color always",
    "--no-ansi": "use --color never",
}


SERVICE = Service(
    name="testmo",
    title="Testmo",
    options=Options,
    configured=configured,
    target="testferry.services.testmo.target:Testmo",
    dialect="testmo",
    address=Address(
        variable="TESTMO_URL",
        example="https://NAME.testmo.net",
        api="/api/v1",
        pasted=r"/(?:api/v1|index\.php.*)/?$",
    ),
    secret=SecretNames("TESTMO_TOKEN"),
    emulator="testferry.services.testmo.emulator:TestmoEmulator",
    has_runs=True,
    asks=("project_id", "source"),
    migrates=("testmo", "testferry.services.testmo.migrate:migrate"),
    foreign=_FOREIGN,
    examples=(
        "testferry upload testmo --project-id 1 reports/",
        "testferry upload testmo --project-id 1 --name Nightly 'build/**/*.xml' -- make test",
        "testferry upload testmo --run-id 7 reports/",
        "testferry upload testmo --project-id 1 --run-key auto reports/",
    ),
)
