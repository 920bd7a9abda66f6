"""The outside of testferry, under one seed: time, machines, processes, and a service behind a network
that loses, delays and repeats. `simulation` makes worlds of it.

Every process is a thread with the program's own code from the reports to the exit code; one runs at
a time, until it waits. What it waits for is here.
"""

from __future__ import annotations

import contextlib
import copy
import heapq
import itertools
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fakes import EPOCH, Fate, Killed
from testferry.attachments import FilePart
from testferry.engine.judge import Answer, Lost
from testferry.engine.worker import Done
from testferry.services.testmo.emulator import TestmoEmulator

TIMEOUT = 120.0  # seconds after which a request is given up
TOO_LONG = 3 * 24 * 3600.0  # a world that is not at its end by then is stuck


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
        self.maybe_die()
        return self.machine.now()

    def wall(self) -> float:
        self.maybe_die()
        return self.machine.wall()

    def maybe_die(self) -> None:
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
        wire: SimulatedWire,
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
        made = TestmoEmulator(":memory:", service._wall)
        service._db.backup(made._db)
        return made
    wall, service._wall = service._wall, None
    try:
        seen = copy.deepcopy(service)
    finally:
        service._wall = wall
    seen._wall = wall
    return seen


class SimulatedWire:
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
        self.process.maybe_die()  # its mark is on disk
        self._out.add(token)
        self._host.leave(self, token, (method, target, data, headers))
        self.process.machine.world.after(
            TIMEOUT, lambda: self.deliver(token, Lost("no answer came in time", sent=True))
        )
        self.process.maybe_die()  # it is on the wire
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
            self.process.maybe_die()  # an answer that nobody heeds
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
