"""The lines that a live display rewrites, also where the terminal became narrower meanwhile."""

from __future__ import annotations

import math
import os

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.live import Live
from rich.live_render import LiveRender
from rich.segment import Segment


class Region(LiveRender):
    """Most terminals fold the lines that are longer than their new width, and rich would leave
    behind what it does not count. xterm cuts them instead, and says who it is.
    """

    def __init__(self, console: Console) -> None:
        super().__init__("")
        self._console = console
        self._widths: list[int] = []  # cells of each line
        self._folds = "XTERM_VERSION" not in os.environ

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the lines, and remember how long they are."""
        widths = [0]
        for segment in super().__rich_console__(console, options):
            yield segment
            if isinstance(segment, Segment):
                if segment.text == "\n":
                    widths.append(0)
                else:
                    widths[-1] += segment.cell_length
        self._widths = widths

    def position_cursor(self) -> Control:
        """Go to where it begins, and clear all of it."""
        self._count_rows()
        return super().position_cursor()

    def restore_cursor(self) -> Control:
        """Clear it, for good."""
        self._count_rows()
        return super().restore_cursor()

    def _count_rows(self) -> None:
        if self._shape is None or not self._folds:
            return
        columns = max(1, self._console.width)
        rows = sum(max(1, math.ceil(width / columns)) for width in self._widths)
        self._shape = (self._shape[0], rows)


def in_region(live: Live, console: Console) -> Live:
    """Let a live display be drawn there."""
    live._live_render = Region(console)  # noqa: SLF001 - rich offers no other way
    return live
