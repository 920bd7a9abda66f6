"""A command's page of help: the options in groups, what is used most first, the rest on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from testferry.services.service import Service

if TYPE_CHECKING:  # start-up is a feature
    from click.shell_completion import CompletionItem

SHORT = 14  # options; more than that are shown in part
_OFTEN = "Most used"
# The records of options by what they are about; a record that is not here is the service's own.
_GROUPS = {
    "Reading": "Reports",
    "Batching": "Requests",
    "Intent": "What to do",
    "Speed": "What to do",
    "Whereto": "Where",
    "Connection": "Where",
    "Patience": "Where",
    "Ending": "Exit code and summary",
    "Surroundings": "Exit code and summary",
    "Place": "Where",
    "Files": "Where",
    "Screen": "Screen",
}
_ONE_LINE = 50  # characters beside the names
_WORDS = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")  # of a line for a shell
_META = "testferry.all"  # whether every option is asked for


@dataclass(frozen=True, slots=True)
class Shown:
    """Where an option stands on the page."""

    # the record that it is of
    record: str
    words: str
    often: bool = False
    rare: bool = False
    variable: str = ""  # of the environment, that says it too


# A line to type, or a name and its words.
Line = str | tuple[str, str]


class Page(click.HelpFormatter):
    """A page as wide as the terminal: where that is narrow, names leave room for words."""

    def write_dl(
        self,
        rows: Iterable[tuple[str, str]],
        col_max: int = 28,
        col_spacing: int = 2,
    ) -> None:
        """Write names with their words."""
        super().write_dl(list(rows), min(col_max, self.width * 2 // 5), col_spacing)


class PageContext(click.Context):
    """The context of a command whose help is such a page."""

    formatter_class = Page


class OnPage(click.Option):
    """An option that knows its place on the page, once it is told."""

    shown: Shown
    # The words that it takes, and whether it takes a file or a folder, for a shell.
    words: tuple[str, ...] = ()
    path: str = ""

    def shell_complete(
        self,
        ctx: click.Context,
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer what may be said."""
        from click.shell_completion import CompletionItem

        if self.path:
            return [CompletionItem(incomplete, type=self.path)]
        return [CompletionItem(word) for word in self.words if word.startswith(incomplete)]


def _ask_for_all(ctx: click.Context, _: click.Parameter, said: object) -> None:
    if said and not ctx.resilient_parsing:
        ctx.meta[_META] = True
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


ALL = click.Option(
    ["--help-all"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_ask_for_all,
    help="Show every option with its variable and default, and exit.",
)


def is_long(options: Iterable[click.Parameter]) -> bool:
    """Tell whether a page of these would be long."""
    return sum(isinstance(each, OnPage) and not each.hidden for each in options) > SHORT


def write_page(
    ctx: click.Context,
    formatter: click.HelpFormatter,
    service: Service | None,
) -> None:
    """Write examples, options in groups, and the variables."""
    every = _META in ctx.meta
    options = [
        each for each in ctx.command.get_params(ctx) if isinstance(each, OnPage) and not each.hidden
    ]
    if service is not None:
        _write_examples(formatter, service)
    groups: dict[str, list[tuple[str, str]]] = {}
    left_out = 0
    for each in sorted(options, key=lambda option: not option.shown.often):
        if each.shown.rare and not every:
            left_out += 1
            continue
        line = _line(ctx, each, every=every)
        groups.setdefault(_group(each.shown, service), []).append(line)
    for title, lines in groups.items():
        with formatter.section(title):
            formatter.write_dl(lines)
    _write_variables(formatter, service)
    if left_out:
        formatter.write_paragraph()
        formatter.write_text(
            f"--help-all: {left_out} more, variables, defaults; `testferry help`: exit codes, CI …"
        )


def _write_examples(formatter: click.HelpFormatter, service: Service) -> None:
    if service.examples:
        write_part(formatter, "Examples", service.examples)


def write_part(
    formatter: click.HelpFormatter,
    title: str,
    lines: Iterable[Line],
) -> None:
    """Write a part of a page: lines to type, or rows of a name and its words."""
    rows = []
    with formatter.section(title):
        for line in lines:
            if isinstance(line, str):
                write_example(formatter, line)
            else:
                rows.append(line)
        if rows:
            formatter.write_dl(rows)


def write_example(formatter: click.HelpFormatter, example: str) -> None:
    """Write a line to type; what is too long goes on behind a backslash, as a shell takes it."""
    margin = " " * formatter.current_indent
    room = formatter.width - len(margin) - 2
    line = ""
    for word in _WORDS.findall(example):
        if line and len(f"{line} {word}") > room:
            formatter.write(f"{margin}{line} \\\n")
            line = f"  {word}"
        elif line:
            line = f"{line} {word}"
        else:
            line = word
    formatter.write(f"{margin}{line}\n")


def _line(ctx: click.Context, option: OnPage, *, every: bool) -> tuple[str, str]:
    record = option.get_help_record(ctx)
    names = ", ".join(option.opts)
    if record is None:
        return names, option.shown.words
    if every:
        return record
    words = option.shown.words
    if len(words) > _ONE_LINE and ";" in words:  # the rest is on the long page
        words = f"{words.partition(';')[0]}."
    return record[0], words


def _group(shown: Shown, service: Service | None) -> str:
    if shown.often:
        return _OFTEN
    title = _GROUPS.get(shown.record)
    if title is None:
        return "The run" if service is not None else "Options"
    return title


def _write_variables(formatter: click.HelpFormatter, service: Service | None) -> None:
    lines = list(_variables(service))
    with formatter.section("Environment"):
        formatter.write_dl(lines)


def _variables(service: Service | None) -> Iterator[tuple[str, str]]:
    if service is not None and not service.embedded:
        if service.address.variable:
            yield service.address.variable, f"The address: {service.address.example}"
        if service.secret.user:
            yield service.secret.user, "Who the key belongs to."
        yield service.secret.token, "The token; or --token-file FILE, or the keyring."
    yield "TESTFERRY_<OPTION>", "Any option: TESTFERRY_RATE=60/min; of lists one a line."
