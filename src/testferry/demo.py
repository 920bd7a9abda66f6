"""``testferry demo``: sample reports travel over real HTTP into the sandbox, which fails on
purpose; nothing is lost.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from testferry.clock import SystemClock
from testferry.dialects import Window
from testferry.outcome import Flags, Outcome, exit_code
from testferry.sandbox.faults import parse
from testferry.sandbox.server import Sandbox, Settings
from testferry.screen.ending import show_outcome
from testferry.screen.lines import animated, consoles, plain
from testferry.screen.live import Screen
from testferry.settings.files import Configuration
from testferry.uploads import Destination, Reading, Session, Speed

FAULTS = ("append: 500 once", "append: lost every 9", "append: drop once")
SERVER_RATE = Window(30, 5.0)
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


def play(color: str, *, quiet: bool = False, verbose: int = 0, output: str = "text") -> int:
    """The whole show in a temporary directory; the exit code of its upload."""
    import json
    import os

    from testferry.settings.files import in_ci

    out, error = consoles(color, quiet=quiet)
    clock = SystemClock()
    live = animated(error, ci=in_ci(), quiet=quiet)
    outcome = Outcome(target="sandbox")
    with tempfile.TemporaryDirectory(prefix="testferry-demo-") as place:
        folder = Path(place)
        reports = write_reports(folder / "reports")
        settings = Settings(
            str(folder / "sandbox.sqlite"),
            windows=(SERVER_RATE,),
            faults=parse(FAULTS),
            latency=0.02,
        )
        with (
            Sandbox(settings) as sandbox,
            Screen(error, clock, live=live, verbose=max(1, verbose)) as screen,
        ):
            screen.say(f"a sandbox of Testmo at {sandbox.url}, which fails on purpose:")
            screen.say(
                "  "
                + ", ".join((f"{SERVER_RATE.limit} requests in {SERVER_RATE.per:g} s", *FAULTS))
            )
            os.environ["TESTMO_TOKEN"] = settings.token
            session = Session(folder / "journal", Configuration(), screen, clock)
            session.start(
                Destination("testmo", "testmo", sandbox.url),
                {"project_id": 1, "name": "Demo", "source": "demo"},
                Reading([str(reports)], batch_size=BATCH),
                Speed((SERVER_RATE,), settle=3.0),
                outcome,
            )
            stored = sum(len(sandbox.testmo.tests(one)) for one in sandbox.testmo.runs())
            outcome.target = "the sandbox"
        if output == "json":
            out.print(json.dumps(outcome.as_dict(Flags())), soft_wrap=True)
        else:
            show_outcome(out, outcome, Flags(), verbose)
            plain(
                out,
                f"The sandbox holds {stored:,} tests: "
                f"{'each result once' if stored == FILES * TESTS else 'that is wrong'}.",
            )
    return exit_code(outcome, Flags())


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
