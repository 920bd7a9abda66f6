"""The whole of testferry under one seed: several processes of several jobs on several machines, one
service, a network that loses, and hands that kill and start again. `python tests/simulation.py` runs
as many worlds as asked for; `--replay SEED` prints what happened in one of them.

Every process is a thread with the program's own code from the reports to the exit code; one runs at
a time, until it waits. What it waits for is here: the clock, the network, the service, another
process's turn. So a world is decided by its seed.

What must hold in the end: every result is there once (where nobody can tell whether it arrived: at
most once, and named); no good result is rejected; no command is stuck; one run an upload; and no
process, nor all of them together, ever sends more than the limit.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import itertools
import json
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fakes import EPOCH, Fate, Killed
from testferry.attachments import FilePart
from testferry.beginning import Task, start
from testferry.dialects import Window
from testferry.engine.judge import Answer, Lost
from testferry.engine.worker import Done
from testferry.events import Event, Told
from testferry.journal import Header
from testferry.outcome import Flags, exit_code
from testferry.pace.shared import Boot, Budget
from testferry.route import Destination, Route
from testferry.services import service_of
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testrail.emulator import TestrailEmulator
from testferry.settings.options import Batching, Speed, Whereto
from testferry.uploads import Resuming
from testferry.workplace import Workplace

TIMEOUT = 120.0  # seconds after which a request is given up
DAY = 24 * 3600.0
TOO_LONG = 3 * DAY  # a world that is not at its end by then is stuck
ADDRESS = "http://127.0.0.1:9"


# --- time


@dataclass
class Simulation:
    """Time that passes from one event to the next, and a record of what happened."""

    seed: int
    now: float = 1000.0
    trace: list[str] = field(default_factory=list)
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen."""
        heapq.heappush(self._events, (max(when, self.now), next(self._numbers), what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.now + seconds, what)

    def tell(self, words: str) -> None:
        self.trace.append(f"{self.now - 1000.0:10.3f}  {words}")

    def run(self) -> None:
        """Until nothing happens any more."""
        while self._events and self.now < TOO_LONG:
            self.now, _, what = heapq.heappop(self._events)
            what()

    def true_time(self) -> float:
        """Of the service, since the epoch."""
        return EPOCH + self.now


# --- machines and processes


@dataclass
class Machine:
    """A folder for journals, a budget that its processes share, a wall clock that may be wrong."""

    world: Simulation
    folder: Path
    offset: float = 0.0  # seconds that its wall clock is ahead

    def jump(self) -> None:
        """Somebody sets the clock, right or wrong."""
        self.offset = self.world.chance.choice([0.0, 0.0, 60.0, -3600.0])
        self.world.tell(f"a wall clock is set: {self.offset:+g} s")

    def now(self) -> float:
        return self.world.now

    def wall(self) -> float:
        return self.world.true_time() + self.offset


class Process(threading.Thread):
    """One command from its start to its end. It runs while it does not wait; then the world does."""

    def __init__(self, machine: Machine, name: str, work: Callable[[Process], int | None]) -> None:
        super().__init__(daemon=True)
        self.machine = machine
        self.title = name
        self.number = 0
        self.code: int | None = None
        self.defect = ""
        self.running = False
        self.dies_at = -1  # so many looks at the clock from now
        self.killed = False
        self.handlers: list[Callable[[int], None]] = []
        self.done: deque[Done] = deque()
        self.told: list[str] = []
        self._signals: list[int] = []
        self._work = work
        self._turn, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._waits = 0  # the number of the present wait

    # --- the world's side

    def begin(self) -> None:
        self.running = True
        self.start()
        self._hand_over()

    def go_on(self, wait: int) -> None:
        """The end of a wait, if it still goes on."""
        if self.running and wait == self._waits:
            self._hand_over()

    def wake(self) -> None:
        self.go_on(self._waits)

    def kill(self) -> None:
        if self.running:
            self.machine.world.tell(f"{self.title} is killed")
            self.killed = True
            self._hand_over()

    def signal(self, number: int) -> None:
        if self.running and self.handlers:
            self.machine.world.tell(f"{self.title} gets signal {number}")
            self._signals.append(number)
            self.wake()

    def _hand_over(self) -> None:
        self._turn.release()
        self._back.acquire()

    # --- its own side

    def run(self) -> None:
        self._turn.acquire()
        try:
            self.code = self._work(self)
        except Killed:
            self.killed = True
        # a defect of the program: the world tells it
        except Exception as problem:  # noqa: BLE001
            self.code, self.defect = 70, repr(problem)
        finally:
            self.running = False
            self._back.release()

    def sleep(self, seconds: float | None) -> None:
        """Let the world go on until then, or until somebody wakes it."""
        self._waits += 1
        if seconds is not None:
            wait = self._waits
            self.machine.world.after(seconds, lambda: self.go_on(wait))
        self._back.release()
        self._turn.acquire()
        self._waits += 1
        if self.killed:
            raise Killed
        while self._signals:
            self.handlers[-1](self._signals.pop(0))

    def now(self) -> float:
        self._maybe_die()
        return self.machine.now()

    def wall(self) -> float:
        self._maybe_die()
        return self.machine.wall()

    def _maybe_die(self) -> None:
        if self.dies_at >= 0:
            self.dies_at -= 1
            if self.dies_at < 0:
                self.machine.world.tell(f"{self.title} dies between two steps")
                raise Killed

    @contextlib.contextmanager
    def heed(self, _numbers: list[int], heed: Callable[[int], None]) -> Iterator[None]:
        """Signals are handed to whoever heeds them now."""
        self.handlers.append(heed)
        try:
            yield
        finally:
            self.handlers.pop()


# --- the network and the service


@dataclass
class Sink:
    """A service that takes results and shows none; it may honour a key."""

    honours: bool
    stored: list[str] = field(default_factory=list)
    _answers: dict[str, Answer] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)

    def handle(self, body: bytes, key: str) -> Answer:
        self.at_work.discard(key)
        if self.honours and key in self._answers:
            return self._answers[key]
        document = json.loads(body)
        self.stored += [result["name"] for result in document["results"]]
        answer = Answer(201, {"content-type": "application/json"}, b'{"ok": true}')
        self._answers[key] = answer
        return answer


