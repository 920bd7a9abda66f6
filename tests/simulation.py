"""Worlds of testferry, each decided by its seed: several processes of several jobs on several
machines, and hands that kill and start again. `python tests/simulation.py` runs as many as asked
for; `--replay SEED` prints what happened in one of them.

What must hold in the end: every result is there once (where nobody can tell whether it arrived: at
most once, and named); no good result is rejected; no command is stuck; one run an upload; and no
process, nor all of them together, ever sends more than the limit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outside import Host, Machine, Process, SimulatedWire, Simulation, Sink
from testferry.beginning import start
from testferry.dialects import Window
from testferry.events import Event, Told
from testferry.journal import Header
from testferry.outcome import Flags, exit_code
from testferry.pace.shared import Boot, Budget
from testferry.route import Destination, Route
from testferry.services import service_of
from testferry.services.testmo.emulator import TestmoEmulator
from testferry.services.testrail.emulator import TestrailEmulator
from testferry.services.testrail.emulator.state import Left
from testferry.settings.options import Batching, Speed, Whereto
from testferry.uploads import Resuming
from testferry.work import Task
from testferry.workplace import Workplace

ADDRESS = "http://127.0.0.1:9"


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

        def connect(_base: str, _route: Route, _clock: object) -> SimulatedWire:
            return SimulatedWire(process, world.host)

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
        if kind == "testrail":
            ways = list(Left) if self._in_order else [Left.HIDDEN, Left.SHOWN]
            self.host.service.left = chance.choice(ways)

    @property
    def _in_order(self) -> bool:
        """Whether jobs go one after the other, and see what the one before has done.

        Where they do not, one may take another's cases out of a run that both picked, and nothing
        can help it (README, "What can still go wrong"): their results are there, and come back with
        their cases.
        """
        return self._one_machine and not self.host.lag

    @property
    def _one_machine(self) -> bool:
        return len({job.machine.folder for job in self.jobs}) == 1

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
        shown = {test for run in service.runs.values() for test in run.tests.values()}
        return Counter(
            titles[one["case_id_of_test"]]
            for one in service.results
            if one["test_id"] in shown or not self._in_order
        )

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
        if self.host.over_limit and self._one_machine:
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
        if self.host.kind == "testrail" and self._one_machine and at_once:
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
