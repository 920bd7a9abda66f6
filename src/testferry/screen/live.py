"""The live view: what an upload tells while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.text import Text

from testferry.clock import Clock, at_time
from testferry.events import REHEARSAL, Event, Opened, Planned, Progressed, Told, Waiting
from testferry.screen.advance import Advance
from testferry.screen.lines import show, words
from testferry.screen.waiting import waiting_in_words, whole
from testferry.text import count

if TYPE_CHECKING:  # start-up is a feature
    from rich.live import Live

PLAIN_EVERY = 30.0  # seconds between lines where nothing moves on its own
LONG_WAIT = 5.0  # seconds: the start of such a wait is told there at once
_SAME_MOMENT = 1.0  # seconds: a wait that ends when the last one did is told once
_ENDS = 6  # columns beside the bar
_NARROWEST_BAR = 8
_DONE = 100
_SPANS = {"s": "second", "min": "minute", "h": "hour"}


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
        # when the last line of what goes on was printed, and until when it said to wait
        self._spoke = clock.now()
        self._told_waiting = 0.0
        # the latest event of each kind; None: there was none, or it does not hold any more
        self._opened: Opened | None = None
        self._progress: Progressed | None = None
        self._waiting: Waiting | None = None
        self._advance = Advance(0)
        self._said = False
        self._live: Live | None = None
        if live:
            from rich.live import Live

            from testferry.screen.region import in_region

            display = Live(
                console=console,
                refresh_per_second=8,
                transient=True,
                get_renderable=self._render,
            )
            self._live = in_region(display, console)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            if self._said:  # a line between what went on and what became of it
                show(self._console, Text())

    def say(self, line: Text | str) -> None:
        """Print one line, above the live display. If nobody reads any more, the upload goes on."""
        if isinstance(line, str):
            line = Text(line)
        self._said = True
        show(self._console, line)

    def __call__(self, event: Event) -> None:
        """Take one event of the upload."""
        match event:
            case Planned():
                self._begin(event)
            case Opened():
                self._opened = event
                if self._live is None:
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
                self._advance.heed(event, self._clock.now())
                if self._live is None:
                    self._say_progress(event)

    def _begin(self, event: Planned) -> None:
        self._advance = Advance(event.results)
        self._opened = self._progress = self._waiting = None
        self.say(planned_in_words(event, self._verbose))
        # not before: until here the terminal belongs to the COMMAND that runs the tests
        if self._live is not None and not self._live.is_started:
            self._live.start(refresh=True)  # else its first picture is one from before the plan

    def _say_waiting(self, event: Waiting) -> None:
        now = self._clock.now()
        another = abs(event.at - self._told_waiting) > _SAME_MOMENT
        begins = another and event.seconds >= LONG_WAIT
        if begins or now - self._spoke >= PLAIN_EVERY:
            self._told_waiting = event.at
            self._spoke = now
            wall = self._clock.wall()
            self.say(words(f"{at_time(wall)} {waiting_in_words(event, wall)}"))

    def _say_progress(self, event: Progressed) -> None:
        now = self._clock.now()
        if now - self._spoke < PLAIN_EVERY:
            return
        self._spoke = now
        parts = [f"{self._advance.percent} %", *self._results(event), *_requests(event)]
        self.say(f"{at_time(self._clock.wall())} {' · '.join(parts)}")

    def _results(self, event: Progressed) -> list[str]:
        """Say how many results are there, and how long the others take."""
        results = count(self._advance.results, "result")
        parts = [f"{event.accepted:,} of {results} accepted"]
        if event.rejected:
            parts.append(f"{event.rejected:,} refused")
        if event.in_doubt:
            parts.append(f"{event.in_doubt:,} in doubt")
        left = self._advance.left(self._clock.now())
        if left is not None and not self._waits_longer(left):
            parts.append(f"about {whole(left)} left")
        return parts

    def _waits_longer(self, left: float) -> bool:
        """Say whether an estimate is out of date: it ends before the wait does."""
        return self._waiting is not None and self._waiting.at - self._clock.wall() > left

    def _render(self) -> RenderableType:
        lines: list[RenderableType] = []
        if self._opened is not None:
            address = words(opened_in_words(self._opened))
            address.no_wrap, address.overflow = True, "ellipsis"
            lines.append(address)
        lines.append(self._bar())
        if self._progress is not None:
            lines.append(_line(" · ".join(self._results(self._progress))))
            lines.append(_line(" · ".join(_requests(self._progress)), "dim"))
        if self._waiting is not None:
            lines.append(words(waiting_in_words(self._waiting, self._clock.wall()), "yellow"))
        return Group(*lines)

    def _bar(self) -> RenderableType:
        """Red is what is refused, and only that."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        style = "bar.back"
        if self._progress is not None and self._progress.rejected:
            style = "red"
        bar = ProgressBar(
            total=_DONE,
            completed=self._advance.percent,
            width=max(_NARROWEST_BAR, self._console.width - _ENDS),
            style=style,
            complete_style="green",
            finished_style="green",
        )
        line = Table.grid(padding=(0, 1))
        line.add_row(bar, Text(f"{self._advance.percent} %"))
        return line


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def planned_in_words(event: Planned, verbose: int) -> str:
    """Say what an upload is that begins, or goes on."""
    already = ""
    if event.done:
        already = f", {event.done:,} of them done before"
    results = count(event.results, "result")
    to_go = ""
    if verbose:
        to_go = f", {count(event.submissions, 'request')} to go"
    what = f"upload {event.upload_id}"
    if event.upload_id == REHEARSAL:
        what = "dry run"
    return f"{what}: {results}{already}{to_go}"


def opened_in_words(event: Opened) -> str:
    """Say which run it is."""
    if event.url:
        return f"run {event.run_id}: {event.url}"
    return f"run {event.run_id}"


def _limit_in_words(rate: str) -> str:
    """``24 of 24 per 5s`` as one says it: ``24 of 24 requests in the last 5 s``."""
    used, _, span = rate.partition(" per ")
    if span.endswith("s") and span != "s":
        span = f"{span[:-1]} s"
    return f"{used} requests in the last {_SPANS.get(span, span)}"


def _requests(event: Progressed) -> list[str]:
    parts = [f"{count(event.to_go, 'request')} to go"]
    if event.rate:
        parts.append(_limit_in_words(event.rate))
    return parts
