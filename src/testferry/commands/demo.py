"""``demo``: sample reports travel over real HTTP into the sandbox, which fails on purpose; nothing
is lost.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import click

from testferry import scratch
from testferry.services import service_of
from testferry.settings.declare import Asked, Command, Takes
from testferry.settings.options import Batching, Screen, Speed, Whereto

if TYPE_CHECKING:  # start-up is a feature
    from testferry.outcome import Outcome
    from testferry.screen.live import Screen as Listener

FAULTS = ("append: 500 once", "append: lost every 9", "append: drop once")
REQUESTS, SECONDS = 30, 5.0  # the rate limit of its sandbox
FILES, TESTS = 4, 300
BATCH = 25
_AREAS = ("checkout", "search", "account", "catalogue")
_SUBJECTS = ("cart", "price", "voucher", "address", "stock", "filter", "session", "picture")
_CLAIMS = (
    "survives a reload",
    "is rounded half up",
    "is kept for a month",
    "rejects an empty name",
    "sorts by date",
)


def run(asked: Asked) -> None:
    """The sandbox and an upload of sample reports into it: nothing else needed."""
    from testferry.commands.shared import show_json
    from testferry.outcome import Flags, exit_code
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles, plain

    screen = asked.settings().of(Screen)
    out, _ = consoles(screen.color, quiet=screen.quiet)
    with scratch.directory("testferry-demo-") as place:
        outcome, stored = _play(place, screen)
    code = exit_code(outcome, Flags())
    if screen.json:
        show_json(outcome.as_dict(Flags()))
    elif code or not screen.quiet:
        show_outcome(out, outcome, Flags(), screen.verbose)
        verdict = "each result once" if stored == FILES * TESTS else "that is wrong"
        plain(out, f"The sandbox holds {stored:,} tests: {verdict}.")
    raise SystemExit(code)


def _play(folder: Path, screen: Screen) -> tuple[Outcome, int]:
    """The whole show in a folder; how its upload ended, and how many tests the sandbox has."""
    from testferry.dialects import Window
    from testferry.sandbox.faults import parse
    from testferry.sandbox.server import Sandbox, Settings

    reports = write_reports(folder / "reports")
    window = Window(REQUESTS, SECONDS)
    behaviour = Settings(
        str(folder / "sandbox.sqlite"),
        windows=(window,),
        faults=parse(FAULTS),
        latency=0.02,
    )
    with Sandbox(behaviour) as sandbox, _listener(screen) as listener:
        listener.say(f"a sandbox of Testmo at {sandbox.url}, which fails on purpose:")
        limit = f"{REQUESTS} requests in {SECONDS:g} s"
        listener.say(f"  {', '.join((limit, *FAULTS))}")
        os.environ["TESTMO_TOKEN"] = behaviour.token
        outcome = _upload(folder, reports, sandbox.url, Speed(rate=(window,), settle=3.0), listener)
        emulator = sandbox.testmo
        stored = sum(len(emulator.tests(run_id)) for run_id in emulator.runs())
    outcome.target = "the sandbox"
    outcome.upload_id = ""  # its journal goes with the folder: there is nothing to show later
    return outcome, stored


def _listener(screen: Screen) -> Listener:
    """What shows the upload."""
    from testferry.clock import SystemClock
    from testferry.screen.lines import animated, consoles
    from testferry.screen.live import Screen as Live
    from testferry.settings.ci import in_ci

    _, error = consoles(screen.color, quiet=screen.quiet)
    live = animated(error, ci=in_ci(), quiet=screen.quiet)
    return Live(error, SystemClock(), live=live, verbose=screen.verbose)


def _upload(
    folder: Path,
    reports: Path,
    url: str,
    speed: Speed,
    listener: Listener,
) -> Outcome:
    from testferry.beginning import start
    from testferry.route import Destination
    from testferry.work import Task
    from testferry.workplace import Workplace

    destination = Destination(
        "testmo",
        service_of("testmo"),
        {"project_id": 1, "name": "Demo", "source": "demo"},
        Whereto(url),
    )
    task = Task([str(reports)], batching=Batching(batch_size=BATCH), speed=speed)
    return start(Workplace(folder / "journal", listener), destination, task)


def write_reports(folder: Path) -> Path:
    """Four JUnit files as pytest writes them, the same every time."""
    folder.mkdir(parents=True)
    chance = random.Random(7)  # noqa: S311 - sample data
    for area in _AREAS[:FILES]:
        cases = [_case(area, number, chance) for number in range(TESTS)]
        red = sum("<failure" in case for case in cases)
        skipped = sum("<skipped" in case for case in cases)
        text = "\n".join(cases)
        (folder / f"{area}.xml").write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<testsuites><testsuite '
            f'name={quoteattr(area)} tests="{TESTS}"'
            f' failures="{red}" errors="0" '
            f'skipped="{skipped}">\n{text}\n</testsuite></testsuites>\n',
            encoding="utf-8",
        )
    return folder


def _case(area: str, number: int, chance: random.Random) -> str:
    subject, claim = chance.choice(_SUBJECTS), chance.choice(_CLAIMS)
    name = quoteattr(f"test_{subject}_{claim.replace(' ', '_')}[{number}]")
    start = (
        f'<testcase classname="shop.{area}.Test{subject.title()}" name={name} '
        f'time="{chance.expovariate(8):.3f}"'
    )
    luck = chance.random()
    if luck < 0.004:
        return (
            f'{start}><failure message="AssertionError: the {subject} {claim}">assert 2 == '
            "3</failure></testcase>"
        )
    if luck < 0.03:
        return f'{start}><skipped message="needs a browser"/></testcase>'
    return f"{start}/>"


def command() -> click.Command:
    """The command, as click has it."""
    return Command("demo", run, Takes((Screen,), files=False))
