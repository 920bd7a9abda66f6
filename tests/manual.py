"""Writes the manual page: `python tests/manual.py` after a change to commands or options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from testferry.cli import cli
from testferry.commands import COMMANDS
from testferry.commands.help import ROW, topics
from testferry.settings.page import OnPage

PAGE = Path(__file__).parent.parent / "src" / "testferry" / "testferry.1"


def page() -> str:
    """The whole page in roff, man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield '.TH TESTFERRY 1 "" "testferry" "User Commands"'
    yield ".SH NAME"
    yield r"testferry \- upload test results in bulk: every result arrives once"
    yield ".SH SYNOPSIS"
    yield r"\fBtestferry\fR \fICOMMAND\fR [\fIOPTIONS\fR] \fIARGUMENTS\fR"
    yield ".SH COMMANDS"
    context = click.Context(cli, info_name="testferry", obj=[])
    for name, about in COMMANDS.items():
        yield ".TP"
        yield rf"\fBtestferry {_text(name)}\fR"
        yield _text(about)
    yield ".SH OPTIONS OF UPLOAD"
    upload = cli.get_command(context, "upload")
    assert isinstance(upload, click.Group)
    for target in ("testmo", "testrail", "http"):
        yield f".SS testferry upload {target}"
        yield from _options(upload.get_command(click.Context(upload, context), target))
    for name, text in topics().items():
        yield f".SH {name.replace('-', ' ').upper()}"
        yield from _topic(text)


def _topic(text: str) -> Iterator[str]:
    """Paragraphs, and rows of a name and its words."""
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        rows = [row for row in map(ROW.fullmatch, lines) if row]
        if len(rows) < len(lines):
            yield ".PP"
            yield from map(_text, lines)
        for row in rows:
            yield ".TP"
            yield rf"\fB{_text(row[1])}\fR"
            yield _text(row[2])


def _options(command: click.Command | None) -> Iterator[str]:
    assert command is not None
    context = click.Context(command)
    for param in command.params:
        if isinstance(param, OnPage) and not param.hidden:
            record = param.get_help_record(context)
            assert record is not None
            yield ".TP"
            yield rf"\fB{_text(record[0])}\fR"
            yield _text(record[1])


def _text(line: str) -> str:
    """A line that troff takes for text alone."""
    line = line.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", line)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
