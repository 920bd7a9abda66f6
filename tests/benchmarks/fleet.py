"""Processes that share one rate: what each home of the budget lets through, measured with real
processes on real clocks. `python tests/benchmarks/fleet.py [--seconds 20] [--processes 3,8,50]`.

A row: home, processes, clock skew; then the most requests in any true window (the limit is in the
title), the requests that a server counting a sliding window would have refused, the total against
the most that is possible, Jain's index of fairness, and the CPU seconds of all.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from pathlib import Path

LIMIT, PER = 180, float(os.environ.get("PER", "6"))
SKEWS = {"none": [0.0], "1.5 s": [0.0, 1.5, -1.5], "10 min": [0.0, 600.0, -600.0]}


def work(home: str, skew: float, seconds: float, begin: float) -> None:
    """One process: take, answer at once, wait as told; what was sent goes to standard output."""
    from testferry.dialects import Window
    from testferry.pace.fleet import Fleet
    from testferry.pace.limits import MARGIN
    from testferry.pace.server import Place
    from testferry.pace.shared import Budget
    from testferry.pace.slots import Memory, Slots

    slots: Slots = Memory()
    if home.startswith("redis://"):
        slots = Fleet(Place.of(home), "https://x", Memory())
    elif home:
        slots = Budget(Path(home), scope="https://x")
    window = [Window(LIMIT, PER)]
    time.sleep(max(0.0, begin - time.monotonic()))
    before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    sent = []
    while (now := time.monotonic()) < begin + seconds:
        wait = slots.take(window, now + skew)
        if wait <= 0:
            sent.append(time.monotonic())
            slots.complete(time.monotonic() + skew)
        else:
            time.sleep(min(wait, max(0.0, begin + seconds - now)))
    slots.close(time.monotonic() + skew)
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - before
    print(json.dumps({"sent": sent, "cpu": used, "margin": MARGIN}))


def measure(home: str, count: int, skews: list[float], seconds: float) -> str:
    begin = time.monotonic() + 8.0 + count * 1.0
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                __file__,
                "--work",
                home,
                str(skews[at % len(skews)]),
                str(seconds),
                str(begin),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for at in range(count)
    ]
    found = [json.loads(worker.communicate()[0]) for worker in workers]
    every = sorted(at for one in found for at in one["sent"])
    worst = max(
        (bisect_right(every, at + PER - 1e-9) - place for place, at in enumerate(every)), default=0
    )
    refused = refusals(every)
    # A machine that is busy starts them late: the time counts from the first request.
    span = begin + seconds - every[0]
    least = LIMIT * math.ceil(span / (PER + found[0]["margin"]))
    shares = [len(one["sent"]) for one in found]
    jain = (
        sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares)) if sum(shares) else 0
    )
    cpu = sum(one["cpu"] for one in found)
    return f"{worst} | {refused} | {len(every)} of {least} | {jain:.3f} | {cpu:.1f}"


def refusals(every: list[float]) -> int:
    """What a server that counts a sliding window would have refused."""
    log: list[float] = []
    refused = 0
    for at in every:
        log = [moment for moment in log if moment > at - PER]
        if len(log) >= LIMIT:
            refused += 1
        else:
            log.append(at)
    return refused


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", nargs=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--processes", default="3,8,50")
    asked = parser.parse_args()
    if asked.work:
        home, skew, seconds, begin = asked.work
        work(home, float(skew), float(seconds), float(begin))
        return
    print(
        f"{LIMIT} in {PER:g} s\n\n| home | processes | skew | worst | refused | total | Jain | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        time.sleep(0.5)
        try:
            print(f"| memory | 1 | none | {measure('', 1, [0.0], asked.seconds)} |", flush=True)
            for count in map(int, asked.processes.split(",")):
                file = str(Path(folder) / f"{count}.db")
                print(
                    f"| file | {count} | none | {measure(file, count, [0.0], asked.seconds)} |",
                    flush=True,
                )
                for name, skews in SKEWS.items():
                    subprocess.run(
                        ["redis-cli", "-p", str(port), "flushall"],
                        stdout=subprocess.DEVNULL,
                        check=True,
                    )
                    row = measure(f"redis://127.0.0.1:{port}", count, skews, asked.seconds)
                    print(f"| redis | {count} | {name} | {row} |", flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