@dataclass
class Host:
    """The service behind its network: what it answers, when, and what goes wrong on the way."""

    world: Simulation
    kind: str
    service: Any
    limit: tuple[int, float] | None = None  # so many requests in so many seconds
    faults: int = 0  # left
    odds: float = 0.3
    lag: float = 0.0  # seconds that what it shows is behind what it has
    torn: bool = False  # every other read is of another replica, which lags
    down: list[tuple[float, float]] = field(default_factory=list)
    blind: tuple[float, float] = (0.0, 0.0)  # while it shows nothing
    arrivals: list[float] = field(default_factory=list)
    over_limit: int = 0
    requests: int = 0
    _views: list[tuple[float, Any]] = field(default_factory=list)

    def leave(
        self,
        wire: SimWire,
        token: int,
        request: tuple[str, str, bytes, Mapping[str, str]],
    ) -> None:
        """A request is on its way: it is applied, or not; answered, or not."""
        method, target, body, headers = request
        fate = self._fate(method, headers)
        self.requests += 1
        process = wire.process
        self.world.tell(
            f"{process.title} #{token} {method} {target.split('?')[-1][:60]} {len(body)} B  {_told(fate)}"
        )
        answers: list[Answer] = []

        def apply() -> None:
            answers.append(self._apply(method, target, body, headers, fate.part))

        if fate.apply is not None and not fate.unsent:
            self._begin(headers)
            self.world.after(fate.apply, apply)

        def answer() -> None:
            if fate.unsent or fate.status is None:
                said: Answer | Lost = Lost("the connection was lost", sent=not fate.unsent)
            elif fate.status:
                said = Answer(fate.status, self._dated(fate.headers), fate.body)
            else:
                said = answers[0]
            wire.deliver(token, said)

        after = fate.answer
        if not fate.status and fate.status is not None:
            after = max(fate.answer, (fate.apply or 0.0) + 0.001)
        self.world.after(after, answer)

    def _fate(self, method: str, headers: Mapping[str, str]) -> Fate:
        chance, now = self.world.chance, self.world.now
        latency = chance.uniform(0.01, 0.3)
        self.arrivals.append(now)
        if self.limit is not None:
            most, per = self.limit
            recent = sum(when > now - per for when in self.arrivals)
            if recent > most:
                self.over_limit += 1
        if isinstance(self.service, Sink) and _key(headers) in self.service.at_work:
            return Fate(status=409, apply=None, answer=latency)
        for begins, ends in self.down:
            if begins <= now < ends:
                return chance.choice(
                    [
                        Fate(status=None, unsent=True, answer=latency),
                        Fate(status=503, apply=None, answer=latency),
                        Fate(status=502, apply=None, answer=latency),
                    ]
                )
        if method == "GET" and self.blind[0] <= now < self.blind[1]:
            return Fate(status=500, answer=latency)
        if self.faults <= 0 or chance.random() > self.odds:
            return Fate(apply=latency / 2, answer=latency)
        self.faults -= 1
        return self._fault(latency)

    def _fault(self, latency: float) -> Fate:
        chance = self.world.chance
        late = chance.uniform(0.1, 25.0)
        whole = self.kind in ("keyed", "keyless")  # such a service takes a batch whole
        kinds = [
            Fate(status=None, apply=latency / 2, answer=latency),
            Fate(status=None, apply=None, answer=latency),
            Fate(status=None, unsent=True, answer=latency),
            Fate(status=None, apply=late, answer=latency),
            Fate(status=504, apply=late, answer=latency),
            Fate(status=502, apply=latency / 2, answer=latency),
            Fate(status=500, apply=latency / 2, answer=latency),
            Fate(status=500, apply=None, answer=latency),
            Fate(status=503, apply=None, answer=latency),
            Fate(status=503, apply=None, answer=latency, headers={"retry-after": "8"}),
            Fate(status=500, apply=None, answer=latency, headers={"retry-after": "6"}),
            Fate(status=429, apply=None, answer=latency, headers={"retry-after": "7"}),
            Fate(status=429, apply=None, answer=latency),
            Fate(status=201, apply=latency / 2, answer=latency, body=b"{"),
            Fate(apply=late, answer=late + 0.1),
            Fate(status=None, apply=TIMEOUT - 110.0, answer=TIMEOUT),
        ]
        if not whole:
            kinds.append(
                Fate(status=500, apply=latency / 2, answer=latency, part=chance.randint(0, 3))
            )
        return chance.choice(kinds)

    def _begin(self, headers: Mapping[str, str]) -> None:
        if isinstance(self.service, Sink) and self.service.honours:
            self.service.at_work.add(_key(headers))

    def _apply(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], part: int | None
    ) -> Answer:
        if isinstance(self.service, Sink):
            answer = self.service.handle(body, _key(headers))
            return replace(answer, headers=self._dated(answer.headers))
        service, address = self._seen_by(method), f"/{target}"
        kind = headers.get("Content-Type", "application/json")
        if self.kind == "testmo":
            address = f"/api/v1/{target}"
        if part is not None and body[:1] == b"{":
            document = json.loads(body)
            for key in ("tests", "results"):
                if isinstance(document.get(key), list):
                    document[key] = document[key][:part]
            body = json.dumps(document).encode()
        response = service.handle(method, address, body, kind)
        self._remember(method)
        told = self._dated({"content-type": response.content_type})
        return Answer(response.status, told, response.data)

    def _dated(self, headers: Mapping[str, str]) -> dict[str, str]:
        moment = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.world.true_time()))
        return {"date": moment, **headers}

    # --- what it shows

    def _seen_by(self, method: str) -> Any:
        behind = self.lag and (not self.torn or self.world.chance.random() < 0.5)
        if method != "GET" or not behind:
            return self.service
        since = self.world.now - self.lag
        seen = self._views[0][1]
        for when, view in self._views:
            if when <= since:
                seen = view
        return seen

    def _remember(self, method: str) -> None:
        """What a read that lags will see."""
        if self.lag and method != "GET":
            self._views.append((self.world.now, _copy(self.service)))

    def start_to_lag(self, lag: float, *, torn: bool) -> None:
        self.lag, self.torn = lag, torn
        self._views.append((-1.0, _copy(self.service)))


