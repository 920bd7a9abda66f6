"""One command's straight line: from what the user asked for to an outcome. Knows no click and no screen."""

from __future__ import annotations

import contextlib
import math
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from testferry import reports
from testferry.batching import Limits
from testferry.clock import Clock, SystemClock
from testferry.config import Configuration, checked_url, credentials, journal_folder, token
from testferry.dialects import Dialect, Window
from testferry.dialects import load as load_dialect
from testferry.errors import NothingToUpload, TestferryError, UsageProblem
from testferry.events import Listener, Outcome
from testferry.ingest import Ingest, plan
from testferry.journal import Header, Journal, Store, fingerprint, seal, user_key
from testferry.model import ReportSummary
from testferry.pacing import Pacer, Rate
from testferry.reports import Found
from testferry.secret import Secret
from testferry.submission import Kind, Submission
from testferry.targets import Target, make
from testferry.upload import Pace, Upload, conclude, summarise

API_PREFIX = {"testmo": "/api/v1", "sandbox": "/api/v1"}
TOKENS = {"testmo": ("TESTMO_TOKEN",), "http": ("TESTFERRY_TOKEN",)}
DEFAULT_WIDTH = 4
STALE = 2.0  # seconds: file systems keep time coarsely


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to: the target as the user calls it, its type, its address, and how to get there. No secrets."""

    name: str
    type: str
    url: str = ""
    dialect: str = ""
    token_file: str | None = None
    ca_bundle: str = ""
    proxy: str = field(default="", repr=False)
    timeout: float = 120.0


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast, as the user said it; None: as the dialect says."""

    rates: tuple[Window | None, ...] | None = None
    share: float | None = None
    width: int = DEFAULT_WIDTH
    max_time: float = math.inf
    settle: float = 90.0
    in_doubt: str = "keep"

    def rate(self, dialect: Dialect, *, sandbox: bool = False) -> Rate:
        """The windows that hold."""
        share = dialect.share if self.share is None else self.share
        if self.rates is not None:
            return Rate(tuple(one for one in self.rates if one is not None), share)
        return Rate(dialect.windows, share, 0.0 if sandbox else dialect.min_interval)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which reports, read how."""

    arguments: Sequence[str]
    format: str = "auto"
    attempts: str | None = None
    batch_size: int | None = None
    batch_bytes: int | None = None
    again: bool = False
    dry_run: bool = False
    allow_empty: bool = False
    command: Sequence[str] = ()


@dataclass(slots=True)
class Session:
    """What every command that talks to a service shares."""

    folder: Path
    configuration: Configuration
    listener: Listener
    clock: Clock = field(default_factory=SystemClock)
    sandbox: Callable[[str], contextlib.AbstractContextManager[str]] | None = (
        None  # starts one over a database, gives its address
    )

    @property
    def store(self) -> Store:
        """The journals."""
        return Store(self.folder)

    # ------------------------------------------------------------------------------------------------------------- upload

    def start(self, where: Destination, options: Mapping[str, Any], reading: Reading, speed: Speed, outcome: Outcome) -> Outcome:
        """The main job. Raises TestferryError where not even a plan came of it."""
        outcome.target = where.name
        target, dialect = make(where.type, options), self._dialect(where, options)
        url = self._address(where)
        secret, headers = (Secret(""), {}) if reading.dry_run else self._secret(where, dialect)
        found = self._found(reading, outcome)
        if found is None:
            return outcome
        word = fingerprint(where.type, url, target.describe(), reports.digest(found.sources))
        upload_id, latest = self.store.next_id(word)
        if latest and not self.store.planned(latest):  # a plan that died before it was complete: made anew in its place
            upload_id = latest
        elif latest and not reading.again:
            return self._carry_on(latest, where, headers, secret, speed, outcome)
        header = Header(
            upload_id,
            where.name,
            where.type,
            url,
            word,
            f"testferry-{secrets.token_hex(8)}",
            self.clock.wall(),
            dict(target.describe()),
            seal(user_key(journal_folder()), url),
        )
        ingest = Ingest(found.sources, reading.format, reading.attempts or "all")
        limits = Limits(reading.batch_size or target.batch_size, reading.batch_bytes or target.batch_bytes, target.overhead)
        with self.store.create(header) as journal:
            self._plan(journal, target, ingest, limits, found, outcome)
            if reading.dry_run or not ingest.results:
                return self._dry(journal, ingest, speed.rate(dialect), outcome)
            journal.commit_plan(ingest.summaries, ingest.tests, ingest.failed)
            return self._carry_out(journal, target, dialect, where, headers, secret, speed, outcome)

    def _plan(self, journal: Journal, target: Target, ingest: Ingest, limits: Limits, found: Found, outcome: Outcome) -> None:
        plan(journal, target, ingest, limits)
        for path in found.missing:
            summary = ReportSummary(path)
            summary.fault("there is no such file; did an earlier step fail before it wrote its report?")
            ingest.summaries.append(summary)
        outcome.reports, outcome.tests, outcome.failed_tests = ingest.summaries, ingest.tests, ingest.failed
        outcome.upload_id = journal.header.upload_id

    def _dry(self, journal: Journal, ingest: Ingest, rate: Rate, outcome: Outcome) -> Outcome:
        """Nothing is sent: what would be, and how long it would take at least."""
        rows = len(journal.submissions())
        outcome.results.pending = ingest.results
        outcome.dry_run = bool(ingest.results)
        outcome.stop_reason = ""
        if ingest.results:
            least = Pacer(rate, rows).forecast(rows)
            outcome.hint = f"{rows:,} requests at {rate}: at least {least:.0f} s"
        outcome.upload_id = ""
        journal.close()
        for end in ("", "-wal", "-shm", ".lock"):
            Path(f"{journal.path}{end}").unlink(missing_ok=True)
        return outcome

    def _found(self, reading: Reading, outcome: Outcome) -> Found | None:
        """The reports; with a COMMAND only those that it wrote. None where there is none and that is allowed."""
        begun = self.clock.wall()
        if reading.command:
            outcome.command_code = run_command(reading.command)
        try:
            found = reports.find(reading.arguments)
            if reading.command:
                _leave_out_stale(found, begun - STALE)
        except NothingToUpload:
            if not reading.allow_empty:
                raise
            return None
        return found

    def _carry_on(
        self,
        upload_id: str,
        where: Destination,
        headers: Mapping[str, str],
        secret: Secret,
        speed: Speed,
        outcome: Outcome,
    ) -> Outcome:
        """The same command again: go on where it stopped, or say that it is done."""
        with self.store.open(upload_id, write=True) as journal:
            if not journal.unfinished():
                outcome.already = True
                return summarise(journal, outcome)
            target = make(where.type, journal.header.options)
            return self._carry_out(
                journal, target, self._dialect(where, journal.header.options), where, headers, secret, speed, outcome
            )

    # ------------------------------------------------------------------------------------------------------------- resume

    def resume(self, upload_id: str, where: Destination, speed: Speed, outcome: Outcome) -> Outcome:
        """Carry an unfinished upload on; ``where`` says how, the journal says where to."""
        with self.store.open(upload_id, write=True) as journal:
            header = journal.header
            outcome.target, outcome.upload_id = header.target, upload_id
            if not journal.unfinished():
                return summarise(journal, outcome)
            where = replace(where, name=header.target, type=header.type, url=where.url or self._configured(header.target))
            address = self._address(where) if where.url or header.type == "sandbox" else ""
            if not address and not _sealed(header):
                raise UsageProblem(
                    f"upload {upload_id} was journaled elsewhere and names the address {header.url}",
                    "if it is yours, say so with --url: the token is sent to no other address",
                )
            if address and address != header.url:
                raise UsageProblem(
                    f"upload {upload_id} is for {header.url}, not for {address}", "the token is sent to no other address"
                )
            where = replace(where, url=header.url)
            target = make(header.type, header.options)
            dialect = self._dialect(where, header.options)
            secret, headers = self._secret(where, dialect)
            return self._carry_out(journal, target, dialect, where, headers, secret, speed, outcome)

    def unfinished(self) -> list[str]:
        """Every upload that has something left to do."""
        found = []
        for upload_id in self.store.ids():
            with contextlib.suppress(TestferryError), self.store.open(upload_id, write=False) as journal:
                if journal.unfinished():
                    found.append(upload_id)
        return found

    # ---------------------------------------------------------------------------------------------------------------- run

    def run_only(self, where: Destination, options: Mapping[str, Any], rows: list[Submission], speed: Speed) -> Outcome:
        """``run create`` and ``run complete``: a plan of one row, journaled like any other."""
        outcome = Outcome(target=where.name, allow_empty=True)
        target, dialect, url = make(where.type, options), self._dialect(where, options), self._address(where)
        secret, headers = self._secret(where, dialect)
        word = fingerprint(secrets.token_hex(16))
        header = Header(
            word[:12], where.name, where.type, url, word, f"testferry-{secrets.token_hex(8)}", self.clock.wall(),
            dict(target.describe()), seal(user_key(journal_folder()), url),
        )  # fmt: skip
        with self.store.create(header) as journal:
            for row in rows:
                if row.kind is Kind.OPEN:
                    row.body = target.openings(outcome.tests, 0.0, header.marker)[0].body
                journal.plan(row)
            journal.commit_plan([], outcome.tests, [])
            return self._carry_out(journal, target, dialect, where, headers, secret, speed, outcome)

    # ------------------------------------------------------------------------------------------------------------- common

    def _carry_out(
        self,
        journal: Journal,
        target: Target,
        dialect: Dialect,
        where: Destination,
        headers: Mapping[str, str],
        secret: Secret,
        speed: Speed,
        outcome: Outcome,
    ) -> Outcome:
        from testferry.client import Client, Connection

        started = self.clock.now()
        with self._service(where) as base:
            connection = Connection(
                base + API_PREFIX.get(where.type, ""),
                {**_COMMON, **dialect.headers, **(headers or _sandbox_headers())},
                where.timeout,
                where.ca_bundle,
                where.proxy,
            )
            pace = Pace(
                speed.rate(dialect, sandbox=where.type == "sandbox"), speed.width, speed.settle, speed.in_doubt, speed.max_time
            )
            upload = Upload(
                journal, target, dialect, pace, self.clock, self.listener, random.SystemRandom().uniform, secret.hide, base
            )
            client = Client(connection, speed.width, self.clock)
            try:
                with _signals(upload):
                    stopped = upload.run(client)
            finally:
                client.close()
            conclude(upload, stopped, outcome)
        outcome.duration_s = self.clock.now() - started
        if not outcome.unfinished and not outcome.results.in_doubt:
            journal.finish()
        return outcome

    @contextlib.contextmanager
    def _service(self, where: Destination) -> Iterator[str]:
        if where.type != "sandbox":
            yield where.url if where.type == "http" else without_api(where.url)
            return
        if self.sandbox is None:
            raise UsageProblem("the sandbox is not at hand")
        with self.sandbox(str(self.folder / "sandbox.sqlite")) as url:
            yield url

    def _dialect(self, where: Destination, options: Mapping[str, Any]) -> Dialect:
        name = where.dialect or str(options.get("dialect") or "") or {"sandbox": "testmo"}.get(where.type, where.type)
        return load_dialect(name, self.configuration.dialects)

    def _configured(self, name: str) -> str:
        table = self.configuration.targets.get(name, {})
        return str(table.get("url", "")) or str(self.configuration.options.get("url", "")) if name != "sandbox" else ""

    def _address(self, where: Destination) -> str:
        if where.type == "sandbox":
            return "sandbox"
        if not where.url:
            raise UsageProblem(f"there is no address for {where.name}", "use --url https://… or set it in the environment")
        url = checked_url(where.url, where.name)
        return url if where.type == "http" else without_api(url)

    def _secret(self, where: Destination, dialect: Dialect) -> tuple[Secret, dict[str, str]]:
        if where.type == "sandbox" or dialect.auth == "none":
            return Secret(""), {}
        secret = token(where.token_file, TOKENS.get(where.type, ("TESTFERRY_TOKEN",)), where.name)
        return secret, credentials(dialect, secret)


_COMMON = {"User-Agent": "testferry", "Accept": "application/json", "Accept-Encoding": "identity"}


def _sandbox_headers() -> dict[str, str]:
    return {"Authorization": "Bearer sandbox-token"}


def without_api(url: str) -> str:
    """The address that people copy from the API's documentation, without the API's own path."""
    return url.removesuffix("/api/v1")


def _sealed(header: Header) -> bool:
    key = user_key(journal_folder())
    return bool(key) and secrets.compare_digest(seal(key, header.url), header.sealed)


def _leave_out_stale(found: Found, begun: float) -> None:
    """A report that COMMAND did not write is of an earlier run: uploading it would tell old results as new."""
    fresh = []
    for source in found.sources:
        try:
            stale = source.spool is None and os.stat(source.path).st_mtime < begun
        except OSError:
            stale = False
        if not stale:
            fresh.append(source)
    if not fresh:
        raise NothingToUpload("the command wrote no report: all that match are older than it", "did it fail before its tests?")
    found.sources[:] = fresh


def run_command(command: Sequence[str]) -> int:
    """Run the tests; their exit code, 128 + n where a signal ended them. What they print goes to standard error."""
    if shutil.which(command[0]) is None:
        raise UsageProblem(f"there is no command {command[0]!r}", "what follows -- is run as it stands, without a shell")
    try:
        code = subprocess.run(list(command), stdout=sys.stderr.fileno(), check=False).returncode
    except OSError as problem:
        raise UsageProblem(f"{command[0]!r} cannot be run: {problem.strerror}") from None
    return 128 - code if code < 0 else code


@contextlib.contextmanager
def _signals(upload: Upload) -> Iterator[None]:
    """SIGINT and SIGTERM ask the upload to stop."""

    def heed(number: int, _: object) -> None:
        upload.interrupt(number)

    before = {number: signal.signal(number, heed) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def inspect_sources(arguments: Sequence[str], form: str) -> list[ReportSummary]:
    """Read reports and send nothing."""
    found = reports.find(arguments)
    ingest = Ingest(found.sources, form)
    for _ in ingest:
        pass
    for path in found.missing:
        summary = ReportSummary(path)
        summary.fault("there is no such file")
        ingest.summaries.append(summary)
    return ingest.summaries
