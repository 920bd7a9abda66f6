"""Small real implementations to test against: a clock moved by hand, and a wire with a real
emulator behind it.
"""

from __future__ import annotations

import csv
import heapq
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st

from testferry.attachments import FilePart
from testferry.cache import Cache
from testferry.dialects import load
from testferry.engine.actions import Pace
from testferry.engine.conclude import conclude
from testferry.engine.judge import Answer, Lost
from testferry.engine.loop import Surroundings, Upload
from testferry.engine.nobook import NoBook as Nothing
from testferry.engine.step import Looking, Sending, Steps, Target
from testferry.engine.worker import Done
from testferry.events import Event, NamedResult
from testferry.journal import Header, Journal, Store
from testferry.model import ReportSummary, Result, Status, Tally
from testferry.outcome import Counts, Flags, Outcome, Requests, exit_code
from testferry.pace.limits import Rate
from testferry.pace.shared import Budget
from testferry.reports import Source, junit, read
from testferry.services.http_json import label
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testmo.target import Testmo
from testferry.services.testrail.emulator import FIELD, TestrailEmulator
from testferry.services.testrail.target import Testrail
from testferry.submission import Items, Kind, Submission

EPOCH = 1_800_000_000.0


class NoBook(Nothing):
    """A book in which nothing stands but a run that is open; it has no lanes."""

    def __init__(self) -> None:
        super().__init__("mark", 1_700_000_000.0, 3, run={"id": "7"})

    def lane(self, submission: Submission) -> Submission:
        raise AssertionError("there are no lanes")


def sending(target: Target, row: Submission, items: Items, book: Any) -> Sending:
    """The conversation that sends a row."""
    return Steps(target.steps()).of(row).send(row, items, book)


def looking(target: Target, row: Submission, items: Callable[[], Items], book: Any) -> Looking:
    """The conversation that looks for a row."""
    return Steps(target.steps()).of(row).look(row, items, book)


class FakeClock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.wall_offset = EPOCH

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time + self.wall_offset

    def pass_to(self, when: float) -> None:
        self.time = max(self.time, when)


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


@dataclass(frozen=True)
class Fate:
    """What happens to one request. ``apply`` seconds after it left (None: never), ``answer``
    seconds after it left.

    ``status`` None: the connection is lost. ``unsent``: the request never left in full. ``part``:
    only so many of a batch's tests are applied. ``kill``: the process dies, "before" or "after" the
    request was on the wire.
    """

    status: int | None = 0  # 0: whatever the service itself says
    apply: float | None = 0.0
    answer: float = 0.05
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b'{"message": "a fault"}'
    unsent: bool = False
    part: int | None = None
    kill: str = ""


FINE = Fate()