def _told(fate: Fate) -> str:
    words = []
    if fate.unsent:
        words.append("never leaves")
    elif fate.apply is None:
        words.append("is not applied")
    elif fate.apply > 0.5:
        words.append(f"is applied after {fate.apply:.1f} s")
    if fate.part is not None:
        words.append(f"only {fate.part}")
    if fate.status is None:
        words.append("no answer")
    elif fate.status:
        words.append(f"→ {fate.status}")
    return ", ".join(words)


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("Idempotency-Key", "")


def _copy(service: Any) -> Any:
    """The service as it is now."""
    if isinstance(service, TestmoEmulator):
        copy = TestmoEmulator(":memory:", service._wall)
        service._db.backup(copy._db)
        return copy
    import copy as copies

    wall, service._wall = service._wall, None
    try:
        seen = copies.deepcopy(service)
    finally:
        service._wall = wall
    seen._wall = wall
    return seen


class SimWire:
    """The network as one process has it."""

    def __init__(self, process: Process, host: Host) -> None:
        self.process = process
        self._host = host
        self._numbers = itertools.count(1)
        self._out: set[int] = set()

    def post(
        self, method: str, target: str, body: bytes | FilePart | None, headers: Mapping[str, str]
    ) -> int:
        token = next(self._numbers)
        data = b"".join(body.stream()) if isinstance(body, FilePart) else body or b""
        self.process._maybe_die()  # its mark is on disk
        self._out.add(token)
        self._host.leave(self, token, (method, target, data, headers))
        self.process.machine.world.after(
            TIMEOUT, lambda: self.deliver(token, Lost("no answer came in time", sent=True))
        )
        self.process._maybe_die()  # it is on the wire
        return token

    def deliver(self, token: int, answer: Answer | Lost) -> None:
        if token in self._out:
            self._out.discard(token)
            self.process.done.append(Done(token, answer))
            self.process.wake()

    def wait(self, seconds: float | None) -> Done | None:
        if not self.process.done:
            self.process.sleep(seconds)
        if self.process.done:
            self.process._maybe_die()  # an answer that nobody heeds
            return self.process.done.popleft()
        return None

    def wake(self) -> None:
        """It is awake: signals come while it waits."""

    def cut(self, grace: float = 0.0) -> None:
        for token in list(self._out):
            self.process.machine.world.after(
                grace,
                lambda token=token: self.deliver(token, Lost("cut", sent=True)),  # type: ignore[misc]
            )

    def close(self) -> None:
        self._out.clear()


