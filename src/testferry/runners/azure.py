"""Azure Pipelines: issues, variables, the summary, "succeeded with issues".

``learn.microsoft.com``, "Logging commands": ``##vso[area.action key=value;…]text`` anywhere in a
line. As its own task library escapes: ``%`` is ``%AZP25``, CR and LF ``%0D`` and ``%0A``, in
properties ``]`` ``%5D`` and ``;`` ``%3B`` too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from testferry.exit_codes import FORGIVEN
from testferry.outcome import Flags, exit_code
from testferry.runners import Ended, File, Telling
from testferry.runners.facts import Note, Weight, facts, notes
from testferry.text import clean

_PREFIX = "UPLOADED_"  # never TESTFERRY_: such a variable would be read as an option


def tell(ended: Ended, environment: Mapping[str, str]) -> Telling:
    """Issues, variables for later tasks and stages, and the summary as a file of its own."""
    lines = [_issue(note) for note in notes(ended) if note.weight is not Weight.NOTICE]
    lines += _variables(ended)
    lines += _result(ended)
    folder = environment.get("AGENT_TEMPDIRECTORY", "")
    if not folder:  # an agent always says it
        return Telling(tuple(lines))
    name = f"testferry-{ended.outcome.upload_id or 'upload'}.md"
    summary = File(os.path.join(folder, name), ended.summary, append=False)
    lines.append(f"##vso[task.uploadsummary]{_data(summary.path)}")
    return Telling(tuple(lines), (summary,))


def fold(title: str, now: float) -> tuple[str, str]:
    """A group of the log."""
    return f"##[group]{_data(title)}", "##[endgroup]"


def _issue(note: Note) -> str:
    properties = [f"type={note.weight}"]
    if note.file:
        properties.append(f"sourcepath={_property(note.file)}")
        if note.line is not None:
            properties.append(f"linenumber={note.line}")
    return f"##vso[task.logissue {';'.join(properties)};]{_data(f'{note.title}: {note.text}')}"


def _variables(ended: Ended) -> Iterator[str]:
    for name, value in facts(ended.outcome, ended.flags).items():
        called = f"{_PREFIX}{name.upper()}"
        yield f"##vso[task.setvariable variable={called};isOutput=true;]{_data(value)}"


def _result(ended: Ended) -> Iterator[str]:
    """With --exit-zero the step is green; what is missing makes it yellow."""
    if ended.flags.exit_zero and exit_code(ended.outcome, Flags()) in FORGIVEN:
        yield "##vso[task.complete result=SucceededWithIssues;]"


def _data(text: str) -> str:
    return clean(text).replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace("]", "%5D").replace(";", "%3B")
