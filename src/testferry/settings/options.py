"""Every option of the command line, in the groups in which commands take them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FORMATS = (
    "auto",
    "junit",
    "ctrf",
    "jest",
    "mocha",
    "mochawesome",
    "playwright",
    "cucumber",
    "cucumber-messages",
    "pytest-json-report",
    "pytest-reportlog",
    "go",
    "libtest",
    "dart",
    "rspec",
    "gtest",
    "trx",
    "nunit3",
    "nunit2",
    "xunit",
    "testng",
    "ctest",
    "robot",
    "robot-json",
    "tap",
    "allure",
    "ndjson",
)
COMMON_ENV = "TESTFERRY_"


def option(*names: str, env: tuple[str, ...] = (), **more: Any) -> Callable[[Any], Any]:
    """An option with its environment variable, ``TESTFERRY_<OPTION>``."""
    long = next(name for name in names if name.startswith("--")).split("/")[0]
    variable = COMMON_ENV + long[2:].upper().replace("-", "_")
    return click.option(*names, envvar=[variable, *env], **more)


class Lazy(click.ParamType[Any]):
    """A type of ``config.py`` that is imported when a value is there to convert."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from testferry.settings import files as config

        return getattr(config, self._kind)().convert(value, param, ctx)


SIZE, DURATION, RATE = Lazy("size", "Size"), Lazy("duration", "Duration"), Lazy("rate", "RateType")


def many(*groups: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """A decorator that gives a command the options of these groups, in this order."""

    def decorate(command: Any) -> Any:
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorate


SCREEN = [
    option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        help="What to print on standard output.",
    ),
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        envvar="TESTFERRY_QUIET",
        help="Nothing, unless something is wrong.",
    ),
    click.option(
        "-v",
        "--verbose",
        count=True,
        envvar="TESTFERRY_VERBOSE",
        help="More; twice: every request.",
    ),
    option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="When to colour.",
    ),
]
PLACE = [
    option("--journal", type=click.Path(path_type=Path), metavar="DIR", help="Where journals lie."),
    option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Configuration instead of testferry.toml.",
    ),
]
URL = [option("--url", help="The service's address.")]
TESTMO_URL = [
    option("--url", env=("TESTMO_URL",), help="The service's address, https://NAME.testmo.net.")
]
CONNECTION = [
    option(
        "--token-file",
        type=click.Path(),
        metavar="FILE",
        help="The token, in a file that only you can read.",
    ),
    option(
        "--ca-bundle",
        type=click.Path(exists=True),
        metavar="FILE",
        help="Certificate authorities of your own.",
    ),
    option("--proxy", metavar="URL", help="A proxy; else HTTPS_PROXY."),
    option(
        "--timeout",
        type=DURATION,
        default=120.0,
        help="For the answer to one request.  [default: 120s]",
    ),
]
SPEED = [
    option(
        "--rate",
        type=RATE,
        multiple=True,
        metavar="N/min",
        help="The service's limit: 180/min, 3/s, none; repeatable.",
    ),
    option(
        "--rate-share",
        type=click.FloatRange(0, 1, min_open=True),
        help="Our share of the limit.  [default: 0.8]",
    ),
    option(
        "--width",
        type=click.IntRange(1, 32),
        default=4,
        show_default=True,
        help="Requests at the same time.",
    ),
    option("--max-time", type=DURATION, metavar="10m", help="Stop by then, resumable."),
    option(
        "--in-doubt",
        type=click.Choice(["keep", "resend", "drop"]),
        default="keep",
        show_default=True,
        help="A batch that looking cannot settle.",
    ),
    option(
        "--settle",
        type=DURATION,
        default=90.0,
        help="How long a lost request may still be applied.  [default: 90s]",
    ),
]
READING = [
    option(
        "--format",
        type=click.Choice(FORMATS),
        default="auto",
        metavar="NAME",
        show_default=True,
        help="Of the reports, where their content does not tell: junit, ctrf, jest, …",
    ),
    option(
        "--attempts",
        type=click.Choice(["last", "worst", "all"]),
        help="Repeated entries of one test in a file: merged, or all sent "
        "(the default where the service takes them).",
    ),
    option(
        "--merge-retries",
        is_flag=True,
        help="Repeated entries of one test in a file are one result: --attempts last.",
    ),
    option(
        "--normalise-names",
        "--normalize-names",
        is_flag=True,
        help="Leave memory addresses out of names; they differ from run to run.",
    ),
    option(
        "--batch-size",
        type=click.IntRange(1, 100_000),
        metavar="N",
        help="Results in one request.  [default: 250 for Testmo, else 500]",
    ),
    option(
        "--batch-bytes", type=SIZE, metavar="SIZE", help="Bytes in one request.  [default: 1 MB]"
    ),
    option("--dry-run", is_flag=True, help="Show what would be sent, send nothing."),
    option("--again", is_flag=True, help="Upload once more what is uploaded already."),
    option("--allow-empty", is_flag=True, help="No report or no result is fine."),
]
ENDING = [
    option("--exit-zero", is_flag=True, help="Exit 0 also where results are missing (6, 75)."),
    option("--fail-on-failed-tests", is_flag=True, help="Exit 1 where tests failed."),
    option(
        "--summary-file",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Append a Markdown summary.",
    ),
]
TESTMO = [
    option("--project-id", type=click.IntRange(1), help="Testmo's project."),
    option("--name", help="The run's name.  [default: from the CI system, else the folder]"),
    option("--source", help="The run's source.  [default: from the CI system, else the folder]"),
    option("--tag", multiple=True, help="A tag of the run; repeatable."),
    option("--config-name", help="The run's configuration."),
    option("--milestone", help="The run's milestone."),
    option("--run-id", help="Fill this run instead of creating one; it is left open."),
]
TESTRAIL = [
    option("--project", help="The project, by name or id."),
    option("--suite", help="The suite, by name or id, where the project has several."),
    option(
        "--match",
        type=click.Choice(["auto", "id", "name"]),
        default="auto",
        show_default=True,
        help=(
            "Find a test's case by its automation id (classname.name), by [C123] or the property "
            "test_id, or by its title."
        ),
    ),
    option(
        "--create-missing",
        is_flag=True,
        help="Make sections and cases for tests that have none, one request each.",
    ),
    option("--section", help="The section, by name or id, in which they are made."),
    option(
        "--case-field",
        multiple=True,
        metavar="K=V",
        help="A field of every case that is made; repeatable.",
    ),
    option("--title", help="The run's name.  [default: from the CI system, else the folder]"),
    option("--description", help="The run's description."),
    option("--milestone-id", help="The run's milestone."),
    option("--run-id", help="Fill this run instead of creating one; its other cases stay in it."),
    option("--plan-id", help="Create the run in this plan."),
    option("--config-ids", help="The run's configurations in the plan: 2,6."),
    option(
        "--close-run",
        is_flag=True,
        help="Close the run when nothing is missing; it cannot be opened again.",
    ),
    option(
        "--result-field",
        multiple=True,
        metavar="K=V",
        help="A field of every result, version=1.2; repeatable.",
    ),
    option(
        "--status",
        metavar="K=V,…",
        help="Statuses by id or name.  [default: passed=1,failed=5,error=5,skipped=4]",
    ),
    option(
        "--attachments-root",
        type=click.Path(file_okay=False, exists=True),
        metavar="DIR",
        help="Attachments may lie here too, not only in the report's folder.",
    ),
]
# `resume`, `uploads` and `doctor` take the options of `upload`, so that one set of words serves
# all; the journal knows better.
TAKEN = [
    *(
        option(name, hidden=True)
        for name in ("--name", "--source", "--config-name", "--milestone", "--run-id")
    ),
    option("--tag", multiple=True, hidden=True),
]
TAKEN += [
    option(f"--{name}", hidden=True)
    for name in (
        "project",
        "suite",
        "section",
        "title",
        "description",
        "plan-id",
        "config-ids",
        "milestone-id",
        "match",
        "status",
        "attachments-root",
    )
]
TAKEN += [
    option(f"--{name}", is_flag=True, hidden=True) for name in ("create-missing", "close-run")
]
TAKEN += [
    option(f"--{name}", multiple=True, hidden=True) for name in ("result-field", "case-field")
]
PROJECT = [option("--project-id", type=click.IntRange(1), hidden=True)]
SANDBOX = [
    option(
        "--fault",
        multiple=True,
        metavar="'append: 500 every 7'",
        help="Misbehave; see `testferry sandbox --help`.",
    ),
    option(
        "--server-rate",
        type=RATE,
        multiple=True,
        metavar="N/min",
        help="The emulator's rate limit.  [default: none]",
    ),
    option("--latency", type=DURATION, default=0.0, help="Added to every answer."),
]


