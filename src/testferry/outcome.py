"""What is left to say at the end of an upload, and the exit code that follows from it. The bags
that are filled on the way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from testferry import exit_codes
from testferry.events import NamedResult
from testferry.model import ReportSummary, Tally
from testferry.text import id_of

# What a journal is of.
UPLOAD = "upload"
RUN_CREATED = "run created"
RUN_FOUND = "run found or created"
RUN_COMPLETED = "run completed"

_STAYS_OPEN = "the run stays open"


# A command of a cure that finds its upload in a folder of journals.
_ABOUT_UPLOADS = re.compile(r"testferry (?:resume|uploads [a-z]+) [0-9a-f]{8,}")


@dataclass(frozen=True, slots=True)
class Flags:
    """What the user said about the exit code."""

    # results that were not accepted, or are still pending, are no failure
    exit_zero: bool = False
    # nothing to upload is no failure
    allow_empty: bool = False
    # failed tests are one
    fail_on_failed_tests: bool = False
    # nothing was to be sent
    dry_run: bool = False
    # it was to be kept, and sent by a later command
    spooled: bool = False
    # words of the line that a next command needs too: where journals lie, for every command ...
    place: str = ""
    # ... and how the service is reached, for one that goes there
    way: str = ""


@dataclass(slots=True)
class Counts:
    """Where the results are; the parts always add up to ``total``."""

    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    pending: int = 0
    unmatched: int = 0
    # not to be sent, as the user said; beside the total
    excluded: int = 0
    # the unmatched are no error, as the user said
    let_be: bool = False

    @property
    def total(self) -> int:
        """Count all results of the upload."""
        return self.accepted + self.rejected + self.in_doubt + self.pending + self.unmatched

    @property
    def out_of_place(self) -> int:
        """Count the results that the service has no place for, unless the user lets them be."""
        if self.let_be:
            return 0
        return self.unmatched

    def as_dict(self) -> dict[str, int]:
        """Give the form of CONTRACT."""
        return {
            "total": self.total,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "in_doubt": self.in_doubt,
            "pending": self.pending,
            "unmatched": self.unmatched,
            "excluded": self.excluded,
        }


@dataclass(slots=True)
class Requests:
    """What was sent to the service by this process."""

    total: int = 0
    retried: int = 0
    throttled: int = 0
    in_doubt: int = 0
    # seconds
    waited_s: float = 0.0

    def add(self, others: Requests) -> None:
        """Count others among these."""
        self.total += others.total
        self.retried += others.retried
        self.throttled += others.throttled
        self.in_doubt += others.in_doubt
        self.waited_s += others.waited_s

    def as_dict(self) -> dict[str, float]:
        """Give the form of CONTRACT."""
        return {
            "total": self.total,
            "retried": self.retried,
            "throttled": self.throttled,
            "in_doubt": self.in_doubt,
            "waited_s": round(self.waited_s, 3),
        }


@dataclass(slots=True)
class Run:
    """What the service made, or was given, for the results."""

    id: str = ""
    # for people
    url: str = ""
    name: str = ""
    # what became of it where no results are sent: RUN_CREATED, RUN_FOUND, RUN_COMPLETED
    alone: str = ""

    @property
    def number(self) -> int | str | None:
        """Give the id as JSON has it: a number wherever it is one; None if there is none."""
        return id_of(self.id)


@dataclass(slots=True)
class Stop:
    """Why the upload ended before its end; all empty if it did not."""

    # 5, 74, 75, 130, 143
    code: int = 0
    reason: str = ""
    # the cure
    hint: str = ""
    # nobody answered: what else goes there would meet the same
    outage: bool = False
    # the run takes no more results: nothing that is resumed gets into it
    closed: bool = False
    # what the next command has to say: without it, it would end in the same way
    needs: str = ""

    @property
    def refused(self) -> bool:
        """Say whether it was refused as a whole: the command, or what it needs, is wrong."""
        return self.code in (exit_codes.USAGE, exit_codes.REFUSED)


@dataclass(slots=True)
class Figures:
    """What there is to count."""

    # how the tests ended
    tests: Tally = field(default_factory=Tally)
    # where their results are
    results: Counts = field(default_factory=Counts)
    requests: Requests = field(default_factory=Requests)
    # files that a report names and the service does not have
    attachments_missing: int = 0
    # looks at what arrived that the service does not answer
    looks_refused: int = 0
    # seconds
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A request as it would leave; secrets are stars, and so they were never known."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    size: int = 0  # bytes of the body
    note: str = ""  # what stands for many: "the first of 12"

    def as_dict(self) -> dict[str, object]:
        """The form of ``testferry.upload/1``."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": dict(self.headers),
            "body": self.body,
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a rehearsal found: how many requests, where to, of what, how fast."""

    requests: int
    url: str
    # what the target was told, in words: ``project id 1``
    options: tuple[str, ...]
    # the limit that is kept, in words
    rate: str
    # the least time in seconds that the requests take
    least_s: float

    def as_dict(self) -> dict[str, object]:
        """Give the form of ``testferry.upload/1``."""
        return {
            "requests": self.requests,
            "url": self.url,
            "rate": self.rate,
            "least_s": round(self.least_s, 3),
        }


@dataclass(slots=True)
class Named:
    """The results to be told by name."""

    # not accepted, or in doubt
    refused: list[NamedResult] = field(default_factory=list)
    failed_tests: list[NamedResult] = field(default_factory=list)
    # what the service offers for those that it has no place for, in words
    advice: str = ""
    # the first requests of a rehearsal, as they would leave
    rehearsal: list[Rehearsed] = field(default_factory=list)
    # what a rehearsal would make besides results, a line for each
    to_make: list[str] = field(default_factory=list)
    forecast: Forecast | None = None


@dataclass(slots=True)
class Outcome:
    """What became of an upload."""

    upload_id: str = ""
    # the target as the user calls it
    target: str = ""
    run: Run = field(default_factory=Run)
    reports: list[ReportSummary] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    named: Named = field(default_factory=Named)
    stop: Stop = field(default_factory=Stop)
    # something besides results is left: the run is not complete
    unfinished: bool = False
    # it was all done by an earlier process
    # when it was uploaded already, seconds since the epoch; 0: it was not
    already: float = 0.0
    # the exit code of the COMMAND that ran the tests
    command_code: int = 0

    def as_dict(self, flags: Flags, ci: str = "") -> dict[str, object]:
        """Give ``testferry.upload/1`` of CONTRACT; ``ci`` is the CI system that it runs in."""
        figures = self.figures
        return {
            "schema": "testferry.upload/1",
            "upload_id": self.upload_id,
            "kind": self.run.alone or UPLOAD,
            "target": self.target,
            "run_id": self.run.number,
            "run_url": self.run.url or None,
            "run_name": self.run.name or None,
            "ci": ci or None,
            "exit_code": exit_code(self, flags),
            "reports": [_report(report) for report in self.reports],
            "tests": figures.tests.as_dict(),
            "results": figures.results.as_dict(),
            "requests": figures.requests.as_dict(),
            "refused": [result.as_dict() for result in self.named.refused],
            "failed_tests": [result.as_dict() for result in self.named.failed_tests],
            "stopped": self.stop.reason or None,
            "next": next_step(self, flags)[0] or None,
            "dry_run": rehearsed(self, flags),
            "plan": _planned(self.named.forecast),
            "rehearsal": [request.as_dict() for request in self.named.rehearsal],
            "would_make": self.named.to_make,
            "duration_s": round(figures.duration_s, 3),
        }


def rehearsed(outcome: Outcome, flags: Flags) -> bool:
    """Say whether there were results, and nothing was to be sent of them."""
    return flags.dry_run and outcome.figures.results.total > 0


_DECIDES = "--in-doubt resend sends them again, accept says they are there, drop gives them up"


def next_step(outcome: Outcome, flags: Flags) -> tuple[str, str]:
    """Say what to type next, and what for; both are empty if nothing is to be done."""
    counts = outcome.figures.results
    nothing = rehearsed(outcome, flags) or not outcome.upload_id
    if nothing or outcome.stop.code == exit_codes.JOURNAL:
        return "", ""
    resume = f"testferry resume {outcome.upload_id}{flags.place}{flags.way}"
    if outcome.stop.needs:
        resume = f"{resume} {outcome.stop.needs}"
    if counts.in_doubt and not counts.pending and not outcome.stop.code:
        return resume, f"looks again; {_DECIDES}"
    if outcome.stop.closed:
        forget = f"testferry uploads forget {outcome.upload_id}{flags.place}"
        return forget, "that run takes no more results; upload again into an open or a new one"
    if counts.pending or outcome.unfinished:
        return resume, "sends it" if flags.spooled else ""
    words = ""
    if counts.rejected or counts.out_of_place:
        words = mended(outcome)
    elif outcome.run.id and _behind(outcome):
        words = _STAYS_OPEN
    if not words:
        return "", ""
    return to_show(outcome, flags), f"names them; {words}"


def _behind(outcome: Outcome) -> int:
    """Count what was refused that follows the results: files, looks."""
    return outcome.figures.attachments_missing + outcome.figures.looks_refused


def placed(hint: str, place: str) -> str:
    """Give a cure whose commands find the journals where they are: with ``--journal DIR``, if the
    line had it.
    """
    return _ABOUT_UPLOADS.sub(lambda found: f"{found[0]}{place}", hint)


def mended(outcome: Outcome) -> str:
    """Say what sends the results that the service did not take."""
    words = []
    if outcome.figures.results.out_of_place and outcome.named.advice:
        words.append(f"the same command with {outcome.named.advice}")
    else:
        words.append("once mended, the same command with --retry-rejected sends them")
    if outcome.run.id:
        words.append(_STAYS_OPEN)
    return "; ".join(words)


def to_show(outcome: Outcome, flags: Flags) -> str:
    """Say the command that lists an upload's results by name; empty if nothing is on record."""
    if not outcome.upload_id:
        return ""
    return f"testferry uploads show {outcome.upload_id}{flags.place}"