class FakeWire:
    """The network and the service in memory, under a fake clock. ``fates`` decide request by
    request.
    """

    def __init__(
        self,
        clock: FakeClock,
        service: TestmoEmulator | TestrailEmulator,
        fates: Callable[[int, str, bytes], Fate] = lambda _n, _op, _body: FINE,
        poison: Iterable[str] = (),
    ) -> None:
        self.clock = clock
        self.service = service
        self.fates = fates
        self.poison = set(poison)
        self.requests: list[tuple[float, str, str, bytes]] = []
        self.cuts = 0
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, Callable[[], Done | None]]] = []
        self._serving: set[int] = set()

    def post(
        self, method: str, target: str, body: bytes | FilePart | None, headers: Mapping[str, str]
    ) -> int:
        number = next(self._numbers)
        operation = self.service.operation(method, _address(self.service, target))
        data = b"".join(body.stream()) if isinstance(body, FilePart) else body or b""
        self.requests.append((self.clock.now(), operation, f"{method} {target}", data))
        fate = self.fates(len(self.requests) - 1, operation, data)
        if fate.kill == "before":
            raise Killed
        made: list[Answer] = []

        def apply() -> None:
            made.append(self._handle(method, target, data, fate.part))

        if fate.apply is not None and not fate.unsent:
            self._at(fate.apply, lambda: apply(), serving=True)
        if fate.kill == "after":
            raise Killed

        def answer() -> Done:
            if fate.unsent or fate.status is None:
                return Done(number, Lost("the connection was lost", sent=not fate.unsent))
            if fate.status:
                return Done(number, Answer(fate.status, fate.headers, fate.body))
            return Done(number, made[0])

        self._at(max(fate.answer, fate.apply or 0.0) if fate.status == 0 else fate.answer, answer)
        return number

    def _handle(self, method: str, target: str, body: bytes, part: int | None) -> Answer:
        if isinstance(self.service, TestrailEmulator):
            return self._of_testrail(method, target, body, part)
        document = json.loads(body) if body else None
        if document and "tests" in document:
            if any(test["name"] in self.poison for test in document["tests"]):
                return Answer(422, {}, b'{"message": "The given data was invalid."}')
            if part is not None:
                document["tests"] = document["tests"][:part]
                body = json.dumps(document).encode()
        response = self.service.handle(method, _address(self.service, target), body)
        return Answer(response.status, {"content-type": response.content_type}, response.data)

    def _of_testrail(self, method: str, target: str, body: bytes, part: int | None) -> Answer:
        if body and b'"results"' in body:
            document = json.loads(body)
            if any(word in body.decode() for word in self.poison):
                return Answer(
                    400, {}, b'{"error": "Field :results contains one or more invalid results"}'
                )
            if part is not None:
                body = json.dumps({"results": document["results"][:part]}).encode()
        boundary = body.partition(b"\r\n")[0][2:].decode("ascii", "replace")
        assert isinstance(self.service, TestrailEmulator)
        kind = f"multipart/form-data; boundary={boundary}"
        response = self.service.handle(method, f"/{target}", body, kind)
        return Answer(response.status, {"content-type": response.content_type}, response.data)

    def _at(self, delay: float, what: Callable[[], Done | None], *, serving: bool = False) -> None:
        number = next(self._numbers)
        self._serving |= {number} if serving else set()
        heapq.heappush(self._events, (self.clock.now() + delay, number, what))

    def inherit(self, before: FakeWire) -> FakeWire:
        """The process died, the service did not: what it was at work on goes on."""
        for when, number, what in before._events:
            if number in before._serving:
                heapq.heappush(self._events, (when, -number, what))
        return self

    def wait(self, seconds: float | None) -> Done | None:
        until = None if seconds is None else self.clock.now() + seconds
        while self._events and (until is None or self._events[0][0] <= until):
            when, _, what = heapq.heappop(self._events)
            self.clock.pass_to(when)
            if (done := what()) is not None:
                return done
        if until is None:
            raise AssertionError("waiting for ever: nothing is under way")
        self.clock.pass_to(until)
        return None

    def finish(self) -> None:
        """What is still at work at the service comes to its end."""
        while self._events:
            when, _, what = heapq.heappop(self._events)
            self.clock.pass_to(when)
            what()

    def wake(self) -> None:
        pass

    def cut(self, grace: float = 0.0) -> None:
        self.cuts += 1

    def close(self) -> None:
        """Nothing is open."""


def _address(service: TestmoEmulator | TestrailEmulator, target: str) -> str:
    return f"/{target}" if isinstance(service, TestrailEmulator) else f"/api/v1/{target}"


def results(count: int, *, name: str = "test_{}") -> list[Result]:
    return [
        Result(name=name.format(at), status=Status.PASSED, classname="suite", elapsed=0.001 * at)
        for at in range(count)
    ]


def named(count: int) -> list[Result]:
    """Results whose bodies hold their names."""
    return [
        Result(
            f"test_{at}",
            Status.PASSED,
            classname="suite",
            properties=(("testrail_result_comment", f"#test_{at}#"),),
        )
        for at in range(count)
    ]


def header(upload_id: str = "0123456789ab", **more: Any) -> Header:
    values: dict[str, Any] = {
        "upload_id": upload_id,
        "target": "testmo",
        "type": "testmo",
        "url": "https://example.testmo.net",
        "fingerprint": upload_id,
        "marker": "testferry-marker",
        "created": EPOCH,
    }
    return Header(**{**values, **more})


@dataclass(frozen=True)
class Ended:
    """How one process of a world ended, as most tests ask about it."""

    outcome: Outcome

    @property
    def exit_code(self) -> int:
        return exit_code(self.outcome, Flags())

    @property
    def results(self) -> Counts:
        return self.outcome.figures.results

    @property
    def requests(self) -> Requests:
        return self.outcome.figures.requests

    @property
    def refused(self) -> list[NamedResult]:
        return self.outcome.named.refused

    @property
    def attachments_missing(self) -> int:
        return self.outcome.figures.attachments_missing

    @property
    def stop_reason(self) -> str:
        return self.outcome.stop.reason

    @property
    def run_url(self) -> str:
        return self.outcome.run.url


HELD = 50  # results that are held together until the plan is made


