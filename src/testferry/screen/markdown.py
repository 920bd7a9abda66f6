"""The summary as Markdown, for a file such as ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from testferry.events import NamedResult
from testferry.outcome import Flags, Outcome, next_step
from testferry.screen.ending import nothing_kept, tests_in_words, verdict
from testferry.text import clean, count, cut_markdown, first_line, seconds

SHOWN = 200  # entries of a list
# GitHub drops the whole summary of a step that is longer than 1 MiB.
LONGEST = 1000 * 1024  # bytes
_TICKS = re.compile("`+")
# Of an address, GitHub makes a link wherever it stands.
_ADDRESS = re.compile(r":(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_ESCAPED = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "\\`*_{}[]()#+-|~$"},
        "<": "&lt;",
        ">": "&gt;",
        "&": "&amp;",
    }
)


def markdown(outcome: Outcome, flags: Flags) -> str:
    """Write what became of an upload; names are nothing but text."""
    return cut_markdown("\n".join(_lines(outcome, flags)) + "\n", LONGEST)


def _lines(outcome: Outcome, flags: Flags) -> Iterator[str]:
    yield f"### {_text(verdict(outcome, flags))}"
    yield ""
    if outcome.figures.tests.total:
        yield from _story(outcome)
    yield from _cure(outcome, flags)
    counts = outcome.figures.results
    if counts.accepted != counts.total and not nothing_kept(outcome):
        yield from _table(outcome)
    yield from _problems(outcome)
    yield from _named("Not accepted", outcome.named.refused, opened=True)
    yield from _named("Failed tests", outcome.named.failed_tests)


def _story(outcome: Outcome) -> Iterator[str]:
    """Say how the tests ended, how long it took, where to look."""
    tests = outcome.figures.tests
    parts = [f"{tests.passed:,} passed"]
    others = tests_in_words(outcome)
    if others:
        parts.append(others)
    line = ", ".join(parts)
    if outcome.figures.duration_s:
        line = f"{line} · {seconds(outcome.figures.duration_s)}"
    if outcome.run.url:
        line = f"{line} · {_link(outcome)}"
    yield line


def _link(outcome: Outcome) -> str:
    run = outcome.run
    called = _text(run.name or f"run {run.id}")
    # a closing parenthesis or a space would end the link
    address = clean(run.url).replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    if not address.startswith(("https://", "http://")):
        return called
    return f"[{called}]({address.replace('<', '%3C').replace('>', '%3E')})"


def _cure(outcome: Outcome, flags: Flags) -> Iterator[str]:
    """Say why it stopped, and what to do about it."""
    stop = outcome.stop
    if stop.reason:
        yield ""
        yield f"**Why:** {_text(stop.reason)}"
        if stop.hint:
            yield ""
            yield f"**Cure:** {_text(stop.hint)}"
    command, why = next_step(outcome, flags)
    if command:
        yield ""
        reason = ""
        if why:
            reason = f" ({_text(why)})"
        yield f"**Next:** `{clean(command)}`{reason}"


def _table(outcome: Outcome) -> Iterator[str]:
    counts = outcome.figures.results
    yield ""
    yield "| accepted | rejected | in doubt | pending | unmatched |"
    yield "|---|---|---|---|---|"
    parts = (
        counts.accepted,
        counts.rejected,
        counts.in_doubt,
        counts.pending,
        counts.unmatched,
    )
    yield f"| {' | '.join(f'{part:,}' for part in parts)} |"


def _problems(outcome: Outcome) -> Iterator[str]:
    lines = []
    for report in outcome.reports:
        path = _code(report.path)
        for problem in report.problems:
            if not problem.is_note:
                lines.append(f"- {path}: {_text(problem.message)}")
    if lines:
        yield ""
        yield "**Reports**"
        yield ""
        yield from lines[:SHOWN]
        if len(lines) > SHOWN:
            yield f"- … and {len(lines) - SHOWN:,} more"


def _named(
    title: str,
    results: list[NamedResult],
    *,
    opened: bool = False,
) -> Iterator[str]:
    """List tests by name, folded away; ``opened`` shows them at once."""
    if not results:
        return
    attribute = ""
    if opened:
        attribute = " open"
    yield ""
    yield f"<details{attribute}><summary>{title}: {count(len(results), 'test')}</summary>"
    yield ""
    for result in results[:SHOWN]:
        yield _entry(result)
    if len(results) > SHOWN:
        yield f"- … and {len(results) - SHOWN:,} more"
    yield ""
    yield "</details>"


def _entry(result: NamedResult) -> str:
    name = result.name
    if result.suite:
        name = f"{result.suite} › {name}"
    parts = [_code(name)]
    if result.place:
        parts.append(f"({_code(result.place)})")
    reason = _text(first_line(result.reason))
    if reason:
        return f"- {' '.join(parts)}: {reason}"
    return f"- {' '.join(parts)}"


def _code(name: str) -> str:
    """Write a name as code: no link, no formula, no mention is made of what stands in it."""
    shown = clean(name)
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    if longest:  # a tick at an end would be the fence's
        shown = f" {shown} "
    return f"{fence}{shown}{fence}"


def _text(text: str) -> str:
    """Write words so that nothing in them is markup, and no address becomes a link."""
    escaped = clean(text).translate(_ESCAPED)
    return _ADDRESS.sub(_as_entity, escaped)


def _as_entity(sign: re.Match[str]) -> str:
    return f"&#{ord(sign[0])};"