def exit_code(outcome: Outcome, flags: Flags) -> int:
    """Compute the exit code (CONTRACT, "Exit codes"): the tests' own code if they failed; a signal
    is itself; else the first that holds.
    """
    if outcome.command_code:
        return outcome.command_code
    if outcome.stop.code in exit_codes.INTERRUPTED:
        return outcome.stop.code
    code = _first_that_holds(outcome, flags)
    if flags.exit_zero and code in exit_codes.FORGIVEN:
        return 0
    return code


def _first_that_holds(outcome: Outcome, flags: Flags) -> int:
    counts = outcome.figures.results
    tests, stop = outcome.figures.tests, outcome.stop
    unread = any(problem.is_error for report in outcome.reports for problem in report.problems)
    something = counts.total or counts.excluded or outcome.run.alone
    lost = counts.rejected or counts.in_doubt or counts.out_of_place
    holds = {
        exit_codes.USAGE: stop.code == exit_codes.USAGE,
        exit_codes.JOURNAL: stop.code == exit_codes.JOURNAL,
        exit_codes.REFUSED: stop.code == exit_codes.REFUSED,
        exit_codes.LATER: stop.code == exit_codes.LATER or _waits(outcome, flags),
        exit_codes.IN_PART: lost or _behind(outcome),
        exit_codes.UNREAD: unread,
        exit_codes.NOTHING: not (something or flags.allow_empty),
        exit_codes.FAILED_TESTS: flags.fail_on_failed_tests and (tests.failed or tests.error),
    }
    return next((code for code, held in holds.items() if held), 0)


def _waits(outcome: Outcome, flags: Flags) -> bool:
    """Say whether there is something that the next process would do."""
    counts = outcome.figures.results
    closing = outcome.unfinished and not (counts.rejected or counts.in_doubt)
    waits = bool(counts.pending or closing)
    return waits and not (flags.spooled or rehearsed(outcome, flags))


def _planned(forecast: Forecast | None) -> dict[str, object] | None:
    if forecast is None:
        return None
    return forecast.as_dict()


def _report(report: ReportSummary) -> dict[str, object]:
    return {
        "path": report.path,
        "format": report.format,
        "results": report.results,
        "problems": problems_as_dicts(report),
    }


def problems_as_dicts(report: ReportSummary) -> list[dict[str, object]]:
    """Give a report's problems in the form of CONTRACT."""
    return [
        {
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.message,
            "file": report.path,
            "line": problem.line,
            "tests": problem.tests,
        }
        for problem in report.problems
    ]
