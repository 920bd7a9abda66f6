"""What tests of the screen share: a console to print on, and an outcome to print."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from testferry.events import NamedResult
from testferry.model import Tally
from testferry.outcome import Counts, Figures, Named, Outcome, Requests, Run, Stop


def paper(width: int = 100) -> tuple[Console, io.StringIO]:
    """A console, and what was printed on it."""
    out = io.StringIO()
    return Console(
        file=out, width=width, markup=False, emoji=False, highlight=False, color_system=None
    ), out


def outcome(  # what a test says of it; the rest is nine of ten accepted
    results: Counts | None = None,
    *,
    named: Named | None = None,
    stop: Stop | None = None,
    **more: Any,
) -> Outcome:
    refused = [NamedResult("t", "s", "no such field")]
    failed = [NamedResult("f", "s", "assert 1 == 2\nmore")]
    figures = Figures(
        Tally(passed=9, failed=1),
        results or Counts(accepted=9, rejected=1),
        Requests(total=4, retried=1, throttled=1, in_doubt=1, waited_s=12.0),
    )
    return Outcome(
        upload_id="abc",
        target="testmo",
        run=Run("7", "https://x/7", "Nightly"),
        figures=figures,
        named=named or Named(refused, failed),
        stop=stop or Stop(),
        **more,
    )
