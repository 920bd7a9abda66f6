"""Results by their names, with the words that belong to them. What is said of many is said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from testferry.events import NamedResult
from testferry.screen.lines import words
from testferry.text import first_line

SHOWN = 10  # results of a list; -v shows all
FAILED = 5  # failed tests, likewise
REASON = 400  # characters
_ALIKE = 3  # results of one reason that are named, likewise
_QUOTES = ("''", '""', "``", "“”", "«»")


def in_a_list(
    title: str,
    results: list[NamedResult],
    shown: int,
    more: str,
) -> Iterator[Text]:
    """List each result with its place and its words; ``more`` says where those are that are left
    out.
    """
    yield Text(title, style="bold")
    for result in results[:shown]:
        yield _name(result)
        reason = first_line(result.reason, REASON)
        place = ""
        if result.place:
            place = f"{result.place}  "
        if reason or place:
            yield words(f"      {place}{reason}".rstrip(), "dim")
    yield from _left_out(len(results) - shown, more)


def by_reason(
    title: str,
    results: list[NamedResult],
    more: str,
    *,
    every: bool,
) -> Iterator[Text]:
    """List results under what was said of them: words that many share stand once, behind the first
    names and how many there are.
    """
    yield Text(title, style="bold")
    room = SHOWN
    left_out = len(results)
    for alike in grouped(results):
        shown = len(alike)
        if not every and shown > _ALIKE + 1:
            shown = _ALIKE
        if not every and room < shown:
            break
        room -= shown
        left_out -= len(alike)
        yield from (_name(result, "red") for result in alike[:shown])
        if len(alike) > shown:
            yield words(f"  … and {len(alike) - shown:,} more, for the same reason:")
        if reason := said_of(alike):
            yield words(f"      {reason}", "dim")
    yield from _left_out(left_out, more)


def grouped(results: Iterable[NamedResult]) -> list[list[NamedResult]]:
    """Put those together of which the same is said, but for their own names; in their order."""
    groups: dict[str, list[NamedResult]] = {}
    for result in results:
        groups.setdefault(_without_name(result), []).append(result)
    return list(groups.values())


def said_of(alike: list[NamedResult]) -> str:
    """Give the words that are said of all of these."""
    reason = first_line(alike[0].reason, REASON)
    if len({result.reason for result in alike}) == 1:
        return reason
    return f"{reason}; likewise the others"


def _without_name(result: NamedResult) -> str:
    """What is said of a result, with its name in quotes left out."""
    reason = result.reason
    for name in (f"{result.suite}.{result.name}", result.name):
        for quotes in _QUOTES:
            reason = reason.replace(name.join(quotes), "…".join(quotes))
    return reason


def _name(result: NamedResult, style: str = "") -> Text:
    suite = ""
    if result.suite:
        suite = f"{result.suite} › "
    return words(f"  {suite}{result.name}", style)


def _left_out(number: int, more: str) -> Iterator[Text]:
    if number > 0:
        yield words(f"  … and {number:,} more ({more})")
