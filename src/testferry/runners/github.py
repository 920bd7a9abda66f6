"""GitHub Actions: annotations, outputs, the summary of the step.

``docs.github.com``, "Workflow commands for GitHub Actions": ``::error file=…,line=…,title=…::text``
at the beginning of a line; ``%``, CR and LF are escaped, in properties ``:`` and ``,`` too. Ten
annotations of a kind are shown of a step. A summary of more than 1 MiB is dropped as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from testferry.runners import Ended, File, Telling
from testferry.runners.facts import Note, Weight, facts, notes
from testferry.text import clean, cut_markdown

_LARGEST = 1024 * 1024 - 2  # bytes, of which a line end may come in between


def tell(ended: Ended, environment: Mapping[str, str]) -> Telling:
    """Annotations in the log; outputs and the summary where the runner wants them."""
    root = environment.get("GITHUB_WORKSPACE", "")
    return Telling(
        tuple(_annotation(note, root) for note in notes(ended)),
        tuple(_files(ended, environment)),
    )


def notice(words: str) -> str:
    """An annotation that is no failure."""
    return _annotation(Note(Weight.NOTICE, "testferry", words), "")


def fold(title: str, now: float) -> tuple[str, str]:
    """A group of the log."""
    return f"::group::{_data(title)}", "::endgroup::"


def _files(ended: Ended, environment: Mapping[str, str]) -> Iterator[File]:
    outputs = environment.get("GITHUB_OUTPUT", "")
    if outputs:
        told = facts(ended.outcome, ended.flags)
        yield File(outputs, "".join(f"{name}={value}\n" for name, value in told.items()))
    summary = environment.get("GITHUB_STEP_SUMMARY", "")
    # other commands of the step write there, too
    text = cut_markdown(ended.summary, _LARGEST - _size(summary))
    if summary and text:
        yield File(summary, text)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _annotation(note: Note, root: str) -> str:
    properties = []
    if note.file:
        properties.append(f"file={_property(_within(note.file, root))}")
        if note.line is not None:
            properties.append(f"line={note.line}")
    properties.append(f"title={_property(note.title)}")
    return f"::{note.weight} {','.join(properties)}::{_data(note.text)}"


def _within(path: str, root: str) -> str:
    """A path as the repository has it."""
    if root and path.startswith(f"{root.rstrip('/')}/"):
        return path[len(root.rstrip("/")) + 1 :]
    return path


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