# --- jobs


@dataclass
class Job:
    """What one CI job, or one person, wants to be there."""

    world: World
    machine: Machine
    name: str
    names: list[str]
    options: dict[str, Any]
    width: int
    batch: int
    nights: int = 1  # the tests run so often, with equal results
    max_time: float | None = None
    played: int = 0
    restarts: int = 0
    ended: bool = False
    doubtful: int = 0  # results that nobody can tell of
    wrong: str = ""

    @property
    def path(self) -> Path:
        return self.machine.folder / f"{self.name}.xml"

    def write_report(self) -> None:
        cases = "".join(f'<testcase name="{name}" classname="s"/>' for name in self.names)
        self.path.write_text(f"<testsuite>{cases}</testsuite>")
        wall = self.machine.wall()
        os.utime(self.path, (wall, wall))

    # --- commands

    def command(self, how: str) -> Process:
        """One of: the command again, the same with other sizes, ``resume``."""
        title = f"{self.name}.{self.restarts} {how}"
        process = Process(self.machine, title, self._resume if how == "resume" else self._upload)
        chance = self.world.time.chance
        if how == "other sizes":
            self.batch, self.width = chance.randint(1, 5), chance.randint(1, 3)
        if self.world.kills > 0 and chance.random() < 0.5:
            self.world.kills -= 1
            process.dies_at = chance.choice([chance.randint(0, 40), chance.randint(0, 400)])
        if self.world.signals > 0 and chance.random() < 0.3:
            self.world.signals -= 1
            self.world.time.after(chance.uniform(0.0, 20.0), lambda: process.signal(15))
        if self.world.rivals > 0 and chance.random() < 0.3:
            self.world.rivals -= 1
            self.world.time.after(chance.choice([0.0, 0.3, 3.0, 30.0]), self._begin_rival)
        return process

    def _begin_rival(self) -> None:
        """The same command once more, beside the other one; whatever it finds there is right."""
        how = self.world.time.chance.choice([self._upload, self._resume])
        rival = Process(self.machine, f"{self.name} rival", how)
        self.world.add(rival)
        self.world.time.tell(f"{rival.title} begins")
        rival.begin()

    def begin(self, how: str = "upload") -> None:
        process = self.command(how)
        self.world.time.tell(f"{process.title} begins")
        self.world.add(process)
        process.begin()
        self._watch(process)

    def _watch(self, process: Process) -> None:
        """Look at its end; a dead or stopped one is started again."""
        if process.running:
            self.world.time.after(0.05, lambda: self._watch(process))
            return
        chance = self.world.time.chance
        self.world.time.tell(
            f"{process.title} ends with {process.code} {' / '.join(process.told[-2:])}"
        )
        if process.defect:
            self.wrong = f"{process.title}: {process.defect}"
            return
        if not process.killed and process.code in (0, 6):
            self._at_an_end(process)
            return
        if not process.killed and process.code not in (75, 143):
            self.wrong = f"{process.title} ends with {process.code}: {process.told}"
            return
        self.restarts += 1
        if self.restarts > 5:  # reading takes longer than it was given
            self.max_time = None
        if self.restarts > self.world.most_restarts:
            self.wrong = f"{process.title}: stuck, {process.code} {process.told}"
            return
        how = chance.choice(["upload", "other sizes", "resume"])
        self.world.time.after(chance.choice([0.0, 1.0, 30.0, 200.0]), lambda: self.begin(how))

    def _at_an_end(self, process: Process) -> None:
        uploads = self.uploads()
        if not uploads:  # it ended before anything was on disk
            self.restarts += 1
            self.begin()
            return
        self.doubtful = sum(in_doubt for _, in_doubt, _ in uploads)
        unfinished = any(left for _, _, left in uploads)
        if process.code == 6 and (not self.doubtful or self.world.host.kind != "keyless"):
            if self.doubtful and self.restarts <= self.world.most_restarts:
                self.restarts += 1
                self.world.time.after(100.0, lambda: self.begin("resume"))
                return
            self.wrong = f"{process.title} ends with 6: {uploads}, {process.told}"
            return
        by_resume = process.title.endswith("resume")  # it knows nothing of what is not on disk
        if process.code == 0 and (unfinished or by_resume):
            self.restarts += 1
            self.world.time.after(1.0, lambda: self.begin("upload"))
            return
        self.nights -= 1
        self.played += 1
        # While something is in doubt, equal results are the same upload.
        if self.nights > 0 and not self.doubtful:
            self.world.time.after(3600.0, self._next_night)
        else:
            self.ended = True

    def _next_night(self) -> None:
        self.write_report()
        self.world.time.after(1.0, self.begin)

    def uploads(self) -> list[tuple[str, int, bool]]:
        """This job's uploads: the results that each has in doubt, and whether something is left."""
        store = Workplace(self.machine.folder, lambda _event: None).store
        found = []
        for upload_id in store.ids():
            with store.open(upload_id, write=False) as journal:
                sources = [os.path.basename(str(path)) for path, *_ in journal.header.sources]
                if sources == [self.path.name]:
                    found.append((upload_id, journal.counts().in_doubt, journal.unfinished()))
        return found

    # --- what a process does

    def workplace(self, process: Process) -> Workplace:
        world = self.world

        def connect(_base: str, _route: Route, _width: int, _clock: object) -> SimWire:
            return SimWire(process, world.host)

        def share(_speed: Speed, base: str) -> Budget:
            return Budget(
                self.machine.folder / "budget.db",
                scope=base,
                boot=Boot("simulated", 0.0),
                process=process.number,
                alive=world.alive,
            )

        def listen(event: Event) -> None:
            if isinstance(event, Told) and event.level < 2:
                world.time.tell(f"    {process.title}: {event.text}")

        return Workplace(
            self.machine.folder,
            listen,
            process,
            None,
            process.sleep,
            lambda low, high: low + (high - low) * world.time.chance.random(),
            process.heed,
            connect,
            share,
        )

    @property
    def destination(self) -> Destination:
        kind = self.world.host.kind
        service = "http" if kind in ("keyed", "keyless") else kind
        return Destination(
            service, service_of(service), self.options, Whereto(url=ADDRESS, user="u")
        )

    @property
    def speed(self) -> Speed:
        rate: tuple[Window | None, ...] = ()
        if self.world.host.limit is not None:
            rate = (Window(*self.world.host.limit),)
        return Speed(
            rate=rate, rate_share=1.0, width=self.width, settle=30.0, max_time=self.max_time
        )

    def _upload(self, process: Process) -> int:
        task = Task([str(self.path)], batching=Batching(self.batch, None), speed=self.speed)
        outcome = start(self.workplace(process), self.destination, task)
        process.told.append(outcome.stop.reason)
        return exit_code(outcome, Flags())

    def _resume(self, process: Process) -> int:
        def way_back(header: Header) -> tuple[Destination, Speed]:
            return self.destination.with_options(header.options), self.speed

        place = self.workplace(process)
        resuming = Resuming(place, way_back, None)
        code = 0
        own = [upload_id for upload_id, _, _ in self.uploads()]
        for upload_id in place.store.unfinished():
            if upload_id not in own:
                continue
            outcome = resuming.carry_on(upload_id)
            if outcome is None:
                return 75
            process.told.append(outcome.stop.reason)
            code = exit_code(outcome, Flags())
        return code


