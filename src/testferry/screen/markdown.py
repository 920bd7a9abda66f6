"""The summary as Markdown, for a file such as ``$GITHUB_STEP_SUMMARY``."""

from __future__ import annotations

from collections.abc import Iterator

from testferry.events import NamedResult
from testferry.outcome import Flags, Outcome
from testferry.screen.ending import verdict
from testferry.text import clean, first_line

SHOWN = 200  # entries of a list
_ESCAPED = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "\\`*_{}[]()#+-|~"},
        "<": "&lt;",
        ">": "&gt;",
        "&": "&amp;",
    }
)


def markdown(outcome: Outcome, flags: Flags) -> str:
    """Write what became of an upload; names are nothing but text."""
    return "\n".join(_lines(outcome, flags)) + "\n"


def _lines(outcome: Outcome, flags: Flags) -> Iterator[str]:
    yield f"### {_text(verdict(outcome, flags))}"
    yield ""
    if outcome.run.id:
        yield f"Run {_text(outcome.run.id)} {_text(outcome.run.url)}"
        yield ""
    tests = outcome.figures.tests
    red = f"{tests.failed} failed, {tests.error} errors"
    yield f"{tests.passed} passed, {red}, {tests.skipped} skipped"
    yield ""
    yield "| accepted | rejected | in doubt | pending | unmatched |"
    yield "|---|---|---|---|---|"
    counts = outcome.figures.results
    parts = (
        counts.accepted,
        counts.rejected,
        counts.in_doubt,
        counts.pending,
        counts.unmatched,
    )
    yield f"| {' | '.join(map(str, parts))} |"
    yield from _problems(outcome)
    yield from _named("Not accepted", outcome.named.refused)
    yield from _named("Failed tests", outcome.named.failed_tests)


def _problems(outcome: Outcome) -> Iterator[str]:
    lines = []
    for report in outcome.reports:
        path = _text(report.path)
        lines += [f"- {path}: {_text(problem.message)}" for problem in report.problems]
    if lines:
        yield from _under("Reports", lines)


def _named(title: str, results: list[NamedResult]) -> Iterator[str]:
    lines = []
    for result in results[:SHOWN]:
        name = _text(f"{result.suite} › {result.name}")
        lines.append(f"- {name}: {_text(first_line(result.reason))}")
    if len(results) > SHOWN:
        lines.append(f"- … and {len(results) - SHOWN} more")
    if lines:
        yield from _under(title, lines)


def _under(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"**{title}**"
    yield ""
    yield from lines


def _text(text: str) -> str:
    return clean(text).translate(_ESCAPED)