def plan(folder: Path, target: Target, results: list[Result], batch: int, service: str) -> None:
    """An upload of these results, planned: nothing of it is sent yet."""
    tests = Tally(passed=len(results))
    named = header(options=target.describe(), type=service, target=service)
    size = HELD if target.plans_later else batch
    name = next(step.name for step in target.steps() if step.kind is Kind.BATCH)
    with Store(folder).create(named) as journal:
        for start in range(0, len(results), size):
            some = results[start : start + size]
            items = Items(tuple(map(target.item, some)), tuple(map(label, some)))
            if target.plans_later:
                journal.hold(items)
            else:
                journal.plan(Submission(0, Kind.BATCH, name), items)
        openings = target.openings(tests, 0.0, "testferry-marker")
        if target.plans_later:
            openings[0].body |= {"batch_size": batch, "batch_bytes": 1_000_000}
        journal.plan_all(openings)
        journal.plan_all(target.closings())
        journal.commit_plan([], tests, [])


@dataclass
class World:
    """One upload to a service in memory, through any number of processes."""

    folder: Path
    names: list[str]
    batch: int = 5
    width: int = 1
    settle: float = 30.0
    rate: Rate = field(default_factory=Rate)
    in_doubt: str = "keep"
    max_time: float = float("inf")
    run_id: str = ""
    budget: Callable[[], Budget] = Budget
    clock: FakeClock = field(default_factory=FakeClock)
    service: Any = field(init=False)
    dialect: ClassVar[str] = "testmo"
    events: list[Event] = field(default_factory=list)
    cache: Cache = field(default_factory=Cache)
    upload: Upload = field(init=False)

    def __post_init__(self) -> None:
        self.service = TestmoEmulator(":memory:", self.clock.wall)

    @property
    def target(self) -> Target:
        return Testmo(project_id=1, name="Nightly", source="unit", run_id=self.run_id)

    @property
    def listed_results(self) -> list[Result]:
        """What the reports would hold."""
        return [Result(name=name, status=Status.PASSED, classname="suite") for name in self.names]

    def plan(self) -> None:
        """Everything that is to be sent is on disk."""
        plan(self.folder, self.target, self.listed_results, self.batch, self.dialect)

    def open(self) -> Journal:
        return Store(self.folder).open("0123456789ab", write=True)

    def wire(
        self,
        fates: Callable[[int, str, bytes], Fate] = lambda _n, _op, _body: FINE,
        poison: Iterable[str] = (),
    ) -> FakeWire:
        return FakeWire(self.clock, self.service, fates, poison)

    def go(self, wire: FakeWire) -> Ended:
        """One process, from its start to its end; ``Killed`` where its fate was to die."""
        with self.open() as journal:
            pace = Pace(self.rate, self.width, self.settle, self.in_doubt, self.max_time)
            around = Surroundings(
                self.clock,
                self.events.append,
                lambda low, _high: low,
                cache=self.cache,
                budget=self.budget(),
            )
            dialect = load(self.dialect)
            self.upload = Upload(journal, self.target, dialect, pace, around, "https://x")
            return Ended(conclude(self.upload, self.upload.run(wire), Outcome()))

    def stored(self) -> Counter[str]:
        return Counter(
            test["name"] for run in self.service.runs() for test in self.service.tests(run)
        )

    def listed(self) -> list[NamedResult]:
        with self.open() as journal:
            return conclude_listed(journal)


@dataclass
class RailWorld(World):
    """The same with TestRail: every name has a case, or gets one."""

    dialect: ClassVar[str] = "testrail"
    options: dict[str, Any] = field(default_factory=dict)
    entries: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = TestrailEmulator(wall=self.clock.wall)
        self.service.handle(
            "POST", "/index.php?/api/v2/add_section/1", b'{"name": "Old", "suite_id": 1}'
        )
        section = next(iter(self.service.sections))
        if not self.options.get("create_missing"):
            for name in self.names:
                self.service.make_case(section, title=name, **{FIELD: f"suite.{name}"})

    @property
    def target(self) -> Target:
        given = {
            "project": "1",
            "title": "Nightly",
            "run_id": self.run_id,
            "user": "me@example.com",
            **self.options,
        }
        return Testrail(**given)

    @property
    def listed_results(self) -> list[Result]:
        return self.entries or super().listed_results

    def stored(self) -> Counter[str]:
        titles = {case: str(fields["title"]) for case, fields in self.service.cases.items()}
        return Counter(titles[one["case_id_of_test"]] for one in self.service.results)