# --- worlds


@dataclass
class World:
    """One service, its machines and jobs, all of one seed."""

    time: Simulation
    folder: Path
    host: Host = field(init=False)
    jobs: list[Job] = field(default_factory=list)
    kills: int = 0
    signals: int = 0
    rivals: int = 0
    most_restarts: int = 40
    _processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = self.time.chance
        kind = chance.choice(["testmo", "testrail", "testrail", "keyed", "keyless"])
        self.host = Host(self.time, kind, self._service(kind))
        self.host.faults = chance.choice([0, 2, 5, 12])
        self.host.odds = chance.choice([0.1, 0.3, 0.8])
        if chance.random() < 0.3:
            self.host.limit = chance.choice([(3, 5.0), (10, 60.0), (5, 1.0)])
        if chance.random() < 0.3:
            begins = self.time.now + chance.uniform(0.0, 60.0)
            self.host.down.append((begins, begins + chance.choice([3.0, 20.0, 90.0, 200.0])))
        if chance.random() < 0.1:
            begins = self.time.now + chance.uniform(0.0, 60.0)
            self.host.blind = (begins, begins + chance.choice([10.0, 100.0]))
        self.kills = chance.choice([0, 0, 1, 3, 6])
        self.signals = chance.choice([0, 0, 1])
        self.rivals = chance.choice([0, 0, 1, 2])
        machines = self._machines()
        picked = self._picked_run()
        for number in range(chance.choice([1, 1, 2, 3])):
            self.jobs.append(self._job(number, chance.choice(machines), picked))
        if kind in ("testmo", "testrail") and chance.random() < 0.3:
            self.host.start_to_lag(chance.choice([0.5, 3.0]), torn=chance.random() < 0.3)

    def add(self, process: Process) -> None:
        """One more that runs; its number is what the others see of it."""
        process.number = len(self._processes) + 1
        self._processes.append(process)

    def alive(self, number: int) -> bool:
        return any(process.number == number and process.running for process in self._processes)

    def _service(self, kind: str) -> Any:
        if kind == "testmo":
            return TestmoEmulator(":memory:", self.time.true_time)
        if kind == "testrail":
            return TestrailEmulator(wall=self.time.true_time)
        return Sink(honours=kind == "keyed")

    def _machines(self) -> list[Machine]:
        machines = []
        for number in range(self.time.chance.choice([1, 1, 2])):
            folder = self.folder / f"machine{number}"
            folder.mkdir()
            offset = self.time.chance.choice([0.0, 0.0, 300.0, -300.0, 3600.0])
            machine = Machine(self.time, folder, offset)
            if self.time.chance.random() < 0.2:
                self.time.after(self.time.chance.uniform(0.0, 60.0), machine.jump)
            machines.append(machine)
        return machines

    def _picked_run(self) -> str:
        """A run that several jobs fill, if they do."""
        chance = self.time.chance
        if chance.random() < 0.5:
            return ""
        if self.host.kind == "testmo":
            body = json.dumps({"name": "shared", "source": "s"}).encode()
            answer = self.host.service.handle("POST", "/api/v1/projects/1/automation/runs", body)
            return str(answer.document["id"])
        if self.host.kind == "testrail":
            cases = [self._case(number) for number in range(chance.choice([0, 3]))]
            document = {"name": "shared", "suite_id": 1, "case_ids": cases}
            document["include_all"] = chance.random() < 0.5
            body = json.dumps(document).encode()
            answer = self.host.service.handle("POST", "/index.php?/api/v2/add_run/1", body)
            return str(answer.document["id"])
        return ""

    def _case(self, number: int) -> int:
        """A case that is there already."""
        service = self.host.service
        if not service.sections:
            service.handle("POST", "/index.php?/api/v2/add_section/1", b'{"name": "s"}')
        section = next(iter(service.sections))
        return int(service.make_case(section, title=f"j0t{number}")["id"])

    def _job(self, number: int, machine: Machine, picked: str) -> Job:
        chance = self.time.chance
        names = [f"j{number}t{at}" for at in range(chance.randint(1, 12))]
        if self.host.kind != "testrail" and chance.random() < 0.3:
            names += names[:2]  # entries that nothing tells apart
        job = Job(
            self,
            machine,
            f"job{number}",
            names,
            self._options(number, picked),
            width=chance.randint(1, 3),
            batch=chance.randint(1, 5),
            nights=chance.choice([1, 1, 2]),
            max_time=chance.choice([None, None, None, 4.0, 60.0]),
        )
        job.write_report()
        self.time.after(chance.choice([0.0, 0.0, 5.0]), job.begin)
        return job

    def _options(self, number: int, picked: str) -> dict[str, Any]:
        if self.host.kind == "testmo":
            return {"project_id": 1, "name": f"run{number}", "source": "s", "run_id": picked}
        if self.host.kind == "testrail":
            return {
                "project": "1",
                "title": f"run{number}",
                "match": "name",
                "create_missing": True,
                "run_id": picked,
                "close_run": not picked and self.time.chance.random() < 0.5,
            }
        header = "Idempotency-Key" if self.host.kind == "keyed" else ""
        return {"endpoint": "bulk", "dialect": "nestjs", "idempotency_header": header}

    # --- the end

    def stored(self) -> Counter[str]:
        service = self.host.service
        if isinstance(service, Sink):
            return Counter(service.stored)
        if isinstance(service, TestmoEmulator):
            return Counter(
                str(test["name"]) for run in service.runs() for test in service.tests(run)
            )
        titles = {case: str(fields["title"]) for case, fields in service.cases.items()}
        return Counter(titles[one["case_id_of_test"]] for one in service.results)

    def _runs(self) -> int:
        service = self.host.service
        return len(service.runs() if isinstance(service, TestmoEmulator) else service.runs)

    def verdict(self) -> str:
        """What is wrong, in words; empty if nothing is."""
        for job in self.jobs:
            if job.wrong:
                return job.wrong
            if not job.ended:
                return f"{job.name} never ended"
        if self.host.over_limit and len({job.machine.folder for job in self.jobs}) == 1:
            return f"{self.host.over_limit} requests over the limit"
        return self._of_the_results()

    def _of_the_results(self) -> str:
        wanted: Counter[str] = Counter()
        for job in self.jobs:
            for name in job.names:
                wanted[name] += job.played
        stored = self.stored()
        doubled = stored - wanted
        lost = wanted - stored
        if doubled:
            return f"doubled: {dict(doubled)}"
        own = sum(job.played for job in self.jobs if not job.options.get("run_id"))
        shared = any(job.options.get("run_id") for job in self.jobs)
        runs = own + shared
        if not isinstance(self.host.service, Sink) and self._runs() != runs:
            return f"{self._runs()} runs, not {runs}"
        # What is made while a plan waits, or shown late, the plan cannot know of.
        at_once = not self.host.lag and not any(job.restarts for job in self.jobs)
        one_machine = len({job.machine.folder for job in self.jobs}) == 1
        if self.host.kind == "testrail" and one_machine and at_once:
            sections = Counter(str(each["name"]) for each in self.host.service.sections.values())
            if sections and max(sections.values()) > 1:
                return f"sections were made twice: {dict(sections)}"
        if sum(lost.values()) > sum(job.doubtful for job in self.jobs):
            return f"lost: {dict(lost)}"
        return ""

    def run(self) -> str:
        self.time.run()
        return self.verdict()


