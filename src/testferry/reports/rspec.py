"""``rspec --format json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import Detail, ReportSummary, Result
from testferry.reports.jsonstream import (
    mapping,
    seconds,
    strings,
    text,
    walk,
    whole,
)
from testferry.reports.words import status_of


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every example; errors outside of examples (a file that does not load) become one
    failing result.
    """
    messages: list[str] = []
    outside = 0
    for path, value in walk(file, {(), ("examples",)}, summary):
        if path == ("examples", "*") and isinstance(value, dict):
            yield _example(value, summary)
        elif path == ("messages",):
            messages += strings(value)
        elif path == ("summary",):
            summary.claim(whole(mapping(value).get("failure_count")))
            outside += whole(mapping(value).get("errors_outside_of_examples_count")) or 0
    if outside:
        words = f"{outside} errors outside of examples"
        said = "\n".join(messages)
        yield summary.stand_in(
            "rspec [load]",
            words,
            Detail(
                "error",
                words,
                "",
                said,
            ),
        )


def _example(example: dict[str, object], summary: ReportSummary) -> Result:
    whole_name, name = text(example.get("full_description")), text(example.get("description"))
    word = text(example.get("status"))
    group = ""
    if name and whole_name.endswith(name):
        group = whole_name[: -len(name)].strip()
    return Result(
        name=name or whole_name or "(unnamed)",
        status=status_of(word) or summary.unknown_word("status", word),
        suite=tuple(filter(None, (group,))),
        file=text(example.get("file_path")),
        line=whole(example.get("line_number")),
        elapsed=seconds(example.get("run_time")),
        details=_details(example, word),
    )


def _details(example: dict[str, object], word: str) -> tuple[Detail, ...]:
    if word == "pending":
        return (Detail("skipped", text(example.get("pending_message"))),)
    if word != "failed":
        return ()
    error = mapping(example.get("exception"))
    trace = "\n".join(strings(error.get("backtrace")))
    return (
        Detail(
            "failure",
            text(error.get("message")),
            text(error.get("class")),
            trace,
        ),
    )
