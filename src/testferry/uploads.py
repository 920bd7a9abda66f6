"""One command's straight line: from what the user asked for to an outcome. Knows no click and no
screen.
"""

from __future__ import annotations

import contextlib
import glob
import math
import os
import random
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from testferry import reports
from testferry.cache import Cache
from testferry.clock import Clock, SystemClock
from testferry.dialects import Dialect, Window
from testferry.dialects import load as load_dialect
from testferry.engine.batching import Limits
from testferry.engine.conclude import conclude, summarise
from testferry.engine.loop import Pace, Surroundings, Upload
from testferry.engine.step import Steps, Target
from testferry.errors import JournalProblem, NothingToUpload, TestferryError, UsageProblem
from testferry.events import Listener, NamedResult
from testferry.ingest import Ingest, plan
from testferry.journal import (
    Header,
    Journal,
    Store,
    fingerprint,
    one_at_a_time,
    seal,
    user_key,
)
from testferry.kernel import heeding, stopping_signals
from testferry.model import ReportSummary, Result, Status, Tally
from testferry.outcome import Outcome
from testferry.pace.limits import Rate
from testferry.pace.pacer import Pacer
from testferry.pace.shared import Budget
from testferry.reports import Found
from testferry.services import service_of
from testferry.services.emulation import TOKEN as SANDBOX_TOKEN
from testferry.settings.files import Configuration, checked_url, credentials, journal_folder, token
from testferry.settings.secrets import Secret
from testferry.submission import Kind, State, Submission
from testferry.text import seconds

