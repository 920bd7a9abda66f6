"""The options that are no service's: a record for each thing that a command may be told about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from testferry.defaults import SETTLE, TIMEOUT
from testferry.option import Form, option, options_of
from testferry.settings import systems
from testferry.settings.ways import wrong_budget, wrong_proxy

if TYPE_CHECKING:  # start-up is a feature
    from testferry.dialects import Window

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
    "failsafe",
    "robot",
    "robot-json",
    "tap",
    "allure",
    "ndjson",
)
_UPLOAD_ALONE = ("upload",)


@dataclass(frozen=True, slots=True)
class Reading:
    """How reports are read."""

    format: str = option(
        "Where the content does not tell: junit, ctrf, …",
        Form.CHOICE,
        choices=FORMATS,
        default="auto",
        metavar="NAME",
        safe=True,
    )
    attempts: str | None = option(
        "Repeated entries of one test in a file: merged (auto: the last one if the report says "
        "that the test was retried, else the worst), or all sent.",
        Form.CHOICE,
        choices=("auto", "last", "worst", "all"),
        shown_default="all where the service takes them, else auto",
        safe=True,
        rare=True,
    )
    merge_retries: bool = option(
        "Repeated entries of one test in a file are one result: --attempts last.",
        Form.FLAG,
        default=False,
        safe=True,
        rare=True,
    )
    exclude_status: tuple[str, ...] = option(
        "Such results are counted, not sent; repeatable.",
        Form.CHOICE,
        choices=("passed", "failed", "error", "skipped"),
        many=True,
        default=(),
        metavar="STATUS",
        safe=True,
        only=_UPLOAD_ALONE,
    )
    normalise_names: bool = option(
        "Leave memory addresses out of names; they differ from run to run.",
        Form.FLAG,
        flags=("--normalise-names", "--normalize-names"),
        default=False,
        safe=True,
        rare=True,
    )

    @property
    def merged(self) -> str | None:
        """How repeated entries are merged, as far as the user says so."""
        if self.attempts is None and self.merge_retries:
            return "last"
        return self.attempts


@dataclass(frozen=True, slots=True)
class Batching:
    """How much goes into one request."""

    batch_size: int | None = option(
        "Results in one request.",
        Form.NUMBER,
        least=1,
        most=100_000,
        shown_default="250 or 500, as the service takes them",
        safe=True,
        rare=True,
    )
    batch_bytes: int | None = option(
        "Bytes in one request.",
        Form.SIZE,
        shown_default="1 MB",
        safe=True,
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Intent:
    """What the upload is to do about what is there already, or about nothing at all."""

    dry_run: bool = option(
        "Show what would be sent, send nothing.",
        Form.FLAG,
        default=False,
        safe=True,
    )
    spool: bool = option(
        "Keep the upload, send nothing; `testferry resume` sends it later.",
        Form.FLAG,
        default=False,
        safe=True,
        rare=True,
    )
    again: bool = option(
        "Upload once more what is uploaded already.",
        Form.FLAG,
        default=False,
        safe=True,
    )
    retry_rejected: bool = option(
        "Send once more what the service rejected of these reports.",
        Form.FLAG,
        default=False,
        safe=True,
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast, how wide, how long; what nobody says is as the dialect has it."""

    rate: tuple[Window | None, ...] = option(
        "The service's limit: 180/min, 3/s, none; repeatable.",
        Form.RATE,
        many=True,
        default=(),
        shown_default="as the dialect has it",
        safe=True,
    )
    rate_share: float | None = option(
        "Our share of the limit.",
        Form.SHARE,
        shown_default="0.8",
        safe=True,
        rare=True,
    )
    width: int = option(
        "Requests at the same time.",
        Form.NUMBER,
        least=1,
        most=32,
        default=4,
        safe=True,
        rare=True,
    )
    budget: str = option(
        "Where the rate is shared with other processes: auto, none, file:PATH or redis://HOST.",
        Form.ADDRESS,
        wrong=wrong_budget,
        default="auto",
        metavar="auto|none|file:PATH|redis://…",
        rare=True,
    )
    max_time: float | None = option(
        "Stop by then, resumable.",
        Form.DURATION,
        least=1,
        metavar="10m",
        safe=True,
        first_for=("resume",),
    )
    in_doubt: str = option(
        "A batch that looking cannot settle.",
        Form.CHOICE,
        choices=("keep", "resend", "drop", "accept"),
        default="keep",
        safe=True,
        rare=True,
    )
    settle: float = option(
        "How long a lost request may still be applied.",
        Form.DURATION,
        default=SETTLE,
        shown_default="90s",
        safe=True,
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Whereto:
    """The service's address, and who its key belongs to."""

    # Whether an address of a project's file is heeded is said in address.py.
    url: str = option("The service's address.", Form.ADDRESS, default="", safe=True)
    user: str = option(
        "Who the key belongs to.",
        default="",
        on_line=False,
        in_environment=False,
        safe=True,
    )


@dataclass(frozen=True, slots=True)
class Connection:
    """How the service is reached."""

    token_file: str | None = option("The token, in a file that only you can read.", Form.FILE)
    ca_bundle: str = option(
        "Certificate authorities of your own.",
        Form.FILE,
        exists=True,
        default="",
        rare=True,
    )
    proxy: str = option(
        "A proxy; else HTTPS_PROXY.",
        Form.ADDRESS,
        wrong=wrong_proxy,
        default="",
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer may take."""

    timeout: float = option(
        "For the answer to one request.",
        Form.DURATION,
        least=0.1,
        default=TIMEOUT,
        shown_default="120s",
        safe=True,
        rare=True,
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """What the exit code means, and where else the end is told."""

    allow_empty: bool = option(
        "No report or no result is fine.",
        Form.FLAG,
        default=False,
        safe=True,
        only=("upload", "inspect"),
        rare=True,
    )
    exit_zero: bool = option(
        "Exit 0 also where results are missing (6, 75).",
        Form.FLAG,
        default=False,
        safe=True,
        only=("upload", "resume"),
    )
    fail_on_failed_tests: bool = option(
        "Exit 1 where tests failed.",
        Form.FLAG,
        default=False,
        safe=True,
        only=("upload", "inspect"),
    )
    summary_file: str | None = option(
        "Append a Markdown summary; FILE.json is the JSON document.",
        Form.OUTPUT,
        only=_UPLOAD_ALONE,
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """In whose job this runs."""

    ci: str = option(
        "Who gets notes, outputs and a summary.",
        Form.CHOICE,
        choices=("auto", "none", *systems.NAMES),
        default="auto",
        metavar="auto|none|NAME",
        safe=True,
        only=("upload", "run create"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where journals lie."""

    journal: str | None = option(
        "Where journals lie.",
        Form.FOLDER,
        shown_default="testferry in the user's state",
    )


@dataclass(frozen=True, slots=True)
class Files:
    """Which file is read for everything else."""

    config: str | None = option(
        "Configuration that lies over testferry.toml.",
        Form.FILE,
        in_files=False,
    )


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown, and how."""

    output: str = option(
        "What to print on standard output.",
        Form.CHOICE,
        choices=("text", "json"),
        default="text",
        safe=True,
    )
    quiet: bool = option(
        "Nothing, unless something is wrong.",
        Form.FLAG,
        flags=("-q", "--quiet"),
        default=False,
        safe=True,
        first_for=("resume",),
    )
    verbose: int = option(
        "More; twice: every request.",
        Form.COUNT,
        flags=("-v", "--verbose"),
        default=0,
        safe=True,
    )
    log_file: str | None = option(
        "Append what happens to this file, with times; it is rotated at 1 MB, three are kept.",
        Form.OUTPUT,
        only=("upload", "resume", "run create", "run complete"),
        rare=True,
        first_for=("resume",),
    )
    color: str = option(
        "When to colour.",
        Form.CHOICE,
        choices=("auto", "always", "never"),
        default="auto",
        safe=True,
        rare=True,
    )

    @property
    def json(self) -> bool:
        """One JSON document on standard output, everything else on standard error."""
        return self.output == "json"


COMMON = (
    Reading,
    Batching,
    Intent,
    Speed,
    Whereto,
    Connection,
    Patience,
    Ending,
    Surroundings,
    Place,
    Files,
    Screen,
)
# The embedded sandbox has no address to be told and no way to it.
_FAR = (Whereto, Connection)


def records_of_upload(service_options: type, *, embedded: bool) -> tuple[type, ...]:
    """Every record that ``upload`` takes for a service, in the order in which help shows them."""
    common = tuple(record for record in COMMON if not embedded or record not in _FAR)
    return (service_options, *common)


def every_option() -> dict[str, bool]:
    """What files may set, for whichever service: the option's name, and whether it is safe."""
    from testferry.services import services

    found: dict[str, bool] = {}
    for record in (*COMMON, *(service.options for service in services())):
        for name, each in options_of(record).items():
            if each.in_files:
                found[name] = found.get(name, True) and each.safe
    return found