def world_of(seed: int, folder: Path) -> World:
    """A world and everything in it."""
    return World(Simulation(seed), folder)


def play(seed: int, place: str | None = None) -> tuple[str, list[str]]:
    """One world to its end: what is wrong with it, and what happened."""
    with tempfile.TemporaryDirectory(dir=place) as folder:
        os.environ.update(
            XDG_STATE_HOME=folder,
            TESTMO_TOKEN="t",
            TESTRAIL_USER="u",
            TESTRAIL_KEY="k",
            TESTFERRY_TOKEN="t",
        )
        world = world_of(seed, Path(folder))
        return world.run(), world.time.trace


# --- the command


def _wrong(seed_and_place: tuple[int, str | None]) -> tuple[int, str]:
    seed, place = seed_and_place
    return seed, play(seed, place)[0]


def main() -> int:
    """Run worlds; say how many a second, and which of them went wrong."""
    words = argparse.ArgumentParser()
    words.add_argument("--worlds", type=int, default=1000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    words.add_argument("--folder", help="where they write; memory is fastest")
    words.add_argument("--replay", type=int)
    said = words.parse_args()
    if said.replay is not None:
        wrong, trace = play(said.replay, said.folder)
        print("\n".join(trace), wrong or "nothing is wrong", sep="\n")
        return bool(wrong)
    began, found = time.monotonic(), []
    seeds = [(seed, said.folder) for seed in range(said.seed, said.seed + said.worlds)]
    with multiprocessing.Pool(said.processes) as pool:
        for done, (seed, wrong) in enumerate(pool.imap_unordered(_wrong, seeds, chunksize=8), 1):
            if wrong:
                found.append(seed)
                print(f"seed {seed}: {wrong}", flush=True)
            if done % 5000 == 0:
                print(f"{done} worlds, {done / (time.monotonic() - began):.1f}/s", flush=True)
    took = time.monotonic() - began
    print(f"{said.worlds} worlds in {took:.0f} s, {said.worlds / took:.1f}/s; {len(found)} wrong")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