API_PREFIX = {"testmo": "/api/v1", "sandbox": "/api/v1"}
ADDRESSES = {"testmo": "TESTMO_URL", "testrail": "TESTRAIL_URL"}
USERS = {"testrail": "TESTRAIL_USER"}
TOKENS = {"testmo": ("TESTMO_TOKEN",), "testrail": ("TESTRAIL_KEY",), "http": ("TESTFERRY_TOKEN",)}
DEFAULT_WIDTH = 4
_STANDARD_ERROR = 2
EXIT_REFUSED = 5
SLOWEST = 5
STALE = 2.0  # seconds: file systems keep time coarsely


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to: the target as the user calls it, its type, its address, and how to get there. No
    secrets.
    """

    name: str
    type: str
    url: str = ""
    dialect: str = ""
    token_file: str | None = None
    ca_bundle: str = ""
    proxy: str = field(default="", repr=False)
    timeout: float = 120.0
    user: str = ""


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

    def remembered(self) -> dict[str, Any]:
        """What a resume should keep to, unless it is told otherwise."""
        rates = (
            None
            if self.rates is None
            else [[one.limit, one.per] for one in self.rates if one is not None]
        )
        return {"rates": rates, "share": self.share}

    def recalled(self, remembered: Mapping[str, Any]) -> Speed:
        """The same with what was remembered wherever nothing was said now."""
        rates, share = self.rates, self.share
        if rates is None and remembered.get("rates") is not None:
            rates = tuple(Window(int(limit), float(per)) for limit, per in remembered["rates"])
        return replace(self, rates=rates, share=remembered.get("share") if share is None else share)

    def pace(self, dialect: Dialect, *, sandbox: bool = False) -> Pace:
        """All of it, with the dialect's windows."""
        return Pace(
            self.rate(dialect, sandbox=sandbox),
            self.width,
            self.settle,
            self.in_doubt,
            self.max_time,
        )


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
    normalise: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A destination made ready: the target, its dialect, the checked address and the
    credentials.
    """

    where: Destination
    target: Target
    dialect: Dialect
    url: str
    secret: Secret
    headers: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class Session:
    """What every command that talks to a service shares. ``sandbox`` starts one over a database and
    gives its address.
    """

    folder: Path
    configuration: Configuration
    listener: Listener
    clock: Clock = field(default_factory=SystemClock)
    sandbox: Callable[[str], contextlib.AbstractContextManager[str]] | None = None

    @property
    def store(self) -> Store:
        """The journals."""
        return Store(self.folder)

    # --- upload

    def start(
        self,
        where: Destination,
        options: Mapping[str, Any],
        reading: Reading,
        speed: Speed,
        outcome: Outcome,
    ) -> None:
        """The main job; ``outcome`` is filled on the way. Raises TestferryError where not even a
        plan came of it.
        """
        route = self._route(
            where, options, authorised=not reading.dry_run or where.type == "testrail"
        )
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
            return
        try:
            self._upload(route, found, reading, speed, outcome)
        finally:
            reports.close(found.sources)

    def _upload(
        self, route: Route, found: Found, reading: Reading, speed: Speed, outcome: Outcome
    ) -> None:
        """The same command again carries on, or says that it is done; else plan first, then
        send.
        """
        word = fingerprint(
            route.where.type, route.url, route.target.identity(), reports.digest(found.sources)
        )
        if reading.dry_run:
            self._dry_run(route, found, reading, speed, outcome)
            return
        upload_id, latest = self.store.next_id(word)
        if latest and not reading.again and self._took_up(latest, route, speed, outcome):
            return
        with self.store.create(self._header(route, upload_id, word, speed)) as journal:
            ingest = self._plan(journal, route.target, found, reading, outcome)
            if ingest.results:
                journal.commit_plan(ingest.summaries, ingest.tests, ingest.failed)
                self._carry_out(journal, route, speed, outcome)
                if not (
                    outcome.stop.code == EXIT_REFUSED
                    and self._came_to_nothing(journal, route.target)
                ):
                    return
                outcome.upload_id = ""
        self.store.forget(upload_id)

    @staticmethod
    def _came_to_nothing(journal: Journal, target: Target) -> bool:
        """Whether nothing was made and nothing may have been: there is nothing to resume, the
        options have to be others.
        """
        steps = Steps(target.steps())
        for row in journal.submissions():
            only_read = row.kind is Kind.OPEN and steps.of(row).plans
            if row.state in (State.SENDING, State.IN_DOUBT):
                return False
            if row.state is State.SENT and not only_read:
                return False
        return True

    def _took_up(self, upload_id: str, route: Route, speed: Speed, outcome: Outcome) -> bool:
        """Carry an upload on, or say that it is done; False for a rehearsal that is done: the next
        one starts afresh.
        """
        with self.store.open(upload_id, write=True) as journal:
            done = not journal.unfinished()
            if done and route.where.type == "sandbox":
                return False
            if done and journal.counts().unmatched:
                self._look_up_again(journal, route, speed, outcome)
                return True
            outcome.already = done
            self._carry_on(journal, route, speed, outcome)
        return True

    def _look_up_again(self, before: Journal, route: Route, speed: Speed, outcome: Outcome) -> None:
        """Tests without a case may have one by now: they, and only they, go into the run of the
        upload before.
        """
        options = route.target.describe()
        run_id, _ = before.run()
        if run_id:
            options |= {"run_id": run_id, "plan_id": "", "config_ids": []}
        route = self._route(route.where, options)
        upload_id, _ = self.store.next_id(before.header.fingerprint)
        header = self._header(route, upload_id, before.header.fingerprint, speed)
        with self.store.create(header) as journal:
            tests = Tally()
            for items in before.unmatched():
                journal.hold(items)
                for label in items.labels:
                    tests.add(Status(label.status))
            journal.plan_all(route.target.openings(tests, 0.0, header.marker))
            journal.plan_all(route.target.closings())
            journal.commit_plan(before.reports(), tests, [])
            self._carry_out(journal, route, speed, outcome)

    def _plan(
        self, journal: Journal, target: Target, found: Found, reading: Reading, outcome: Outcome
    ) -> Ingest:
        ingest = Ingest(found.sources, reading.format, reading.attempts or "all", reading.normalise)
        limits = Limits(
            reading.batch_size or target.batch_size,
            reading.batch_bytes or target.batch_bytes,
            target.overhead,
        )
        plan(journal, target, ingest, limits)
        ingest.summaries += _unreadable(found)
        outcome.reports = ingest.summaries
        outcome.figures.tests = ingest.tests
        outcome.named.failed_tests = ingest.failed
        outcome.figures.results.pending = ingest.results
        return ingest

    def _dry_run(
        self, route: Route, found: Found, reading: Reading, speed: Speed, outcome: Outcome
    ) -> None:
        """What would be sent, planned in a place of its own: no journal is touched."""
        header = self._header(route, "dry-run", "", speed)
        with (
            tempfile.TemporaryDirectory(prefix="testferry-") as place,
            Store(Path(place)).create(header) as journal,
        ):
            ingest = self._plan(journal, route.target, found, reading, outcome)
            if ingest.results and route.target.plans_later:
                journal.commit_plan(ingest.summaries, ingest.tests, ingest.failed)
                self._carry_out(journal, route, speed, outcome, plan_only=True)
            rows = sum(not one.state.final for one in journal.submissions())
        outcome.upload_id = ""
        if ingest.results and not outcome.stop.code:
            rate = speed.rate(route.dialect)
            least = seconds(Pacer(rate, rows).forecast(rows))
            told = {key: value for key, value in route.target.describe().items() if value}
            to = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in told.items())
            outcome.stop.hint = (
                f"{rows:,} requests to {route.url} ({to}) at {rate}: at least {least}"
            )

    def _header(self, route: Route, upload_id: str, word: str, speed: Speed) -> Header:
        marker = f"testferry-{secrets.token_hex(8)}"
        proof = seal(user_key(journal_folder()), route.url)
        created, where = self.clock.wall(), route.where
        return Header(
            upload_id,
            where.name,
            where.type,
            route.url,
            word,
            marker,
            created,
            route.target.describe(),
            proof,
            speed.remembered(),
        )

    # --- resume

    def resume(self, upload_id: str, where: Destination, speed: Speed, outcome: Outcome) -> None:
        """Carry an unfinished upload on; ``where`` says how, the journal says where to."""
        with self.store.open(upload_id, write=True) as journal:
            header = journal.header
            outcome.target, outcome.upload_id = header.target, upload_id
            if journal.unfinished():
                url = where.url or self._known_address(header.target, header.type)
                self._check_address(header, url)
                where = replace(where, name=header.target, type=header.type, url=header.url)
                self._carry_out(journal, self._route(where, header.options), speed, outcome)
            else:
                summarise(journal, outcome)

    def _check_address(self, header: Header, url: str) -> None:
        """The token goes only where the user's configuration, or a journal that this user wrote,
        says.
        """
        if header.type == "sandbox":
            return
        if not url and not _sealed(header):
            raise UsageProblem(
                f"upload {header.upload_id} was journaled elsewhere and names the address "
                f"{header.url}",
                "if it is yours, say so with --url, else `testferry uploads forget`: the token is "
                "sent to no other address",
            )
        if url and address(header.type, header.target, url) != header.url:
            raise UsageProblem(
                f"upload {header.upload_id} is for {header.url}, not for {url}: the token is sent "
                "to no other address",
                f"`testferry uploads forget {header.upload_id}` if it is not wanted any more",
            )

    def _known_address(self, name: str, kind: str) -> str:
        """The address that the environment or the configuration gives a target, empty where they do
        not.
        """
        table = self.configuration.targets.get(name, {})
        variable = os.environ.get(ADDRESSES.get(kind, ""), "")
        return variable or str(table.get("url", "") or self.configuration.options.get("url", ""))

    def unfinished(self) -> list[str]:
        """Every upload that has something left to do, and every one that cannot be read: resuming
        it will say why.
        """
        found = []
        for upload_id in self.store.unfinished():
            try:
                with self.store.open(upload_id, write=False) as journal:
                    if journal.header.type != "sandbox":  # a rehearsal waits to be named
                        found.append(upload_id)
            except TestferryError:
                found.append(upload_id)
        return found

    # --- run

    def run_only(
        self, where: Destination, options: Mapping[str, Any], row: Submission, speed: Speed
    ) -> Outcome:
        """``run create`` and ``run complete``: a plan of one row, journaled like any other."""
        outcome = Outcome(target=where.name)
        route = self._route(where, options)
        word = fingerprint(secrets.token_hex(16))
        with self.store.create(self._header(route, word[:12], word, speed)) as journal:
            if row.kind is Kind.OPEN:
                row = route.target.openings(outcome.figures.tests, 0.0, journal.header.marker)[0]
            journal.plan(row)
            journal.commit_plan([], outcome.figures.tests, [])
            self._carry_out(journal, route, speed, outcome)
        if outcome.stop.code == EXIT_REFUSED:
            self.store.forget(word[:12])
            outcome.upload_id = ""
        return outcome

    # --- common

    def _carry_on(self, journal: Journal, route: Route, speed: Speed, outcome: Outcome) -> None:
        """An upload that the journal knows: its options, as they were when it was planned."""
        if journal.unfinished():
            self._carry_out(
                journal, replace(route, target=self._same_target(route, journal)), speed, outcome
            )
        else:
            summarise(journal, outcome)

    def _same_target(self, route: Route, journal: Journal) -> Target:
        """The target with the options of the plan, and the user of now."""
        return self._route(route.where, journal.header.options).target

    def _carry_out(
        self,
        journal: Journal,
        route: Route,
        speed: Speed,
        outcome: Outcome,
        *,
        plan_only: bool = False,
    ) -> None:
        from testferry.engine.client import Client, Connection

        started, where, speed = self.clock.now(), route.where, speed.recalled(journal.header.speed)
        with self._service(route) as base:
            headers = {**_COMMON, **route.dialect.headers, **route.headers}
            prefix = API_PREFIX.get(where.type, "")
            client = Client(
                Connection(base + prefix, headers, where.timeout, where.ca_bundle, where.proxy),
                speed.width,
                self.clock,
            )
            around = Surroundings(
                self.clock,
                self.listener,
                random.SystemRandom().uniform,
                route.secret.hide,
                Cache(self.folder, route.url),
                Budget.of(journal_folder(), base),
            )
            upload = Upload(
                journal,
                route.target,
                route.dialect,
                speed.pace(route.dialect, sandbox=where.type == "sandbox"),
                around,
                base,
                plan_only=plan_only,
            )
            try:
                with self._turn(route), _signals(upload):
                    stopped = upload.run(client)
            except JournalProblem:  # the disk is full: what is on it still says what was sent
                outcome.figures.requests = upload.requests
                with contextlib.suppress(TestferryError):
                    summarise(journal, outcome)
                raise
            finally:
                client.close()
                around.budget.close()
        conclude(upload, None if plan_only and upload.planned else stopped, outcome)
        outcome.figures.duration_s = self.clock.now() - started
        if not outcome.unfinished and not outcome.figures.results.in_doubt:
            journal.finish()

    def _turn(self, route: Route) -> contextlib.AbstractContextManager[None]:
        """Uploads that make cases in one project go one after the other: two that look and then
        make would make them twice.
        """
        options = route.target.describe()
        if not options.get("create_missing"):
            return contextlib.nullcontext()
        place = fingerprint(route.url, options.get("project"))[:16]
        return one_at_a_time(journal_folder() / f"making-{place}.lock")

    @contextlib.contextmanager
    def _service(self, route: Route) -> Iterator[str]:
        """The address; the embedded sandbox is started for as long as it is needed."""
        if route.where.type != "sandbox" or self.sandbox is None:
            yield route.url
            return
        with self.sandbox(str(self.folder / "sandbox.sqlite")) as url:
            yield url

    def _route(
        self, where: Destination, options: Mapping[str, Any], *, authorised: bool = True
    ) -> Route:
        user = user_of(where) if authorised else ""
        target = service_of(where.type).make(
            {**options, **({"user": user} if where.type in USERS else {})}
        )
        name = (
            where.dialect
            or str(options.get("dialect") or "")
            or {"sandbox": "testmo"}.get(where.type, where.type)
        )
        dialect = load_dialect(name, self.configuration.dialects)
        url = address(where.type, where.name, where.url)
        if where.type == "sandbox":
            secret = Secret(SANDBOX_TOKEN)
        elif not authorised or dialect.auth == "none":
            secret = Secret("")
        else:
            secret = token(
                where.token_file, TOKENS.get(where.type, ("TESTFERRY_TOKEN",)), where.name
            )
        return Route(where, target, dialect, url, secret, credentials(dialect, secret, user))


def user_of(where: Destination) -> str:
    """Who the key belongs to, where the service asks for that. Raises UsageProblem."""
    variable = USERS.get(where.type)
    if variable is None:
        return ""
    found = os.environ.get(variable, "").strip() or where.user
    if not found:
        raise UsageProblem(
            f"there is no user for {where.name}", f"set {variable} to the user's e-mail address"
        )
    return found


def address(kind: str, name: str, url: str) -> str:
    """The service's address, checked, without its API's own path. Raises UsageProblem."""
    if kind == "sandbox":
        return "sandbox"
    if not url:
        raise UsageProblem(
            f"there is no address for {name}",
            f"use --url https://… or set {ADDRESSES[kind]}"
            if kind in ADDRESSES
            else "use --url https://…",
        )
    checked = checked_url(url, name)
    return checked if kind == "http" else without_api(checked)


def _unreadable(found: Found) -> list[ReportSummary]:
    """Files that were named and are not there, archives that cannot be unpacked: each a report with
    a problem.
    """
    missing = "there is no such file; did an earlier step fail before it wrote its report?"
    listed = [(path, missing) for path in found.missing] + [
        (path, f"{problem.message}; {problem.hint}") for path, problem in found.broken
    ]
    summaries = []
    for path, words in listed:
        summary = ReportSummary(path)
        summary.fault(words)
        summaries.append(summary)
    return summaries


_COMMON = {"User-Agent": "testferry", "Accept": "application/json", "Accept-Encoding": "identity"}


def without_api(url: str) -> str:
    """The address that people copy from the API's documentation, without the API's own path."""
    return re.sub(r"/(?:api/v1|index\.php.*)/?$", "", url)


def _sealed(header: Header) -> bool:
    key = user_key(journal_folder())
    return bool(key) and secrets.compare_digest(seal(key, header.url), header.sealed)


def _leave_out_stale(found: Found, begun: float) -> None:
    """A report that COMMAND did not write is of an earlier run: uploading it would tell old results
    as new.
    """
    fresh = []
    for source in found.sources:
        try:
            stale = source.spool is None and os.stat(source.path).st_mtime < begun
        except OSError:
            stale = False
        if not stale:
            fresh.append(source)
    if not fresh:
        raise NothingToUpload(
            "the command wrote no report: all that match are older than it",
            "did it fail before its tests?",
        )
    found.sources[:] = fresh


def run_command(command: Sequence[str]) -> int:
    """Run the tests; their exit code, 128 + n where a signal ended them. What they print goes to
    standard error.
    """
    if shutil.which(command[0]) is None:
        raise UsageProblem(
            f"there is no command {command[0]!r}",
            "what follows -- is run as it stands, without a shell",
        )
    try:
        # the user's own command
        code = subprocess.run(list(command), stdout=_STANDARD_ERROR, check=False).returncode  # noqa: S603
    except OSError as problem:
        raise UsageProblem(f"{command[0]!r} cannot be run: {problem.strerror}") from None
    return 128 - code if code < 0 else code


@contextlib.contextmanager
def _signals(upload: Upload) -> Iterator[None]:
    """SIGINT and SIGTERM ask the upload to stop; so does the end of the terminal, unless nohup is
    to outlive it.
    """
    with heeding(stopping_signals(), upload.interrupt):
        yield


@dataclass(slots=True)
class Inspection:
    """Reports read, nothing sent: what they hold, the failed tests and the slowest."""

    arguments: Sequence[str]
    format: str = "auto"
    attempts: str = "all"
    normalise: bool = False
    output: str = ""  # a file that is written meanwhile is no report
    tests: Tally = field(default_factory=Tally)
    summaries: list[ReportSummary] = field(default_factory=list)
    failed: list[NamedResult] = field(default_factory=list)
    slowest: list[Result] = field(default_factory=list)

    def __iter__(self) -> Iterator[Result]:
        found = reports.find(
            [*self.arguments, *([f"!{glob.escape(self.output)}"] if self.output else [])]
        )
        ingest = Ingest(found.sources, self.format, self.attempts, self.normalise)
        try:
            for result in ingest:
                if result.elapsed and (
                    len(self.slowest) < SLOWEST
                    or result.elapsed > (self.slowest[-1].elapsed or 0.0)
                ):
                    self.slowest = sorted(
                        [*self.slowest, result], key=lambda one: -(one.elapsed or 0.0)
                    )[:SLOWEST]
                yield result
        finally:
            reports.close(found.sources)
        self.summaries, self.failed, self.tests = (
            [*ingest.summaries, *_unreadable(found)],
            ingest.failed,
            ingest.tests,
        )