def without(options: list[Callable[[Any], Any]], *names: str) -> list[Callable[[Any], Any]]:
    """A group less the options of these names."""
    return [
        one
        for one in options
        if not {str(each.name) for each in one(lambda: None).__click_params__} & set(names)
    ]


RUN_OF_TESTRAIL = [
    one
    for one in TESTRAIL
    if any(
        option.name
        in ("project", "suite", "title", "description", "milestone_id", "plan_id", "config_ids")
        for option in one(lambda: None).__click_params__
    )
]
HTTP = [
    option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a key of the target's table.",
    )
]

TESTRAIL_URL = [
    option("--url", env=("TESTRAIL_URL",), help="The service's address, https://NAME.testrail.io.")
]
ADDRESS = {
    "testmo": [*TESTMO_URL, *CONNECTION],
    "testrail": [*TESTRAIL_URL, *CONNECTION],
    "http": [*URL, *CONNECTION],
    "sandbox": CONNECTION[-1:],
}
OF_TYPE = {"testmo": TESTMO, "testrail": TESTRAIL, "sandbox": [*TESTMO, *SANDBOX], "http": HTTP}


def every_option() -> set[str]:
    """The names of all options: what a configuration file may set."""
    groups = (*OF_TYPE.values(), READING, SPEED, *ADDRESS.values(), ENDING, PLACE, SCREEN)
    bare = many(*groups)(lambda: None)
    return {str(each.name) for each in bare.__click_params__}
