"""The live view: what an upload tells while it goes on."""

from __future__ import annotations

from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from testferry.clock import Clock, at_time
from testferry.events import Event, Opened, Planned, Progressed, Told, Waiting
from testferry.screen.lines import show, words
from testferry.text import count, seconds

PLAIN_EVERY = 30.0  # seconds between lines where nothing moves on its own
_SAME_MOMENT = 1.0  # seconds: a wait that ends when the last one did is told once
_ENDS = 50  # columns beside the bar
_NARROWEST_BAR = 8
_NOTHING_YET = Progressed(
    accepted=0,
    rejected=0,
    in_doubt=0,
    pending=0,
    requests=0,
    in_flight=0,
    rate="",
    to_go=0,
)


class Screen:
    """Listens to an upload: a live display on a terminal, a line now and then elsewhere."""

    def __init__(
        self,
        console: Console,
        clock: Clock,
        *,
        live: bool,
        verbose: int = 0,
    ) -> None:
        self._console = console
        self._clock = clock
        self._verbose = verbose
        self._started = clock.now()
        # when the last line of what goes on was printed, and until when it said to wait
        self._spoke = clock.now()
        self._told_waiting = 0.0
        # the latest event of each kind; None: there was none, or it does not hold any more
        self._planned: Planned | None = None
        self._progress: Progressed | None = None
        self._waiting: Waiting | None = None
        # when the last estimate said that it ends
        self._ends: float | None = None
        self._live: Live | None = None
        if live:
            self._live = Live(
                console=console,
                refresh_per_second=8,
                transient=True,
                get_renderable=self._render,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, line: Text | str) -> None:
        """Print one line, above the live display. If nobody reads any more, the upload goes on."""
        if isinstance(line, str):
            line = Text(line)
        show(self._console, line)

    def __call__(self, event: Event) -> None:
        """Take one event of the upload."""
        match event:
            case Planned():
                self._begin(event)
            case Opened():
                self.say(words(opened_in_words(event)))
            case Told():
                if event.level <= self._verbose:
                    style = "dim" if event.level > 1 else ""
                    self.say(words(event.text, style))
            case Waiting():
                self._waiting = event
                if self._live is None:
                    self._say_waiting(event)
            case Progressed():
                self._progress = event
                self._waiting = None
                if self._live is None:
                    self._say_progress(event)

    def _begin(self, event: Planned) -> None:
        self._planned = event
        self._started = self._clock.now()
        self.say(planned_in_words(event, self._verbose))
        # not before: until here the terminal belongs to the COMMAND that runs the tests
        if self._live is not None and not self._live.is_started:
            self._live.start(refresh=True)  # else its first picture is one from before the plan

    def _say_waiting(self, event: Waiting) -> None:
        now = self._clock.now()
        another = abs(event.at - self._told_waiting) > _SAME_MOMENT
        if another or now - self._spoke >= PLAIN_EVERY:
            self._told_waiting = event.at
            self._spoke = now
            self.say(words(f"{at_time(self._clock.wall())} {self._wait_words(event)}"))

    def _wait_words(self, event: Waiting) -> str:
        left = max(0.0, event.at - self._clock.wall())
        return f"waiting {seconds(left)}, until {at_time(event.at)}: {event.reason}"

    def _say_progress(self, event: Progressed) -> None:
        now = self._clock.now()
        if now - self._spoke < PLAIN_EVERY:
            return
        self._spoke = now
        rate = ""
        if event.rate:
            rate = f", {_limit_in_words(event.rate)}"
        results = f"{event.accepted:,} of {count(self._total, 'result')} accepted"
        requests = count(event.requests, "request")
        line = f"{results}, {requests}{rate}{self._time_left(event)}"
        self.say(f"{at_time(self._clock.wall())} {line}")

    @property
    def _total(self) -> int:
        if self._planned is None:
            return 0
        return self._planned.results

    def _time_left(self, event: Progressed) -> str:
        """Say how long it will take at this pace; empty if nobody can tell."""
        done = event.accepted + event.rejected
        if self._planned is not None:
            done -= self._planned.done
        left = event.pending + event.in_doubt
        spent = self._clock.now() - self._started
        if done <= 0 or left <= 0 or self._waiting:
            return ""
        # A pause or a slow answer moves the end away: then nothing is said until it is near again.
        ends = self._clock.now() + spent / done * left
        if self._ends is not None and ends > self._ends + _SAME_MOMENT:
            return ""
        self._ends = ends
        return f", about {seconds(spent / done * left)} left"

    def _render(self) -> RenderableType:
        event = self._progress or _NOTHING_YET
        settled = event.accepted + event.rejected
        percent = settled * 100 // max(1, self._total)
        done = f"{percent} % of {count(self._total, 'result')}{self._time_left(event)}"
        style = "bar.back"
        if event.rejected:
            style = "red"
        first = Table.grid(padding=(0, 1))
        first.add_row(
            ProgressBar(
                total=max(1, self._total),
                completed=settled,
                width=max(_NARROWEST_BAR, self._console.width - _ENDS),
                style=style,
                complete_style="green",
                finished_style="green",
            ),
            Text(done),
        )
        second = Text(_request_words(event), style="dim", no_wrap=True, overflow="ellipsis")
        third = Text("")
        if self._waiting:
            third = words(self._wait_words(self._waiting), "yellow")
        return Group(first, second, third)


def planned_in_words(event: Planned, verbose: int) -> str:
    """Say what an upload is that begins, or goes on."""
    already = ""
    if event.done:
        already = f", {event.done:,} of them done before"
    results = count(event.results, "result")
    to_go = ""
    if verbose:
        to_go = f", {count(event.submissions, 'request')} to go"
    return f"upload {event.upload_id}: {results}{already}{to_go}"


def opened_in_words(event: Opened) -> str:
    """Say which run it is."""
    if event.url:
        return f"run {event.run_id}: {event.url}"
    return f"run {event.run_id}"


def _limit_in_words(rate: str) -> str:
    """``24 of 24 per 5s`` as one says it: ``24 of the 24 requests per 5s used``."""
    used, _, limit = rate.partition(" of ")
    most, per, span = limit.partition(" per ")
    return f"{used} of the {most} requests{per}{span} used"


def _request_words(event: Progressed) -> str:
    parts = [f"{count(event.to_go, 'request')} to go"]
    if event.rate:
        parts.append(_limit_in_words(event.rate))
    if event.in_doubt:
        parts.append(f"{count(event.in_doubt, 'result')} in doubt")
    if event.rejected:
        parts.append(f"{count(event.rejected, 'result')} refused")
    return " · ".join(parts)
