"""What an upload tells its one listener, and what is left to say at its end. Frozen values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from testferry.model import ReportSummary, Tally


@dataclass(frozen=True, slots=True)
class Planned:
    """Everything is in the journal; sending begins."""

    upload_id: str
    target: str
    results: int
    submissions: int
    done: int  # results that an earlier process has already settled


@dataclass(frozen=True, slots=True)
class Opened:
    """The run is known: its id and its address for people."""

    run_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """A request was answered, or left."""

    accepted: int
    rejected: int
    in_doubt: int
    pending: int
    requests: int
    in_flight: int
    rate: str
    to_go: int  # requests still to make, as far as is known


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing leaves for ``seconds``, and why; ``at`` is the wall clock time at which it goes
    on.
    """

    seconds: float
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line about something that happened: a retry, a doubt, a split. ``level`` 1 is shown with
    ``-v``, 2 with ``-vv``.
    """

    text: str
    level: int = 1


Event = Planned | Opened | Progressed | Waiting | Told
Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class RefusedResult:
    """One result that did not arrive, with the service's own words."""

    name: str
    suite: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """The form of CONTRACT."""
        return {"name": self.name, "suite": self.suite, "reason": self.reason}


@dataclass(slots=True)
class Counts:
    """Where the results are; the parts always add up to ``total``."""

    accepted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    pending: int = 0
    unmatched: int = 0

    @property
    def total(self) -> int:
        """All results of the upload."""
        return self.accepted + self.rejected + self.in_doubt + self.pending + self.unmatched

    def as_dict(self) -> dict[str, int]:
        """The form of CONTRACT."""
        return {
            "total": self.total,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "in_doubt": self.in_doubt,
            "pending": self.pending,
            "unmatched": self.unmatched,
        }


@dataclass(slots=True)
class Requests:
    """What was sent to the service by this process."""

    total: int = 0
    retried: int = 0
    throttled: int = 0
    in_doubt: int = 0
    waited_s: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """The form of CONTRACT."""
        return {
            "total": self.total,
            "retried": self.retried,
            "throttled": self.throttled,
            "in_doubt": self.in_doubt,
            "waited_s": round(self.waited_s, 3),
        }


@dataclass(slots=True)
class Outcome:
    """What is left to say at the end; ``exit_code`` follows from it."""

    upload_id: str = ""
    target: str = ""
    run_id: str = ""
    run_url: str = ""
    journal: str = ""
    reports: list[ReportSummary] = field(default_factory=list)
    tests: Tally = field(default_factory=Tally)
    results: Counts = field(default_factory=Counts)
    requests: Requests = field(default_factory=Requests)
    refused: list[RefusedResult] = field(default_factory=list)
    failed_tests: list[RefusedResult] = field(default_factory=list)
    attachments_missing: int = 0
    unfinished: bool = False  # something besides results is left: the run is not complete
    stop_code: int = 0  # why the upload ended before its end: 5, 74, 75, 130, 143
    stop_reason: str = ""
    hint: str = ""
    already: bool = False
    dry_run: bool = False
    fail_on_failed_tests: bool = False
    exit_zero: bool = False
    allow_empty: bool = False
    command_code: int = 0  # of the COMMAND that ran the tests
    duration_s: float = 0.0

    @property
    def exit_code(self) -> int:
        """CONTRACT, "Exit codes": the tests' own code where they failed; a signal is itself; else
        the first that holds.
        """
        if self.command_code:
            return self.command_code
        if self.stop_code in (130, 143):
            return self.stop_code
        counts = self.results
        closing = self.unfinished and not (counts.rejected or counts.in_doubt)
        waits = (counts.pending or closing) and not self.dry_run
        holds = {
            74: self.stop_code == 74,
            5: self.stop_code == 5,
            75: self.stop_code == 75 or bool(waits),
            6: bool(
                counts.rejected or counts.in_doubt or counts.unmatched or self.attachments_missing
            ),
            3: counts.total == 0 and not self.allow_empty,
            4: any(problem.is_error for report in self.reports for problem in report.problems),
            1: self.fail_on_failed_tests and bool(self.tests.failed or self.tests.error),
        }
        code = next((code for code, held in holds.items() if held), 0)
        return 0 if self.exit_zero and code in (6, 75) else code

    def as_dict(self) -> dict[str, object]:
        """``testferry.upload/1`` of CONTRACT."""
        return {
            "schema": "testferry.upload/1",
            "upload_id": self.upload_id,
            "target": self.target,
            "run_id": int(self.run_id) if self.run_id.isdigit() else self.run_id or None,
            "run_url": self.run_url or None,
            "exit_code": self.exit_code,
            "reports": [
                {
                    "path": report.path,
                    "format": report.format,
                    "results": report.results,
                    "problems": problems_as_dicts(report),
                }
                for report in self.reports
            ],
            "tests": self.tests.as_dict(),
            "results": self.results.as_dict(),
            "requests": self.requests.as_dict(),
            "refused": [result.as_dict() for result in self.refused],
            "stopped": self.stop_reason or None,
            "dry_run": self.dry_run,
            "duration_s": round(self.duration_s, 3),
        }


def problems_as_dicts(report: ReportSummary) -> list[dict[str, object]]:
    """A report's problems in the form of CONTRACT."""
    return [
        {"severity": problem.severity, "message": problem.message, "line": problem.line}
        for problem in report.problems
    ]