def to_its_end(
    it: World, fates: Callable[[int, str, bytes], Fate], rounds: int, poison: Iterable[str] = ()
) -> Ended:
    """The same upload, started again after each death and each stop, until all of it is settled."""
    wire, refused = it.wire(), list(poison)
    for _ in range(rounds):
        wire = it.wire(fates, refused).inherit(wire)
        try:
            outcome = it.go(wire)
        except Killed:
            continue
        wire.finish()
        if outcome.exit_code in (0, 6) and not outcome.results.in_doubt:
            # doubt that looking could not settle yet is looked at again by the next process
            return outcome
    raise AssertionError(f"never ended: {outcome}")


def conclude_listed(journal: Journal) -> list[NamedResult]:
    from testferry.submission import State

    return list(journal.listed(State.REJECTED, State.IN_DOUBT, State.PENDING, State.SENDING))


def mutate(data: st.DataObject, sample: bytearray) -> None:
    """A few bytes flipped, inserted or cut off, as Hypothesis likes."""
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(0, len(sample) - 1)))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip" and sample:
            sample[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del sample[at:]
        else:
            sample[at:at] = data.draw(st.binary(max_size=8))


Fates = Callable[[int, str, bytes], Fate]
LOST = Fate(status=None)
DROPPED = Fate(status=None, apply=None)
UNSENT = Fate(status=None, unsent=True)
FATES = st.one_of(
    st.just(FINE),
    st.just(LOST),
    st.just(DROPPED),
    st.just(UNSENT),
    st.builds(lambda late: Fate(status=None, apply=late), st.floats(0.1, 25.0)),
    st.builds(lambda late: Fate(status=504, apply=late), st.floats(0.1, 25.0)),
    st.just(Fate(status=500)),
    st.just(Fate(status=500, apply=None)),
    st.builds(lambda part: Fate(status=500, part=part), st.integers(0, 4)),
    st.just(Fate(status=503, apply=None)),
    st.builds(
        lambda wait: Fate(status=429, apply=None, headers={"retry-after": str(wait)}),
        st.integers(0, 20),
    ),
    st.just(Fate(status=413, apply=None)),
    st.just(Fate(kill="before")),
    st.just(Fate(kill="after")),
    st.just(Fate(kill="after", apply=10.0)),
    st.builds(lambda delay: Fate(answer=delay), st.floats(0.0, 3.0)),
)


def scripted(fates: list[Fate], *, writes_only: bool = False) -> Fates:
    """One fate after the other, then everything is fine."""
    left = list(fates)

    def next_fate(_number: int, operation: str, _body: bytes) -> Fate:
        if writes_only and operation == "read":
            return FINE
        return left.pop(0) if left else FINE

    return next_fate


def on(operation: str, *fates: Fate) -> Fates:
    """These fates for the first requests of one kind."""
    left = list(fates)
    return lambda _number, what, _body: left.pop(0) if what == operation and left else FINE


def once(count: int) -> Counter[str]:
    return Counter({f"test_{at}": 1 for at in range(count)})


def of(data: bytes | str, form: str = "auto") -> tuple[list[Result], ReportSummary]:
    """What a report of these bytes holds."""
    spool = io.BytesIO(data.encode() if isinstance(data, str) else data)
    summary = ReportSummary("x")
    return list(read(Source("x", spool), summary, form)), summary


GOOD_REPORT = b"<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"


def statuses(data: bytes | str, form: str = "auto") -> list[tuple[str, str]]:
    """Names and statuses of what a report of these bytes holds."""
    return [(result.name, result.status.value) for result in of(data, form)[0]]


def codes(summary: ReportSummary) -> list[str]:
    """The codes of a report's problems, in order."""
    return [problem.code for problem in summary.problems]


def parse(text: str | bytes) -> tuple[list[Result], ReportSummary]:
    """What the reader of JUnit finds, without what stands around it; its problem is raised."""
    data = text.encode() if isinstance(text, str) else text
    summary = ReportSummary("x.xml")
    found = []
    for result in junit.read(io.BytesIO(data), summary):
        summary.see(result)
        found.append(result)
    return found, summary


def counted(listing: Path) -> list[tuple[str, list[int]]]:
    """The files of a counts.csv with their tests, passed, failed, errors and skipped."""
    rows = csv.DictReader(listing.read_text("utf-8").splitlines())
    keys = ("tests", "passed", "failed", "errors", "skipped")
    return [(row["file"], [int(row[key]) for key in keys]) for row in rows]
